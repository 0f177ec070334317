"""Many annotators on one server: how long a decision takes to be saved, how many a second, and what an outage costs.

    python -m benchmarks.load                                      # 1, 10 and 30 annotators, SQLite and PostgreSQL
    python -m benchmarks.load --people 2 --seconds 3 --databases sqlite --browsers 0 --outage 3

It draws a data set, starts a PostgreSQL of its own and the app, and prints one table. Annotators speak the app's own
WebSocket protocol as the browser's outbox does (load_clients.py); the last rows are real browsers. Paced: one decision
in 1.5 s each. Flat out: five keys wait at each moment, as when somebody holds a key down. The outage takes the database
away (PostgreSQL is killed) or the app (SQLite has no server: the app is killed) while everybody works. Nothing is lost
if every decision that was acknowledged is in the database, and every other one is saved after the outage.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from auditor.config import Workspace
from auditor.data.dataset import Dataset
from auditor.plural import counted
from auditor.store.store import Store
from benchmarks import synthetic
from benchmarks.load_clients import Annotator
from benchmarks.load_servers import App, Postgres

PACE = 1.5
"""Seconds between two decisions of one annotator."""

AHEAD = 5
"""Keys that wait for each annotator at each moment, flat out."""

RECOVERS_WITHIN = 60.0


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes:
        database: `sqlite` or `postgresql`.
        people: How many there are, annotators or browsers.
        median: Milliseconds to a saved decision, paced.
        p95: The same, 95th percentile.
        rate: Decisions a second, flat out; None where that was not measured.
        lost: Acknowledged decisions that are not in the database, and others that were not saved in time.
        back: Seconds after the outage until everything was saved; None where there was none.
    """

    database: str
    people: str
    median: float
    p95: float
    rate: float | None = None
    lost: int = 0
    back: float | None = None

    def __str__(self) -> str:
        rate = "-" if self.rate is None else f"{self.rate:.0f}"
        back = "-" if self.back is None else f"{self.back:.1f}"
        numbers = f"{self.median:.0f} | {self.p95:.0f} | {rate} | {self.lost} | {back}"
        return f"| {self.database} | {self.people} | {numbers} |"


HEAD = (
    "| database | people | median, ms | p95, ms | flat out, decisions/s | lost | saved again after the outage, s |\n"
    "|---|---|---|---|---|---|---|"
)


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table; the exit code is 1 where a decision was lost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, nargs="*", default=[1, 10, 30], help="annotators at a time")
    parser.add_argument("--browsers", type=int, default=10, help="real browsers; 0 for none")
    parser.add_argument("--seconds", type=float, default=20.0, help="of each measurement")
    parser.add_argument("--outage", type=float, default=60.0, help="seconds of the outage; 0 for none")
    parser.add_argument("--databases", nargs="*", default=["sqlite", "postgresql"], choices=("sqlite", "postgresql"))
    parser.add_argument("--images", type=int, default=3000)
    args = parser.parse_args(argv)
    lost = 0
    print(
        f"{counted(os.cpu_count() or 1, 'core')}, load average before: {os.getloadavg()[0]:.1f}\n\n{HEAD}", flush=True
    )
    for database in args.databases:
        with _world(database, args.images) as world:
            for row in measured(world, args):
                lost += row.lost
                print(row, flush=True)
    return 1 if lost else 0


@dataclass(frozen=True)
class World:
    """An app on a data set and a database.

    Attributes:
        database: `sqlite` or `postgresql`.
        workspace: The app's workspace.
        dataset: The data set.
        app: The app.
        postgres: The database's server, or None.
    """

    database: str
    workspace: Workspace
    dataset: Dataset
    app: App
    postgres: Postgres | None


@contextlib.contextmanager
def _world(database: str, images: int) -> Iterator[World]:
    with contextlib.ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="auditor-load-")))
        folder.chmod(0o755)  # PostgreSQL's user must get to its own folder in it
        postgres = held.enter_context(Postgres(folder / "postgres")) if database == "postgresql" else None
        url = postgres.url if postgres else ""
        with _environment(AUDITOR_DATABASE_URL=url):
            workspace, dataset = synthetic.build(folder, images, dynamics=False)
        app = held.enter_context(App(workspace.path, url))
        yield World(database, workspace, dataset, app, postgres)


@contextlib.contextmanager
def _environment(**values: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update({name: value for name, value in values.items() if value})
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def measured(world: World, args: argparse.Namespace) -> Iterator[Row]:
    """Measure one database: each number of people, real browsers, and an outage under the largest number."""
    largest = max(args.people, default=0)
    for people in args.people:
        yield asyncio.run(_annotators(world, people, args.seconds, args.outage if people == largest else 0.0))
    if args.browsers:
        yield _browsers(world, args.browsers, args.seconds)


async def _annotators(world: World, people: int, seconds: float, outage: float) -> Row:
    parts = np.array_split(world.dataset.names[world.dataset.rows("train")], people)
    label = world.dataset.classes[0]
    everybody = [
        Annotator(world.app.url, world.dataset.key, f"person {number}", [str(name) for name in part], label)
        for number, part in enumerate(parts)
    ]
    staying = [asyncio.create_task(each.stay()) for each in everybody]
    try:
        for each in everybody:  # one after another, as people come
            await each.ready()
        await _paced(everybody, seconds)
        latencies = sorted(1000 * each for person in everybody for each in person.latencies)
        rate = await _flat_out(everybody, seconds / 2)
        back = await _outage(world, everybody, outage) if outage else None
        settled = await asyncio.gather(*(each.settle(RECOVERS_WITHIN) for each in everybody))
    finally:
        for task in staying:
            task.cancel()
        await asyncio.gather(*staying, return_exceptions=True)
    unsaved = sum(each.waiting for each, saved in zip(everybody, settled, strict=True) if not saved)
    return Row(
        world.database, counted(people, "annotator"), statistics.median(latencies), _percentile(latencies, 95), rate,
        unsaved + _missing(world, everybody), back,
    )  # fmt: skip


async def _paced(everybody: Sequence[Annotator], seconds: float) -> None:
    """Everybody decides once in `PACE` seconds, each at their own moment."""

    async def work(person: Annotator, moment: float) -> None:
        await asyncio.sleep(moment)
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            began = time.perf_counter()
            await person.decide()
            await person.settle(RECOVERS_WITHIN)
            await asyncio.sleep(max(0.0, PACE - (time.perf_counter() - began)))

    await asyncio.gather(*(work(each, PACE * place / len(everybody)) for place, each in enumerate(everybody)))


async def _flat_out(everybody: Sequence[Annotator], seconds: float) -> float:
    """Decisions a second while everybody has keys waiting."""
    before = sum(len(each.acknowledged) for each in everybody)
    began = time.perf_counter()

    async def work(person: Annotator) -> None:
        while time.perf_counter() - began < seconds:
            await person.decide(AHEAD)
            await person.settle(RECOVERS_WITHIN)

    await asyncio.gather(*(work(each) for each in everybody))
    return (sum(len(each.acknowledged) for each in everybody) - before) / (time.perf_counter() - began)


async def _outage(world: World, everybody: Sequence[Annotator], seconds: float) -> float:
    """Take the database (or the app) away while everybody works; seconds until everything is saved after it is back."""
    away: App | Postgres = world.postgres or world.app
    ended = asyncio.Event()

    async def work(person: Annotator) -> None:
        while not ended.is_set():
            await person.decide()
            await person.settle(PACE)

    working = [asyncio.create_task(work(each)) for each in everybody]
    await asyncio.sleep(PACE)
    await asyncio.to_thread(away.kill)
    await asyncio.sleep(seconds)
    await asyncio.to_thread(away.start)
    began = time.perf_counter()
    ended.set()
    await asyncio.gather(*working)
    await asyncio.gather(*(each.settle(RECOVERS_WITHIN) for each in everybody))
    return time.perf_counter() - began


def _missing(world: World, everybody: Sequence[Annotator]) -> int:
    """The number of acknowledged decisions that are not in the database."""
    acknowledged = [op_id for each in everybody for op_id in each.acknowledged]
    with _environment(AUDITOR_DATABASE_URL=world.postgres.url if world.postgres else ""):
        store = Store.open(world.workspace)
    try:
        store.decisions.verify(world.dataset.key)
        return len(set(acknowledged)) - len(store.decisions.saved(acknowledged))
    finally:
        store.close()


def _browsers(world: World, number: int, seconds: float) -> Row:
    """Measure real browsers, which need a process of their own: Playwright and asyncio do not share one."""
    command = [sys.executable, "-m", "benchmarks.load_browsers", world.app.url, world.dataset.key]
    done = subprocess.run(
        [*command, str(number), str(seconds)], capture_output=True, text=True, check=True, timeout=seconds + 300
    )
    latencies = sorted(float(line) for line in done.stdout.split())
    return Row(world.database, counted(number, "browser"), statistics.median(latencies), _percentile(latencies, 95))


def _percentile(ordered: Sequence[float], share: int) -> float:
    return ordered[min(len(ordered) - 1, len(ordered) * share // 100)]


if __name__ == "__main__":
    if shutil.which("initdb") is None and not list(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        print("note: there is no PostgreSQL here; --databases sqlite measures without it", file=sys.stderr)
    sys.exit(main())
