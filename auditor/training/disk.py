"""Turn a full or read-only disk into an error message for the user."""

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path

from auditor.errors import TrainingError


@contextlib.contextmanager
def room(folder: Path) -> Iterator[None]:
    """Wrap writes below `folder`: turn 'no space left' and similar errors into a TrainingError.

    torch reports a failed write as a RuntimeError of its zip writer; the disk's own error is in its context.
    """
    try:
        yield
    except OSError as error:
        raise TrainingError(_sentence(folder, error)) from error
    except RuntimeError as error:
        cause = error.__context__
        if isinstance(cause, OSError):
            raise TrainingError(_sentence(folder, cause)) from error
        if "PytorchStreamWriter" in str(error) or "unexpected pos" in str(error):
            full = OSError(errno.ENOSPC, "No space left on device")
            raise TrainingError(_sentence(folder, full)) from error
        raise


def _sentence(folder: Path, error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return (
            f"The disk that holds {folder} is full; free some space and resume the run, "
            "which continues from its last checkpoint."
        )
    return f"{folder} cannot be written to ({error.strerror}); make it writable and resume the run."
