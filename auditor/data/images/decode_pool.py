"""Decode many image files on all processors, in worker processes.

Not multiprocessing: it would import the main script again in every worker, which under a server is the app. A worker
that dies or hangs is started anew and its images are tried one by one, so that one hostile file costs one image.
"""

from __future__ import annotations

import contextlib
import errno
import json
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from auditor import locations
from auditor.data.images.decode_worker import Result
from auditor.data.images.processors import processors

CHUNK = 64
"""Images a worker is given at a time."""

PATIENCE = 30.0
"""Seconds a worker may take for one image; a chunk may take that and a second an image."""

Task = tuple[int, str]
"""Row and path relative to the root."""


class DecodePool:
    """Workers that decode files of one root into one array file.

    Args:
        root: The data set's folder.
        pixels: The file that the workers write into, see `generations.opened`.
        workers: How many; as many as there are processors by default.
        patience: See `PATIENCE`.
    """

    def __init__(self, root: Path, pixels: Path, workers: int | None = None, patience: float = PATIENCE) -> None:
        self._start = json.dumps({"root": str(root), "pixels": str(pixels)}) + "\n"
        self._workers = workers or processors()
        self._patience = patience
        self._chunks: queue.SimpleQueue[Sequence[Task]] = queue.SimpleQueue()
        self._results: queue.SimpleQueue[list[Result]] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._started: list[_Worker] = []

    def run(self, tasks: Sequence[Task], cancelled: Callable[[], bool] | None = None) -> Iterator[list[Result]]:
        """Decode; yields results in the order they come, and ends early when `cancelled()` says so."""
        chunks = [tasks[start : start + CHUNK] for start in range(0, len(tasks), CHUNK)]
        for chunk in chunks:
            self._chunks.put(chunk)
        if not chunks:
            return
        with ThreadPoolExecutor(min(self._workers, len(chunks))) as threads:
            serving = [threads.submit(self._serve) for _ in range(min(self._workers, len(chunks)))]
            try:
                waiting = len(chunks)
                while waiting and not (cancelled and cancelled()):
                    try:
                        results = self._results.get(timeout=0.2)
                    except queue.Empty:
                        for thread in serving:
                            if thread.done():
                                thread.result()  # raises what ended it
                        continue
                    waiting -= 1
                    yield results
            finally:
                self._stopping.set()
                for worker in self._started:
                    worker.kill()

    def _serve(self) -> None:
        """One thread: one worker process at a time."""
        worker = _Worker(self._start)
        self._started.append(worker)
        try:
            while not self._stopping.is_set():
                try:
                    chunk = self._chunks.get_nowait()
                except queue.Empty:
                    return
                results = worker.ask(chunk, self._patience + len(chunk))
                if results is None:
                    results = self._one_by_one(worker, chunk)
                self._results.put(results)
        finally:
            worker.stop()

    def _one_by_one(self, worker: _Worker, chunk: Sequence[Task]) -> list[Result]:
        """Decode a chunk image by image after a worker died or hung on it, to find the image at fault."""
        results: list[Result] = []
        for row, path in chunk:
            if self._stopping.is_set():
                break
            answer = worker.ask([(row, path)], self._patience)
            message = f"{path} made the decoder crash or hang for {self._patience:.0f} s"
            results.extend(answer if answer is not None else [(row, 0, False, message)])
        return results


class _Worker:
    """One worker process, started when it is first asked."""

    def __init__(self, start: str) -> None:
        self._start = start
        self._process: subprocess.Popen[str] | None = None

    def ask(self, chunk: Sequence[Task], patience: float) -> list[Result] | None:
        """Results for a chunk, or None where the process died or took longer than `patience` seconds.

        Raises:
            OSError: The process cannot write its results.
        """
        process = self._process or self._launch()
        watch = threading.Timer(patience, process.kill)
        watch.start()
        try:
            assert process.stdin is not None and process.stdout is not None
            process.stdin.write(json.dumps(chunk) + "\n")
            process.stdin.flush()
            answer = process.stdout.readline()
        except (OSError, ValueError):
            answer = ""
        finally:
            watch.cancel()
        if not answer.endswith("\n"):
            self.stop()
            return None
        results = json.loads(answer)
        if isinstance(results, str):
            raise OSError(errno.EIO, results)
        return [(row, digest, ok, message) for row, digest, ok, message in results]

    def _launch(self) -> subprocess.Popen[str]:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "auditor.data.images.decode_worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            env={**locations.child_environment(), "OMP_NUM_THREADS": "1"},
        )
        assert self._process.stdin is not None
        self._process.stdin.write(self._start)
        return self._process

    def kill(self) -> None:
        """End the process from another thread; a caller that waits for its answer gets None."""
        process = self._process
        if process is not None:
            process.kill()

    def stop(self) -> None:
        """End the process; it holds nothing that is not written."""
        if self._process is not None:
            self._process.kill()
            for stream in (self._process.stdin, self._process.stdout):
                assert stream is not None
                with contextlib.suppress(OSError):  # what was buffered for a process that is gone
                    stream.close()
            self._process.wait()
            self._process = None
