"""Finds the files that a table's image column means, with one listing a folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from auditor.data.files.listing import Listing, is_image, join, leaves_root, list_folder
from auditor.data.problems import Problems, printable

USUAL = ("", "images", "image", "imgs", "img", "Image", "Images", "data", "faces")
"""Folders, relative to the table's and to the root, that image paths are often relative to."""

SUFFIXES = (".jpg", ".png", ".jpeg", ".JPG", ".bmp", ".webp")
"""Endings that are tried for names without one."""


@dataclass
class Finder:
    """Answers which file a name means; remembers the folders it has listed.

    Args:
        root: the resolved root.
        home: the table's folder, relative to it.
        problems: where to list what is wrong.
    """

    root: Path
    home: str
    problems: Problems
    listings: dict[str, Listing] = field(default_factory=dict)

    def base(self, names: Sequence[str]) -> str:
        """The folder most of the first names are relative to."""
        tops = list_folder(self.root, self.home).folders
        homes = dict.fromkeys((self.home, ""))
        bases = dict.fromkeys(
            [join(h, u) if u else h for h in homes for u in USUAL] + [join(self.home, t) for t in tops[:50]]
        )
        found = Counter({base: sum(bool(self._find(base, name)) for name in names[:200]) for base in bases})
        best = max(found.values(), default=0)
        return next((base for base in bases if found[base] == best), self.home)

    def knows(self, base: str, names: Sequence[str]) -> bool:
        """Whether it finds any of the first of these images."""
        return any(self._find(base, name) for name in names[:200])

    def find(self, base: str, name: str, file: str, line: int) -> str:
        """The image's path relative to the root, or '' where there is none: then it is listed as a problem."""
        if not name:
            self.problems.add(file, line, "missing-name", "the row names no image: it is left out")
            return ""
        inner = self._inside(name)
        if inner is None:
            message = f"{printable(name)!r} leads out of the data set's folder: the row is left out"
            self.problems.add(file, line, "outside-root", message)
            return ""
        path = self._find(base, inner) if inner == name else self._find("", inner)
        if path == "" and self._is_outside(base, inner):
            message = f"{printable(name)!r} is a link that leads out of the data set's folder: the row is left out"
            self.problems.add(file, line, "outside-root", message)
        elif path == "":
            where = base or "the data set's folder"
            message = f"{printable(name)!r} is not in {where}: the row is left out"
            self.problems.add(file, line, "missing-image", message)
        return path

    def _inside(self, name: str) -> str | None:
        """The name, relative to the root where it is absolute but lies in it; None where it leads out."""
        if not leaves_root(name):
            return name
        path = Path(name)
        if path.is_absolute() and ".." not in path.parts and path.is_relative_to(self.root):
            return path.relative_to(self.root).as_posix()
        return None

    def _split(self, base: str, name: str) -> tuple[str, str]:
        parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
        return "/".join([*([base] if base else []), *parts[:-1]]), parts[-1] if parts else ""

    def _find(self, base: str, name: str) -> str:
        if leaves_root(name) or len(name) > 1024:
            return ""
        folder, file = self._split(base, name)
        files = self._listing(folder).files
        if file in files and is_image(file):
            return join(folder, file)
        if is_image(file):
            return ""
        return next((join(folder, file + suffix) for suffix in SUFFIXES if file + suffix in files), "")

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
            known = folder.rpartition("/")[0]
            missing = known in self.listings and folder.rpartition("/")[2] not in self.listings[known].folders
            self.listings[folder] = Listing() if missing else list_folder(self.root, folder)
        return self.listings[folder]
