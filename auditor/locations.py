"""Where the program's own files are, in a checkout and in an installed package, and how its processes find them."""

from __future__ import annotations

import os
import site
from collections.abc import MutableMapping
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
HOME = PACKAGE.parent
"""What has to be on Python's path for `import auditor`: the checkout, or site-packages."""


def app_folder() -> Path:
    """Return the folder of streamlit_app.py, pages/ and .streamlit/: auditor/app where installed, else the checkout."""
    installed = PACKAGE / "app"
    return installed if installed.is_dir() else HOME


def child_environment(environment: MutableMapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment of a Python process that imports this very `auditor`, wherever it is started.

    The folder it is started in is the user's: a `random.py` or `models.py` there must not be taken for a library's, so
    it is kept off the path. HOME is put on the path unless it is there anyway: site-packages in front of the standard
    library would let an installed package shadow it.

    Args:
        environment: What to add to; this process's own where it is left out.
    """
    variables = dict(os.environ if environment is None else environment)
    variables["PYTHONSAFEPATH"] = "1"
    if str(HOME) not in _always():
        variables["PYTHONPATH"] = os.pathsep.join(filter(None, (str(HOME), variables.get("PYTHONPATH"))))
    return variables


def _always() -> set[str]:
    """The folders of installed packages, which every process of this interpreter has on its path."""
    users = [site.getusersitepackages()] if site.ENABLE_USER_SITE else []
    return {str(Path(folder).resolve()) for folder in (*site.getsitepackages(), *users)}
