"""Identify a process by its number and start time, because process numbers are reused."""

import os
import shutil
import subprocess
from pathlib import Path


def started(pid: int) -> str:
    """Return when a process started, as text for comparison only; '' where there is no such process."""
    stat = Path(f"/proc/{pid}/stat")
    if stat.parent.parent.joinpath("self").exists():
        try:
            fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            return ""
        return "" if fields[0] in "ZX" else fields[19]
    return _by_ps(pid)


def _by_ps(pid: int) -> str:
    """Return the start time by `ps`, where there is no /proc (macOS)."""
    ps = shutil.which("ps")
    if ps is None:
        return ""
    answer = subprocess.run([ps, "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return answer.stdout.strip()


def own() -> tuple[int, str]:
    """Return this process's number and start time."""
    return os.getpid(), started(os.getpid())


def alive(pid: int | None, start: str | None) -> bool:
    """Whether the process of this number is running and started at that time."""
    return bool(pid) and bool(start) and started(int(pid or 0)) == start
