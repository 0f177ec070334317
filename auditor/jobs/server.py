"""Start the app in a process of its own, for the command line and for notebooks."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from auditor import locations
from auditor.config import Workspace
from auditor.errors import ConfigError, JobError

PORT = 8501
"""Streamlit's default port, used if it is free and no other was named."""

PATIENCE = 120.0
"""Seconds that the app may take until it answers: importing pandas and Streamlit is slow on a busy machine."""


@dataclass
class Server:
    """A running app.

    Attributes:
        process: Its process.
        port: The port it listens on, on this computer only unless Streamlit was configured otherwise.
    """

    process: subprocess.Popen[bytes]
    port: int

    def address(self, page: str = "", key: str | None = None) -> str:
        """Return the address of a page, such as 'review', with a data set open on it where a key is given."""
        query = f"?ds={key}" if key else ""
        return f"http://localhost:{self.port}/{page}{query}"

    def running(self) -> bool:
        """Return whether its process is running."""
        return self.process.poll() is None

    def stop(self) -> None:
        """Stop the app; nothing is lost, because every decision is on the disk before the screen shows it as saved."""
        if self.running():
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()


def free_port(wanted: int | None = None) -> int:
    """Return the port to listen on.

    Args:
        wanted: The only port to accept; None: 8501 if it is free, else any free one.

    Raises:
        ConfigError: The wanted port is taken, or is not a port.
    """
    if wanted is not None:
        if not 1 <= wanted <= 65_535:
            raise ConfigError(f"The port is {wanted}; expected a number from 1 to 65535.")
        if not _free(wanted):
            raise ConfigError(f"Port {wanted} is used by another program; name another one.")
        return wanted
    if _free(PORT):
        return PORT
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _free(port: int) -> bool:
    with socket.socket() as probe:
        # A port whose last connections are still closing counts as free, as for servers.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def start(
    workspace: Workspace, port: int | None = None, *, log: Path | None = None, patience: float = PATIENCE
) -> Server:
    """Start the app on a workspace and wait until it answers.

    The .streamlit/config.toml beside our script takes precedence over one in the current folder, so that a user's own
    Streamlit project there does not open the app to the network.

    Args:
        workspace: Where it reads and writes.
        port: See `free_port`.
        log: The file for its output; stderr where None.
        patience: Seconds to wait.

    Raises:
        ConfigError: The port cannot be used.
        JobError: It cannot be started or does not answer in time.
    """
    free = free_port(port)
    script = locations.app_folder() / "streamlit_app.py"
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(free)]
    environment = {**locations.child_environment(), "AUDITOR_WORKSPACE": str(workspace.path)}
    try:
        process = _spawn(command, environment, log)
    except OSError as error:
        raise JobError(f"The app's process could not be started ({error.strerror}); try again.") from error
    server = Server(process, free)
    try:
        _wait(server, patience, log)
    except BaseException:
        server.stop()
        raise
    return server


def _spawn(command: list[str], environment: dict[str, str], log: Path | None) -> subprocess.Popen[bytes]:
    """Start the process; with a log, in its own session, so that Ctrl-C in a notebook's terminal does not end it."""
    with contextlib.ExitStack() as stack:
        output: IO[bytes] | int = 2  # stdout belongs to the command that starts it: with --json it is only JSON
        if log is not None:
            log.parent.mkdir(parents=True, exist_ok=True)
            output = stack.enter_context(log.open("ab"))
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment,
            start_new_session=log is not None,
        )  # fmt: skip


def _wait(server: Server, patience: float, log: Path | None) -> None:
    """Wait for the first answer of the app.

    Raises:
        JobError: It ended, or the time ran out.
    """
    where = "its output above" if log is None else str(log)
    prefix = os.environ.get("STREAMLIT_SERVER_BASE_URL_PATH", "").strip("/")
    address = server.address(f"{prefix}/_stcore/health" if prefix else "_stcore/health")
    end = time.monotonic() + patience
    while not _answers(address):
        if not server.running():
            raise JobError(f"The app ended with code {server.process.returncode} before it answered; see {where}.")
        if time.monotonic() > end:
            raise JobError(f"The app did not answer on port {server.port} within {patience:.0f} s; see {where}.")
        time.sleep(0.1)


def _answers(address: str) -> bool:
    # No proxy: the address is this computer's.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(address, timeout=2) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False
