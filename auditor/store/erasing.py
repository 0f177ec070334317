"""Take an image, an annotator or a whole data set out of every table.

The only place where the append-only log is changed. Its chain still holds afterwards (chain.py): names are in it as
salted digests, so the row loses what it held and the salt, and keeps the digest. Every change is counted in
`chain.erasures`, by which each process that has read the log before notices that it must read it again.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, FromClause, RowMapping, delete, func, or_, select, update

from auditor.data.content import name_digest
from auditor.store.chain import ERASED, REMOVED
from auditor.store.database import Database
from auditor.store.naming import composed
from auditor.store.sharing import pack, unpack
from auditor.store.tables import (
    CHAIN,
    DATASETS,
    GLANCES,
    ITEMS,
    OPERATIONS,
    PARTS,
    PLACES,
    ROLES,
    RUNS,
    SELECTIONS,
    SHARES,
    TRAIL,
    VIEWS,
)

_AT_ONCE = 500
_EMPTY = {
    "image": "", "row_number": 0, "from_class": None, "to_class": None, "soft": None, "note": None, "shown_at": None,
    "salt": None,
}  # fmt: skip
_NUMBERED = re.compile(rf"{ERASED} (\d+)")


@dataclass(frozen=True)
class Held:
    """What the tables hold of something that is to be erased, by table: numbers of rows.

    Attributes:
        decisions: Decisions on the images, or operations by the annotator.
        selections: Saved lists with one of the images.
        runs: Runs whose message names one of the images; with a whole data set, all its runs.
        trail: Lines of the audit trail by the annotator.
    """

    decisions: int = 0
    selections: int = 0
    runs: int = 0
    trail: int = 0


class Erasing:
    """Erases from every table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def names(self, dataset: str) -> set[str]:
        """Return the names of all images that a data set's log and saved lists know."""
        with self._database.read() as connection:
            logged = select(ITEMS.c.image).distinct().join(OPERATIONS, OPERATIONS.c.seq == ITEMS.c.seq)
            mentioned = set(connection.execute(logged.where(OPERATIONS.c.dataset == dataset)).scalars())
            for row in _selections(connection, dataset):
                mentioned |= set(_names(row))
        return mentioned - {""}

    def names_of_twins(self, dataset: str) -> set[str]:
        """Return the decided images that had a twin then, whose name differs in its Unicode form only."""
        with self._database.read() as connection:
            logged = select(ITEMS.c.image).distinct().join(OPERATIONS, OPERATIONS.c.seq == ITEMS.c.seq)
            twins = logged.where((OPERATIONS.c.dataset == dataset) & (ITEMS.c.row_number < 0))
            return set(connection.execute(twins).scalars()) - {""}

    def annotators(self, dataset: str) -> set[str]:
        """Return the names of everybody who decided on a data set."""
        with self._database.read() as connection:
            people = select(OPERATIONS.c.annotator).distinct().where(OPERATIONS.c.dataset == dataset)
            return set(connection.execute(people).scalars())

    def held_of_images(self, dataset: str, names: Collection[str]) -> Held:
        """Count what the tables hold of some images.

        Args:
            dataset: The data set's key.
            names: The images' names, in any Unicode form.
        """
        wanted = {composed(name) for name in names}
        with self._database.read() as connection:
            ids = _items_of(connection, dataset, wanted)
            lists = [row for row in _selections(connection, dataset) if wanted & set(map(composed, _names(row)))]
            return Held(len(ids), len(lists), len(_runs_naming(connection, dataset, names)))

    def images(self, dataset: str, names: Collection[str], *, keep: bool) -> None:
        """Erase some images: what was decided on them, their places in saved lists, their names in runs' messages.

        Args:
            dataset: The data set's key.
            names: The images' names, in any Unicode form.
            keep: Whether History still counts the decisions, as on an erased image; else it leaves them out.

        Raises:
            UnavailableError: The database is away or busy; nothing was erased.
        """
        wanted = {composed(name) for name in names}
        with self._database.write() as connection:
            _hold(connection, dataset)
            action = ERASED if keep else REMOVED
            for part in _parts(_items_of(connection, dataset, wanted)):
                connection.execute(update(ITEMS).where(ITEMS.c.id.in_(part)).values(action=action, **_EMPTY))
            for row in _selections(connection, dataset):
                _shorten(connection, row, wanted)
            longest_first = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
            for run_id, message in _runs_naming(connection, dataset, names):
                redacted = re.sub(longest_first, "an erased image", message)
                connection.execute(update(RUNS).where(RUNS.c.id == run_id).values(message=redacted))
            for name, parameters in _views(connection, dataset):
                if any(image in value for image in wanted for value in parameters):
                    connection.execute(delete(VIEWS).where((VIEWS.c.dataset == dataset) & (VIEWS.c.name == name)))
            _forget_sampled(connection, dataset, names)
            _forget_shared(connection, dataset, wanted)
            _count(connection, dataset)

    def mentions(self, words: Collection[str]) -> int:
        """Count the texts that contain one of these words: notes, tags, titles of lists, messages of runs."""
        if not 0 < len(words) <= _AT_ONCE:
            return 0
        texts = (ITEMS.c.note, SELECTIONS.c.label, VIEWS.c.name, RUNS.c.message, TRAIL.c.detail)
        with self._database.read() as connection:
            numbers = [
                _number(connection, text.table, or_(*(text.contains(word, autoescape=True) for word in words)))
                for text in texts
            ]
        return sum(numbers)

    def held_of_annotator(self, dataset: str, name: str) -> Held:
        """Count what the tables hold by an annotator: operations on one data set, and lines of the audit trail."""
        with self._database.read() as connection:
            own = (OPERATIONS.c.dataset == dataset) & (OPERATIONS.c.annotator == name)
            return Held(_number(connection, OPERATIONS, own), trail=_number(connection, TRAIL, TRAIL.c.who == name))

    def elsewhere(self, datasets: Collection[str], name: str) -> list[str]:
        """Return the keys of the other data sets that an annotator decided on."""
        with self._database.read() as connection:
            query = select(OPERATIONS.c.dataset).distinct().where(OPERATIONS.c.annotator == name)
            return sorted(set(connection.execute(query).scalars()) - set(datasets))

    def new_name(self) -> str:
        """Return a name for an annotator who is erased: 'erased 1', with a number that nobody else has."""
        with self._database.read() as connection:
            people = set(connection.execute(select(OPERATIONS.c.annotator).distinct()).scalars())
            people |= set(connection.execute(select(TRAIL.c.who).distinct()).scalars())
        numbers = [int(match[1]) for name in people if (match := _NUMBERED.fullmatch(name))]
        return f"{ERASED} {max(numbers, default=0) + 1}"

    def annotator(self, datasets: Sequence[str], name: str, new: str) -> None:
        """Replace an annotator's name in the logs of some data sets and in the audit trail.

        The trail and the roles keep the name of somebody who decided on other data sets, too: only their lines on these
        go.

        Args:
            datasets: The data sets' keys.
            name: The annotator's name.
            new: What `new_name` returned.

        Raises:
            UnavailableError: The database is away or busy; nothing was erased.
        """
        others = self.elsewhere(datasets, name)
        lines = TRAIL.c.who == name
        with self._database.write() as connection:
            for dataset in sorted(datasets):
                _hold(connection, dataset)
                own = (OPERATIONS.c.dataset == dataset) & (OPERATIONS.c.annotator == name)
                connection.execute(update(OPERATIONS).where(own).values(annotator=new, salt=None))
                saved = (VIEWS.c.dataset == dataset) & (VIEWS.c.annotator == name)
                connection.execute(update(VIEWS).where(saved).values(annotator=new))
                started = (RUNS.c.dataset == dataset) & (RUNS.c.started_by == name)
                connection.execute(update(RUNS).where(started).values(started_by=new))
                _rename_in_shares(connection, dataset, name, new)
                _count(connection, dataset)
            looked = GLANCES.c.who == name
            if others:
                lines &= TRAIL.c.dataset.in_(list(datasets))
                looked &= GLANCES.c.dataset.in_(list(datasets))
            else:  # with the name goes the role that it had
                for column in (ROLES.c.person, ROLES.c.given_by):
                    connection.execute(update(ROLES).where(column == name).values({column: new}))
            connection.execute(update(TRAIL).where(lines).values(who=new))
            connection.execute(update(GLANCES).where(looked).values(who=new))

    def dataset(self, key: str) -> None:
        """Erase everything of a data set: its log, its runs, its saved lists, and that it was ever opened.

        Raises:
            UnavailableError: The database is away or busy; nothing was erased.
        """
        with self._database.write() as connection:
            _hold(connection, key)
            numbers = select(OPERATIONS.c.seq).where(OPERATIONS.c.dataset == key)
            connection.execute(delete(ITEMS).where(ITEMS.c.seq.in_(numbers)))
            # Undos refer to decisions of the same table, so they go first.
            own = OPERATIONS.c.dataset == key
            connection.execute(delete(OPERATIONS).where(own & OPERATIONS.c.target.is_not(None)))
            shares = select(SHARES.c.number).where(SHARES.c.dataset == key)
            connection.execute(delete(PARTS).where(PARTS.c.share.in_(shares)))
            for table in (OPERATIONS, CHAIN, SHARES, GLANCES, RUNS, SELECTIONS, VIEWS, PLACES):
                connection.execute(delete(table).where(table.c.dataset == key))
            connection.execute(delete(DATASETS).where(DATASETS.c.key == key))


def _hold(connection: Connection, dataset: str) -> None:
    """Let nobody append to the log meanwhile; SQLite's transaction does that by itself."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(DATASETS.c.key).where(DATASETS.c.key == dataset).with_for_update())


def _count(connection: Connection, dataset: str) -> None:
    connection.execute(update(CHAIN).where(CHAIN.c.dataset == dataset).values(erasures=CHAIN.c.erasures + 1))


def _items_of(connection: Connection, dataset: str, wanted: Collection[str]) -> list[int]:
    query = select(ITEMS.c.id, ITEMS.c.image).join(OPERATIONS, OPERATIONS.c.seq == ITEMS.c.seq)
    rows = connection.execute(query.where((OPERATIONS.c.dataset == dataset) & (ITEMS.c.image != "")))
    return [int(row.id) for row in rows if composed(row.image) in wanted]


def _views(connection: Connection, dataset: str) -> list[tuple[str, list[str]]]:
    """The data set's saved views: each one's name, and what it asks for, composed."""
    query = select(VIEWS.c.name, VIEWS.c.parameters).where(VIEWS.c.dataset == dataset)
    return [
        (row.name, [composed(str(value)) for value in json.loads(row.parameters).values()])
        for row in connection.execute(query)
    ]


def _selections(connection: Connection, dataset: str) -> list[RowMapping]:
    query = select(SELECTIONS).where((SELECTIONS.c.dataset == dataset) & SELECTIONS.c.names.is_not(None))
    return list(connection.execute(query).mappings())


def _names(row: RowMapping) -> list[str]:
    names: list[str] = json.loads(zlib.decompress(row["names"]))
    return names


def _shorten(connection: Connection, row: RowMapping, wanted: Collection[str]) -> None:
    """Take images out of a saved list; one that holds nothing else, or is called after one of them, goes whole."""
    names = _names(row)
    left = [name for name in names if composed(name) not in wanted]
    own = SELECTIONS.c.token == row["token"]
    if not left or any(name in row["label"] for name in wanted):
        connection.execute(delete(SELECTIONS).where(own))
    elif len(left) < len(names):
        values = {"names": zlib.compress(json.dumps(left).encode()), "row_numbers": zlib.compress(b"")}
        connection.execute(update(SELECTIONS).where(own).values(**values))


def _runs_naming(connection: Connection, dataset: str, names: Collection[str]) -> list[tuple[str, str]]:
    query = select(RUNS.c.id, RUNS.c.message).where((RUNS.c.dataset == dataset) & RUNS.c.message.is_not(None))
    rows = [(str(row.id), str(row.message)) for row in connection.execute(query)]
    return [(run_id, message) for run_id, message in rows if any(name in message for name in names)]


def _shares(connection: Connection, dataset: str) -> list[RowMapping]:
    return list(connection.execute(select(SHARES).where(SHARES.c.dataset == dataset)).mappings())


def _forget_shared(connection: Connection, dataset: str, wanted: Collection[str]) -> None:
    """Take images out of the work that was shared out."""
    for share in _shares(connection, dataset):
        answers = {name: label for name, label in unpack(share["known"]).items() if composed(name) not in wanted}
        own = SHARES.c.number == share["number"]
        connection.execute(update(SHARES).where(own).values(known=pack(answers)))
        for part in connection.execute(select(PARTS).where(PARTS.c.share == share["number"])).mappings().all():
            faces = unpack(part["faces"])
            left = [face for face in faces if composed(face[0]) not in wanted]
            if len(left) < len(faces):
                whose = (PARTS.c.share == share["number"]) & (PARTS.c.person == part["person"])
                connection.execute(update(PARTS).where(whose).values(faces=pack(left)))


def _rename_in_shares(connection: Connection, dataset: str, name: str, new: str) -> None:
    for share in _shares(connection, dataset):
        terms = json.loads(share["terms"])
        terms["people"] = [new if person == name else person for person in terms["people"]]
        by = new if share["made_by"] == name else share["made_by"]
        own = SHARES.c.number == share["number"]
        connection.execute(update(SHARES).where(own).values(terms=json.dumps(terms), made_by=by))
        whose = (PARTS.c.share == share["number"]) & (PARTS.c.person == name)
        connection.execute(update(PARTS).where(whose).values(person=new))


def _forget_sampled(connection: Connection, dataset: str, names: Collection[str]) -> None:
    """Take images out of the index by which the data set is recognised."""
    own = DATASETS.c.key == dataset
    stored = connection.execute(select(DATASETS.c.content).where(own)).scalar_one_or_none()
    if stored is not None:
        content, gone = json.loads(stored), {name_digest(name) for name in names}
        content["sample"] = [pair for pair in content["sample"] if pair[0] not in gone]
        connection.execute(update(DATASETS).where(own).values(content=json.dumps(content)))


def _number(connection: Connection, table: FromClause, condition: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(table).where(condition)
    return int(connection.execute(query).scalar_one())


def _parts(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), _AT_ONCE):
        yield ids[start : start + _AT_ONCE]
