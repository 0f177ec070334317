"""The grid's queue, protocol and states in Node's own test runner: no browser, no build step."""

import shutil
import subprocess
from pathlib import Path

import pytest

TESTS = sorted((Path(__file__).parent / "js").glob("*.test.mjs"))


def version(node):
    return int(subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout[1:].split(".")[0])


@pytest.mark.parametrize("file", TESTS, ids=lambda file: file.name.removesuffix(".test.mjs"))
def test_the_grids_scripts(file):
    node = shutil.which("node")
    if node is None or version(node) < 20:
        pytest.skip("no node of version 20 or newer on the path")
    done = subprocess.run([node, "--test", str(file)], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


SCRIPTS = sorted((Path(__file__).parents[3] / "auditor" / "ui" / "components").rglob("*.js"))


@pytest.mark.parametrize("file", SCRIPTS, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_every_script_can_be_parsed(file, tmp_path):
    """A script that cannot be parsed leaves an empty page; only a browser would tell."""
    node = shutil.which("node")
    if node is None or version(node) < 20:
        pytest.skip("no node of version 20 or newer on the path")
    module = tmp_path / "script.mjs"  # node checks modules by this ending
    module.write_bytes(file.read_bytes())
    done = subprocess.run([node, "--check", str(module)], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
