"""The structure of the code: file sizes, light imports, documented commands, a test for every file."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from auditor.cli import commands, main
from auditor.evidence import schema
from tests.conftest import REPOSITORY

SOURCES = sorted(
    path
    for folder in ("auditor", "models", "pages", "benchmarks")
    for path in (REPOSITORY / folder).rglob("*.py")
    if "__pycache__" not in path.parts
)
LONGEST_FILE = 400
LONGEST_FUNCTION = 60
HEAVY = ("torch", "umap", "numba", "torchvision", "accelerate", "cleanlab")


def test_no_test_file_is_a_grab_bag():
    long = {
        str(path.relative_to(REPOSITORY)): lines
        for path in (REPOSITORY / "tests").rglob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST_FILE
    }
    assert not long


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_a_file_fits_a_head_and_a_function_a_screen(path):
    source = path.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= LONGEST_FILE
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            start = node.body[1].lineno if ast.get_docstring(node) and len(node.body) > 1 else node.lineno
            assert node.end_lineno - start < LONGEST_FUNCTION, f"{node.name} is too long to read at a glance"


def test_every_module_has_a_test():
    """A test imports it, or names it in its head: as `file.py` where it mirrors, else as `folder/file.py`."""
    imported, named = set(), {}
    for path in (REPOSITORY / "tests").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        named.setdefault(path.parent.relative_to(REPOSITORY / "tests"), []).append(ast.get_docstring(tree) or "")
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    heads = "\n".join(head for heads in named.values() for head in heads)
    missing = []
    for path in SOURCES:
        place = path.relative_to(REPOSITORY)
        if place.parts[0] in ("pages", "benchmarks") or path.stem.startswith("__"):
            continue
        mirror = Path(*place.parts[1:-1]) if place.parts[0] == "auditor" else place.parent
        near = "\n".join(named.get(mirror, []))
        if (
            ".".join(place.with_suffix("").parts) not in imported
            and not re.search(rf"(?<![\w/]){path.name}|/{path.name}", near)
            and not re.search(rf"\b{path.parent.name}/{path.name}", heads)
        ):
            missing.append(str(place))
    assert not missing


def test_the_app_process_stays_light():
    """What the app imports loads neither torch nor umap: 480 MB and seconds that only workers may spend."""
    code = f"""
import importlib, pkgutil, sys
import streamlit_app, auditor.ui, auditor.store, auditor.exports, auditor.data, auditor.evidence
import auditor.jobs.manager, models.titles
for package in (auditor.ui, auditor.store, auditor.exports, auditor.data):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if module.name != "auditor.ui.shell":
            importlib.import_module(module.name)
import auditor.evidence.versions, auditor.evidence.why, auditor.evidence.rerank
loaded = [name for name in {HEAVY!r} if name in sys.modules]
sys.exit(f"loaded {{loaded}}" if loaded else 0)
"""
    result = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, cwd=REPOSITORY
    )
    assert result.returncode == 0, result.stderr[-2000:]


def test_every_command_is_documented_and_explains_itself(capsys):
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    for command in commands():
        assert f"python -m auditor {command.NAME}" in readme
        with pytest.raises(SystemExit) as stopped:
            main([command.NAME, "--help"])
        assert stopped.value.code == 0
    assert "usage" in capsys.readouterr().out


def test_one_module_spells_the_columns_of_the_evidence():
    """`table["given"]` anywhere else would be silent about a column that was renamed."""
    names = {value for name, value in vars(schema).items() if name.isupper()}
    spelt = re.compile(rf"""\b(table|line|frame|facts|columns\.values)\[["']({"|".join(names)})["']\]""")
    hits = [
        f"{path.relative_to(REPOSITORY)}: {found[0]}"
        for path in SOURCES
        if path.is_relative_to(REPOSITORY / "auditor") and not path.is_relative_to(REPOSITORY / "auditor" / "data")
        for found in spelt.finditer(path.read_text(encoding="utf-8"))
    ]
    assert not hits


def test_what_a_run_left_is_read_by_image_and_class_name_alone():
    """An array on the disk is in the row and class numbers of its time: few modules may load one, and each says how.

    Those of a run go through `training/reader.py`, which joins them with the data set in hand by name.
    """
    may_load = {
        "auditor/training/dynamics.py",  # a run's records; opened through reader.py, see below
        "auditor/training/identity.py",  # what the numbers mean
        "auditor/training/reader.py",
        "auditor/training/labels.py",  # refuses any other data set than the run's, see identity.require_same
        "auditor/training/lesson.py",  # read beside those labels, in the same process
        "auditor/training/ownmodel/values.py",  # a file of the user's, which places.py holds against the names
        "auditor/evidence/versions.py",  # read through alignment.py, see the next test
        "auditor/evidence/projection.py",  # one version's embeddings for its own map
        *(str(path.relative_to(REPOSITORY)) for path in SOURCES if "auditor/data" in str(path)),  # images, label files
    }
    loads = re.compile(r"\b(np|numpy)\.(load|memmap|fromfile)\(|\b(open_memmap|read_array|mmap_mode)\b")
    records = re.compile(r"\brecords_of\(|\bDynamics\.open\(")
    using = {
        str(path.relative_to(REPOSITORY)): path.read_text(encoding="utf-8")
        for path in SOURCES
        if path.is_relative_to(REPOSITORY / "auditor") or path.is_relative_to(REPOSITORY / "pages")
    }
    assert {place for place, text in using.items() if loads.search(text)} <= may_load
    assert {place for place, text in using.items() if records.search(text)} == {
        "auditor/training/dynamics.py",
        "auditor/training/reader.py",
        "auditor/training/portraits.py",  # of the training that has just ended, by its own positions
    }


def test_evidence_is_read_only_as_aligned_with_the_data_set_in_hand():
    """Outside auditor/evidence, a version as it is on the disk is used only for its name."""
    named = {"auditor/api.py", "auditor/cli/decide.py", "auditor/ui/state/library.py", "auditor/ui/state/session.py"}
    raw = re.compile(r"\b(in_use|versions\.(latest|versions)|EvidenceVersion)\(")
    using = {
        str(path.relative_to(REPOSITORY))
        for path in SOURCES
        if path.is_relative_to(REPOSITORY / "auditor") and not path.is_relative_to(REPOSITORY / "auditor" / "evidence")
        if raw.search(path.read_text(encoding="utf-8"))
    }
    assert using == named


def test_the_documentation_fetches_nothing_from_another_site():
    """Material draws a mermaid fence with a script from a network of servers, so the diagrams are SVG files."""
    pages = {path.name: path.read_text(encoding="utf-8") for path in (REPOSITORY / "docs").glob("*.md")}
    fetching = re.compile(r"```mermaid|<(script|link|img|iframe)[^>]+https?://|!\[[^\]]*\]\(https?://")
    assert not [name for name, text in pages.items() if fetching.search(text)]
    assert "font: false" in (REPOSITORY / "mkdocs.yml").read_text(encoding="utf-8")
