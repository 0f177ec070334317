"""Find, judge and correct wrong labels in facial-expression data sets.

`auditor.open`, `auditor.from_frame`, `auditor.from_dataset`, `auditor.demo` and what they return are described in
`auditor.api`. They are loaded when they are first asked for: a worker or the command line imports this package without
them.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from auditor.api import Audit as Audit
    from auditor.api import Run as Run
    from auditor.api import Suspects as Suspects
    from auditor.api import demo as demo
    from auditor.api import from_dataset as from_dataset
    from auditor.api import from_frame as from_frame
    from auditor.api import open as open

__version__ = "0.2.0"
__all__ = ["Audit", "Run", "Suspects", "__version__", "demo", "from_dataset", "from_frame", "open"]


def __getattr__(name: str) -> Any:
    if name.startswith("_") or name not in __all__:
        raise AttributeError(f"module 'auditor' has no attribute {name!r}")
    from auditor import api

    return getattr(api, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
