"""Lays the wheel out below the one name `auditor`; pyproject.toml says everything else.

In the checkout `models` and `pages` are top-level, where their readers look for them. Installed so, they would hide a
user's own `models.py`, or be hidden by it. The wheel therefore has the methods as `auditor.models`, every import of
them rewritten, and what Streamlit is started with (streamlit_app.py, pages, .streamlit) in `auditor/app`, which
auditor/locations.py finds. An editable install keeps the checkout's layout.
"""

import ast
import re
import shutil
import sys
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
APP = ("streamlit_app.py", ".streamlit/config.toml", "pages/*.py")


def renamed(source: str, place: str) -> str:
    """Return the source of a module that imports `models` as one that imports `auditor.models`.

    Raises:
        SystemExit: It imports it in a way that is not rewritten, such as `import models.base`.
    """
    text = re.sub(r"^(\s*)import models$", r"\1from auditor import models", source, flags=re.MULTILINE)
    text = re.sub(r"^(\s*)from models(?=[. ])", r"\1from auditor.models", text, flags=re.MULTILINE)
    for node in ast.walk(ast.parse(text)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
        if any(name.split(".")[0] in ("models", "pages") for name in names):
            raise SystemExit(f"{place}:{node.lineno} imports {names[0]}; write 'from models import ...' instead.")
    return text


class BelowAuditor(build_py):
    """Copies the modules as always, then renames their imports and adds the app's folder."""

    def run(self) -> None:
        """Build into an empty folder: what an earlier build has left there would be in the wheel."""
        if not self.editable_mode:
            shutil.rmtree(self.build_lib, ignore_errors=True)
        super().run()
        if self.editable_mode:
            return
        package = Path(self.build_lib) / "auditor"
        for source, target in self._app(package):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
        for file in package.rglob("*.py"):
            before = file.read_text(encoding="utf-8")
            after = renamed(before, str(file.relative_to(package)))
            if after != before:
                file.write_text(after, encoding="utf-8")

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        """Every file that is built, the app's folder among them."""
        app = [] if self.editable_mode else [str(target) for _, target in self._app(Path(self.build_lib) / "auditor")]
        return [*super().get_outputs(include_bytecode), *app]

    def _app(self, package: Path) -> list[tuple[Path, Path]]:
        """From where to where the app's files are copied."""
        found = [file for pattern in APP for file in sorted(ROOT.glob(pattern))]
        return [(file, package / "app" / file.relative_to(ROOT)) for file in found]


def packages() -> dict[str, object]:
    """The packages and where they are: below `auditor`, but for an editable install, which leads to the checkout."""
    ours = find_packages(str(ROOT), include=["auditor", "auditor.*"])
    methods = find_packages(str(ROOT), include=["models", "models.*"])
    if "editable_wheel" in sys.argv:
        return {"packages": [*ours, *methods]}
    below = [f"auditor.{name}" for name in methods]
    return {"packages": [*ours, *below], "package_dir": {"auditor.models": "models"}}


setup(cmdclass={"build_py": BelowAuditor}, **packages())
