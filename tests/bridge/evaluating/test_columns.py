"""The pieces of the fast profile, each against the plain formula."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from toykit.bridge import LayeredTorch, TorchLandscape, mlp
from toykit.bridge.evaluating.columns import LINE, Dense, carved, moved
from toykit.bridge.evaluating.sums import loss_sums
from toykit.bridge.landscapes.criterion import criterion, squared
from toykit.chord import grid
from toykit.seeds import seed
from toykit.tolerances import ROUNDING, TORCH64


def draw(*shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed("columns", math.prod(shape))), dtype=torch.float64)


@pytest.mark.parametrize(
    "loss", [nn.CrossEntropyLoss(), nn.CrossEntropyLoss(label_smoothing=0.1), nn.L1Loss(), squared(0.3)], ids=str
)
def test_sums_are_the_mean_loss_times_the_count(loss: nn.Module) -> None:
    known, outputs = criterion(loss), draw(3, 5, 40)
    targets = torch.arange(40) * 7 % 4 if "Cross" in str(loss) else draw(40, 5)  # class 4 has no example
    sums = loss_sums(known, targets, 5)
    expected = [float(known(point.T, targets)) * 40 for point in outputs]
    order = slice(None) if sums.order is None else sums.order
    assert np.allclose(sums(outputs[:, :, order].clone()), expected, rtol=TORCH64)


def test_small_losses_keep_their_digits_and_large_ones_are_infinite() -> None:
    sums = loss_sums(criterion(nn.CrossEntropyLoss()), torch.tensor([0, 0]), 2)
    margins = torch.tensor([[40.0, 40.0], [-1000.0, 0.0]], dtype=torch.float64)
    found = sums(torch.stack([margins, torch.zeros_like(margins)], dim=1))
    assert float(found[0]) == pytest.approx(2 * math.exp(-40), rel=TORCH64)
    assert float(found[1]) == math.inf  # the landscape takes the plain loop there


def test_positions_that_overflow_are_taken_by_the_plain_loop() -> None:
    net = LayeredTorch(mlp((3, 4, 3)), nn.CrossEntropyLoss(), (draw(20, 3), torch.arange(20) % 3))
    a = net.parameters()
    b = a * 1000.0
    order, outputs = net._sums.order, net.outputs(b)
    assert not torch.isfinite(net._sums(outputs[order].T[None].clone())).any()
    values = net.profile(a, b, grid(5))
    assert np.isfinite(values).all()
    assert np.allclose(values, TorchLandscape.profile(net, a, b, grid(5)), rtol=TORCH64)


@pytest.mark.parametrize("activation", [torch.relu_, torch.tanh_, lambda u: u], ids=["relu", "tanh", "identity"])
@pytest.mark.parametrize("fused", [True, False])
def test_the_fused_pass_is_the_two_plain_ones(monkeypatch: pytest.MonkeyPatch, activation: object, fused: bool) -> None:
    if not fused:
        monkeypatch.delattr(torch, "_add_relu")
    start, step, out = draw(6, 9), draw(6, 9).flip(0), draw(6, 9)
    moved(activation, start)(start, step, 0.3, out)
    assert torch.allclose(out, activation(start + 0.3 * step), rtol=ROUNDING, atol=ROUNDING)  # with or without FMA


def test_a_layer_at_a_position_is_the_interpolated_layer() -> None:
    weight_a, weight_b, bias_a, bias_b, inputs = draw(4, 3), draw(3, 4).T, draw(4), -2 * draw(4), draw(7, 3)
    for layer in (Dense(weight_a, weight_b, bias_a, bias_b), Dense(weight_a, weight_b, None, None)):
        bias = 0 * bias_a if layer.bias_a is None else 0.75 * bias_a + 0.25 * bias_b
        expected = functional.linear(inputs, 0.75 * weight_a + 0.25 * weight_b, bias).T
        (joined,) = layer.at(
            torch.tensor([0.25], dtype=torch.float64), torch.full((1, *layer.shape), math.nan, dtype=torch.float64)
        )
        start, step = layer.line(inputs, torch.full((2, 4, 7), math.nan, dtype=torch.float64))
        assert torch.allclose(joined @ torch.cat([inputs.T, torch.ones((1, 7))]), expected, rtol=TORCH64)
        assert torch.allclose(start + 0.25 * step, expected, rtol=TORCH64)


def test_carved_rooms_do_not_overlap_and_begin_at_lines() -> None:
    shapes = [(3, 5), (1,), (2, 3, 4)]
    rooms = carved(draw(1), shapes)
    for number, room in enumerate(rooms):
        room.fill_(number)
    assert [tuple(room.shape) for room in rooms] == shapes
    assert all(bool((room == number).all()) for number, room in enumerate(rooms))
    assert all(room.storage_offset() % LINE == 0 for room in rooms)
