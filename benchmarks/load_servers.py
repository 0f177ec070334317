"""The servers that benchmarks/load.py starts, kills and starts again: the app and a PostgreSQL of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Self

REPOSITORY = Path(__file__).resolve().parents[1]
STARTS_WITHIN = 60.0


class App:
    """The app in a process of its own.

    Attributes:
        url: Its address.
    """

    def __init__(self, workspace: Path, database_url: str) -> None:
        self._port = free_port()
        self.url = f"http://localhost:{self._port}"
        self._log = workspace / "load-server.log"
        self._environment = {**os.environ, "AUDITOR_WORKSPACE": str(workspace), "AUDITOR_ANNOTATOR": "load"}
        self._environment.pop("AUDITOR_DATABASE_URL", None)
        if database_url:
            self._environment["AUDITOR_DATABASE_URL"] = database_url
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers.

        Raises:
            RuntimeError: It does not start.
        """
        command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", "--server.port", str(self._port)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=REPOSITORY, env=self._environment, stdout=log, stderr=log, start_new_session=True
            )
        end = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < end:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=2):
                return
            time.sleep(0.1)
        raise RuntimeError(f"the app did not start: {self._log.read_text(errors='replace')[-2000:]}")

    def kill(self) -> None:
        """End it as a crash would."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()


class Postgres:
    """A PostgreSQL server of its own, with the settings it is delivered with: it waits for the disk.

    Attributes:
        url: Its database.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o755)
        self._folder, self._port = folder, free_port()
        self.url = f"postgresql://auditor@127.0.0.1:{self._port}/postgres"
        if os.getuid() == 0:  # PostgreSQL refuses to run as root
            shutil.chown(folder, "postgres")
        self._run("initdb", "-D", str(folder / "data"), "-A", "trust", "-U", "auditor")

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = f"-k {self._folder} -p {self._port} -c listen_addresses=127.0.0.1"
        self._run(
            "pg_ctl", "-D", str(self._folder / "data"), "-l", str(self._folder / "log"), "-w", "-o", options, "start"
        )

    def kill(self) -> None:
        """End it as a crash would: without a checkpoint, and without a word to who is connected."""
        self._run("pg_ctl", "-D", str(self._folder / "data"), "-m", "immediate", "stop")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(subprocess.CalledProcessError):
            self.kill()

    def _run(self, program: str, *arguments: str) -> None:
        path = shutil.which(program) or str(sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"))[-1])
        user = "postgres" if os.getuid() == 0 else None
        subprocess.run(
            [path, *arguments], user=user, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/"
        )


def free_port() -> int:
    """Return a port of this machine that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
