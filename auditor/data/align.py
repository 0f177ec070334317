"""Alignment before training: the eyes of every face at one place and size, as in NoisyFER's protocol.

The aligned faces are a new data set folder of the same layout with the same label files; open that folder to use them.
It can be stopped at any time and goes on where it was: a face that was made from a picture of the same time stays.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import secrets
import shutil
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from auditor.data import affectnet, rafdb
from auditor.data.align_eyes import Eyes, aligned_jpeg, manual_eyes, table_eyes
from auditor.data.dataset import Dataset
from auditor.data.imagefile import read_file
from auditor.data.listing import join, leaves_root, list_folder
from auditor.data.problems import Problem, Problems
from auditor.errors import DataError

Progress = Callable[[int, int, str], None]
Cancelled = Callable[[], bool]

SIZE: Final = 256
EYE: Final = 0.3
PROTOCOL_FILE: Final = "aligned.json"
ANNOTATIONS: Final = "Annotation/manual"
ORIGINALS: Final = ("Image/original", "Image/original/imgs")
CHUNK: Final = 64
SERIAL_BELOW: Final = 100


@dataclass(frozen=True)
class Aligned:
    """What an alignment left.

    Attributes:
        folder: the new data set's folder; open it like any other.
        made: faces aligned now.
        kept: faces that were there already.
        problems: faces without eyes or that cannot be read: they are left out.
        finished: False where it was cancelled; the same command goes on.
    """

    folder: Path
    made: int
    kept: int
    problems: tuple[Problem, ...]
    finished: bool


@dataclass(frozen=True)
class _Face:
    """One face to align: its picture and target (relative to the roots), its eyes, and what to call it in a problem."""

    source: str
    target: str
    eyes: Eyes
    file: str
    line: int


def align(
    dataset: Dataset,
    out: Path,
    *,
    size: int = SIZE,
    eye: float = EYE,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Aligned:
    """Align every face of a data set into folder `out`.

    Args:
        dataset: RAF-DB with its manual annotation and original images, or AffectNet's first release with landmarks.
        out: a new folder outside the data set's, or one where the same alignment was begun.
        size: side of the square in pixels.
        eye: the eyes' distance from the top and the sides, as a share of it.
        progress: called as `progress(done, total, text)`.
        cancelled: asked between chunks.

    Raises:
        DataError: There are no eyes or no originals, or `out` cannot be used.
    """
    if not 32 <= size <= 1024 or not 0.05 <= eye <= 0.45:
        raise DataError(f"Eyes at {eye} of {size} pixels cannot be made; choose 32 to 1024 pixels and 0.05 to 0.45.")
    folder = out.expanduser().absolute()
    if folder.resolve().is_relative_to(dataset.root):
        raise DataError(f"{folder} lies inside the data set's folder; choose a folder elsewhere.")
    problems = Problems()
    faces = list(_faces(dataset, problems))
    if not faces:
        first = next((f" ({problem.message})" for problem in problems.freeze()), "")
        raise DataError(f"no face of {dataset.title} can be aligned{first}")
    _prepare(dataset, folder, size, eye)
    jobs = [(str(dataset.root), str(folder), faces[i : i + CHUNK], size, eye) for i in range(0, len(faces), CHUNK)]
    made = kept = done = 0
    finished = True
    with contextlib.closing(_run(jobs, len(faces))) as results:
        for result in results:
            for face, said in result:
                made, kept = made + (said == "made"), kept + (said == "kept")
                if said not in ("made", "kept"):
                    problems.add(face.file, face.line or None, "unreadable-image", said)
            done += len(result)
            if progress is not None:
                progress(done, len(faces), "aligning faces")
            if done < len(faces) and cancelled is not None and cancelled():
                finished = False
                break
    return Aligned(folder, made, kept, problems.freeze(), finished)


def _faces(dataset: Dataset, problems: Problems) -> Iterator[_Face]:
    if dataset.format == rafdb.RafDb.name:
        return _rafdb_faces(dataset, problems)
    if dataset.format == affectnet.AffectNet.name:
        return _affectnet_faces(dataset, problems)
    raise DataError(
        f"{dataset.title} brings no eyes to align by; RAF-DB's manual annotation and AffectNet's landmarks do. "
        "It can be used as it is."
    )


def _rafdb_faces(dataset: Dataset, problems: Problems) -> Iterator[_Face]:
    """Faces whose eyes RAF-DB's annotators marked in the original pictures."""
    notes = list_folder(dataset.root, ANNOTATIONS).files
    originals = {folder: list_folder(dataset.root, folder).files for folder in ORIGINALS}
    if not notes or not any(originals.values()):
        raise DataError(f"alignment needs {ANNOTATIONS}/*_manu_attri.txt and {ORIGINALS[0]}/*.jpg in {dataset.root}")
    for row, name in enumerate(dataset.names):
        file, line = dataset.source_of(row), int(dataset.lines[row])
        note = f"{Path(name).stem}_manu_attri.txt"
        home = next((folder for folder in ORIGINALS if name in originals[folder]), None)
        if home is None:
            problems.add(file, line, "missing-image", f"{name} is not in {ORIGINALS[0]}: it is left out")
        elif note not in notes:
            problems.add(file, line, "missing-eyes", f"{note} is not in {ANNOTATIONS}: {name} is left out")
        else:
            try:
                eyes = manual_eyes(dataset.root / ANNOTATIONS / note)
            except DataError as error:
                problems.add(file, line, "missing-eyes", f"{error}: {name} is left out")
                continue
            yield _Face(join(home, name), f"Image/myaligned/imgs/{name}", eyes, file, line)


def _affectnet_faces(dataset: Dataset, problems: Problems) -> Iterator[_Face]:
    """Faces whose 68 landmarks are in AffectNet's lists."""
    if any(path.startswith("myaligned/") for path in dataset.paths[:1]):
        raise DataError(f"the images of {dataset.title} are aligned already (myaligned/); use them as they are")
    eyes: dict[str, Eyes | str] = {}
    for file in dataset.sources:
        columns = affectnet.columns_of(dataset.root / file)
        if columns is None or affectnet.LANDMARKS not in columns:
            raise DataError(f"{file} has no column {affectnet.LANDMARKS}: its faces cannot be aligned")
        pair = (columns[affectnet.IMAGE], columns[affectnet.LANDMARKS])
        for name, found in table_eyes(dataset.root / file, file, pair):
            eyes.setdefault(name, found)
    for row, name in enumerate(dataset.names):
        found = eyes.get(name, "it has no landmarks")
        file, line = dataset.source_of(row), int(dataset.lines[row])
        if isinstance(found, str) or leaves_root(name):
            problems.add(file, line, "missing-eyes", f"{found}: {name} is left out")
        else:
            yield _Face(dataset.paths[row], f"myaligned/{name}", found, file, line)


def _prepare(dataset: Dataset, folder: Path, size: int, eye: float) -> None:
    """Make the folder with the label files, or make sure that it is one of the same alignment."""
    protocol = {"root": str(dataset.root), "format": dataset.format, "size": size, "eye": eye}
    mark = folder / PROTOCOL_FILE
    try:
        if folder.is_dir() and any(folder.iterdir()):
            with contextlib.suppress(OSError, ValueError):
                if json.loads(mark.read_text(encoding="utf-8")) == protocol:
                    return
            raise DataError(f"{folder} is not empty and holds no such alignment; choose a new folder.")
        aside = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}")
        aside.mkdir(parents=True)
        for file in _label_files(dataset):
            (aside / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(dataset.root / file, aside / file)
        (aside / PROTOCOL_FILE).write_text(json.dumps(protocol) + "\n", encoding="utf-8")
        if folder.is_dir():
            folder.rmdir()
        aside.rename(folder)
    except OSError as error:
        raise DataError(f"{folder} cannot be written ({error.strerror}); choose another folder.") from error


def _label_files(dataset: Dataset) -> list[str]:
    """Every label file that goes with the faces."""
    if dataset.format == rafdb.RafDb.name:
        files = list_folder(dataset.root, rafdb.LABEL_FOLDER).files
        return [join(rafdb.LABEL_FOLDER, name) for name in sorted(files) if name.endswith(".txt")]
    return [file for file in dataset.sources if not Path(file).is_absolute()]


Job = tuple[str, str, list[_Face], int, float]
Result = list[tuple[_Face, str]]


def _run(jobs: list[Job], total: int) -> Generator[Result, None, None]:
    """The results chunk by chunk, on all cores where there are many faces."""
    finished = 0
    if total >= SERIAL_BELOW:
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(max(1, min(8, os.cpu_count() or 1)), mp_context=context)
        try:
            for result in pool.map(_align_some, jobs):
                finished += 1
                yield result
        except BrokenProcessPool:
            pass  # no process can be started here: the rest is done in this one
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
    for job in jobs[finished:]:
        yield _align_some(job)


def _align_some(job: Job) -> Result:
    """'made', 'kept' or what is wrong, for every face of a chunk."""
    root, folder, faces, size, eye = job
    return [(face, _align_one(Path(root), Path(folder), face, size, eye)) for face in faces]


def _align_one(root: Path, folder: Path, face: _Face, size: int, eye: float) -> str:
    target = folder / face.target
    try:
        stamp = (root / face.source).stat().st_mtime_ns
        if target.exists() and target.stat().st_mtime_ns == stamp:
            return "kept"
        data = aligned_jpeg(read_file(root, face.source), face.source, face.eyes, size, eye)
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
        aside.write_bytes(data)
        os.utime(aside, ns=(stamp, stamp))
        aside.replace(target)
    except (DataError, OSError) as error:
        return str(error)
    return "made"
