"""Labels as COCO-style classification JSON: images, categories, and one annotation an image without a box."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from PIL import Image

from auditor import __version__
from auditor.data.problems import printable
from auditor.errors import ExportError
from auditor.exports.atomic import check_target, write_file
from auditor.exports.exchange.material import Material


def write(material: Material, out: Path) -> Path:
    """Write the file; excluded images are left out.

    Raises:
        ExportError: It cannot be written, or an image cannot be read.
    """
    target = check_target(material.dataset, out)
    return write_file(target, (json.dumps(document(material), ensure_ascii=False, indent=1) + "\n").encode())


def document(material: Material) -> dict[str, Any]:
    """Return the content of the file; file names are relative to the data set's folder.

    Raises:
        ExportError: An image cannot be read.
    """
    dataset, actions, suspicions = material.dataset, material.actions, material.suspicions()
    images, annotations = [], []
    for split in material.splits:
        rows = material.rows(split)
        for done, row in enumerate(map(int, rows), 1):
            width, height = _size(material, row)
            images.append({"id": row + 1, "file_name": str(dataset.paths[row] or dataset.names[row]),
                           "width": width, "height": height, "split": split})  # fmt: skip
            annotation: dict[str, Any] = {
                "id": row + 1,
                "image_id": row + 1,
                "category_id": int(material.decisions.labels[row]) + 1,
                "given_category_id": int(dataset.labels[row]) + 1,
            }
            if actions[row]:
                annotation["action"] = actions[row]
            if row in suspicions:
                annotation["p_mislabelled"] = round(suspicions[row][0], 6)
            annotations.append(annotation)
            material.report(done, len(rows), f"measuring the {split} images")
    return {
        "info": {"description": dataset.title, "version": "1.0", "contributor": f"FER label auditor {__version__}"},
        "licenses": [],
        "categories": [{"id": number + 1, "name": name, "supercategory": "expression"}
                       for number, name in enumerate(dataset.classes)],
        "images": images,
        "annotations": annotations,
    }  # fmt: skip


def _size(material: Material, row: int) -> tuple[int, int]:
    """Return an image's width and height from its head, without decoding it."""
    try:
        with Image.open(io.BytesIO(material.encoded(row))) as image:
            return image.size
    except (OSError, ValueError, SyntaxError) as error:
        raise ExportError(
            f"Nothing was written, because {printable(str(material.dataset.names[row]))} is not an image that can be "
            "measured; mend the image or exclude it."
        ) from error
