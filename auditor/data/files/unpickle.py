"""Read the pickles of CIFAR-10 without running any code that a pickle may name.

Three defences: opcodes are checked first and only plain ones allowed, with their sizes checked against the file's;
names resolve to four inert stand-ins of this module and to nothing else; numpy arrays are built from the stand-ins
afterwards, by us, out of checked bytes.
"""

from __future__ import annotations

import io
import pickle
import pickletools
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from auditor.data.problems import printable
from auditor.errors import DataError

MOST_OPCODES: Final = 5_000_000
MOST_MARKS: Final = 10_000

_PLAIN: Final = frozenset(
    (
        "PROTO", "FRAME", "STOP", "MARK", "POP", "NONE", "NEWTRUE", "NEWFALSE", "INT", "BININT", "BININT1", "BININT2",
        "LONG1", "FLOAT", "BINFLOAT", "STRING", "BINSTRING", "SHORT_BINSTRING", "BINBYTES", "SHORT_BINBYTES",
        "BINBYTES8", "UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "EMPTY_DICT", "DICT", "SETITEM", "SETITEMS",
        "EMPTY_LIST", "LIST", "APPEND", "APPENDS", "EMPTY_TUPLE", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3", "PUT",
        "BINPUT", "LONG_BINPUT", "MEMOIZE", "GET", "BINGET", "LONG_BINGET", "GLOBAL", "STACK_GLOBAL", "REDUCE", "BUILD",
    )
)  # fmt: skip


class _Dtype:
    """Stands for numpy.dtype: remembers which type is meant."""

    def __init__(self, kind: object = "", *_: object) -> None:
        self.kind = kind.decode("latin-1") if isinstance(kind, bytes) else str(kind)
        self.order = "|"

    def __setstate__(self, state: object) -> None:
        if isinstance(state, tuple) and len(state) > 1 and state[1] in ("<", ">", "|", b"<", b">", b"|"):
            self.order = state[1].decode("latin-1") if isinstance(state[1], bytes) else str(state[1])


class _Array:
    """Stands for an array: remembers the state it was given."""

    def __init__(self, *_: object) -> None:
        self.state: object = None

    def __setstate__(self, state: object) -> None:
        self.state = state

    def build(self) -> NDArray[Any]:
        """The array, out of checked bytes."""
        if not isinstance(self.state, tuple) or len(self.state) != 5:
            raise ValueError("an array without a state")
        _, shape, dtype, fortran, data = self.state
        if not isinstance(dtype, _Dtype) or not isinstance(data, bytes | str) or not isinstance(shape, tuple):
            raise ValueError("an array that is not of numbers")
        kind = np.dtype(f"{dtype.order.replace('|', '')}{dtype.kind}")
        if kind.kind not in "biuf" or any(not isinstance(side, int) or side < 0 for side in shape):
            raise ValueError("an array that is not of numbers")
        raw = data if isinstance(data, bytes) else data.encode("latin-1")
        return np.frombuffer(raw, kind).reshape(shape, order="F" if fortran else "C")


def _inert(*_: object) -> _Array:
    return _Array()


class _ArrayType:
    """Stands for numpy.ndarray, which is only ever an argument."""


def _encoded(text: object = "", *_: object) -> bytes:
    """Stands for _codecs.encode, by which newer Pythons write bytes in old protocols."""
    return text.encode("latin-1") if isinstance(text, str) else b""


_NAMES: Final[dict[tuple[str, str], Any]] = {
    ("numpy.core.multiarray", "_reconstruct"): _inert,
    ("numpy._core.multiarray", "_reconstruct"): _inert,
    ("numpy", "ndarray"): _ArrayType,
    ("numpy", "dtype"): _Dtype,
    ("_codecs", "encode"): _encoded,
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _NAMES:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}, which is never loaded")
        return _NAMES[module, name]

    def persistent_load(self, pid: object) -> Any:
        raise pickle.UnpicklingError(f"it asks for something outside the file ({printable(str(pid))})")


def load(data: bytes, file: str) -> Any:
    """Load a pickle of plain containers, texts, numbers and NumPy arrays; keys become str.

    Args:
        data: The pickle.
        file: Its name in messages.

    Raises:
        DataError: It holds or imports anything else, or is damaged. Nothing of it was run.
    """
    try:
        _look_through(data)
        return _real(_Unpickler(io.BytesIO(data), encoding="bytes").load(), 0)
    except Exception as error:  # a damaged pickle can raise nearly any error, all with the same meaning
        reason = printable(str(error), 160) or type(error).__name__
        raise DataError(
            f"The file {file} is not a pickle of CIFAR-10's kind ({reason}) and was not loaded; download it again."
        ) from error


def _look_through(data: bytes) -> None:
    """Refuse opcodes that are not plain, and numbers that would make the reader reserve memory out of proportion."""
    marks = 0
    for count, (code, argument, _) in enumerate(pickletools.genops(data)):
        if code.name not in _PLAIN:
            raise ValueError(f"it holds the opcode {code.name}")
        if code.name in ("PUT", "LONG_BINPUT") and int(str(argument)) > len(data):
            raise ValueError("it numbers its parts beyond its own size")
        marks += code.name == "MARK"
        if count > MOST_OPCODES or marks > MOST_MARKS:
            raise ValueError("it is far longer than such a file is")


def _real(value: object, depth: int) -> Any:
    """Stand-ins replaced by what they stand for; anything else but plain values is refused."""
    if depth > 8:
        raise ValueError("it is nested too deeply")
    if isinstance(value, _Array):
        return value.build()
    if isinstance(value, dict):
        return {_text(key): _real(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list):
        return (
            value if all(type(inner) in (int, bytes, str) for inner in value) else [_real(v, depth + 1) for v in value]
        )
    if isinstance(value, tuple):
        return tuple(_real(inner, depth + 1) for inner in value)
    if value is None or type(value) in (bool, int, float, bytes, str):
        return value
    raise ValueError(f"it holds a {type(value).__name__}")


def _text(key: object) -> str:
    if isinstance(key, bytes):
        return key.decode("latin-1")
    if isinstance(key, str):
        return key
    raise ValueError("it has a key that is no text")
