"""auditor/ui/web/detail.py: the facts of one image."""

import numpy as np

from auditor.evidence.versions import EvidenceVersion
from auditor.store.operations import ImageState
from auditor.store.state import Standing
from auditor.ui.web import detail
from tests.ui.invented import dataset, table


def test_the_card_says_what_is_known(tmp_path):
    faces = dataset([0, 1])
    evidence = EvidenceVersion(tmp_path)
    table([0], suggested=[1], p_mislabelled=[0.874], assignment=[2]).to_parquet(tmp_path / "table.parquet")
    decided = Standing(0, "relabel", 1, None, None, ImageState("relabel", "fear", annotator="ada"))
    assert detail.card_lines(faces, evidence, 0, decided) == [
        "train_00000.jpg", "given surprise, suggested fear", "noisy, 87 % likely to be mislabelled",
        "relabelled to fear by ada",
    ]  # fmt: skip
    assert detail.card_lines(faces, evidence, 1, None) == ["train_00001.jpg", "given fear"]


def test_a_method_s_columns_have_names_and_an_uncertainty_is_a_percentile(tmp_path):
    evidence = EvidenceVersion(tmp_path)
    facts = {"rul_sigma": [3643.33, 10.0, 20.0, np.nan], "rul_pred": [1, -1, 0, 0], "noisyfer_posterior_3": [0.25] * 4}
    table([0, 1, 2, 3], suggested=[1] * 4, p_mislabelled=[0.5] * 4, assignment=[2] * 4, **facts).to_parquet(
        tmp_path / "table.parquet"
    )
    shown = [detail._method("rul", line, evidence, ("joy", "fear")) for _, line in evidence.table.iterrows()]
    assert [each["values"]["sigma"] for each in shown] == ["percentile 67", "percentile 0", "percentile 33", None]
    assert [each["values"]["pred"] for each in shown] == [1, None, 0, 0]
    assert shown[0]["words"]["sigma"] == ("uncertainty", "Share of the images in this run with a lower uncertainty")
    assert shown[0]["words"]["pred"][0] == "predicts"
    posterior = detail._method("noisyfer", evidence.table.iloc[0], evidence, ("joy", "fear"))["words"]["posterior_3"]
    assert posterior == ("p(fear)", "Probability of fear by label set 2")
