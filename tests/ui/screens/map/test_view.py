"""auditor/ui/screens/map/view.py, canvas.py, actions.py, filters.py: the map without a browser."""

import io

import numpy as np
import pandas as pd
import pytest

from auditor.evidence.versions import EvidenceVersion
from auditor.ui.look.lasso import Picked
from auditor.ui.screens.map import actions, canvas, filters
from auditor.ui.screens.map.view import MapView
from auditor.ui.state import columns
from auditor.ui.state.overlay import Overlay
from tests.ui.invented import dataset, table

FACES = dataset([0, 1, 2, 0])


@pytest.fixture
def room(tmp_path):
    evidence = EvidenceVersion(tmp_path)
    facts = table([0, 1, 2, 0], suggested=[1, 1, 2, 0], p_mislabelled=[0.9, 0.1, 0.2, 0.3], name=FACES.names)
    facts.to_parquet(tmp_path / "table.parquet")
    frame = pd.DataFrame({"row": range(4), "joint_pca_x": [0.0, 1.0, 2.0, 3.0], "joint_pca_y": np.zeros(4)})
    frame.to_parquet(tmp_path / "map.parquet")
    return MapView(FACES, evidence, columns.build(FACES, evidence.table), Overlay.empty(4), "joint_pca", "given")


def test_filters_decide_which_points_are_shown(room):
    assert room.passing(filters.Filters()).all()
    assert room.passing(filters.Filters(given="surprise")).tolist() == [True, False, False, True]
    assert room.passing(filters.Filters(smin=0.25)).tolist() == [True, False, False, True]


def test_strokes_are_taken_once_in_their_order(room):
    nothing = Picked(np.zeros(4, bool))
    queue = [{"id": 1, "mode": "new", "points": [0, 2]}, {"id": 2, "mode": "take", "points": [2]}]
    shown, codes = np.ones(4, bool), np.zeros(4, np.uint8)
    picked = canvas.take_strokes(room, nothing, queue, shown, codes)
    assert (picked.points.tolist(), picked.done) == ([True, False, False, False], 2)
    assert canvas.take_strokes(room, picked, queue, shown, codes) is picked


def test_a_selection_is_exported_in_the_source_s_own_labels(room):
    exported = pd.read_csv(io.BytesIO(actions._csv(room, np.array([0, 2]))))
    assert exported["name"].tolist() == ["train_00000.jpg", "train_00002.jpg"]
    assert (exported["given"].tolist(), exported["suggested"].tolist()) == ([1, 3], [2, 3])


def test_what_a_selection_is_made_of_is_said(room):
    room.overlay.action[3] = 1
    assert actions._composition(room, np.array([0, 1, 3])) == "Given: 2 surprise, 1 fear. 1 reviewed, 2 left."
