"""auditor/ui/web/detail.py: what is known of one image."""

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
