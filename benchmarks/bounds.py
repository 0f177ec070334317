"""Upper bounds for the evidence: how good it could be if the votes were known, to explain missed targets.

These are not results of the program: both rows are fitted to the votes, which an audit never sees.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import cross_val_predict

from auditor.evidence.versions import EvidenceVersion
from benchmarks import judging

FOLDS = 5


def table(version: EvidenceVersion, truth: judging.Truth) -> list[dict[str, Any]]:
    """Return two rows of upper bounds, or none where there are too few right or wrong labels to fit.

    The first is the consensus with known class error rates (one number for each class, fitted to all votes). The second
    is a model fitted to all evidence columns with the votes of four fifths of the images, judged on the last fifth.
    """
    if min(truth.mislabelled.sum(), (~truth.mislabelled).sum()) < FOLDS:
        return []
    p = np.clip(version.table["p_mislabelled"].to_numpy(np.float64), 1e-4, 1 - 1e-4)
    classes = (truth.given[:, None] == np.unique(truth.given)).astype(float)
    by_class = np.column_stack([np.log(p / (1 - p)), classes])
    fitted = LogisticRegression(C=10, max_iter=2000).fit(by_class, truth.mislabelled)
    columns = np.column_stack([_numbers(version), classes])
    wrong = _taught(columns, truth.mislabelled)[:, 1]
    called = np.unique(truth.three)[_taught(columns, truth.three).argmax(axis=1)]
    f1 = {f"{kind} F1": float(f1_score(truth.three, called, average=kind)) for kind in ("micro", "macro")}
    return [
        {"with the votes": "every class's rate", **judging.ranking(fitted.decision_function(by_class), truth)}
        | dict.fromkeys(f1, float("nan")),
        {"with the votes": "taught by those of other images", **judging.ranking(wrong, truth), **f1},
    ]


def _numbers(version: EvidenceVersion) -> NDArray[np.float64]:
    """Every numeric column of the evidence table and the posterior, float64 [M, F]."""
    numeric = version.table.select_dtypes("number").drop(columns="row")
    return np.column_stack([numeric.to_numpy(np.float64), version.probs.astype(np.float64)])


def _taught(columns: NDArray[np.float64], answers: NDArray[Any]) -> NDArray[np.float64]:
    model = HistGradientBoostingClassifier(max_iter=80, learning_rate=0.05, random_state=0)
    probs: NDArray[np.float64] = cross_val_predict(model, columns, answers, cv=FOLDS, method="predict_proba")
    return probs
