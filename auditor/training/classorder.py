"""Whose output is which class: a checkpoint's classes and a data set's, matched by name."""

from collections.abc import Sequence

from auditor.errors import CheckpointError

SAME = {
    "surprised": "surprise", "fearful": "fear", "afraid": "fear", "scared": "fear", "disgusted": "disgust",
    "happy": "happiness", "joy": "happiness", "sad": "sadness", "angry": "anger", "contemptuous": "contempt",
    "plane": "airplane", "aeroplane": "airplane", "car": "automobile",
}  # fmt: skip
"""Other words for the classes of the data sets that the papers use."""

AS_DATA = "data"


def match(file: object, outputs: Sequence[str], classes: Sequence[str]) -> list[int]:
    """For each class of the data set the place of its output, by name.

    Args:
        file: The checkpoint, for the error.
        outputs: The classes in the order of its outputs, or 'data' alone for the data set's own order.
        classes: The data set's classes.

    Raises:
        CheckpointError: They are not the same classes; both lists are named.
    """
    if list(outputs) == [AS_DATA]:
        return list(range(len(classes)))
    theirs, ours = [_known(name) for name in outputs], [_known(name) for name in classes]
    if sorted(theirs) != sorted(ours) or len(set(ours)) != len(ours):
        raise CheckpointError(
            f"The outputs of {file} are {', '.join(outputs)}, and the data set's classes are {', '.join(classes)}, "
            "which do not match; say with --class-order which of the data set's classes each output stands for."
        )
    return [theirs.index(name) for name in ours]


def _known(name: str) -> str:
    word = name.strip().lower()
    return SAME.get(word, word)
