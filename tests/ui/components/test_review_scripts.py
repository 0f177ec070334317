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
    done = subprocess.run([node, "--test", str(file)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
