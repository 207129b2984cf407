from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from toykit.bridge import from_bytes, to_bytes
from toykit.bridge.checkpoint import CheckpointError
from toykit.errors import NonFiniteError
from toykit.parameters import Parameters

THETA = Parameters({
    "z.weight": torch.tensor([[1.0, 1 / 3], [5e-324, -1.7e308]], dtype=torch.float64),
    "a.weight": torch.tensor([0.1, -0.0], dtype=torch.float32),
    "a.bias": torch.zeros((2, 3), dtype=torch.float64).T,
})


def test_a_round_trip_keeps_every_bit_and_the_order() -> None:
    found = from_bytes(to_bytes(THETA))
    assert list(found) == list(THETA)
    for name, array in found.items():
        assert array.dtype == THETA[name].dtype
        assert array.numpy().tobytes() == THETA[name].contiguous().numpy().tobytes()
    assert to_bytes(found) == to_bytes(THETA)


def test_numpy_parameters_can_be_written() -> None:
    found = from_bytes(to_bytes(Parameters({"w": np.array([1.5, 2.5])})))
    assert found["w"].tolist() == [1.5, 2.5]
    assert found["w"].dtype == torch.float64


def test_files_of_other_programs_are_read() -> None:
    from safetensors.torch import save

    assert from_bytes(save({"w": torch.ones(2)}))["w"].tolist() == [1.0, 1.0]


def test_what_is_not_finite_is_refused() -> None:
    from safetensors.torch import save

    with pytest.raises(NonFiniteError, match="1 non-finite entries in w"):
        to_bytes(Parameters({"w": torch.tensor([1.0, np.nan])}))
    bad = save({"w": torch.tensor([np.inf])})
    with pytest.raises(NonFiniteError, match="the checkpoint has 1"):
        from_bytes(bad)


@given(st.integers(0, 10**6), st.integers(1, 255))
def test_a_damaged_checkpoint_is_refused_or_read_as_finite_numbers(position: int, flip: int) -> None:
    whole = bytearray(to_bytes(THETA))
    whole[position % len(whole)] ^= flip
    try:
        found = from_bytes(bytes(whole))
    except (CheckpointError, NonFiniteError):
        return
    found.require_finite("what was read")


@given(st.binary(max_size=64))
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(CheckpointError, match="safetensors format"):
        from_bytes(data)
    with pytest.raises(CheckpointError, match="safetensors format"):
        from_bytes(to_bytes(THETA)[: -1 - len(data)])
