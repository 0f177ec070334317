"""share.py: parts for everybody, known answers from a file (evidence/sharing_out.py), progress."""

import json

import pytest

from auditor.cli import main
from auditor.config import Workspace
from auditor.data.opening import open_dataset
from auditor.store.store import Store
from tests.data.drawn import raf


@pytest.fixture
def faces(tmp_path):
    return raf(tmp_path / "raf", "".join(f"train_{n:05d}.jpg {1 + n % 7}\n" for n in range(1, 31)))


def run(tmp_path, faces, *more):
    return main(["share", str(faces), "--workspace", str(tmp_path / "w"), *more])


def test_the_work_is_shared_out_shown_and_ended(tmp_path, faces, capsys):
    known = tmp_path / "known.csv"
    known.write_text("image,label\ntrain_00001.jpg,surprise\ntrain_00002.jpg,3\n")
    terms = ("--among", "ada, ben", "--per-face", "2", "--repeats", "10%", "--faces", "20", "--known", str(known))
    assert run(tmp_path, faces, *terms, "--json") == 0
    facts = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert facts["terms"] == {"people": ["ada", "ben"], "per_face": 2, "repeats": 0.1, "seed": 0}
    # 20 faces, two of them known; a tenth of the other 18 a second time.
    assert [(each["person"], each["faces"]) for each in facts["people"]] == [("ada", 22), ("ben", 22)]
    with Store.opened(Workspace(tmp_path / "w")) as store:
        share = store.sharing.current(open_dataset(faces).key)
    assert share.known == {"train_00001.jpg": "surprise", "train_00002.jpg": "disgust"}
    assert run(tmp_path, faces) == 0
    assert "ada: 0 of 22; agrees with others -" in capsys.readouterr().out
    assert run(tmp_path, faces, "--end") == 0
    assert run(tmp_path, faces) == 0
    assert "nothing is shared out" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("image,label\nnobody.jpg,fear\n", "line 2: nobody.jpg is not in the data set"),
        ("image,label\ntrain_00001.jpg,bliss\n", "line 2: bliss is not in the data set"),
        ("face,label\na,b\n", "has no column image"),
    ],
)
def test_known_answers_that_cannot_be_used_are_refused(tmp_path, faces, capsys, text, sentence):
    (tmp_path / "known.csv").write_text(text)
    assert run(tmp_path, faces, "--among", "ada", "--known", str(tmp_path / "known.csv")) == 2
    assert sentence in capsys.readouterr().err
