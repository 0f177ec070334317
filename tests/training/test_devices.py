"""Test auditor/training/devices.py: which device and which precision, by the card; nothing here runs on a GPU."""

import dataclasses

import pytest
import torch

from auditor.config import DatasetRef, RunConfig
from auditor.errors import ConfigError
from auditor.training import devices, plan

CONFIG = RunConfig(dataset=DatasetRef("/faces", "rafdb", "", "abc"), methods=("man",), preset="recommended")


def changed(**values):
    return dataclasses.replace(CONFIG, **values)


@pytest.fixture
def card(monkeypatch):
    """Pretend a card of a compute capability: torch's own rules then decide what it can do."""

    def pretend(major, minor=0):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
        monkeypatch.setattr(torch.cuda, "current_device", lambda: 0)
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda *_: (major, minor))
        properties = type("Properties", (), {"major": major, "minor": minor})()
        monkeypatch.setattr(torch.cuda, "get_device_properties", lambda *_: properties)
        monkeypatch.setattr(torch.cuda, "get_device_name", lambda *_: f"Card {major}.{minor}")
        monkeypatch.setattr(torch.cuda, "_check_bf16_tensor_supported", lambda *_: True)  # as a Turing card answers

    return pretend


@pytest.mark.parametrize(
    ("capability", "precision"),
    [((9, 0), "bf16"), ((8, 0), "bf16"), ((7, 5), "fp16"), ((7, 0), "fp16"), ((6, 1), "no")],
)
def test_bf16_where_the_hardware_has_it_else_fp16_with_tensor_cores_else_float32(card, capability, precision):
    card(*capability)
    assert devices.precision_of(CONFIG, devices.kind_of("auto")) == precision
    assert devices.precision_of(changed(preset="published"), "cuda") == "no"


def test_emulated_bf16_is_refused_where_it_is_asked_for(card):
    card(7, 5)
    assert torch.cuda.is_bf16_supported()  # torch counts emulation unless told not to
    with pytest.raises(ConfigError, match=r"Card 7\.5 has no bf16 in hardware; use --precision fp16"):
        devices.precision_of(changed(precision="bf16"), "cuda")
    assert devices.precision_of(changed(precision="fp16"), "cuda") == "fp16"
    card(8, 6)
    assert devices.precision_of(changed(precision="bf16"), "cuda") == "bf16"


def test_published_is_float32_wherever_it_runs_unless_told_otherwise(card, monkeypatch):
    card(9)
    precisions = []

    def built(**options):
        precisions.append(options["mixed_precision"])
        return type("One", (), {"num_processes": 1})()

    monkeypatch.setattr(plan, "Accelerator", built)
    for preset in ("published", "recommended"):
        plan.accelerator(changed(preset=preset))
    plan.accelerator(changed(preset="published", precision="bf16"))
    assert precisions == ["no", "bf16", "bf16"]


def test_apples_device_is_used_where_it_is_asked_for_and_there(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert devices.kind_of("mps") == "mps" and devices.kind_of("auto") == "cpu"
    assert devices.precision_of(CONFIG, "mps") == "no"
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(ConfigError, match="no MPS device on this machine"):
        devices.kind_of("mps")


def test_torchs_cached_blocks_count_as_free(monkeypatch):
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _: (2 * 10**9, 16 * 10**9))
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda _: 9 * 10**9)
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda _: 4 * 10**9)
    memory = devices.memory_of(torch.device("cuda"))
    assert (memory.free, str(memory)) == (7 * 10**9, "7.0 of 16.0 GB")


def test_the_machines_memory_where_the_system_tells_it(tmp_path, monkeypatch):
    file = tmp_path / "meminfo"
    file.write_text("MemTotal:       16000000 kB\nMemFree: 1 kB\nMemAvailable:    4000000 kB\n")
    monkeypatch.setattr(devices, "_MEMINFO", file)
    assert devices.memory_of(torch.device("cpu")) == devices.Memory(4_096_000_000, 16_384_000_000)
    file.write_text("nothing\n")
    assert str(devices.memory_of(torch.device("cpu"))) == "an unknown amount"


SWITCHES = (
    (torch.backends.cuda.matmul, "allow_tf32"),
    (torch.backends.cudnn, "allow_tf32"),
    (torch.backends.cudnn, "benchmark"),
)


@pytest.fixture
def switches():
    """Torch's own settings, put back afterwards."""
    before = [getattr(module, name) for module, name in SWITCHES]
    yield lambda: tuple(getattr(module, name) for module, name in SWITCHES)
    for (module, name), value in zip(SWITCHES, before, strict=True):
        setattr(module, name, value)


def test_published_computes_in_full_float32_and_timing_needs_equal_shapes(switches):
    cuda = torch.device("cuda")
    for published, fixed, expected in (
        (True, True, (False, False, False)),
        (False, True, (True, True, True)),
        (False, False, (True, True, False)),
    ):
        devices.tune(cuda, published=published, fixed_shapes=fixed)
        assert switches() == expected
    devices.tune(torch.device("cpu"), published=True, fixed_shapes=True)
    assert switches() == (True, True, False)
