"""Test models/parallel.py: two processes end a step with the same weights, those of the mean gradient."""

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


@pytest.mark.slow
def test_two_processes_agree_on_weights_and_running_statistics():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    shared = {**os.environ, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": "2"}
    workers = [
        subprocess.Popen([sys.executable, "-c", WORKER], env={**shared, "RANK": str(rank), "LOCAL_RANK": str(rank)})
        for rank in range(2)
    ]
    try:
        assert [worker.wait(timeout=120) for worker in workers] == [0, 0]
    finally:
        for worker in workers:
            worker.kill()
