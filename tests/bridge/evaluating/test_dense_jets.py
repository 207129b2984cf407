"""The formulas of the layers against nested forward mode, which knows nothing of layers, and against a stored graph."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from toykit.bridge import LayeredTorch, TorchLandscape, mlp
from toykit.bridge.evaluating.dense_jets import activated, loss_jet
from toykit.bridge.evaluating.jets import TensorJet, composed
from toykit.tolerances import TORCH64

MODULES = [
    nn.Identity(), nn.ReLU(), nn.LeakyReLU(0.3), nn.Tanh(), nn.Sigmoid(), nn.Softplus(), nn.GELU(), nn.SiLU()
]  # fmt: skip


def jet(*shape: int) -> TensorJet:
    draw = torch.Generator().manual_seed(5)
    return TensorJet(*(torch.randn(shape, generator=draw, dtype=torch.float64) for _ in range(3)))


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_every_activation_is_forward_mode(module: nn.Module) -> None:
    z = jet(6, 4)
    for ours, theirs in zip(activated(module, z), composed(module, z), strict=True):
        assert torch.allclose(ours, theirs, rtol=TORCH64, atol=TORCH64)


@pytest.mark.parametrize("loss", [nn.CrossEntropyLoss(), nn.MSELoss(), nn.L1Loss(), lambda z, y: z.mean()], ids=repr)
def test_the_loss_behind_the_outputs_is_forward_mode(loss: nn.Module) -> None:
    z = jet(7, 3)
    targets = torch.arange(7) % 3 if isinstance(loss, nn.CrossEntropyLoss) else torch.zeros((7, 3), dtype=torch.float64)
    ours, theirs = loss_jet(lambda out: loss(out, targets), z), composed(lambda out: loss(out, targets), z)
    assert np.allclose([float(v) for v in ours], [float(v) for v in theirs], rtol=TORCH64, atol=TORCH64)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("activation", ["relu", "tanh", "gelu"])
def test_dense_jets_are_those_of_any_module(activation: str, bias: bool) -> None:
    draw = torch.Generator().manual_seed(2)
    data = (torch.randn((50, 4), generator=draw), torch.arange(50) % 3)
    module = mlp((4, 6, 5, 3), activation, bias=bias)
    dense, plain = (kind(module, nn.CrossEntropyLoss(), data, chunk=20) for kind in (LayeredTorch, TorchLandscape))
    a, b = dense.parameters(), dense.parameters(mlp((4, 6, 5, 3), activation, bias=bias, seed=7))
    assert np.allclose(dense.jet(a, b, 0.3), plain.jet(a, b, 0.3), rtol=TORCH64)
    assert np.allclose(dense.jet(a, b, 0.3), dense.jet_by_backward(0.7 * a + 0.3 * b, b - a), rtol=TORCH64)
    for ours, theirs in zip(dense.output_jet(a, b, 0.3), plain.output_jet(a, b, 0.3), strict=True):
        assert torch.allclose(ours, theirs, rtol=TORCH64, atol=TORCH64)
