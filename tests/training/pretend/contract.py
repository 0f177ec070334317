"""Train every method on the pretend device: one line of JSON per method. Run as a module, in a process of its own.

    python -m tests.training.pretend.contract recommended bf16

    {"method": "man", "waits": [...], "stopped": true, "resumed_like_whole": true, "difference_to_cpu": 0.0}

or {"unusable": "..."} where torch's internals differ. The first line states which planted faults the device notices.
"""

import contextlib
import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from torch.utils._pytree import tree_map_only

from tests.training.pretend import device

COUNT, SIDE, CLASSES, BATCH = 30, 32, 3, 8
WIDTH = 0.25  # below, oneDNN corrupts memory on a device that is not called "cpu", see models/backbone.py


def facts():
    """Images and labels of every kind that a method reads."""
    from auditor.training.data import TrainingData

    draw = np.random.default_rng(0)
    labels = draw.integers(0, CLASSES, COUNT)
    role = np.array([0] * (COUNT - 6) + [1] * 3 + [2] * 3, np.int8)
    spread = np.where(draw.random((COUNT, 2)) < 0.2, np.nan, draw.uniform(-1, 1, (COUNT, 2))).astype(np.float32)
    images = draw.integers(0, 256, (COUNT, SIDE, SIDE, 3), dtype=np.uint8)
    own = draw.integers(0, 256, (COUNT, 40, 40, 3), dtype=np.uint8)
    return TrainingData(
        images, np.arange(COUNT), role, np.where(role == 2, -1, labels), labels, CLASSES, np.ones(COUNT, bool),
        label_sets=draw.integers(-1, CLASSES, (COUNT, 2)), valence_arousal=spread,
        soft=np.eye(CLASSES, dtype=np.float32)[labels], own_size=own,
    )  # fmt: skip


def accelerator(where, precision):
    from accelerate import Accelerator
    from accelerate.state import AcceleratorState, PartialState

    AcceleratorState._reset_state(True)
    built = Accelerator(cpu=True, mixed_precision=precision)
    if where.type != "cpu":
        built.state.device = PartialState._shared_state["device"] = where
    return built


def training(name, preset, precision, folder, where, listener=None):
    from auditor.training.augment import Augmenter
    from auditor.training.listener import Listener
    from auditor.training.loop import Training
    from models import registry
    from models.base import Setup

    data = facts()
    early = {"man": {"warm_up": 1, "max_noisy": 1.0}, "noisyfer": {"gan_start_epoch": 0}}.get(name, {})
    options = registry.make_options(name, preset, {"epochs": 2, "batch_size": BATCH, **early})
    setup = Setup(
        CLASSES, SIDE, WIDTH, "small", num_rows=COUNT, steps_per_epoch=3, label_set_classes=(CLASSES, CLASSES),
        has_va=True,
    )  # fmt: skip
    method, run_on = registry.build(name, setup, options), accelerator(where, precision)
    method.prepare(run_on)
    method.to(memory_format=torch.channels_last)
    folder.mkdir(exist_ok=True)
    augmenter = Augmenter(method.inputs, where, SIDE, method.recipes)
    return Training(
        method, data, run_on, augmenter, folder, folder / "metrics.jsonl", listener=listener or Listener()
    )  # fmt: skip


def watch_the_loop() -> None:
    """Note the waits of training steps, and of making and scoring a batch; nothing in these may wait."""
    from auditor.training import loop, scoring
    from auditor.training.augment import Augmenter
    from models import registry

    def watch(function):
        def noting(*args, **kwargs):
            device.watching, before = True, device.watching
            try:
                return function(*args, **kwargs)
            finally:
                device.watching = before

        return noting

    loop.Training._step = watch(loop.Training._step)
    scoring.batch_of = watch(scoring.batch_of)
    Augmenter.plain = watch(Augmenter.plain)
    for kind in registry.methods().values():
        kind.score = watch(kind.score)


def stopping_at(count):
    from auditor.training.listener import Listener

    class Stop(Listener):
        left = count

        def stopping(self):
            self.left -= 1
            return self.left < 0

    return Stop()


def largest_difference(state, other) -> float:
    pairs = [(device.near(state[key]).double(), device.near(other[key]).double()) for key in state]
    return max(float((a - b).abs().max()) for a, b in pairs if a.numel())


def main(name: str, preset: str, precision: str) -> dict[str, object]:
    """Train whole, then stopped and resumed, then on the CPU, and compare."""
    from auditor.training import portraits
    from auditor.training.scoring import Stopped

    device.waits.clear()
    folder, there = Path(tempfile.mkdtemp()), torch.device(device.NAME, 0)
    with device.Present():
        whole = training(name, preset, precision, folder / "whole", there)
        scores = whole.run()
        portraits.draw(whole.method, whole.data, whole.augmenter, folder / "whole", there)
        waits = sorted({f"{wait.line} {wait.operation} {wait.why}" for wait in device.waits})
        with contextlib.suppress(Stopped):
            training(name, preset, precision, folder / "parts", there, stopping_at(5)).run()
        resumed = training(name, preset, precision, folder / "parts", there)
        resumed.run()
    on_cpu = training(name, preset, precision, folder / "cpu", torch.device("cpu"))
    cpu_scores = on_cpu.run()
    return {
        "method": name,
        "waits": waits,
        "stopped": resumed._resumed is not None,
        "resumed_like_whole": largest_difference(whole.method.state_dict(), resumed.method.state_dict()) == 0,
        "difference_to_cpu": float((scores.probs - cpu_scores.probs).abs().max()),
    }


def notices() -> dict[str, bool]:
    """Return which planted faults the device notices."""
    device.watching, there = True, torch.device(device.NAME, 0)
    with device.Present():
        far = torch.ones(3, device=there)
        planted = {
            "a read": lambda: far.sum().item(),
            "a blocking copy from it": far.cpu,
            "a constant": lambda: torch.tensor([5.0, 3.0, 1.0], device=there),
            "an index of truth values": lambda: far[far > 0],
            "a large mask": lambda: torch.zeros(70_000).to(there, non_blocking=True),
        }
        found = {}
        for name, fault in planted.items():
            device.waits.clear()
            fault()
            found[name] = bool(device.waits)
        for name, fault in {
            "mixed devices": lambda: far + torch.ones(3),
            "a generator of the CPU": lambda: far.clone().normal_(generator=torch.Generator()),
        }.items():
            try:
                fault()
                found[name] = False
            except device.MixedDevicesError:
                found[name] = True
        device.waits.clear()
        found["nothing where nothing is wrong"] = (
            bool(torch.isfinite(far * 2 + far[torch.arange(2, device=there)].sum()).shape) and not device.waits
        )
    device.watching = False
    return found


def say(line: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    torch.set_num_threads(1)
    try:
        device.install()
    except device.UnusableError as error:
        say({"unusable": str(error)})
        sys.exit()
    from models import registry

    say(notices())
    watch_the_loop()
    plain_save = torch.save
    torch.save = lambda content, file: plain_save(tree_map_only(device.Far, device.near, content), file)
    for method_name in registry.methods():
        say(main(method_name, *sys.argv[1:]))
