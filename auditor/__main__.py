"""`python -m auditor`, and `fer-auditor` where the package is installed."""

import sys

from auditor.cli import main


def entry() -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(main())


if __name__ == "__main__":
    entry()
