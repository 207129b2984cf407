"""Paths of torch parameters as bytes: every bit comes back, and foreign bytes are one sentence."""

from __future__ import annotations

import pytest
import torch

from toykit.bridge.checkpoint import CheckpointError, to_bytes
from toykit.bridge.paths import path_from_bytes, path_to_bytes
from toykit.connectivity.join import relocate
from toykit.connectivity.toys import separable_nets
from toykit.connectivity.units import Layers, units
from toykit.errors import NonFiniteError
from toykit.parameters import Parameters
from toykit.paths import Path, Segment


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_every_bit_comes_back(dtype: torch.dtype) -> None:
    pair = separable_nets(0)
    path = relocate(Layers.of(pair.landscape, pair.theta_a), pair.theta_a, {2: (units([0, 3]), units([4, 1]))})
    cast = Path(tuple(p.map(lambda a: torch.as_tensor(a).to(dtype)) for p in path.waypoints), path.segments)
    again = path_from_bytes(path_to_bytes(cast))
    assert again.kinds == path.kinds
    assert [s.label for s in again.segments] == ["copy", "shift"]
    assert [a.tolist() for a in again.segments[1].moves[2]] == [[0, 3], [4, 1]]
    for ours, theirs in zip(cast.waypoints, again.waypoints, strict=True):
        assert list(ours) == list(theirs)
        assert all(torch.equal(ours[name], theirs[name]) and theirs[name].dtype == dtype for name in ours)


def test_foreign_bytes_are_one_sentence() -> None:
    theta = Parameters({"w": torch.ones(2)})
    for content in (b"", b"no tensors", to_bytes(theta), to_bytes(Parameters({"index": torch.ones(3)}))):
        with pytest.raises(CheckpointError):
            path_from_bytes(content)


def test_a_waypoint_is_finite() -> None:
    ends = (Parameters({"w": torch.zeros(1)}), Parameters({"w": torch.tensor([float("nan")])}))
    with pytest.raises(NonFiniteError, match="waypoint 1"):
        path_to_bytes(Path(ends, (Segment(),)))
