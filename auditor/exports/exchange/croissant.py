"""Croissant 1.0 metadata of exported Parquet files.

The vocabulary: https://docs.mlcommons.org/croissant/docs/croissant-spec-1.0.html
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from auditor import __version__
from auditor.exports.exchange.material import Material
from auditor.plural import counted

FILE: Final = "croissant.json"

TERMS: Final = (
    "citeAs", "column", "equivalentProperty", "extract", "field", "fileProperty", "fileObject", "fileSet", "format",
    "includes", "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet", "references", "regex",
    "repeated", "replace", "samplingRate", "separator", "source", "subField", "transform",
)  # fmt: skip
"""The words of the vocabulary that stand for themselves in its name space."""


def metadata(material: Material, folder: Path, files: Mapping[str, str]) -> dict[str, Any]:
    """Return the metadata as JSON-LD: the files with their hashes, the classes, and a record set for each split.

    Args:
        material: The data of the export.
        folder: The folder that the files are in.
        files: The Parquet file of each split, relative to the folder.
    """
    dataset, decisions = material.dataset, material.decisions
    return {
        "@context": _context(),
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": dataset.title,
        "description": (
            f"{dataset.title} with {counted(len(decisions.changes), 'label')} changed and "
            f"{counted(len(decisions.excluded), 'image')} left out after an audit; README.md says by whom and on which "
            "evidence."
        ),
        "version": "1.0.0",
        "datePublished": time.strftime("%Y-%m-%d", time.gmtime()),
        "creator": {"@type": "Organization", "name": f"FER label auditor {__version__}"},
        "keywords": ["facial expression recognition", "label noise"],
        "distribution": [_file(folder, split, file) for split, file in files.items()],
        "recordSet": [_classes(material), *(_records(split) for split in files)],
    }


def _context() -> dict[str, Any]:
    return {
        "@language": "en",
        "@vocab": "https://schema.org/",
        "cr": "http://mlcommons.org/croissant/",
        "dct": "http://purl.org/dc/terms/",
        "rai": "http://mlcommons.org/croissant/RAI/",
        "sc": "https://schema.org/",
        "conformsTo": "dct:conformsTo",
        "data": {"@id": "cr:data", "@type": "@json"},
        "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
        "examples": {"@id": "cr:examples", "@type": "@json"},
        **{term: f"cr:{term}" for term in TERMS},
    }


def _file(folder: Path, split: str, file: str) -> dict[str, Any]:
    with (folder / file).open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return {
        "@type": "cr:FileObject",
        "@id": f"{split}.parquet",
        "name": f"{split}.parquet",
        "contentUrl": file,
        "contentSize": f"{(folder / file).stat().st_size} B",
        "encodingFormat": "application/x-parquet",
        "sha256": digest,
    }


def _classes(material: Material) -> dict[str, Any]:
    """Return the classes with their numbers, written in the metadata itself."""
    return {
        "@type": "cr:RecordSet",
        "@id": "classes",
        "name": "classes",
        "dataType": "sc:Enumeration",
        "key": {"@id": "classes/id"},
        "field": [
            {"@type": "cr:Field", "@id": "classes/id", "name": "id", "dataType": "sc:Integer"},
            {"@type": "cr:Field", "@id": "classes/name", "name": "name", "dataType": "sc:Text"},
        ],
        "data": [{"classes/id": number, "classes/name": name} for number, name in enumerate(material.dataset.classes)],
    }


def _records(split: str) -> dict[str, Any]:
    fields = [_field(split, "image", "sc:ImageObject", "The face, as in the source")]
    fields[0]["source"]["transform"] = {"jsonPath": "bytes"}
    for name, text in (("label", "The class after the decisions"), ("given_label", "The class of the source")):
        fields.append({**_field(split, name, "sc:Integer", text), "references": {"field": {"@id": "classes/id"}}})
    fields.append(_field(split, "name", "sc:Text", "The image's name in the source"))
    fields.append(_field(split, "action", "sc:Text", "keep, relabel, ambiguous, or empty where nobody judged it"))
    return {"@type": "cr:RecordSet", "@id": split, "name": split, "field": fields}


def _field(split: str, column: str, kind: str, text: str) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": f"{split}/{column}",
        "name": column,
        "description": text,
        "dataType": kind,
        "source": {"fileObject": {"@id": f"{split}.parquet"}, "extract": {"column": column}},
    }
