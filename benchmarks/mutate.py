"""Damage a file like broken disks, editors, scripts and attackers do."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

TOKENS = (
    b"\0",
    b"\0" * 300,
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xc3\x28",
    b"\xed\xa0\x80",
    b'"',
    b'""',
    b'"a',
    b"'",
    b"\\",
    b"\r",
    b"\n",
    b"\r\n",
    b"\x1a",
    b"\x85",
    b"\xe2\x80\xa8",
    b"\t",
    b" ",
    b",",
    b";",
    b",,,,",
    b"../",
    b"../../../../etc/passwd",
    b"/etc/passwd",
    b"C:\\Windows\\x.jpg",
    b"\\\\host\\share\\x.jpg",
    b"file:///etc/passwd",
    b"0",
    b"8",
    b"-1",
    b"1e999",
    b"nan",
    b"inf",
    b"1.5",
    b"7.0",
    b"99999999999999999999999",
    b"0x7",
    b"\xd9\xa5",
    b"=cmd()",
    b"A" * 5000,
    b" " * 5000,
    b"," * 5000,
    b'"' * 5000,
    b"1 " * 3000,
    b"x" * 200_000,
    b"\n" * 2000,
    b"train_00001.jpg 5\n",
    b"a/b/c.jpg",
    b"image.jpg",
    b"%00",
    b"?label=x",
    b"\x80\x04c__builtin__\neval\n",
    b"cos\nsystem\n(S'true'\ntR.",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
)


def mutate(data: bytes, others: Sequence[bytes], draw: random.Random) -> bytes:
    """Apply one to eight random mutations.

    Args:
        data: The whole file.
        others: Whole files to splice pieces from.
        draw: The source of chance.
    """
    kinds: list[Callable[[bytes, random.Random], bytes]] = [
        _flip,
        _insert,
        _insert,
        _delete,
        _truncate,
        _repeat,
        _swap,
        _field,
        _recode,
    ]
    for _ in range(draw.choice((1, 1, 1, 2, 3, 5, 8))):
        if draw.random() < 0.05:  # noqa: SIM108
            data = _splice(data, draw.choice(others), draw)
        else:
            data = draw.choice(kinds)(data, draw)
    return data[:2_000_000]


def _flip(data: bytes, draw: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(draw.choice((1, 1, 4, 32))):
        if changed:
            place = draw.randrange(len(changed))
            changed[place] = draw.choice((changed[place] ^ (1 << draw.randrange(8)), draw.randrange(256), 0, 255))
    return bytes(changed)


def _insert(data: bytes, draw: random.Random) -> bytes:
    place = draw.randrange(len(data) + 1)
    return data[:place] + draw.choice(TOKENS) + data[place:]


def _delete(data: bytes, draw: random.Random) -> bytes:
    place = draw.randrange(len(data) + 1)
    return data[:place] + data[place + draw.choice((1, 2, 8, 100)) :]


def _truncate(data: bytes, draw: random.Random) -> bytes:
    return data[: draw.randrange(len(data) + 1)]


def _repeat(data: bytes, draw: random.Random) -> bytes:
    place = draw.randrange(len(data) + 1)
    piece = data[place : place + draw.choice((5, 40, 400))]
    return data[:place] + piece * draw.choice((2, 10)) + data[place:]


def _swap(data: bytes, draw: random.Random) -> bytes:
    lines = data.split(b"\n")
    a, b = draw.randrange(len(lines)), draw.randrange(len(lines))
    lines[a], lines[b] = lines[b], lines[a]
    return b"\n".join(lines)


def _field(data: bytes, draw: random.Random) -> bytes:
    """Replace one field of one line."""
    lines = data.split(b"\n")
    row = draw.randrange(len(lines))
    mark = draw.choice((b" ", b",", b"\t"))
    fields = lines[row].split(mark)
    fields[draw.randrange(len(fields))] = draw.choice(TOKENS)
    lines[row] = mark.join(fields)
    return b"\n".join(lines)


def _recode(data: bytes, draw: random.Random) -> bytes:
    """The same text in another encoding or with other line ends."""
    text = data.decode("latin-1")
    choices = ("utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "utf-32", "cp037")
    kind = draw.choice((*choices, "\r\n", "\r"))
    if kind in ("\r\n", "\r"):
        return text.replace("\n", kind).encode("latin-1")
    try:
        return text.encode(kind)
    except UnicodeEncodeError:
        return data


def _splice(data: bytes, other: bytes, draw: random.Random) -> bytes:
    return data[: draw.randrange(len(data) + 1)] + other[draw.randrange(len(other) + 1) :]
