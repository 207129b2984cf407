"""Operators that only move entries do as torch does."""

import torch

from toykit.bridge.certified.operators import moved
from toykit.bridge.tracing import Node


def node(op, **options):
    return Node(op, op, ("x",), options, {}, ())


def test_entries_move_as_torch_moves_them():
    x = torch.arange(24.0).view(2, 3, 4)
    assert torch.equal(moved(node("permute", dims=(0, 2, 1)), (), [x]), x.permute(0, 2, 1))
    assert torch.equal(moved(node("slice", dim=2, start=1, end=4, step=2), (), [x]), x[:, :, 1:4:2])
    assert torch.equal(moved(node("select", dim=1, index=2), (), [x]), x[:, 2])
    assert torch.equal(moved(node("cat", dim=1), (), [x, 2 * x]), torch.cat([x, 2 * x], 1))
    assert torch.equal(moved(node("pad", pad=(1, 0), value=0), (), [x]), torch.nn.functional.pad(x, (1, 0)))
    assert torch.equal(moved(node("reshape"), (2, 12), [x]), x.flatten(1))
    assert torch.equal(moved(node("expand"), (5, 2, 3, 4), [x]), x.expand(5, 2, 3, 4))
