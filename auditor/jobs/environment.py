"""The environment that a training wants from its process, to be set before torch is loaded."""

import os
from collections.abc import MutableMapping

WANTED = {
    # Threads that wait sleep instead of spinning. Spinning pays on an idle machine only; with the app, a browser and
    # decoders on the same cores it made a training nine times slower (measured: 30.7 against 4.3 ms of CPU an image).
    "OMP_WAIT_POLICY": "PASSIVE",
    # But not at once: small networks wait a few microseconds at every layer, and falling asleep costs more than that. A
    # short spin first more than doubled MAN's images a second on two cores (325 against 142).
    "GOMP_SPINCOUNT": "2000",
}


def prepare(environment: MutableMapping[str, str] = os.environ) -> None:
    """Set what is wanted and not already decided by the user."""
    for name, value in WANTED.items():
        environment.setdefault(name, value)
