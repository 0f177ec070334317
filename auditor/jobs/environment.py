"""Environment variables of training processes, to be set before torch is imported."""

import os
from collections.abc import MutableMapping

WANTED = {
    # Waiting threads sleep instead of spinning. Spinning helps on an idle machine only; with the app, a browser and
    # decoders on the same cores it made a training nine times slower (measured: 30.7 against 4.3 ms of CPU per image).
    "OMP_WAIT_POLICY": "PASSIVE",
    # They spin briefly first: small networks wait a few microseconds at every layer, and going to sleep costs more.
    # The short spin more than doubled MAN's images per second on two cores (325 against 142).
    "GOMP_SPINCOUNT": "2000",
    # On an Apple GPU, the few operations that torch lacks there run on the CPU instead of ending the training.
    "PYTORCH_ENABLE_MPS_FALLBACK": "1",
}


def prepare(environment: MutableMapping[str, str] = os.environ) -> None:
    """Set the variables that the user has not set."""
    for name, value in WANTED.items():
        environment.setdefault(name, value)
