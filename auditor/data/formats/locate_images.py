"""Find the files that a table's image column names, listing each folder once.

A name that is not a file as written is matched by the longest unique end of its path, whatever its case, its ending and
the way its accents are written; two files that fit equally well are a problem, never a guess.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from itertools import dropwhile
from pathlib import Path
from posixpath import normpath
from urllib.parse import parse_qs, unquote, urlsplit

from auditor.data.files.listing import (
    Listing,
    is_image,
    is_leftover,
    join,
    leaves_root,
    list_folder,
    seen_once,
    split_suffix,
    walk,
)
from auditor.data.formats.splits import split_of_path
from auditor.data.problems import Problems, printable

USUAL = ("", "images", "image", "imgs", "img", "Image", "Images", "data", "faces")
"""Folders, relative to the table's and to the root, that image paths are often relative to."""

SUFFIXES = (".jpg", ".png", ".jpeg", ".JPG", ".bmp", ".webp")
"""Endings that are tried for names without one."""

USUAL_ENDINGS = frozenset((".jpg", ".png"))
"""Most images' endings, known without a call for each of a million names."""

LONGEST = 1024
"""The maximum length of a name, in characters."""

_ODD = re.compile(r"[:?\\]|\.\.|//|\./|^/|[/.]$|^$")
"""What a name holds that is not simply the path of a file below a folder."""

_URL = re.compile(r"[a-z][a-z0-9+.-]+://", re.I)
_UPLOADED = re.compile(r"[0-9a-f]{8}-(?=.)")
"""What Label Studio puts before the name of an uploaded file."""


@dataclass(frozen=True, slots=True)
class Match:
    """A file that a name means, although its name differs slightly.

    Attributes:
        path: Relative to the root; '' where several files fit equally well.
        how: How the match was found: 'end of the path', 'extension', 'case', 'accents', 'number'
            or 'address' (what addresses write as %20).
        rivals: The files that fit, where there are several.
    """

    path: str
    how: str
    rivals: tuple[str, ...] = ()


def as_path(name: str) -> str:
    """The path in an address: Label Studio's local files, and what is behind a host or a bucket."""
    if "?d=" in name:
        name = parse_qs(urlsplit(name).query).get("d", [name])[0]
    if _URL.match(name) and len(name) <= LONGEST:
        try:
            name = unquote(urlsplit(name).path)
        except ValueError:
            return name
    return name


def folded(text: str) -> str:
    """Normalise a name for a tolerant comparison: composed accents, no case."""
    return text.casefold() if text.isascii() else unicodedata.normalize("NFC", text).casefold()


def _key(stem: str) -> str:
    """Return the look-up key of a file name: without its ending, and without RAF-DB's '_aligned'."""
    return folded(stem).removesuffix("_aligned")


@dataclass
class Tree:
    """Every image file below a root.

    Attributes:
        files: A path by the folded name without its ending.
        several: All paths of such a name, where it has several: a million lists of one path each would keep the garbage
            collector busy for seconds.
        folders: Folded names of all folders.
        numbers: The names that are numbers, by the number: spreadsheets write '007' as 7.
    """

    files: dict[str, str]
    several: dict[str, list[str]]
    folders: set[str]
    numbers: dict[int, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, root: Path) -> Tree:
        """Walk a root once."""
        files: dict[str, str] = {}
        several: dict[str, list[str]] = {}
        folders: set[str] = set()
        for folder, listing in walk(root):
            folders.update(map(folded, listing.folders))
            start = join(folder, "")
            for name in listing.files:
                if name[-4:] in USUAL_ENDINGS and name[0] != "." and name.isascii() and len(name) > 4:
                    key = name[:-4].casefold().removesuffix("_aligned")  # as below, but without a call for each
                elif is_image(name) and not is_leftover(name):
                    key = _key(split_suffix(name)[0])
                else:
                    continue
                path = start + name
                first = files.setdefault(key, path)
                if first is not path:
                    several.setdefault(key, [first]).append(path)
        numbers: defaultdict[int, list[str]] = defaultdict(list)
        for key in files:
            if key.isdecimal() and len(key) < 19:
                numbers[int(key)].append(key)
        return cls(files, several, folders, dict(numbers))

    def of_key(self, key: str) -> list[str]:
        """The files whose folded name this is."""
        return self.several.get(key) or ([self.files[key]] if key in self.files else [])

    def named(self, stem: str) -> list[str]:
        """The files that a name without its ending may mean."""
        key = _key(stem)
        files = self.of_key(key) or self.of_key(_key(_UPLOADED.sub("", stem, 1)))
        if not files and key.isdecimal() and len(key) < 19:
            files = [file for each in self.numbers.get(int(key), ()) for file in self.of_key(each)]
        return files


@dataclass
class Finder:
    """Finds the file that a name means; keeps the listings of folders.

    Args:
        root: The resolved root.
        home: The table's folder, relative to it.
        problems: Where to list what is wrong.
        scope: The folder in which alone a name is matched by its end, '' for all of the root.
        alike: By a folder that `base` chose, the usual folders beside it that have as many of the images.
    """

    root: Path
    home: str
    problems: Problems
    scope: str = ""
    listings: dict[str, Listing] = field(default_factory=dict)
    alike: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _tree: Tree | None = None
    _homes: dict[tuple[str, str], tuple[str, AbstractSet[str]]] = field(default_factory=dict)

    def base(self, names: Sequence[str], split: int | None = None) -> str:
        """The folder most of the first names are relative to; never one that is called after another split."""
        tops = list_folder(self.root, self.home).folders
        homes = dict.fromkeys((self.home, ""))
        bases = dict.fromkeys(
            [join(h, u) if u else h for h in homes for u in USUAL] + [join(self.home, t) for t in tops[:50]]
        )
        bases = dict.fromkeys(base for base in bases if split is None or split_of_path(f"{base}/") in (None, split))
        wanted = [as_path(name) for name in names[:200]]
        hits = Counter({base: sum(bool(self._find(base, name)) for name in wanted) for base in bases})
        best = max(hits.values(), default=0)
        likely = [base for base in bases if hits[base] == best] or [self.home]
        named = [base for base in likely if split is not None and best and split_of_path(f"{base}/") == split]
        nearest = (named or likely)[0]
        unusual = best and not named and nearest.rpartition("/")[2] not in USUAL and nearest not in homes
        if unusual and len(likely) > 1:
            return self.home  # several folders have these names: none is taken
        others = [base for base in likely if base != nearest and base not in homes and self._is_there(base)]
        if best and nearest not in homes and others:
            self.alike[nearest] = tuple(others)
        return nearest

    def _is_there(self, folder: str) -> bool:
        """Whether a folder is there under exactly this name: a system may answer to others, too."""
        home, _, name = folder.rpartition("/")
        return name in list_folder(self.root, home).folders

    def knows(self, base: str, names: Sequence[str]) -> bool:
        """Whether any of the first of these images is found."""
        return any(self._find(base, as_path(name)) for name in names[:200])

    def count(self, names: Sequence[str]) -> int:
        """Count the names that are files as written."""
        base = self.base(names)
        return sum(bool(self.exact(base, name)) for name in names)

    def find(self, base: str, name: str, file: str, line: int) -> str:
        """The image's path relative to the root, or '' where there is none: then it is listed as a problem."""
        path = self.exact(base, name)
        if not path:
            self.report(base, name, file, line)
        return path

    def exact(self, base: str, name: str) -> str:
        """Return the file with exactly this name, or '' where there is none."""
        folder, _, file = name.rpartition("/")
        home = self._homes.get((base, folder)) or self._home(base, folder)
        if file in home[1] and (file[-4:] in USUAL_ENDINGS or _may_be_image(file)):
            return home[0] + file
        if not name:
            return ""
        path = as_path(name) if ":" in name or "?" in name else name
        inner = self._inside(path)
        if inner is None:
            return ""
        return self._find(base if inner is path else "", inner)

    def _home(self, base: str, folder: str) -> tuple[str, AbstractSet[str]]:
        """What stands before the names in a folder as a table writes it, and the files that are there."""
        below = f"{base}/{folder}" if base and folder else base or folder
        odd = _ODD.search(f"{folder}/x" if folder else "x") is not None
        files = frozenset() if odd else self._listing(below).files
        return self._homes.setdefault((base, folder), (f"{below}/" if below else "", files))

    def report(self, base: str, name: str, file: str, line: int) -> None:
        """List a name that is no file."""
        inner = self._inside(as_path(name))
        where = base or "the data set's folder"
        if not name:
            self.problems.add(file, line, "missing-name", "the row names no image: it is left out")
        elif inner is None:
            message = f"{printable(name)!r} leads out of the data set's folder: the row is left out"
            self.problems.add(file, line, "outside-root", message)
        elif self._is_outside(base, inner):
            message = f"{printable(name)!r} is a link that leads out of the data set's folder: the row is left out"
            self.problems.add(file, line, "outside-root", message)
        else:
            message = f"{printable(name)!r} is not in {where}: the row is left out"
            self.problems.add(file, line, "missing-image", message)

    def matched(self, name: str, split: int | None, used: AbstractSet[str]) -> Match | None:
        """The file whose path ends most like a name.

        Args:
            name: The name in the table.
            split: The row's split where it is known: files in the folder of another split are ignored.
            used: Files that other rows name exactly.
        """
        match = self._matched(as_path(name), split, used)
        if match is None and "%" in name and len(name) <= LONGEST:
            decoded = self._matched(unquote(name), split, used)  # 'my%20face.jpg', as addresses write it
            return decoded if decoded is None or not decoded.path else Match(decoded.path, "address")
        return match

    def _matched(self, name: str, split: int | None, used: AbstractSet[str]) -> Match | None:
        parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
        parts = list(dropwhile(lambda part: part == "..", parts))  # '../input/faces/a.jpg', written somewhere else
        if not parts or ".." in parts or len(name) > LONGEST or "\0" in name:
            return None
        if self._tree is None:
            self._tree = seen_once((Tree, self.root), lambda: Tree.of(self.root))
        stem, suffix = split_suffix(parts[-1])
        stem = stem if suffix.lower() and is_image(parts[-1]) else parts[-1]
        files = [file for file in self._tree.named(stem) if self._fits(file, split) and file not in used]
        wanted = [folded(part) for part in parts[:-1]]
        tails = {file: _tail(wanted, [folded(part) for part in file.split("/")[:-1]]) for file in files}
        longest = max(tails.values(), default=-1)
        best = [file for file in files if tails[file] == longest]
        if not best or (longest < len(wanted) and wanted[-1 - longest] in self._tree.folders):
            return None  # the folder it names is there: it is another image that has the same name
        best = _nearest(best, parts[-1])
        if len(best) > 1:
            return Match("", "end of the path", tuple(sorted(best)))
        return Match(best[0], _how(parts, best[0], longest))

    def rivals(self, name: str, path: str, split: int | None) -> tuple[str, ...]:
        """The files that a bare name may mean, where it may mean several."""
        if self._tree is None or "/" in name or "\\" in name:
            return ()
        last = path.rpartition("/")[2]
        files = self._tree.of_key(_key(split_suffix(last)[0]))
        same = [file for file in files if file.rpartition("/")[2] == last and self._fits(file, split)]
        return tuple(sorted(same)) if len(same) > 1 else ()

    def _fits(self, file: str, split: int | None) -> bool:
        if self.scope and not file.startswith(f"{self.scope}/"):
            return False
        return split is None or split_of_path(file) in (None, split)

    def _inside(self, name: str) -> str | None:
        """The name, relative to the root where it is absolute but inside it; None where it leads out."""
        if not leaves_root(name):
            return name
        path = Path(name)
        if path.is_absolute() and ".." not in path.parts and path.is_relative_to(self.root):
            return path.relative_to(self.root).as_posix()
        beside = normpath(join(self.home, name.replace("\\", "/"))) if self.home else ".."
        return None if leaves_root(beside) else beside  # '../images/a.jpg' in labels/list.csv

    def _split(self, base: str, name: str) -> tuple[str, str]:
        if "\\" not in name and "//" not in name and "./" not in name and name[:1] != "/" and name[-1:] not in "/.":
            folder, _, file = name.rpartition("/")
            return f"{base}/{folder}" if base and folder else base or folder, file
        parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
        return "/".join([*([base] if base else []), *parts[:-1]]), parts[-1] if parts else ""

    def _find(self, base: str, name: str) -> str:
        if leaves_root(name) or len(name) > LONGEST:
            return ""
        folder, file = self._split(base, name)
        files = self._listing(folder).files
        if file in files and _may_be_image(file):
            return join(folder, file)
        if is_image(file):
            return ""
        found = [join(folder, file + suffix) for suffix in SUFFIXES if file + suffix in files]
        return found[0] if len(found) == 1 else ""  # of several none is meant more than another

    def _is_outside(self, base: str, name: str) -> bool:
        folder, file = self._split(base, name)
        parts = folder.split("/") if folder else []
        heads = ("/".join(parts[:end]) for end in range(1, len(parts) + 1))
        above = any(self._leads_out(*head.rpartition("/")[::2]) for head in heads)
        return above or file in self._listing(folder).outside

    def _leads_out(self, folder: str, name: str) -> bool:
        """Whether an entry of a folder is a link out of the root."""
        return name in self._listing(folder).outside

    def _listing(self, folder: str) -> Listing:
        if folder not in self.listings:
            parent = folder.rpartition("/")[0]
            missing = parent in self.listings and folder.rpartition("/")[2] not in self.listings[parent].folders
            self.listings[folder] = Listing() if missing else list_folder(self.root, folder)
        return self.listings[folder]


def _may_be_image(name: str) -> bool:
    """Whether a file that a table names can be an image: by its ending, or because it has none."""
    return is_image(name) or "." not in name


def _tail(wanted: Sequence[str], folders: Sequence[str]) -> int:
    """Count the last folders that are the same."""
    count = 0
    for first, second in zip(reversed(wanted), reversed(folders), strict=False):
        if first != second:
            break
        count += 1
    return count


def _nearest(files: list[str], name: str) -> list[str]:
    """Select the files whose spelling is closest to the name."""
    suffix = split_suffix(name)[1].lower()
    for alike in (
        lambda file: file.rpartition("/")[2] == name,
        lambda file: unicodedata.normalize("NFC", file.rpartition("/")[2]) == unicodedata.normalize("NFC", name),
        lambda file: split_suffix(file)[1].lower() == suffix,
    ):
        same = [file for file in files if alike(file)]
        files = same or files
        if len(files) == 1:
            break
    return files


def _how(parts: Sequence[str], file: str, tail: int) -> str:
    """Describe how a match was found."""
    theirs = file.split("/")[-1 - tail :]
    ending = list(parts[-1 - tail :])
    if split_suffix(ending[-1])[1].lower() != split_suffix(theirs[-1])[1].lower():
        return "extension"
    if ending == theirs:
        return "end of the path"
    own, other = split_suffix(ending[-1])[0], split_suffix(theirs[-1])[0]
    if own != other and own.isdecimal() and other.isdecimal():
        return "number"
    if [unicodedata.normalize("NFC", part) for part in ending] == [unicodedata.normalize("NFC", p) for p in theirs]:
        return "accents"
    return "case"
