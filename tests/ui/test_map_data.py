"""auditor/ui/map_data.py: codes, legend and words of the map."""

import numpy as np
import pandas as pd
import pytest

from auditor.evidence.table import EvidenceVersion
from auditor.store.operations import ImageState
from auditor.ui import map_data
from tests.ui.invented import CLASSES, dataset, table

NONE = {"actions": np.zeros(4, np.int8), "labels": np.zeros(4, np.int16)}


def test_classes_become_codes_and_the_legend_counts_them():
    shown = map_data.colour("given", table([0, 2, 2, -1]), CLASSES, **NONE)
    assert shown.codes.tolist() == [0, 2, 2, map_data.UNKNOWN]
    entries = {entry["label"]: entry["count"] for entry in shown.legend()["entries"]}
    assert entries == {"surprise": 1, "disgust": 2, "others": 1}
    assert all(len(colours) == map_data.UNKNOWN + 1 for colours in shown.colours.values())


def test_suspicion_is_coloured_by_value_and_uncertainty_by_rank():
    values = np.array([0.0, 0.5, 1.0, np.nan])
    evidence = table([0] * 4, p_mislabelled=values, rul_sigma=np.array([1e-7, 1e-6, 1.8, np.nan]))
    by_value = map_data.colour("suspicion", evidence, CLASSES, **NONE).codes
    assert by_value.tolist() == [0, map_data.STEPS // 2, map_data.STEPS - 1, map_data.UNKNOWN]
    by_rank = map_data.colour("uncertainty", evidence, CLASSES, **NONE).codes
    assert by_rank.tolist() == [3, 10, 16, map_data.UNKNOWN]


def test_decisions_and_labels_as_they_are_now_can_colour_the_map():
    given = table([0, 1, 2, 0])
    acts = {"actions": np.array([0, 2, 0, 4]), "labels": np.array([0, 0, 2, 0])}
    assert map_data.colour("reviewed", given, CLASSES, **acts).codes.tolist() == [0, 2, 0, 4]
    assert map_data.colour("current", given, CLASSES, **acts).codes.tolist() == [0, 0, 2, 0]


def test_only_columns_that_exist_are_offered():
    assert "weight" not in map_data.colourings(table([0]))
    assert "weight" in map_data.colourings(table([0], nla_weight=[0.1]))


def test_embeddings_stand_in_an_order_that_helps():
    columns = ["row", "man_pca_x", "man_pca_y", "joint_pca_x", "joint_pca_y", "joint_umap_x", "joint_umap_y"]
    assert list(map_data.embedding_choices(columns)) == ["joint_umap", "joint_pca", "man_pca"]
    assert map_data.embedding_choices(columns)["joint_umap"] == "UMAP of all methods"


def test_positions_follow_the_table_also_where_the_map_is_in_another_order(tmp_path):
    evidence = EvidenceVersion(tmp_path)
    table([0, 0, 0]).to_parquet(tmp_path / "table.parquet")
    frame = pd.DataFrame({"row": [2, 0], "joint_pca_x": [10.0, 0.0], "joint_pca_y": [0.0, 0.0]})
    frame.to_parquet(tmp_path / "map.parquet")
    assert map_data.positions(evidence, "joint_pca")[:, 0].tolist() == [0, 32768, 65535]


def test_the_card_says_what_is_known(tmp_path):
    faces = dataset([0, 1])
    evidence = EvidenceVersion(tmp_path)
    table([0], suggested=[1], p_mislabelled=[0.874], assignment=[2]).to_parquet(tmp_path / "table.parquet")
    decided = ImageState(action="relabel", label=1, annotator="ada")
    assert map_data.card_lines(faces, evidence, 0, decided) == [
        "train_00000.jpg", "given surprise, suggested fear", "noisy, 87 % likely mislabelled",
        "relabelled to fear by ada",
    ]  # fmt: skip
    assert map_data.card_lines(faces, evidence, 1, None) == ["train_00001.jpg", "given fear"]


@pytest.mark.parametrize(
    ("share", "words"), [(0.001, "under 1 %"), (0.426, "43 %"), (0.999, "over 99 %"), (np.nan, "unknown")]
)
def test_shares_never_claim_nothing_or_all(share, words):
    assert map_data.percent(share) == words
