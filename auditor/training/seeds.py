"""Seeds of all random numbers of a training, computed from its current epoch and step.

A step's random numbers depend on (seed, fold, epoch, step, process) and not on earlier random numbers. A resumed run
therefore gives the same numbers as an uninterrupted one, without saved generator states, for any number of processes
and whichever thread prepares the batches.
"""

import numpy as np
import torch

ORDER, AUGMENT, NETWORK, SPLIT, LABELS, DIVISION = range(6)


def mix(purpose: int, *numbers: int) -> int:
    """Return a 63-bit seed for a purpose and numbers such as epoch and step; different numbers give unrelated seeds."""
    state = np.random.SeedSequence([purpose, *(number & 0xFFFFFFFF for number in numbers)])
    return int(state.generate_state(1, np.uint64)[0] >> np.uint64(1))


def generator(purpose: int, *numbers: int) -> torch.Generator:
    """Return a torch generator (CPU) with the seed of `mix`."""
    return torch.Generator().manual_seed(mix(purpose, *numbers))
