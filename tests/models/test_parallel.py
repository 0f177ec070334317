"""Test models/parallel.py in two processes: the same weights, every method's scores, and a long wait."""

import os
import socket
import subprocess
import sys

import pytest

WORKER = """
import sys, torch
from accelerate import Accelerator
from tests.models.small import batch, make
torch.set_num_threads(1)
accelerator = Accelerator(cpu=True)
method = make("nla", setup_changes={"seed": accelerator.process_index}, optimiser="sgd", detach_weight=True)
method.prepare(accelerator)
method.start_epoch(0, None)
method.train_step(batch(method, [[0, 1, 2], [3]][accelerator.process_index]), 0)
method.end_epoch()
state = torch.cat([t.flatten().float() for k, t in sorted(method.state_dict().items()) if "num_batches" not in k])
every = accelerator.gather(state[None])
assert torch.isfinite(every).all()
sys.exit(0 if torch.equal(every[0], every[1]) else 7)
"""


SCORER = """
import datetime, sys, time
import numpy as np, torch
from torch import distributed
from accelerate import Accelerator
from accelerate.utils import InitProcessGroupKwargs
from auditor.training.augment import Augmenter
from auditor.training.data import TrainingData
from auditor.training.feed import Feed
from auditor.training.scoring import score_all
from models import parallel, registry
from tests.models.small import make

torch.set_num_threads(1)
ABSENT = {torch.int16, torch.uint16, torch.uint32, torch.uint64}  # NCCL has no such types

def as_nccl(collective):
    def sent(*args, **options):
        flat = [each for value in args for each in (value if isinstance(value, (list, tuple)) else [value])]
        refused = [each.dtype for each in flat if isinstance(each, torch.Tensor) and each.dtype in ABSENT]
        if refused:
            raise RuntimeError(f"Unconvertible NCCL type {refused[0]}")
        return collective(*args, **options)
    return sent

for name in ("all_gather", "all_gather_into_tensor", "all_reduce", "broadcast"):
    setattr(distributed, name, as_nccl(getattr(distributed, name)))

patience = InitProcessGroupKwargs(timeout=datetime.timedelta(seconds=5))
accelerator = Accelerator(cpu=True, kwargs_handlers=[patience])
parallel.open_patient(accelerator)
if accelerator.is_main_process:
    time.sleep(7)  # longer than the processes' own exchange would wait, as decoding is for NCCL
parallel.wait(accelerator)

count, draw = 13, np.random.default_rng(0)
images, labels = draw.integers(0, 256, (count, 32, 32, 3), dtype=np.uint8), draw.integers(0, 3, count)
role = np.zeros(count, np.int8)
data = TrainingData(images, np.arange(count), role, labels, labels, 3, np.ones(count, bool),
                    label_sets=labels[:, None])
alone = type("Alone", (), {"num_processes": 1, "process_index": 0, "device": torch.device("cpu")})
try:
    accelerator.gather(torch.zeros(1, dtype=torch.int16))
    sys.exit("the transport let int16 pass")
except RuntimeError as error:
    assert "Unconvertible NCCL type" in str(error)
for name in registry.methods():
    method = make(name, setup_changes={"label_set_classes": (3,)})
    method.prepare(accelerator)
    feed, augmenter = Feed(images, data.rows, accelerator.device), Augmenter(method.inputs, "cpu", 32)
    together = score_all(method, data, feed, augmenter, accelerator)
    single = score_all(method, data, feed, augmenter, alone)
    assert torch.allclose(together.probs, single.probs, atol=1e-6), name
    assert together.columns.keys() == single.columns.keys() == method.columns.keys()
    for column, values in single.columns.items():
        assert together.columns[column].dtype == values.dtype, column
        if column != "plausibility":  # untrained spectral norms divide by nearly nothing: 1e15, and no digit is certain
            gathered = together.columns[column].double()
            assert torch.allclose(gathered, values.double(), atol=1e-5, equal_nan=True), column
assert parallel.total([1.0, accelerator.process_index], accelerator) == [2.0, 1.0]
"""


def in_two_processes(program):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    shared = {**os.environ, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": "2"}
    workers = [
        subprocess.Popen([sys.executable, "-c", program], env={**shared, "RANK": str(rank), "LOCAL_RANK": str(rank)})
        for rank in range(2)
    ]
    try:
        assert [worker.wait(timeout=120) for worker in workers] == [0, 0]
    finally:
        for worker in workers:
            worker.kill()


@pytest.mark.slow
def test_two_processes_agree_on_weights_and_running_statistics():
    in_two_processes(WORKER)


@pytest.mark.slow
def test_scores_are_gathered_through_a_transport_without_int16_after_a_wait_longer_than_its_patience():
    in_two_processes(SCORER)
