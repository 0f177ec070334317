"""The evidence table: one row for each training image, in label-file order.

Directions: every `*_suspicion` is a rank in [0, 1] within this evidence, higher = more suspect. Names of method columns
begin with the method's name. The methods' own columns hold the values after the last epoch.
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
from auditor.evidence.student import StudentPrediction

if TYPE_CHECKING:
    import pandas as pd

DERIVED = ("assignment",)
"""Method columns that the table derives from all late epochs instead of taking the last epoch's values."""


def frame(
    dataset: Dataset,
    rows: IntArray,
    labels: NDArray[np.int64],
    opinions: Sequence[Opinion],
    result: Consensus,
    calls: Calls,
    nearest: NDArray[np.int32],
    duplicates: Duplicates | None,
    students: StudentPrediction | None = None,
) -> pd.DataFrame:
    """Return the whole table; see auditor/evidence/schema.py for its columns."""
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
        schema.SCORED: pd.Categorical(scored(opinions), categories=[IN_SAMPLE, OUT_OF_FOLD]),
        schema.STABILITY: calls.stability,
        schema.CHANGES: calls.changes,
        schema.VOTES_NOISY: calls.votes_noisy,
        schema.VOTES_TOTAL: calls.votes_total,
    }
    for opinion in opinions:
        data.update(method_columns(opinion, labels, result, calls))
    if students is not None:
        data.update(network_columns(student.NAME, students.probs, students.scored, labels, result))
    data.update(peers(opinions, labels, nearest))
    data[schema.DUPLICATE_GROUP] = duplicates.group[rows] if duplicates else np.full(len(rows), -1, np.int32)
    data[schema.DUPLICATE_KIND] = duplicates.kind[rows] if duplicates else np.zeros(len(rows), np.int8)
    return pd.DataFrame(data)


def ranks(suspicion: NDArray[np.floating[Any]]) -> FloatArray:
    """Return ranks in [0, 1]; ties share their mean rank, NaN counts as the median."""
    from scipy.stats import rankdata

    filled = np.where(np.isfinite(suspicion), suspicion, np.nanmedian(suspicion) if suspicion.size else 0)
    ranked: FloatArray = ((rankdata(filled) - 1) / max(1, len(filled) - 1)).astype(np.float32)
    return ranked


def scored(opinions: Sequence[Opinion]) -> NDArray[np.object_]:
    """Return how each image was scored: 'in-sample' where any network was trained on it, else 'out-of-fold'."""
    strands = [strand for opinion in opinions for strand in opinion.strands]
    trained = np.any([strand.scored & ~strand.held_out for strand in strands], axis=0)
    return np.where(trained, IN_SAMPLE, OUT_OF_FOLD).astype(object)


def method_columns(
    opinion: Opinion, labels: NDArray[np.int64], result: Consensus, calls: Calls
) -> Mapping[str, NDArray[Any]]:
    """Return one method's columns: its vote, its probabilities of the given and the suggested label, and its own."""
    name = opinion.method
    columns = {schema.own(name, schema.ASSIGNMENT): calls.votes[name]}
    columns |= network_columns(name, opinion.probs, opinion.scored, labels, result)
    for column in opinion.strands[0].records[0].columns:
        if column not in DERIVED:
            columns.update(own_column(opinion, column))
    return columns


def network_columns(
    name: str, probs: FloatArray, scored_images: NDArray[np.bool_], labels: NDArray[np.int64], result: Consensus
) -> dict[str, NDArray[Any]]:
    """Return a network's prediction and probabilities for each image that it has scored, and the rank of its doubt."""
    index = np.arange(len(labels))
    given, suggested = probs[index, labels], probs[index, result.suggested]
    return {
        schema.own(name, schema.P_GIVEN): np.where(scored_images, given, np.nan).astype(np.float32),
        schema.own(name, schema.PRED): np.where(scored_images, probs.argmax(axis=1), -1).astype(np.int16),
        schema.own(name, schema.P_SUGGESTED): np.where(scored_images, suggested, np.nan).astype(np.float32),
        schema.own(name, schema.SUSPICION): ranks(np.where(scored_images, -given, np.nan)),
    }


def own_column(opinion: Opinion, column: str) -> Mapping[str, NDArray[Any]]:
    """Return a method's own column after the last epoch: the mean of the strands' floats, the first strand's codes.

    A vector becomes one column for each element; it may be longer in one strand (more label sets) than in another.
    """
    strands = [strand for strand in opinion.strands if strand.has(column)]
    values = as_wide([strand.column(column) for strand in strands])
    integral = strands[0].records[0].columns[column].dtype.startswith(("int", "uint", "bool"))
    if integral:
        merged = np.nan_to_num(values[0], nan=-1).astype(np.int16)
    else:
        finite = np.isfinite(values)
        with np.errstate(invalid="ignore"):
            merged = (np.where(finite, values, 0).sum(axis=0) / finite.sum(axis=0)).astype(np.float32)
    if merged.ndim == 1:
        return {f"{opinion.method}_{column}": merged}
    return {f"{opinion.method}_{column}_{element}": merged[:, element] for element in range(merged.shape[1])}


def as_wide(values: Sequence[FloatArray]) -> list[FloatArray]:
    """Pad columns [M, k_i] with NaN to the widest; columns [M] stay as they are."""
    widest = max(each.shape[-1] for each in values)
    return [
        each if each.ndim == 1 else np.pad(each, ((0, 0), (0, widest - each.shape[1])), constant_values=np.nan)
        for each in values
    ]


def peers(
    opinions: Sequence[Opinion], labels: NDArray[np.int64], nearest: NDArray[np.int32]
) -> Mapping[str, NDArray[Any]]:
    """Return the scores of established methods (cleanlab, AUM, dataset cartography, k-NN): evidence, and a baseline."""
    weights = np.array([opinion.weight for opinion in opinions])
    weights = weights / weights.sum()

    def mean(name: str) -> FloatArray:
        values = np.stack([opinion.mean(name) for opinion in opinions])
        shares = np.isfinite(values) * weights[:, None]
        with np.errstate(invalid="ignore"):
            average: FloatArray = (np.nan_to_num(values) * shares).sum(0) / shares.sum(0)
        return average

    probs = sum(weight * opinion.probs for weight, opinion in zip(weights, opinions, strict=True))
    return {
        schema.CL_SUSPICION: ranks(confident.label_suspicion(labels, np.asarray(probs))),
        schema.AUM: mean("margin").astype(np.float32),
        schema.CARTO_CONFIDENCE: mean("confidence").astype(np.float32),
        schema.CARTO_VARIABILITY: mean("variability").astype(np.float32),
        schema.CARTO_CORRECTNESS: mean("correctness").astype(np.float32),
        schema.CARTO_FORGETTING: mean("forgetting").astype(np.float32),
        schema.KNN_DISAGREEMENT: neighbours.disagreement(labels, nearest),
    }
