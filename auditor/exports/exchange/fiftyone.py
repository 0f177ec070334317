"""Labels as FiftyOne's JSON: FiftyOneImageClassificationDataset with attributes.

FiftyOne opens it beside the data set's own images:

    fiftyone.Dataset.from_dir(dataset_type=fiftyone.types.FiftyOneImageClassificationDataset, data_path=ROOT,
                              labels_path="labels.json")
"""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath
from typing import Any

from auditor.data.dataset import SPLITS
from auditor.data.problems import printable
from auditor.errors import ExportError
from auditor.exports.atomic import check_target, write_file
from auditor.exports.exchange.material import Material


def write(material: Material, out: Path) -> Path:
    """Write the file; excluded images are left out.

    Raises:
        ExportError: It cannot be written, or two images differ only in the ending of their names.
    """
    target = check_target(material.dataset, out)
    return write_file(target, (json.dumps(document(material), ensure_ascii=False, indent=1) + "\n").encode())


def document(material: Material) -> dict[str, Any]:
    """Return the content of the file: the classes, and number and attributes of each image by its path without ending.

    Raises:
        ExportError: Two images differ only in the ending of their names.
    """
    dataset, actions, suspicions = material.dataset, material.actions, material.suspicions()
    labels: dict[str, Any] = {}
    for row in (int(row) for split in material.splits for row in material.rows(split)):
        name = str(PurePosixPath(str(dataset.paths[row] or dataset.names[row])).with_suffix(""))
        if name in labels:
            raise ExportError(
                f"Two images are called {printable(name)} with different endings, which FiftyOne's file cannot tell "
                "apart; rename one, or export as coco."
            )
        attributes: dict[str, Any] = {
            "split": SPLITS[int(dataset.split[row])], "given": dataset.classes[int(dataset.labels[row])],
        }  # fmt: skip
        if actions[row]:
            attributes["action"] = actions[row]
        if row in suspicions:
            attributes["p_mislabelled"] = round(suspicions[row][0], 6)
        labels[name] = {"label": int(material.decisions.labels[row]), "attributes": attributes}
    return {"classes": list(dataset.classes), "labels": labels}
