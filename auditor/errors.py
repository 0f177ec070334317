"""The tree of every error that a user can meet.

AuditorError                the base: the command line prints it as one line, a page shows it as one sentence
├── DataError               a data set or a label file that cannot be used
│   └── ImageError          one image that cannot be read
├── ConfigError             an option or a configuration file with a value that cannot be used
├── CheckpointError         a weight file that does not fit or must not be loaded
├── TrainingError           a training that cannot go on (a loss that is not a number, a full disk)
│   └── ChangedDataError    a run whose images or classes are not those of the data set in hand
├── StoreError              the database, or what is to be saved in it
│   ├── RefusedError        an operation that makes no sense, now or later: it is shown and not sent again
│   │   └── ForbiddenError  an act that the person's role does not allow
│   └── UnavailableError    the database is away, busy or full: what was to be saved is kept and sent again
├── UnidentifiedError       a person whom the login does not name (any more)
├── JobError                a run that cannot be started, cancelled or resumed
├── EvidenceError           evidence that is missing or cannot be built
└── ExportError             a file that cannot be written or would not be faithful

A message is one sentence, "What was found; what to do.": it begins with a capital and ends with a full stop.
"""


class AuditorError(Exception):
    """The base of every error that is meant for a person to read."""


class DataError(AuditorError):
    """A data set or a label file that cannot be used."""


class ImageError(DataError):
    """One image that cannot be read."""


class ConfigError(AuditorError):
    """An option or a configuration file with a value that cannot be used."""


class CheckpointError(AuditorError):
    """A weight file that does not fit the network, or that must not be loaded."""


class TrainingError(AuditorError):
    """A training that cannot go on."""


class ChangedDataError(TrainingError):
    """A run whose images or classes are not those of the data set in hand, so that its numbers mean something else."""


class StoreError(AuditorError):
    """The database, or what is to be saved in it."""


class RefusedError(StoreError):
    """An operation that makes no sense, now or later: it is acknowledged, shown to the person, and not sent again."""


class ForbiddenError(RefusedError):
    """An act that the person's role does not allow; nothing of it was done."""


class UnavailableError(StoreError):
    """The database is away, busy or full: nothing was acknowledged, and the same operation is sent again."""


class UnidentifiedError(AuditorError):
    """A person whom the login does not name (any more); nothing was done or acknowledged."""


class JobError(AuditorError):
    """A run that cannot be started, cancelled or resumed."""


class EvidenceError(AuditorError):
    """Evidence that is missing or cannot be built."""


class ExportError(AuditorError):
    """A file that cannot be written, or that would not be faithful to its source."""


def finding(error: Exception) -> str:
    """Return what an error found as part of another sentence: without its capital, its advice and its full stop.

    The advice of an `AuditorError` follows its last semicolon; the message of any other error is left unchanged.
    """
    text = str(error)
    if not isinstance(error, AuditorError):
        return text
    text = text.rpartition("; ")[0] or text.removesuffix(".")
    return text[:1].lower() + text[1:]
