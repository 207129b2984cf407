from __future__ import annotations

import warnings
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from toykit.bridge import TorchLandscape
from toykit.errors import InputError
from toykit.parameters import chord_point
from toykit.tolerances import TORCH64

SHAPES: list[tuple[Callable[..., nn.Module], tuple[int, ...]]] = [(nn.BatchNorm1d, (12, 3)), (nn.BatchNorm2d, (12, 3, 2, 2))]


def trained(norm: Callable[..., nn.Module], shape: tuple[int, ...], number: int) -> tuple[nn.Module, Tensor, Tensor]:
    """A module whose running statistics have seen data, in float64."""
    draw = torch.Generator().manual_seed(number)
    inputs = 3 * torch.randn(shape, generator=draw, dtype=torch.float64) + 1
    module = nn.Sequential(norm(3), nn.Flatten(), nn.Linear(inputs[0].numel(), 2)).double()
    for _ in range(3):
        module(inputs)
    return module.eval(), inputs, torch.randint(0, 2, shape[:1], generator=draw)


@pytest.mark.parametrize(("norm", "shape"), SHAPES)
def test_each_choice_is_what_torch_computes(norm: Callable[..., nn.Module], shape: tuple[int, ...]) -> None:
    module, inputs, targets = trained(norm, shape, 1)
    other, _, _ = trained(norm, shape, 2)
    entropy = nn.CrossEntropyLoss()
    for statistics in ("move", "fixed", "reset"):
        net = TorchLandscape(module, entropy, (inputs, targets), statistics=statistics, chunk=5)
        a, b = net.parameters(module), net.parameters(other)
        assert ("0.running_mean" in a) == (statistics == "move")
        assert not any(name.endswith("num_batches_tracked") for name in a)
        between = {**module.state_dict(), **chord_point(a, b, 0.3)}
        twin = nn.Sequential(norm(3), nn.Flatten(), nn.Linear(inputs[0].numel(), 2)).double()
        twin.load_state_dict(between)
        twin.train(statistics == "reset")
        assert net.loss(chord_point(a, b, 0.3)) == pytest.approx(entropy(twin(inputs), targets).item(), rel=TORCH64)


def test_an_unmade_choice_warns_and_moves() -> None:
    module, inputs, targets = trained(nn.BatchNorm1d, (12, 3), 1)
    with pytest.warns(UserWarning, match="statistics='move', 'reset' or 'fixed'"):
        net = TorchLandscape(module, nn.CrossEntropyLoss(), (inputs, targets))
    assert "0.running_var" in net.parameters()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        TorchLandscape(module, nn.CrossEntropyLoss(), (inputs, targets), statistics="fixed")


def test_train_mode_means_batch_statistics_of_all_examples() -> None:
    module, inputs, targets = trained(nn.BatchNorm1d, (12, 3), 1)
    nets = [TorchLandscape(module, nn.CrossEntropyLoss(), (inputs, targets), mode="train")]
    nets.append(TorchLandscape(module, nn.CrossEntropyLoss(), (inputs, targets), statistics="reset"))
    assert nets[0].loss(nets[0].parameters()) == nets[1].loss(nets[1].parameters())
    with pytest.raises(InputError, match="use mode='eval'"):
        TorchLandscape(module, nn.CrossEntropyLoss(), (inputs, targets), mode="train", statistics="move")
    plain = nn.Sequential(nn.BatchNorm1d(3, track_running_stats=False), nn.Linear(3, 2)).eval()
    with pytest.raises(InputError, match="statistics='reset'"):
        TorchLandscape(plain, nn.CrossEntropyLoss(), (inputs, targets), statistics="fixed")
