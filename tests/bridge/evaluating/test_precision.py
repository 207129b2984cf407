from __future__ import annotations

import pytest
import torch
from torch import nn

from toykit.bridge import TorchLandscape, lenet
from toykit.bridge.evaluating.precision import full_precision
from toykit.tolerances import TORCH32


def flags() -> tuple[bool, bool, bool, bool]:
    found = torch.backends.cudnn
    return found.enabled, found.benchmark, found.deterministic, found.allow_tf32


def test_inside_convolutions_are_exact_and_outside_nothing_is_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.cudnn, "is_available", lambda: True)
    before, seen = flags(), []

    @full_precision()
    def task() -> None:
        seen.append(flags())

    task()
    task()
    assert seen == [(True, False, True, False)] * 2
    assert flags() == before


def test_where_there_is_no_cudnn_nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.cudnn, "is_available", lambda: False)
    before = flags()
    with full_precision():
        assert flags() == before


def test_single_precision_is_that_of_float32_on_every_device(device: str) -> None:
    draw = torch.Generator().manual_seed(0)
    data = torch.randn(20, 1, 28, 28, generator=draw), torch.randint(0, 10, (20,), generator=draw)
    module = lenet()
    found, exact = (
        TorchLandscape(module, nn.CrossEntropyLoss(), data, device=place, dtype=dtype)
        for place, dtype in ((device, torch.float32), ("cpu", torch.float64))
    )
    theta = exact.parameters()
    assert found.loss(theta) == pytest.approx(exact.loss(theta), rel=TORCH32)
    gradient, expected = (net.gradient(theta).map(lambda array: array.double().cpu()) for net in (found, exact))
    assert (gradient - expected).norm() <= TORCH32 * expected.norm()
