"""What people and services run beside the tests: .github, .pre-commit-config.yaml, CHANGELOG.md, CITATION.cff."""

import re
import tomllib

import yaml

import auditor
from tests.conftest import REPOSITORY


def read(name):
    return (REPOSITORY / name).read_text(encoding="utf-8")


def make(target):
    """The commands of a target, without the path of the virtual environment."""
    lines = re.search(rf"^{target}:.*\n((?:\t.*\n)+)", read("Makefile"), re.MULTILINE)[1].splitlines()
    return [line.strip().removeprefix("$(BIN)/") for line in lines]


def test_the_hooks_before_a_commit_are_the_checks_of_make_check():
    (repository,) = yaml.safe_load(read(".pre-commit-config.yaml"))["repos"]
    assert repository["repo"] == "local"  # the versions of the lock, not others
    hooks = [hook["entry"].removeprefix(".venv/bin/") for hook in repository["hooks"]]
    assert hooks == [command.removesuffix(" .") for command in make("check")]


def test_the_workflow_runs_what_a_developer_runs_on_the_oldest_and_the_newest_python():
    job = yaml.safe_load(read(".github/workflows/ci.yml"))["jobs"]["check"]
    assert [step["run"] for step in job["steps"] if "run" in step] == [".ci/run"]
    project = tomllib.loads(read("pyproject.toml"))["project"]
    pythons = [each.rpartition(" ")[2] for each in project["classifiers"] if ":: Python :: 3." in each]
    assert job["strategy"]["matrix"]["python"] == [pythons[0], pythons[-1]]
    assert project["requires-python"] == f">={pythons[0]}"


def test_the_version_is_one():
    versions = re.findall(r"^## (\S+)", read("CHANGELOG.md"), re.MULTILINE)
    assert versions[0] == auditor.__version__
    assert versions == sorted(versions, reverse=True)
    assert yaml.safe_load(read("CITATION.cff"))["version"] == auditor.__version__


def test_every_issue_form_asks_something():
    forms = sorted((REPOSITORY / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
    assert [form.name for form in forms] == ["bug.yml", "config.yml", "data_set.yml", "idea.yml"]
    for form in forms:
        content = yaml.safe_load(form.read_text(encoding="utf-8"))
        if form.name != "config.yml":
            assert content["name"] and content["description"]
            assert any(field.get("validations", {}).get("required") for field in content["body"])
