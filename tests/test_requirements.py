"""requirements*.txt against their source, pyproject.toml: every range has one pin in it, and nothing is left open."""

import importlib.metadata
import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import REPOSITORY

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
RUN = [Requirement(text) for text in PROJECT["dependencies"]]


def extra(name):
    """What an extra asks for, those of our own extras that it names included."""
    for wanted in map(Requirement, PROJECT["optional-dependencies"][name]):
        if wanted.name == PROJECT["name"]:
            for other in sorted(wanted.extras):
                yield from extra(other)
        else:
            yield wanted


DEVELOP = list(extra("dev"))
PIN = re.compile(r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>[\w.]+)( ; .+)?")
LOCKS = {"requirements.txt": RUN, "requirements-dev.txt": [*RUN, *DEVELOP]}


def pins(file):
    """Name -> version of a lock; every line of it is a pin with at least one hash."""
    text = (REPOSITORY / file).read_text(encoding="utf-8").replace("\\\n", " ")
    found = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        pin, *hashes = line.split("--hash=")
        match = PIN.fullmatch(pin.strip())
        assert match and hashes and all(re.fullmatch(r"sha256:[0-9a-f]{64}", each.strip()) for each in hashes), line
        assert canonicalize_name(match["name"]) not in found, f"{match['name']} is pinned twice"
        found[canonicalize_name(match["name"])] = match["version"]
    return found


@pytest.mark.parametrize("file", LOCKS)
def test_every_range_has_its_pin(file):
    locked = pins(file)
    for wanted in LOCKS[file]:
        name = canonicalize_name(wanted.name)
        assert name in locked, f"{wanted.name} is not in {file}; run make lock"
        assert wanted.specifier.contains(locked[name]), (
            f"{file} pins {name} {locked[name]}, not {wanted}; run make lock"
        )


@pytest.mark.parametrize("file", LOCKS)
def test_what_they_bring_along_is_pinned_too(file):
    """By what the packages installed here say of themselves."""
    locked, waiting, seen = pins(file), list(LOCKS[file]), set()
    while waiting:
        wanted = waiting.pop()
        key = (canonicalize_name(wanted.name), frozenset(wanted.extras))
        if key in seen:
            continue
        seen.add(key)
        assert key[0] in locked, f"{key[0]} is not in {file}; run make lock"
        try:
            needs = importlib.metadata.requires(wanted.name) or []
        except importlib.metadata.PackageNotFoundError:
            continue  # an optional one; what it needs is checked where it is installed
        for need in map(Requirement, needs):
            if need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in ("", *wanted.extras)):
                waiting.append(need)


def test_every_extra_is_in_the_lock_that_the_tests_run_with():
    """A test whose package is not there is skipped in CI."""
    develop = pins("requirements-dev.txt")
    for name in PROJECT["optional-dependencies"]:
        assert {canonicalize_name(wanted.name) for wanted in extra(name)} <= develop.keys(), name


def test_both_locks_pin_the_same_versions():
    run, develop = pins("requirements.txt"), pins("requirements-dev.txt")
    assert {name: develop.get(name) for name in run} == run
