from __future__ import annotations

import warnings
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from toykit.bridge import TorchLandscape, reset_statistics
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


@pytest.mark.parametrize(("norm", "shape"), SHAPES)
def test_statistics_of_a_combination_are_reset(norm: Callable[..., nn.Module], shape: tuple[int, ...]) -> None:
    """The moved statistics at the midpoint, estimated anew, give the loss of a landscape that always resets them."""
    module, inputs, targets = trained(norm, shape, 1)
    other, _, _ = trained(norm, shape, 2)
    entropy = nn.CrossEntropyLoss()
    net = TorchLandscape(module, entropy, (inputs, targets), statistics="move", chunk=5)
    middle = chord_point(net.parameters(module), net.parameters(other), 0.5)
    stale, fresh = net.loss(middle), net.with_reset_statistics(middle)
    always = TorchLandscape(module, entropy, (inputs, targets), statistics="reset")
    kept = {name: array for name, array in middle.items() if "running" not in name}
    assert net.loss(fresh) == pytest.approx(always.loss(always.parameters(kept)), rel=TORCH64)
    assert abs(net.loss(fresh) - stale) > TORCH64
    assert torch.equal(fresh["2.weight"], middle["2.weight"])
    rows = inputs.transpose(0, 1).flatten(1)
    assert torch.allclose(fresh["0.running_mean"], rows.mean(1))
    assert torch.allclose(fresh["0.running_var"], rows.var(1, correction=0))


def test_statistics_of_a_deep_module_see_the_corrected_layers_below() -> None:
    """Each normalisation is measured after those below it were reset: torch's own batch statistics, two layers deep."""
    draw = torch.Generator().manual_seed(3)
    inputs = torch.randn((20, 4), generator=draw, dtype=torch.float64)
    module = nn.Sequential(nn.Linear(4, 5), nn.BatchNorm1d(5), nn.ReLU(), nn.Linear(5, 3), nn.BatchNorm1d(3)).double()
    before = {name: array.clone() for name, array in module.state_dict().items()}
    found = reset_statistics(module, inputs)
    assert all(torch.equal(array, before[name]) for name, array in module.state_dict().items())
    expected = module.train()(inputs)
    module.load_state_dict({**before, **found})
    assert torch.allclose(module.eval()(inputs), expected)


def test_statistics_that_do_not_exist_are_not_reset() -> None:
    module, inputs, targets = trained(nn.BatchNorm1d, (12, 3), 1)
    fixed = TorchLandscape(module, nn.CrossEntropyLoss(), (inputs, targets), statistics="fixed")
    with pytest.raises(InputError, match="where they belong to theta"):
        fixed.with_reset_statistics(fixed.parameters())
    with pytest.raises(InputError, match=r"Linear has none; use toykit\.combining\.renormalise"):
        reset_statistics(nn.Linear(3, 2), inputs)
