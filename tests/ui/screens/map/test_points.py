"""auditor/ui/screens/map/points.py: codes and legend of the map."""

import numpy as np
import pandas as pd

from auditor.evidence.versions import EvidenceVersion
from auditor.ui.screens.map import points
from tests.ui.invented import CLASSES, table

NONE = {"actions": np.zeros(4, np.int8), "labels": np.zeros(4, np.int16)}


def test_classes_become_codes_and_the_legend_counts_them():
    shown = points.colour("given", table([0, 2, 2, -1]), CLASSES, **NONE)
    assert shown.codes.tolist() == [0, 2, 2, points.UNKNOWN]
    entries = {entry["label"]: entry["count"] for entry in shown.legend()["entries"]}
    assert entries == {"surprise": 1, "disgust": 2, "others": 1}
    assert all(len(colours) == points.UNKNOWN + 1 for colours in shown.colours.values())


def test_suspicion_is_coloured_by_value_and_uncertainty_by_rank():
    values = np.array([0.0, 0.5, 1.0, np.nan])
    evidence = table([0] * 4, p_mislabelled=values, rul_sigma=np.array([1e-7, 1e-6, 1.8, np.nan]))
    by_value = points.colour("suspicion", evidence, CLASSES, **NONE).codes
    assert by_value.tolist() == [0, points.STEPS // 2, points.STEPS - 1, points.UNKNOWN]
    by_rank = points.colour("rul_sigma", evidence, CLASSES, **NONE).codes
    assert by_rank.tolist() == [3, 10, 16, points.UNKNOWN]


def test_decisions_and_labels_as_they_are_now_can_colour_the_map():
    given = table([0, 1, 2, 0])
    acts = {"actions": np.array([0, 2, 0, 4]), "labels": np.array([0, 0, 2, 0])}
    assert points.colour("reviewed", given, CLASSES, **acts).codes.tolist() == [0, 2, 0, 4]
    assert points.colour("current", given, CLASSES, **acts).codes.tolist() == [0, 0, 2, 0]


def test_only_columns_that_exist_are_offered():
    assert "nla_weight" not in points.colourings(table([0]))
    assert "nla_weight" in points.colourings(table([0], nla_weight=[0.1]))


def test_embeddings_stand_in_an_order_that_helps():
    columns = ["row", "man_pca_x", "man_pca_y", "joint_pca_x", "joint_pca_y", "joint_umap_x", "joint_umap_y"]
    assert list(points.embedding_choices(columns)) == ["joint_umap", "joint_pca", "man_pca"]
    assert points.embedding_choices(columns)["joint_umap"] == "UMAP of all methods"


def test_positions_follow_the_table_also_where_the_map_is_in_another_order(tmp_path):
    evidence = EvidenceVersion(tmp_path)
    table([0, 0, 0]).to_parquet(tmp_path / "table.parquet")
    frame = pd.DataFrame({"row": [2, 0], "joint_pca_x": [10.0, 0.0], "joint_pca_y": [0.0, 0.0]})
    frame.to_parquet(tmp_path / "map.parquet")
    assert points.positions(evidence, "joint_pca")[:, 0].tolist() == [0, 32768, 65535]


def test_a_map_says_how_many_of_its_images_were_placed_by_their_neighbours(tmp_path):
    evidence = EvidenceVersion(tmp_path)
    frame = pd.DataFrame({"row": range(4), "joint_umap_x": 0.0, "joint_umap_placed": [True, False, True, True]})
    frame.to_parquet(tmp_path / "map.parquet")
    assert points.placed_note(evidence, "joint_umap") == (
        "UMAP laid out 1 of these 4 images; each of the others is placed by its nearest neighbours among them."
    )
    assert points.placed_note(evidence, "joint_pca") == "" and "joint_umap" in points.embedding_choices(frame.columns)
