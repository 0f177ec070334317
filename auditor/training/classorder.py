"""Match a checkpoint's classes with a data set's by name."""

from collections.abc import Sequence

from auditor.data.formats.emotions import WORDS
from auditor.errors import CheckpointError

OBJECTS = {"plane": "airplane", "aeroplane": "airplane", "car": "automobile"}
"""Other words for classes of CIFAR-10."""

AS_DATA = "data"


def match(file: object, outputs: Sequence[str], classes: Sequence[str]) -> list[int]:
    """Return the index of the output of each class of the data set.

    Args:
        file: The checkpoint, for the error.
        outputs: The class names in the order of its outputs, or only 'data' for the data set's own order.
        classes: The data set's class names.

    Raises:
        CheckpointError: The two lists differ; the message shows both.
    """
    if list(outputs) == [AS_DATA]:
        return list(range(len(classes)))
    output_names, class_names = [standard(name) for name in outputs], [standard(name) for name in classes]
    if sorted(output_names) != sorted(class_names) or len(set(class_names)) != len(class_names):
        raise CheckpointError(
            f"The outputs of {file} are {', '.join(outputs)}, and the data set's classes are {', '.join(classes)}, "
            "which do not match; give the data set's class of each output with --class-order."
        )
    return [output_names.index(name) for name in class_names]


def standard(name: str) -> str:
    """Return the one word for a class that stands for all of its synonyms, in small letters."""
    word = name.strip().lower()
    return WORDS.get(word, OBJECTS.get(word, word))
