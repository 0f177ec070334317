"""Names of the columns of the evidence table, defined here only.

The table has one row for each training image, in label-file order. A higher suspicion means more likely mislabelled.
Probabilities are in [0, 1]. Ranks in [0, 1] hold within one version of the evidence.
"""

from __future__ import annotations

from typing import Final

ROW: Final = "row"
"""int32, the image's row in the data set."""
NAME: Final = "name"
"""str, the image's name, its identity in the database."""
GIVEN: Final = "given"
"""int16, class of the given label."""
IN_FILE: Final = "in_file"
"""int16, class of the label file's label when the evidence was built; `GIVEN` is another one where the methods were
trained on corrected labels, or on the file as it was before. Versions of before this column lack it."""
SUGGESTED: Final = "suggested"
"""int16, class that the consensus suggests; the given one where it agrees; -1 where that class is gone."""
P_MISLABELLED: Final = "p_mislabelled"
"""float32, probability that the given label is wrong."""
SUSPICION: Final = "suspicion"
"""float32, rank of `P_MISLABELLED`."""
AMBIGUITY: Final = "ambiguity"
"""float32, entropy over log C: 0 (one class) to 1 (all classes equally likely)."""
ASSIGNMENT: Final = "assignment"
"""int8, 0 clean, 1 ambiguous, 2 noisy (`versions.ASSIGNMENTS`)."""
SCORED: Final = "scored"
"""category, 'in-sample' where any network that scored the image was trained on it, else 'out-of-fold'."""
STABILITY: Final = "stability"
"""float32, share of epochs and networks that agree with the assignment."""
CHANGES: Final = "changes"
"""float32, how often the prediction changed between given and other in the late epochs, mean over the trainings."""
VOTES_NOISY: Final = "votes_noisy"
"""int8, methods that call the image noisy."""
VOTES_TOTAL: Final = "votes_total"
"""int8, methods that have scored the image and have learnt something."""
CL_SUSPICION: Final = "cl_suspicion"
"""float32, rank by confident learning."""
AUM: Final = "aum"
"""float32, area under the margin; below 0 the given label loses."""
CARTO_CONFIDENCE: Final = "carto_confidence"
"""float32, mean p(given label) over the epochs."""
CARTO_VARIABILITY: Final = "carto_variability"
"""float32, standard deviation of p(given label) over the epochs."""
CARTO_CORRECTNESS: Final = "carto_correctness"
"""float32, share of epochs in which the given label was the most probable class."""
CARTO_FORGETTING: Final = "carto_forgetting"
"""float32, how often the given label stopped being the most probable class, mean over the methods."""
KNN_DISAGREEMENT: Final = "knn_disagreement"
"""float32, share of the nearest images with another label."""
DUPLICATE_GROUP: Final = "duplicate_group"
"""int32, number of the group of (near) equal images, -1 for none."""
DUPLICATE_KIND: Final = "duplicate_kind"
"""int8, see `auditor.evidence.duplicates`."""

# Endings of a method's columns, which begin with its name: `own("man", PRED)` is 'man_pred'.
P_GIVEN: Final = "p_given"
"""float32, p(given label); NaN where the method has not scored the image."""
P_SUGGESTED: Final = "p_suggested"
"""float32, p(suggested label)."""
PRED: Final = "pred"
"""int16, most probable class; -1 where not scored."""
POSTERIOR: Final = "posterior"
"""float32, one column for each label set and class, numbered through: p(class) by that label set."""


def own(method: str, ending: str) -> str:
    """Return the name of a method's column, such as 'man_pred' or 'rul_sigma'."""
    return f"{method}_{ending}"


def is_method_suspicion(column: str) -> bool:
    """Whether a column is the suspicion of one method."""
    return column.endswith(f"_{SUSPICION}") and column != CL_SUSPICION


def is_class(column: str) -> bool:
    """Whether a column holds class numbers."""
    return column in {GIVEN, IN_FILE, SUGGESTED} or f"_{PRED}" in column


def method_of(column: str) -> str:
    """Return the method whose suspicion a column is, 'man' of 'man_suspicion'."""
    return column.removesuffix(f"_{SUSPICION}")
