import threading

import numpy as np
import pytest

from auditor.data.images import decode_worker
from auditor.data.images.decode_pool import CHUNK, DecodePool, processors
from auditor.data.images.generations import create_pixels
from tests.data.drawn import draw


@pytest.fixture
def files(tmp_path):
    count = CHUNK + 6
    for i in range(count):
        draw(tmp_path / "data" / f"{i}.png", i)
    (tmp_path / "data" / "3.png").write_bytes(b"broken")
    create_pixels(tmp_path / "pixels.npy", count, 8)
    return tmp_path / "data", tmp_path / "pixels.npy", [(i, f"{i}.png") for i in range(count)]


def test_workers_write_pixels_and_answer_for_every_image(files):
    root, pixels, tasks = files
    results = {r[0]: r for chunk in DecodePool(root, pixels, workers=2).run(tasks) for r in chunk}
    assert sorted(results) == [row for row, _ in tasks]
    array = np.load(pixels)
    assert all(array[row, 0, 0].tolist() == [row, 20, 30] for row, _ in tasks if row != 3)
    assert [row for row, result in results.items() if not result[2]] == [3]
    alone = np.zeros((CHUNK + 6, 8, 8, 3), np.uint8)
    assert decode_worker.decode_file(alone, 5, root, "5.png") == results[5]
    assert processors() >= 1


def test_an_image_that_kills_or_hangs_its_worker_costs_one_image(files, tmp_path, monkeypatch):
    """The workers' own interpreter start-up is made hostile: two files end or stop the process that decodes them.

    Patience ends when the worker says that it hangs, not by the clock: a busy machine is no reason to give up.
    """
    hung = tmp_path / "hung"

    class WhenHung(threading.Thread):
        def __init__(self, _patience, give_up):
            super().__init__(daemon=True)
            self.give_up, self.cancelled = give_up, threading.Event()

        def run(self):
            while not self.cancelled.wait(0.02):
                if hung.exists():
                    hung.unlink()
                    self.give_up()
                    return

        def cancel(self):
            self.cancelled.set()

    monkeypatch.setattr(threading, "Timer", WhenHung)
    root, pixels, tasks = files
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(
        "import auditor.data.images.imagefile as f, os, pathlib, time\n"
        "real = f.read_file\n"
        "def read_file(root, path):\n"
        "    if path == '7.png': os._exit(1)\n"
        "    if path == '9.png':\n"
        f"        pathlib.Path({str(hung)!r}).touch()\n"
        "        time.sleep(3600)\n"
        "    return real(root, path)\n"
        "f.read_file = read_file\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"))
    few = tasks[5:12]
    results = [r for chunk in DecodePool(root, pixels, workers=1).run(few) for r in chunk]
    assert [r[0] for r in results if not r[2]] == [7, 9]
    assert len(results) == len(few)


def test_stopping_early_ends_the_workers(files):
    root, pixels, tasks = files
    pool = DecodePool(root, pixels, workers=2)
    assert list(pool.run(tasks, cancelled=lambda: True)) == []
    assert all(worker._process is None for worker in pool._started)
