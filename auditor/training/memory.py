"""Reuse the memory of one training step for the next one."""

import ctypes

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # glibc's names M_... for its mallopt
KEPT = 1 << 30  # bytes; several times what a step at 48 pixels needs
LARGEST = 32 << 20  # bytes; glibc's upper limit


def keep_freed() -> bool:
    """Let the C library keep freed memory instead of returning it to the system; return False where it is not glibc.

    A step frees all its feature maps at its end. If they are returned, the system clears thousands of new pages in
    every step, which takes up to a fifth of a small network's training time on a CPU.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # another C library, macOS, Windows
        return False
    return bool(mallopt(TRIM_THRESHOLD, KEPT)) and bool(mallopt(MMAP_THRESHOLD, LARGEST))
