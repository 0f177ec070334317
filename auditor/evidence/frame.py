"""The evidence table: one row a train image, one column a fact, in label-file order.

Directions: every `*_suspicion` is a rank in [0, 1] within this evidence, higher = more suspect. Method columns carry
the method's name first. The methods' own columns are taken after the last epoch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import Dataset
from auditor.evidence import confident, neighbours, schema, student
from auditor.evidence.consensus import Consensus
from auditor.evidence.duplicates import Duplicates
from auditor.evidence.gather import IN_SAMPLE, OUT_OF_FOLD, FloatArray, IntArray
from auditor.evidence.opinions import Opinion
from auditor.evidence.stability import Calls
from auditor.evidence.student import Student

if TYPE_CHECKING:
    import pandas as pd

DERIVED = ("assignment",)
"""Columns of a method that the table derives from all late epochs rather than takes from the last."""


def frame(
    dataset: Dataset,
    rows: IntArray,
    labels: NDArray[np.int64],
    asked: Sequence[Opinion],
    result: Consensus,
    calls: Calls,
    near: NDArray[np.int32],
    twins: Duplicates | None,
    taught: Student | None = None,
) -> pd.DataFrame:
    """The whole table; see auditor/evidence/schema.py for its columns."""
    import pandas as pd

    data: dict[str, Any] = {
        schema.ROW: rows.astype(np.int32),
        schema.NAME: dataset.names[rows],
        schema.GIVEN: labels.astype(np.int16),
        schema.IN_FILE: dataset.labels[rows].astype(np.int16),
        schema.SUGGESTED: result.suggested,
        schema.P_MISLABELLED: result.p_mislabelled,
        schema.SUSPICION: ranks(result.p_mislabelled),
        schema.AMBIGUITY: result.ambiguity,
        schema.ASSIGNMENT: calls.assignment,
        schema.SCORED: pd.Categorical(scored(asked), categories=[IN_SAMPLE, OUT_OF_FOLD]),
        schema.STABILITY: calls.stability,
        schema.CHANGES: calls.changes,
        schema.VOTES_NOISY: calls.votes_noisy,
        schema.VOTES_TOTAL: calls.votes_total,
    }
    for opinion in asked:
        data.update(method_columns(opinion, labels, result, calls))
    if taught is not None:
        data.update(seen(student.NAME, taught.probs, taught.scored, labels, result))
    data.update(peers(asked, labels, near))
    data[schema.DUPLICATE_GROUP] = twins.group[rows] if twins else np.full(len(rows), -1, np.int32)
    data[schema.DUPLICATE_KIND] = twins.kind[rows] if twins else np.zeros(len(rows), np.int8)
    return pd.DataFrame(data)


def ranks(suspicion: NDArray[np.floating[Any]]) -> FloatArray:
    """Ranks in [0, 1], ties share their mean rank, NaN counts as the middle."""
    from scipy.stats import rankdata

    filled = np.where(np.isfinite(suspicion), suspicion, np.nanmedian(suspicion) if suspicion.size else 0)
    ranked: FloatArray = ((rankdata(filled) - 1) / max(1, len(filled) - 1)).astype(np.float32)
    return ranked


def scored(asked: Sequence[Opinion]) -> NDArray[np.object_]:
    """How each image was scored: 'in-sample' where any network was trained on it, else 'out-of-fold'."""
    strands = [strand for opinion in asked for strand in opinion.strands]
    trained = np.any([strand.scored & ~strand.held_out for strand in strands], axis=0)
    return np.where(trained, IN_SAMPLE, OUT_OF_FOLD).astype(object)


def method_columns(
    opinion: Opinion, labels: NDArray[np.int64], result: Consensus, calls: Calls
) -> Mapping[str, NDArray[Any]]:
    """One method's columns: its vote, what it thinks of the given and the suggested label, and its own."""
    name = opinion.method
    columns = {schema.own(name, schema.ASSIGNMENT): calls.votes[name]}
    columns |= seen(name, opinion.probs, opinion.scored, labels, result)
    for own in opinion.strands[0].records[0].columns:
        if own not in DERIVED:
            columns.update(own_column(opinion, own))
    return columns


def seen(
    name: str, probs: FloatArray, there: NDArray[np.bool_], labels: NDArray[np.int64], result: Consensus
) -> dict[str, NDArray[Any]]:
    """What a network sees in each image that it has scored, and the rank of its doubt about the given label."""
    index = np.arange(len(labels))
    given, suggested = probs[index, labels], probs[index, result.suggested]
    return {
        schema.own(name, schema.P_GIVEN): np.where(there, given, np.nan).astype(np.float32),
        schema.own(name, schema.PRED): np.where(there, probs.argmax(axis=1), -1).astype(np.int16),
        schema.own(name, schema.P_SUGGESTED): np.where(there, suggested, np.nan).astype(np.float32),
        schema.own(name, schema.SUSPICION): ranks(np.where(there, -given, np.nan)),
    }


def own_column(opinion: Opinion, own: str) -> Mapping[str, NDArray[Any]]:
    """A method's own column after the last epoch: the mean over its strands of a float, the first strand's of a code;
    one column for each element of a vector, which may be longer in one strand (more label sets) than in another.
    """
    strands = [strand for strand in opinion.strands if strand.has(own)]
    values = as_wide([strand.column(own) for strand in strands])
    whole = strands[0].records[0].columns[own].dtype.startswith(("int", "uint", "bool"))
    if whole:
        merged = np.nan_to_num(values[0], nan=-1).astype(np.int16)
    else:
        there = np.isfinite(values)
        with np.errstate(invalid="ignore"):
            merged = (np.where(there, values, 0).sum(axis=0) / there.sum(axis=0)).astype(np.float32)
    if merged.ndim == 1:
        return {f"{opinion.method}_{own}": merged}
    return {f"{opinion.method}_{own}_{element}": merged[:, element] for element in range(merged.shape[1])}


def as_wide(values: Sequence[FloatArray]) -> list[FloatArray]:
    """Columns [M] or [M, k_i], these filled up with NaN to the widest."""
    widest = max(each.shape[-1] for each in values)
    return [
        each if each.ndim == 1 else np.pad(each, ((0, 0), (0, widest - each.shape[1])), constant_values=np.nan)
        for each in values
    ]


def peers(asked: Sequence[Opinion], labels: NDArray[np.int64], near: NDArray[np.int32]) -> Mapping[str, NDArray[Any]]:
    """What people would use without the four methods, as evidence of its own and as the yardstick."""
    weights = np.array([opinion.weight for opinion in asked])
    weights = weights / weights.sum()

    def mean(name: str) -> FloatArray:
        values = np.stack([opinion.mean(name) for opinion in asked])
        say = np.isfinite(values) * weights[:, None]
        with np.errstate(invalid="ignore"):
            average: FloatArray = (np.nan_to_num(values) * say).sum(0) / say.sum(0)
        return average

    probs = sum(weight * opinion.probs for weight, opinion in zip(weights, asked, strict=True))
    return {
        schema.CL_SUSPICION: ranks(confident.label_suspicion(labels, np.asarray(probs))),
        schema.AUM: mean("margin").astype(np.float32),
        schema.CARTO_CONFIDENCE: mean("confidence").astype(np.float32),
        schema.CARTO_VARIABILITY: mean("variability").astype(np.float32),
        schema.CARTO_CORRECTNESS: mean("correctness").astype(np.float32),
        schema.CARTO_FORGETTING: mean("forgetting").astype(np.float32),
        schema.KNN_DISAGREEMENT: neighbours.disagreement(labels, near),
    }
