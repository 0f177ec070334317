"""Seeds of everything that is drawn in a training, as functions of where the training stands.

A step's random numbers depend on (seed, fold, epoch, step, process) and on nothing that was drawn before. That is
what makes a resumed run give the numbers of an unbroken one, without keeping generator states, for any number of
processes and whatever thread prepares the batches.
"""

import numpy as np
import torch

ORDER, AUGMENT, NETWORK, SPLIT, LABELS, DIVISION = range(6)


def mix(purpose: int, *numbers: int) -> int:
    """A 63-bit seed for a purpose and a place; different places give unrelated streams."""
    state = np.random.SeedSequence([purpose, *(number & 0xFFFFFFFF for number in numbers)])
    return int(state.generate_state(1, np.uint64)[0] >> np.uint64(1))


def generator(purpose: int, *numbers: int) -> torch.Generator:
    """A torch generator (CPU) with that seed."""
    return torch.Generator().manual_seed(mix(purpose, *numbers))
