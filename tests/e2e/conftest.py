"""A real browser, a real server, and small data sets for them."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from auditor.config import Workspace
from auditor.data.demo import generate
from auditor.data.opening import open_dataset
from auditor.evidence import versions
from auditor.jobs import processes
from auditor.store.store import Store

REPOSITORY = Path(__file__).resolve().parents[2]
ARGUMENTS = ["--no-sandbox", "--disable-background-networking"]
# SwiftShader draws WebGL2 where there is no graphics card; it takes a fifth of a page's time, so others go without.
WEBGL = ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
STARTS_WITHIN = 300
OURS = ("http://localhost", "ws://localhost", "data:", "blob:")


@pytest.fixture(scope="session")
def browsers():
    """Headless Chromium by whether it draws WebGL, started when first asked for; without one, the tests are skipped."""
    executable = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if executable is None:
        pytest.skip("no chromium on the path (set CHROMIUM)")
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as playwright:

        @cache
        def running(webgl):
            arguments = [*ARGUMENTS, *(WEBGL if webgl else ["--disable-gpu"])]
            return playwright.chromium.launch(executable_path=executable, args=arguments)

        yield running


@pytest.fixture(scope="module")
def browser(request, browsers):
    """Headless Chromium; it draws WebGL in the files that are marked so."""
    return browsers(request.node.get_closest_marker("webgl") is not None)


@pytest.fixture
def context(browser):
    """A browser profile of its own."""
    made = browser.new_context(viewport={"width": 1280, "height": 800})
    made.set_default_timeout(240_000)  # the machines that test are often busy
    yield made
    made.close()


@pytest.fixture
def page(context, tmp_path):
    """One tab; its test fails where a script or the server fails or another site is asked; it leaves a picture.

    503 is the answer of a route while the database is away, which tests bring about.
    """
    tab = context.new_page()
    faults = []
    tab.on("pageerror", lambda error: faults.append(str(error)))
    tab.on(
        "response", lambda got: got.status < 500 or got.status == 503 or faults.append(f"the server failed: {got.url}")
    )
    tab.on("request", lambda sent: sent.url.startswith(OURS) or faults.append(f"asked another site: {sent.url}"))
    yield tab
    tab.screenshot(path=tmp_path / "page.png")
    assert not faults


class Server:
    """The app as a process of its own, on a workspace that outlives it."""

    def __init__(self, workspace, database=None):
        self.workspace = Path(workspace)
        self.database = database
        self.process = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]

    @property
    def url(self):
        return f"http://localhost:{self.port}"

    def start(self):
        environment = {**os.environ, "AUDITOR_WORKSPACE": str(self.workspace), "AUDITOR_ANNOTATOR": "ada"}
        environment.pop("AUDITOR_DATABASE_URL", None)
        if self.database:
            environment["AUDITOR_DATABASE_URL"] = self.database
        self.workspace.mkdir(parents=True, exist_ok=True)
        self.log = (self.workspace / "server.log").open("ab")
        command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", "--server.port", str(self.port)]
        self.process = subprocess.Popen(
            command, cwd=REPOSITORY, env=environment, stdout=self.log, stderr=self.log, start_new_session=True
        )
        end = time.monotonic() + STARTS_WITHIN
        while True:
            with suppress(OSError), urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=2) as answer:
                if answer.status == 200:
                    return self
            if self.process.poll() is not None or time.monotonic() > end:
                pytest.fail(f"the server did not start: {(self.workspace / 'server.log').read_text()[-2000:]}")
            time.sleep(0.1)

    def kill(self):
        """As the machine would: without a word."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.log.close()

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()
        if self.process is not None:
            self.log.close()


@pytest.fixture
def server(tmp_path):
    """The app on an empty workspace."""
    running = Server(tmp_path / "workspace").start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """Ninety drawn faces in RAF-DB's layout: 75 to train on."""
    return generate.generate(tmp_path_factory.mktemp("small") / "faces", images=90, seed=3)


def open_in(workspace, root):
    """Register a data set in a workspace, as the Data page does."""
    store = Store.open(Workspace(Path(workspace)))
    dataset = store.datasets.register(open_dataset(root)).dataset
    store.close()
    return dataset


def invent_evidence(workspace, dataset, seed=0):
    """Evidence of the right form with numbers out of thin air: for tests of screens, not of methods."""
    rng = np.random.default_rng(seed)
    rows = dataset.rows("train").astype(np.int32)
    count, classes = len(rows), dataset.num_classes
    suspicion = rng.beta(0.7, 2, count).astype(np.float32)
    given = dataset.labels[rows]
    suggested = np.where(suspicion > 0.4, (given + rng.integers(1, classes, count)) % classes, given).astype(np.int16)
    assignment = np.digitize(suspicion, [0.3, 0.6]).astype(np.int8)
    facts = {
        "row": rows, "name": dataset.names[rows], "given": given, "suggested": suggested,
        "p_mislabelled": suspicion, "suspicion": suspicion, "ambiguity": rng.random(count, dtype=np.float32),
        "assignment": assignment, "scored": "in-sample", "stability": rng.random(count, dtype=np.float32),
        "votes_noisy": (assignment == 2).astype(np.int8), "votes_total": np.int8(1),
        "man_assignment": assignment, "man_p_given": 1 - suspicion, "man_pred_net1": suggested,
        "man_pred_net2": suggested, "man_pred": suggested,
        "man_p_net1": 1 - suspicion, "man_p_net2": 1 - suspicion, "man_suspicion": suspicion,
        "cl_suspicion": suspicion, "aum": -suspicion,
        "knn_disagreement": suspicion, "duplicate_group": np.full(count, -1, np.int32),
    }  # fmt: skip
    arrays = {
        "neighbours": rng.choice(rows, (count, 8)).astype(np.int32),
        "neighbour_distance": np.sort(rng.random((count, 8), dtype=np.float32)),
        "p_given": rng.random((count, 5)).astype(np.float16),
        "p_given_man": rng.random((count, 5)).astype(np.float16),
        "probs": rng.dirichlet(np.ones(classes), count).astype(np.float16),
        "map_input_joint": rng.normal(size=(count, 16)).astype(np.float32),
    }
    with versions.new_version(Workspace(Path(workspace)), dataset.key) as (folder, _):
        pd.DataFrame(facts).to_parquet(folder / "table.parquet")
        for name, array in arrays.items():
            np.save(folder / f"{name}.npy", array)
        summary = {"methods": ["man"], "weights": {"man": 1.0}, "classes": list(dataset.classes)}
        summary["skills"] = {"man": 0.5}
        rate = float(suspicion.mean())
        summary["noise"] = {"overall": rate, "low": rate / 2, "high": 2 * rate, "by_class": [None] * classes}
        (folder / "summary.json").write_text(json.dumps(summary), encoding="utf-8")


def like(faces, folder):
    """Faces like those of a data set; a mere copy would be the same data set, with its decisions."""
    for image in shutil.copytree(faces, folder).rglob("*.jpg"):
        with image.open("ab") as file:
            file.write(str(folder).encode())
    return folder


def fill(workspace, faces, folder):
    """Faces like those of the small data set with invented evidence, in a workspace."""
    dataset = open_in(workspace, like(faces, folder))
    invent_evidence(workspace, dataset)
    return dataset


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory):
    """One server for every test that does not stop it."""
    running = Server(tmp_path_factory.mktemp("shared") / "workspace").start()
    yield running
    running.stop()


@pytest.fixture
def reviewable(shared_server, small, tmp_path):
    """The shared server with a data set of this test's own in `dataset`, with invented evidence."""
    shared_server.dataset = fill(shared_server.workspace, small, tmp_path / "faces")
    return shared_server


@pytest.fixture
def own_server(small, tmp_path):
    """As `reviewable`, on a server that the test may kill."""
    running = Server(tmp_path / "workspace")
    running.dataset = fill(running.workspace, small, tmp_path / "faces")
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def gallery(tmp_path_factory):
    """A server on 500 made-up faces with evidence and three runs; tests share it, and undo what they do."""
    from benchmarks import synthetic

    workspace, dataset = synthetic.build(tmp_path_factory.mktemp("gallery"), 500, retrained=True)
    running = Server(workspace.path).start()
    running.dataset = dataset
    yield running
    running.stop()


@pytest.fixture
def decisions():
    """Read the decisions in a workspace's database, in the data set's numbers: name -> state."""

    def read(server, key):
        store = Store.open(Workspace(server.workspace))
        try:
            record = store.datasets.get(key)
            found = open_dataset(record.root, label_file=record.label_file or None, format=record.format)
            return store.decisions.state(key).on(found)
        finally:
            store.close()

    return read


def end_workers(workspace):
    """End the processes of a workspace's runs: the map of one is still drawn, and nobody waits for it."""
    store = Store.open(Workspace(workspace))
    for record in store.runs.list():
        if not record.ended and processes.alive(record.pid, record.pid_started):
            os.kill(record.pid, signal.SIGKILL)
    store.close()


def still(place):
    """The box of a place that moves no more: the sidebar folds in, and menus come, after what is looked at."""
    place.element_handle().wait_for_element_state("stable")
    return place.bounding_box()


def wait_for(check, within=300.0):
    """Wait until something holds, and return it."""
    end = time.monotonic() + within
    while True:
        found = check()
        if found or time.monotonic() > end:
            return found
        time.sleep(0.02)
