"""Is that process still the one that we started? Numbers of processes are used again, so the start time counts too."""

import os
import shutil
import subprocess
from pathlib import Path


def started(pid: int) -> str:
    """When a process started, as text that only serves to be compared; '' where there is no such process."""
    stat = Path(f"/proc/{pid}/stat")
    if stat.parent.parent.joinpath("self").exists():
        try:
            fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            return ""
        return "" if fields[0] in "ZX" else fields[19]
    return _by_ps(pid)


def _by_ps(pid: int) -> str:
    """Where there is no /proc (macOS): ask ps."""
    ps = shutil.which("ps")
    if ps is None:
        return ""
    answer = subprocess.run([ps, "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return answer.stdout.strip()


def own() -> tuple[int, str]:
    """This process's number and start."""
    return os.getpid(), started(os.getpid())


def alive(pid: int | None, start: str | None) -> bool:
    """Whether the process of this number is there and began at that time."""
    return bool(pid) and bool(start) and started(int(pid or 0)) == start
