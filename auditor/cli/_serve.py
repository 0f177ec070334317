"""Run the app in the foreground of a terminal until Ctrl-C, for `app` and `demo --open`."""

from __future__ import annotations

import argparse
import signal
import sys
import webbrowser
from typing import TYPE_CHECKING, NoReturn

from auditor.cli._facts import tell

if TYPE_CHECKING:
    from auditor.config import Workspace

FAILED = 1


def serve(
    args: argparse.Namespace, workspace: Workspace, *, page: str = "", key: str | None = None, browse: bool
) -> int:
    """Start the app, print its address, wait, and return the exit code.

    Args:
        args: The arguments, with `port` and `json`.
        workspace: The workspace that the app uses.
        page: The first page.
        key: The first data set.
        browse: Also open the address in the browser.
    """
    from auditor.jobs import server

    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        running = server.start(workspace, args.port)
        try:
            address = running.address(page, key)
            facts = {"address": address, "port": running.port, "workspace": workspace.path}
            tell(args, facts, f"{address}   (Ctrl-C ends the app; every decision is saved)")
            if browse and not webbrowser.open(address):
                print("No browser was found here; open the address yourself.", file=sys.stderr)
            return FAILED if running.process.wait() else 0
        finally:
            running.stop()
    except KeyboardInterrupt:
        return 0
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt
