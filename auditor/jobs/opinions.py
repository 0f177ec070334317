"""Configure the run that adds a model of the user's own to the evidence; no torch, because the app imports this."""

from __future__ import annotations

from auditor.config import RunConfig, Workspace
from auditor.data.dataset import Dataset
from auditor.errors import ConfigError
from auditor.jobs import manager
from auditor.store.store import Store
from auditor.training.ownmodel import look
from auditor.training.ownmodel.request import FIRST_LOOK, ModelRequest

KIND = "opinion"


def configured(dataset: Dataset, name: str, request: ModelRequest | None, device: str = "auto") -> RunConfig:
    """Return the configuration of a run that makes an opinion; None asks for a first look with what there is.

    Raises:
        ConfigError: A file that it reads is missing.
    """
    for file in () if request is None else request.files:
        if not file.expanduser().is_file():
            raise ConfigError(f"There is no file {file}; check the path.")
    options = {} if request is None else {name: request.to_options()}
    return RunConfig(dataset=dataset.reference, methods=(name,), device=device, options=options)


def first_look(workspace: Workspace, dataset: Dataset, store: Store) -> str:
    """Start a first look in the background, and return the run's id.

    Raises:
        ConfigError: No network for it is on this computer; the message says what to install.
    """
    missing = look.missing()
    if missing:
        raise ConfigError(missing)
    return manager.start(workspace, configured(dataset, FIRST_LOOK, None), KIND, store)
