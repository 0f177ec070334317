"""Test models/precision.py: half precision becomes float32, and float64 stays."""

import pytest
import torch

from models.precision import full


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16])
def test_half_precision_becomes_float32(kind):
    assert full(torch.ones(2, dtype=kind)).dtype == torch.float32


@pytest.mark.parametrize("kind", [torch.float32, torch.float64])
def test_full_precision_stays(kind):
    values = torch.ones(2, dtype=kind)
    assert full(values) is values
