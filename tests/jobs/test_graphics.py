"""auditor/jobs/graphics.py: what the driver's tool says, by a stand-in for it; no card is needed."""

import os

import pytest

from auditor.jobs import graphics


@pytest.fixture
def driver(tmp_path, monkeypatch):
    """Put a program named nvidia-smi first on the path that prints a line and notes what it was asked."""

    def say(line):
        tool = tmp_path / "nvidia-smi"
        tool.write_text(f"#!/bin/sh\necho \"$@\" > {tmp_path}/asked\necho '{line}'\n")
        tool.chmod(0o755)
        return (tmp_path / "asked").read_text

    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(graphics, "_torch_is_for_cpus", lambda: False)
    return say


@pytest.mark.parametrize(
    ("name", "capability", "precision"),
    [("NVIDIA H100", "9.0", "bf16"), ("Tesla T4", "7.5", "fp16"), ("GeForce GTX 1080", "6.1", "float32")],
)
def test_the_card_its_memory_and_its_precision_are_told(driver, name, capability, precision):
    asked = driver(f"{name}, 15000, 16384, {capability}")
    found = graphics.card({})
    assert found == graphics.Card(name, 15000 << 20, 16384 << 20, precision)
    assert graphics.sentence(found) == (
        f"'auto' is the {name}, 15.7 of 17.2 GB free, in {precision} (as published: in float32)."
    )
    assert "--id=0" in asked()
    graphics.card({"CUDA_VISIBLE_DEVICES": "3,1"})
    assert "--id=3" in asked()


@pytest.mark.parametrize("line", ["No devices were found", "", "a, b, c, d"])
def test_without_a_card_the_cpu_is_said(driver, line):
    driver(line)
    assert graphics.card({}) is None
    assert "'auto' is the CPU" in graphics.sentence(None)


def test_a_card_that_torch_cannot_use_is_none(driver, monkeypatch):
    driver("NVIDIA H100, 1, 1, 9.0")
    assert graphics.card({}) is not None
    assert graphics.card({"CUDA_VISIBLE_DEVICES": ""}) is None
    monkeypatch.setattr(graphics, "_torch_is_for_cpus", lambda: True)
    assert graphics.card({}) is None
