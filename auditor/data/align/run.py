"""Alignment before training: the eyes of every face at one place and size, as in NoisyFER's protocol.

The aligned faces are a new data set folder of the same layout with the same label files; open that folder to use them.
It can be stopped at any time and resumed: an aligned face is kept if its source file has the same time.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import secrets
import shutil
import signal
from collections.abc import Callable, Generator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from auditor import writing
from auditor.data.align import detector, sources
from auditor.data.align.choices import NONE
from auditor.data.align.picture import aligned, encoded, kind_of
from auditor.data.align.sources import PROTOCOL_FILE, chosen_detector, find_faces, label_files
from auditor.data.dataset import Dataset
from auditor.data.files.textfile import read_bytes
from auditor.data.formats.eyes import FaceToAlign
from auditor.data.images.imagefile import decode_bytes, read_file
from auditor.data.problems import Problem, Problems, printable
from auditor.errors import DataError, finding

Progress = Callable[[int, int, str], None]
Cancelled = Callable[[], bool]

SIZE: Final = 256
EYE: Final = 0.3
CHUNK: Final = 64
SERIAL_BELOW: Final = 100
LARGEST_BESIDE: Final = 65536


@dataclass(frozen=True)
class Aligned:
    """The result of an alignment.

    Attributes:
        folder: The new data set's folder; open it like any other.
        made: Faces aligned now.
        kept: Faces that were there already.
        problems: Pictures without eyes or a face, with several faces, or that cannot be read: they are left out.
        finished: False where it was cancelled; the same command goes on.
    """

    folder: Path
    made: int
    kept: int
    problems: tuple[Problem, ...]
    finished: bool


def align(
    dataset: Dataset,
    out: Path,
    *,
    size: int = SIZE,
    eye: float = EYE,
    which: str = NONE,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Aligned:
    """Align every face of a data set into folder `out`.

    Args:
        dataset: One whose format gives eye positions (RAF-DB with its manual annotation and original images, or
            AffectNet, either release, with landmarks), or any with image files where a detector finds them.
        out: A new folder outside the data set's, or one where the same alignment was begun.
        size: Side of the square in pixels.
        eye: The eyes' distance from the top and the sides, as a share of it.
        which: What finds the eyes: 'none' (the data set's own positions), 'auto' (those where it has them, else a
            face detector) or a detector's name.
        progress: Called as `progress(done, total, text)`.
        cancelled: Called between chunks; True stops the alignment.

    Raises:
        DataError: There are no eyes, originals or detector, or `out` cannot be used.
    """
    if not 32 <= size <= 1024 or not 0.05 <= eye <= 0.45:
        raise DataError(f"Eyes at {eye} of {size} pixels cannot be made; choose 32 to 1024 pixels and 0.05 to 0.45.")
    folder = out.expanduser().absolute()
    if folder.resolve().is_relative_to(dataset.root):
        raise DataError(f"The folder {folder} is inside the data set's folder; choose a folder elsewhere.")
    problems = Problems()
    faces = list(find_faces(dataset, problems, which))
    if not faces:
        first = next((f" ({problem.message})" for problem in problems.freeze()), "")
        raise DataError(f"No face of {dataset.title} can be aligned{first}; check the eyes' files and the images.")
    _prepare(dataset, folder, size, eye, chosen_detector(dataset, which))
    sources.prune(folder, dataset)  # before the note of what was made earlier is replaced
    sources.write(folder, {face.target: face.source for face in faces})
    jobs = [(str(dataset.root), str(folder), faces[i : i + CHUNK], size, eye) for i in range(0, len(faces), CHUNK)]
    written = unchanged = done = 0
    finished = True
    with contextlib.closing(_run(jobs, len(faces))) as results:
        for result in results:
            for face, outcome, message in result:
                written, unchanged = written + (outcome == "made"), unchanged + (outcome == "kept")
                if outcome not in ("made", "kept"):
                    problems.add(face.file, face.line or None, outcome, message)
            done += len(result)
            if progress is not None:
                progress(done, len(faces), "aligning faces")
            if done < len(faces) and cancelled is not None and cancelled():
                finished = False
                break
    return Aligned(folder, written, unchanged, problems.freeze(), finished)


def _prepare(dataset: Dataset, folder: Path, size: int, eye: float, which: str) -> None:
    """Make the folder with the label files, or make sure that it is one of the same alignment."""
    protocol: dict[str, object] = {
        "root": str(dataset.root),
        "format": dataset.format,
        "size": size,
        "eye": eye,
    }
    if which != NONE:
        protocol["detector"] = which
    mark = folder / PROTOCOL_FILE
    try:
        if folder.is_dir() and any(folder.iterdir()):
            with contextlib.suppress(OSError, ValueError):
                stored = json.loads(mark.read_text(encoding="utf-8"))
                if stored == protocol:
                    return
                if {**stored, "root": ""} == {**protocol, "root": ""} and not Path(stored["root"]).exists():
                    writing.write_text(mark, json.dumps(protocol) + "\n")  # the data set moved
                    return
            raise DataError(f"The folder {folder} is not empty and holds no such alignment; choose a new folder.")
        aside = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}")
        aside.mkdir(parents=True)
        for file in label_files(dataset, which):
            (aside / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(dataset.root / file, aside / file)
        (aside / PROTOCOL_FILE).write_text(json.dumps(protocol) + "\n", encoding="utf-8")
        if folder.is_dir():
            folder.rmdir()
        aside.rename(folder)
    except OSError as error:
        raise DataError(f"The folder {folder} cannot be written ({error.strerror}); choose another.") from error


Job = tuple[str, str, list[FaceToAlign], int, float]
Outcome = tuple[str, str]
"""'made' or 'kept' and '', or the kind of a problem and its message."""
Result = list[tuple[FaceToAlign, str, str]]


def _run(jobs: list[Job], total: int) -> Generator[Result, None, None]:
    """Yield the results chunk by chunk, using all cores where there are many faces."""
    finished = 0
    if total >= SERIAL_BELOW:
        context = multiprocessing.get_context("spawn")
        workers = max(1, min(8, os.cpu_count() or 1))
        pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_leave_interrupts)
        try:
            for result in pool.map(_align_some, jobs):
                finished += 1
                yield result
        except BrokenProcessPool:
            pass  # no process can be started: align the rest in this one
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
    for job in jobs[finished:]:
        yield _align_some(job)


def _leave_interrupts() -> None:
    """Ignore Ctrl-C in a worker: it reaches every process of a terminal, and the parent handles it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _align_some(job: Job) -> Result:
    """Align a chunk; return each face with its outcome."""
    root, folder, faces, size, eye = job
    return [(face, *_align_one(Path(root), Path(folder), face, size, eye)) for face in faces]


def _copy(root: Path, folder: Path, file: str) -> None:
    """Copy one of the data set's small files to the same place in the new one."""
    target = folder / file
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(read_bytes((root / file).resolve(strict=True), LARGEST_BESIDE))


def _align_one(root: Path, folder: Path, face: FaceToAlign, size: int, eye: float) -> Outcome:
    target = folder / face.target
    try:
        stamp = (root / face.source).stat().st_mtime_ns
        if target.exists() and target.stat().st_mtime_ns == stamp:
            return "kept", ""
        for file in face.beside:
            _copy(root, folder, file)
        pixels = decode_bytes(read_file(root, face.source), face.source)[0]
        eyes = face.eyes
        if eyes is None:
            faces = detector.detect(pixels)
            main_face = detector.only(faces)
            if isinstance(main_face, str):
                kind = "several-faces" if faces else "no-face"
                return kind, f"In {printable(face.source, 200)} {main_face}; it is left out."
            eyes = main_face.eyes
        data = encoded(aligned(pixels, face.source, eyes, size, eye), kind_of(face.target))
        target.parent.mkdir(parents=True, exist_ok=True)
        with writing.replacing(target) as aside:
            aside.write_bytes(data)
            os.utime(aside, ns=(stamp, stamp))
    except (DataError, OSError) as error:
        return "unreadable-image", finding(error)
    return "made", ""
