"""auditor/data/files/unpickle.py, malicious pickles run no code."""

from __future__ import annotations

import contextlib
import io
import os
import pickle
import pickletools
import random
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.data.files import unpickle
from auditor.errors import DataError

GOOD = {
    b"labels": [1, 2],
    b"data": np.arange(6, dtype=np.uint8).reshape(2, 3),
    b"filenames": [b"a", b"b"],
    b"x": (1, None, "t", 2.5),
}


class Runs:
    """Reduces to a call."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
def test_what_cifar_needs_is_read(protocol: int) -> None:
    content = unpickle.load(pickle.dumps(GOOD, protocol), "x") if protocol < 5 else None
    if content is None:  # protocol 5 stores arrays by another constructor that CIFAR-10's files never use
        with pytest.raises(DataError):
            unpickle.load(pickle.dumps(GOOD, 5), "x")
        return
    assert content["labels"] == [1, 2]
    assert (content["data"] == GOOD[b"data"]).all()
    assert content["data"].dtype == np.uint8


def test_a_batch_as_python_2_wrote_it() -> None:
    raw = (b"\x80\x02}q\x01(U\x06labelsq\x02]q\x03(K\x06K\x09eU\x04dataq\x04cnumpy.core.multiarray\n_reconstruct\nq\x05"
           b"cnumpy\nndarray\nq\x06K\x00\x85U\x01b\x87Rq\x07(K\x01K\x01K\x02\x86cnumpy\ndtype\nq\x08U\x02u1K\x00K\x01\x87R"
           b"(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89U\x02\x07\x08tbu.")  # fmt: skip
    assert pickle.loads(raw, encoding="bytes")[b"labels"] == [6, 9]
    content = unpickle.load(raw, "x")
    assert content["labels"] == [6, 9]
    assert content["data"].tolist() == [[7, 8]]


@pytest.mark.parametrize("protocol", [0, 2, 4])
@pytest.mark.parametrize(
    "attack",
    [
        lambda mark: Runs(os.system, f"touch {mark}"),
        lambda mark: Runs(eval, f"open({str(mark)!r}, 'w')"),
        lambda mark: Runs(exec, f"open({str(mark)!r}, 'w')"),
        lambda mark: Runs(getattr, mark, "touch"),
        lambda mark: Runs(Path.touch, mark),
        lambda mark: Runs(np.load, str(mark)),
        lambda mark: Runs(np.save, str(mark), [1]),
        lambda mark: Runs(io.open, str(mark), "w"),
        lambda _: Runs(__import__, "antigravity"),
        lambda _: Runs(sys.exit, 3),
        lambda mark: mark,
    ],
)
def test_nothing_runs(tmp_path: Path, attack, protocol: int) -> None:
    mark = tmp_path / "ran"
    for content in (attack(mark), {b"labels": [1], b"data": attack(mark)}, [attack(mark)] * 2):
        with pytest.raises(DataError, match="not loaded"):
            unpickle.load(pickle.dumps(content, protocol), "x")
    assert not mark.exists()


@pytest.mark.parametrize(
    "raw",
    [
        b"\x80\x02cnumpy.core.multiarray\nscalar\n.",
        b"cnumpy\nload\n(S'/etc/passwd'\ntR.",
        b"cbuiltins\neval\n(S'1'\ntR.",
        b"\x80\x04\x8c\x08builtins\x8c\x04eval\x93.",
        b"\x80\x04\x8c\x05numpy\x8c\x10ndarray.__init__\x93.",
        b"cnumpy\ndtype.__class__\n.",
        b"(ios\nsystem\nS'true'\n.",
        b"(S'true'\nios\nsystem\n.",
        b"\x80\x02\x82\x01.",
        b"P0\n.",
        b"\x80\x05\x97.",
        b"",
        b".",
        b"\x80\xff.",
    ],
)
def test_other_doors_are_shut(raw: bytes) -> None:
    with pytest.raises(DataError, match="not loaded"):
        unpickle.load(raw, "x")


def test_memory_is_not_reserved_on_a_files_word() -> None:
    began = time.thread_time()  # not lengthened by other load
    huge = [
        b"\x80\x02K\x01r\xff\xff\xff\x7f.",  # memo number 2**31
        b"\x80\x02T\xff\xff\xff\x7fx.",  # a text of 2 GB that is not there
        b"\x80\x04\x8e\xff\xff\xff\xff\xff\x00\x00\x00x.",  # bytes of a terabyte that are not there
        b"\x80\x02" + b"]" * 200_000 + b"a" * 199_999 + b".",  # lists within lists
        b"(" * 2_000_000 + b".",
    ]
    for raw in huge:
        with pytest.raises(DataError):
            unpickle.load(raw, "x")
    assert time.thread_time() - began < 60


def test_arrays_are_checked(tmp_path: Path) -> None:
    for array in (
        np.array([print], dtype=object),
        np.array(["a"]),
        np.zeros(2, dtype="M8[s]"),
        np.zeros(1, dtype=[("a", "u1")]),
    ):
        with pytest.raises(DataError):
            unpickle.load(pickle.dumps({b"data": array}, 2), "x")
    raw = pickle.dumps({b"data": np.zeros((2, 3), dtype=np.uint8)}, 2)
    with pytest.raises(DataError):
        unpickle.load(raw.replace(b"K\x02K\x03\x86", b"K\x02K\x09\x86"), "x")
    assert unpickle.load(pickle.dumps({b"data": np.asfortranarray([[1, 2], [3, 4]])}, 2), "x")["data"].tolist() == [
        [1, 2],
        [3, 4],
    ]


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_refused_or_plain(noise: bytes) -> None:
    with contextlib.suppress(DataError):
        unpickle.load(noise, "x")


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32))
def test_mutated_batches(seed: int) -> None:
    rng = random.Random(seed)
    raw = bytearray(pickle.dumps(GOOD, rng.choice([0, 2, 4])))
    for _ in range(50):
        changed = bytearray(raw)
        for _ in range(rng.randint(1, 4)):
            changed[rng.randrange(len(changed))] = rng.choice(
                [rng.randrange(256), *(ord(o.code) for o in pickletools.opcodes)]
            )
        with contextlib.suppress(DataError):
            unpickle.load(bytes(changed), "x")
