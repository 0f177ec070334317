"""auditor/evidence/choice.py and listing.py: which version is in use, by whose choice, and which can be deleted."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.config import Workspace
from auditor.errors import EvidenceError
from auditor.evidence import choice, listing, versions
from auditor.evidence.choice import Skill
from tests.conftest import REPOSITORY

KEY = "k"


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path)


def build(workspace, skill, error=0.0, **more):
    """A version of so much skill, as a training would leave it; its name."""
    summary = {"skills": {"man": skill, "rul": 0.1}, "skill_error": error, "methods": ["man", "rul"], "runs": []}
    with versions.new_version(workspace, KEY) as (folder, built):
        (folder / "summary.json").write_text(json.dumps(summary | more))
    return built[0].name


def state(workspace):
    now = choice.standing(workspace, KEY)
    return now.version and now.version.name, now.waiting and now.waiting.name


def test_a_poor_retrain_does_not_take_over_and_a_better_one_does(workspace):
    assert state(workspace) == (None, None)
    build(workspace, 0.6)
    assert state(workspace) == ("v0001", None)
    build(workspace, 0.2)
    assert state(workspace) == ("v0001", "v0002")
    assert choice.standing(workspace, KEY).sentence == (
        "Evidence v0002 is new and not in use: its held-out skill is 0.20, and that of v0001 is 0.60."
    )
    build(workspace, 0.6)
    assert state(workspace) == ("v0003", None)


def test_what_held_out_images_cannot_tell_apart_takes_over_but_small_losses_do_not_add_up(workspace):
    for skill in (0.60, 0.55, 0.50):
        build(workspace, skill, error=0.05)
    assert state(workspace) == ("v0002", "v0003")  # 0.50 is no worse than 0.55 by chance, but than 0.60
    assert Skill(0.5, 0.05).worse_than(Skill(0.6, 0.05)) and not Skill(0.55, 0.05).worse_than(Skill(0.6, 0.05))


def test_a_person_decides_what_takes_over(workspace):
    build(workspace, 0.6)
    poor = build(workspace, 0.2)
    choice.use(workspace, KEY, poor, by="ada")
    assert state(workspace) == (poor, None) and choice.read(workspace, KEY).by == "ada"
    build(workspace, 0.3)  # not worse than the one that was chosen
    assert state(workspace) == ("v0003", None)
    build(workspace, 0.1)
    assert choice.keep(workspace, KEY, by="ada") == "v0003"
    assert state(workspace) == ("v0003", None)  # answered: it does not ask again


def test_a_pinned_version_stays_until_it_is_unpinned(workspace):
    build(workspace, 0.5)
    choice.keep(workspace, KEY, by="ada", pin=True)
    better = build(workspace, 0.9)
    assert state(workspace) == ("v0001", better) and choice.standing(workspace, KEY).pinned
    assert "v0001 is pinned" in choice.standing(workspace, KEY).sentence
    choice.keep(workspace, KEY, by="ada", pin=False)
    assert state(workspace) == ("v0001", None)  # unpinning changes nothing by itself
    build(workspace, 0.9)
    assert state(workspace) == ("v0003", None)


def test_a_version_in_use_or_being_built_is_not_deleted_and_no_number_comes_twice(workspace):
    build(workspace, 0.6)
    poor = build(workspace, 0.2, runs=["r1"])
    with pytest.raises(EvidenceError, match="v0001 is in use; use another version first"):
        choice.delete(workspace, KEY, "v0001", by="ada")
    with pytest.raises(EvidenceError, match="Run r1 is running"):
        choice.delete(workspace, KEY, poor, by="ada", at_work=["r1"])
    choice.delete(workspace, KEY, poor, by="ada")
    assert [version.name for version in versions.versions(workspace, KEY)] == ["v0001"]
    assert state(workspace) == ("v0001", None)
    assert build(workspace, 0.7) == "v0003"
    with pytest.raises(EvidenceError, match=r"no evidence v0002 of this data set; there is v0001, v0003\."):
        choice.use(workspace, KEY, poor, by="ada")


def test_deleting_one_version_does_not_change_the_one_in_use(workspace):
    # v0002 replaced v0001, and v0003 is worse than v0002 but not than v0001: without v0002 the rule alone would differ.
    for skill in (0.3, 0.6, 0.4):
        build(workspace, skill)
    choice.use(workspace, KEY, "v0003", by="ada")
    choice.delete(workspace, KEY, "v0002", by="ada")
    assert state(workspace) == ("v0003", None)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=2, max_size=6), st.data())
def test_no_deletion_ever_changes_what_is_in_use(tmp_path_factory, skills, data):
    workspace = Workspace(tmp_path_factory.mktemp("w"))
    for skill in skills:
        build(workspace, skill, error=0.05)
    used = state(workspace)[0]
    others = [version.name for version in versions.versions(workspace, KEY) if version.name != used]
    for name in data.draw(st.lists(st.sampled_from(others), unique=True)) if others else ():
        choice.delete(workspace, KEY, name, by="ada")
        assert state(workspace)[0] == used


def test_names_are_kept_and_taken_away(workspace):
    build(workspace, 0.6)
    choice.rename(workspace, KEY, "v0001", "  after the   class check ", by="ada")
    assert listing.entries(workspace, KEY)[0].name == "after the class check"
    with pytest.raises(EvidenceError, match="61 characters"):
        choice.rename(workspace, KEY, "v0001", "x" * 61, by="ada")
    choice.rename(workspace, KEY, "v0001", "", by="ada")
    assert choice.read(workspace, KEY).names == {}


def test_processes_that_choose_at_once_lose_nothing(workspace):
    for skill in (0.5, 0.6):
        build(workspace, skill)
    code = """
import sys
from pathlib import Path
from auditor.config import Workspace
from auditor.evidence import choice
who = sys.argv[2]
for number in range(10):
    choice.rename(Workspace(Path(sys.argv[1])), "k", f"{who}-{number}", "x", by=who)
    choice.use(Workspace(Path(sys.argv[1])), "k", f"v000{1 + number % 2}", by=who)
"""
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(workspace.path), who], cwd=REPOSITORY) for who in "abc"
    ]
    while any(process.poll() is None for process in running):
        choice.read(workspace, KEY)  # never half a file
    assert all(process.returncode == 0 for process in running)
    assert len(choice.read(workspace, KEY).names) == 30
    assert state(workspace) == ("v0002", None)


def test_of_deleting_and_using_at_once_one_wins(workspace):
    for skill in (0.5, 0.6):
        build(workspace, skill)
    code = """
import sys
from pathlib import Path
from auditor.config import Workspace
from auditor.errors import EvidenceError
from auditor.evidence import choice
try:
    if sys.argv[2] == "use":
        choice.use(Workspace(Path(sys.argv[1])), "k", "v0001", by="a")
    else:
        choice.delete(Workspace(Path(sys.argv[1])), "k", "v0001", by="b")
except EvidenceError as error:
    sys.exit(f"refused: {error}")
"""
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(workspace.path), act], cwd=REPOSITORY, stderr=subprocess.PIPE)
        for act in ("use", "delete")
    ]
    messages = [process.communicate()[1].decode() for process in running]
    assert sorted(process.returncode for process in running) == [0, 1]
    assert "refused: " in "".join(messages)
    there = versions.get(workspace, KEY, "v0001") is not None
    assert state(workspace)[0] == ("v0001" if there else "v0002")


def test_a_damaged_choice_or_summary_is_a_sentence_or_never_takes_over(workspace):
    build(workspace, 0.5)
    name = build(workspace, 0.9)
    (workspace.evidence / KEY / name / "summary.json").write_text("{")
    assert state(workspace) == ("v0001", name) and "unknown" in choice.standing(workspace, KEY).sentence
    assert listing.entries(workspace, KEY)[0].skill is None
    (workspace.evidence / KEY / choice.FILE).write_text("[]")
    with pytest.raises(EvidenceError, match="delete that file to choose again"):
        choice.standing(workspace, KEY)


def test_the_list_says_date_runs_skill_noise_and_size(workspace):
    build(
        workspace, 0.6, created="2026-01-02T03:04:05+00:00", noise={"overall": 0.19, "low": 0.15, "high": 0.25},
        trainings={"r1": {"man": 25, "student": 10}}, labels={"r1": "corrected"},
    )  # fmt: skip
    build(workspace, 0.2)
    poor, used = listing.entries(workspace, KEY)
    assert (used.state, poor.state, used.noise) == ("in use", "new", (0.19, 0.15, 0.25))
    assert [each.words for each in used.trainings] == ["corrected labels: MAN 25 epochs, Student 10"]
    assert used.size == (used.version.folder / "summary.json").stat().st_size
    assert [listing.spoken(n) for n in (12, 1_234, 45_600_000, 999_900_000)] == [
        "12 bytes",
        "1.23 kB",
        "45.6 MB",
        "1,000 MB",
    ]


def test_two_versions_are_compared_image_by_image(workspace):
    def table(names, suggested, assignment, p):
        name = build(workspace, 0.5)
        frame = pd.DataFrame({"row": range(len(names)), "name": names, "suggested": suggested,
                              "assignment": assignment, "p_mislabelled": p})  # fmt: skip
        frame.to_parquet(workspace.evidence / KEY / name / "table.parquet")
        return versions.get(workspace, KEY, name)

    before = table(["a", "b", "c", "gone"], [0, 1, 2, 0], [0, 0, 2, 0], [0.1, 0.2, 0.9, 0.0])
    after = table(["c", "a", "b"], [2, 1, 1], [2, 2, 1], [0.1, 0.9, 0.2])
    difference = listing.compare(before, after)
    assert (difference.images, difference.divided.tolist(), difference.suggested.tolist()) == (3, [1, 2], [1])
    assert difference.correlation == pytest.approx(-1)


def test_a_real_version_tells_its_skill_error_runs_and_epochs(version):
    summary = version.summary
    best = max(summary["skills"].values())
    assert 0 < summary["skill_error"] < best
    assert summary["labels"] == {"run-1": "given"} and summary["trainings"]["run-1"]["man"] == 8
    # 28 held-out images, most of them predicted right: the error of a share of 28, on the scale of the skill.
    assert summary["skill_error"] < np.sqrt(0.25 / 28) / (1 - 0.4)
