"""A small audit with evidence and decisions, for the exports that show both."""

import json

import numpy as np
import pandas as pd
import pytest

from auditor.config import Workspace
from auditor.data.opening import open_dataset
from auditor.evidence import versions
from auditor.exports import report
from auditor.exports.preview import preview
from auditor.store.operations import Operation, item_of
from auditor.store.store import Store
from tests.exports.small import rafdb

NAMES = [f"train_{number:05d}.jpg" for number in range(1, 5)]


@pytest.fixture
def audited(tmp_path):
    """Four images labelled 1 2 2 4; the third is called noisy and relabelled 4 by ada, the fourth excluded by bob."""
    root = rafdb(
        tmp_path / "faces", "".join(f"{n} {label}\n" for n, label in zip(NAMES, "1224", strict=True)).encode(), 4
    )
    dataset, workspace = open_dataset(root), Workspace(tmp_path / "work").make()
    labels, size = dataset.labels, dataset.num_classes
    table = pd.DataFrame(
        {
            "row": np.arange(4, dtype=np.int32), "name": dataset.names, "given": labels,
            "suggested": np.array([labels[0], labels[1], labels[3], labels[3]], np.int16),
            "p_mislabelled": np.array([0.1, 0.2, 0.9, 0.4], np.float32),
            "assignment": np.array([0, 0, 2, 1], np.int8),
        }
    )  # fmt: skip
    by_class = [0.1 if index in labels else None for index in range(size)]
    summary = {
        "classes": list(dataset.classes), "codes": list(dataset.codes),
        "methods": ["man", "rul"], "student": None, "evidence": "in-sample", "warnings": ["A <b>warning</b>."],
        "noise": {"overall": 0.4, "low": 0.25, "high": 0.55, "by_class": by_class, "by_class_low": by_class,
                  "by_class_high": by_class},
        "transition": np.eye(size).tolist(),
        "agreement": {"man": {"man": 1.0, "rul": 0.75}, "rul": {"man": 0.75, "rul": 1.0}},
    }  # fmt: skip
    with versions.new_version(workspace, dataset.key) as (folder, _):
        table.to_parquet(folder / "table.parquet")
        (folder / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
    store = Store.open(workspace)
    store.datasets.register(dataset)
    relabel = item_of(dataset, 2, "relabel", int(labels[3]))
    store.decisions.append(Operation("one-operation", dataset.key, "ada", items=(relabel,)))
    exclude = item_of(dataset, 3, "exclude")
    store.decisions.append(Operation("two-operation", dataset.key, "<bob>", items=(exclude,)))
    state = store.decisions.state(dataset.key)
    store.close()
    evidence = versions.latest(workspace, dataset.key)
    return report.Audited(dataset, evidence, preview(dataset, state), state)
