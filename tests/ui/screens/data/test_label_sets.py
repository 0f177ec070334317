"""auditor/ui/screens/data/label_sets.py: the Data page's part on several label sets."""

import numpy as np
import pytest

from auditor.data import agreement
from auditor.data.opening import open_dataset
from auditor.ui.screens.data import label_sets
from tests.exports.small import picture, save

ROWS = [
    ("happy", "happy", "sad"),
    ("happy", "happy", "sad"),
    ("sad", "sad", "sad"),
    ("sad", "happy", ""),
    ("sad", "sad", ""),
]


@pytest.fixture
def several(tmp_path):
    """Five faces: ada is audited, ben differs once, eva labels three."""
    lines = ["path,label_ada,label_ben,label_eva"]
    for index, row in enumerate(ROWS):
        save(tmp_path / f"{index}.png", picture(index))
        lines.append(",".join((f"{index}.png", *row)))
    (tmp_path / "labels.csv").write_text("\n".join(lines) + "\n")
    return open_dataset(tmp_path)


def test_names_of_label_files_are_words():
    assert label_sets.written("labels.csv?label=annotator+2") == "annotator 2 · labels.csv"
    assert label_sets.written("training.csv?classes=7") == "training.csv · 7 classes"
    assert label_sets.written("EmoLabel/train_label.txt") == "EmoLabel/train_label.txt"


def test_the_matrix_of_kappas_says_what_a_cell_opens(several):
    cells = label_sets.kappa_cells(agreement.agreement(several))
    assert cells[0][0].text == ""
    # ada and ben: 4 of 5 alike, by chance 2/5 3/5 + 3/5 2/5 = 0.48
    assert cells[0][1].text == f"{(0.8 - 0.48) / (1 - 0.48):.2f}"
    assert cells[0][1].open
    assert "the same label on 80% of 5 images" in cells[0][1].title


def test_without_evidence_the_others_majority_judges(several):
    ada, ben, eva = label_sets._voices(several, None)
    assert (ada.title, ben.title, eva.title) == ("audited labels", "label_ben", "label_eva")
    assert "on 33% of 3 images" in eva.sentence
    sad, happy = several.classes.index("sad"), several.classes.index("happy")
    assert eva.cell(happy, sad).tolist() == [0, 1]
    assert eva.wrong(several).tolist() == [0, 1]
    cells = label_sets.confusion_cells(eva, several.classes, "majority")
    assert cells[happy][sad].text == "2"
    assert cells[happy][sad].title == "2 images majority happy, labelled sad by label_eva: review them"
    assert cells[happy][happy].text == ""


def test_rates_have_their_interval():
    said = np.array([0, 1], np.int16)
    voice = label_sets.Voice("ben", "", (0.25, 0.2, 0.35), np.eye(2, dtype=np.int64), said, said)
    (mark,) = label_sets.rates([(3, voice)]).data
    assert mark.customdata == ([3],)
    assert mark.error_x.array[0] == pytest.approx(0.1)
    assert mark.error_x.arrayminus[0] == pytest.approx(0.05)
