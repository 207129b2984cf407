"""The output-space checks give the same numbers on a NumPy network and on the torch module with its weights."""

from __future__ import annotations

import pytest

from toykit import tolerances
from toykit.checks.barrier import accuracy_certificate, bregman_identity, cross_entropy_gap, squared_loss_gap
from toykit.data import gaussian_clusters, teacher_student
from toykit.landscape import Pair
from toykit.losses import CrossEntropy, SquaredLoss
from toykit.networks.mlp import MLP
from toykit.parameters import Parameters
from toykit.seeds import generator
from toykit.verdict import Verdict

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402 - after the skip

from toykit.bridge.landscapes.landscape import TorchLandscape  # noqa: E402
from toykit.bridge.models import mlp  # noqa: E402

CASES = [
    (bregman_identity, CrossEntropy()),
    (bregman_identity, SquaredLoss(factor=0.7)),
    (cross_entropy_gap, CrossEntropy()),
    (squared_loss_gap, SquaredLoss(factor=0.7)),
    (accuracy_certificate, CrossEntropy()),
    (accuracy_certificate, SquaredLoss(factor=0.7)),
]


def numpy_pair(loss, labelled: bool = True) -> Pair:
    data = gaussian_clusters(count=20, width=3) if labelled else teacher_student(count=20, width=3, outputs=3)
    net = MLP((3, 5, 3), "relu", loss, data)
    draw = generator("outputs on torch")
    return Pair(net, net.draw(draw), net.draw(draw), "numpy")


def in_torch(pair: Pair, loss, dtype=torch.float64) -> Pair:
    """The same network as a torch module."""
    module = mlp((3, 5, 3), "relu", dtype=dtype)
    names = dict(zip([name for name, _ in module.named_parameters()], pair.theta_a, strict=True))

    def moved(theta: Parameters) -> Parameters:
        return Parameters({new: torch.tensor(theta[old], dtype=dtype) for new, old in names.items()})

    landscape = TorchLandscape(module, loss, pair.landscape.data, dtype=dtype)
    return Pair(landscape, moved(pair.theta_a), moved(pair.theta_b), "torch")


@pytest.mark.parametrize(("module", "loss"), CASES)
def test_numpy_and_torch_agree(module, loss) -> None:
    pair = numpy_pair(loss)
    here, there = module.check(pair), module.check(in_torch(pair, loss))
    assert there.verdict is Verdict.HOLDS
    for one, two in zip(here.comparisons, there.comparisons, strict=True):
        assert two.measured.value == pytest.approx(one.measured.value, rel=tolerances.TORCH64, abs=tolerances.TORCH64)
        assert two.bound.value == pytest.approx(one.bound.value, rel=tolerances.TORCH64, abs=tolerances.TORCH64)


@pytest.mark.parametrize(("module", "loss"), CASES)
def test_single_precision_holds_too(module, loss) -> None:
    result = module.check(in_torch(numpy_pair(loss), loss, torch.float32))
    assert result.verdict in {Verdict.HOLDS, Verdict.VACUOUS}, result.reason


def test_the_mean_over_outputs_has_the_factor_one_over_k() -> None:
    result = squared_loss_gap.check(in_torch(numpy_pair(SquaredLoss(), labelled=False), nn.MSELoss()))
    assert result.verdict is Verdict.HOLDS
    assert result.letters["factor"] == 1 / 3


@pytest.mark.parametrize("loss", [nn.CrossEntropyLoss(label_smoothing=0.1), nn.CrossEntropyLoss(weight=torch.ones(3))])
def test_a_smoothed_or_weighted_loss_is_not_taken_for_the_plain_one(loss) -> None:
    pair = in_torch(numpy_pair(CrossEntropy()), loss)
    assert cross_entropy_gap.check(pair).verdict is Verdict.INAPPLICABLE
    general = bregman_identity.check(pair)
    assert general.verdict is Verdict.HOLDS
    assert general.assumptions["FORM"].holds is None


def test_a_custom_loss_that_is_not_declared_convex_is_inapplicable() -> None:
    pair = in_torch(numpy_pair(CrossEntropy()), lambda z, y: (z**2).mean())
    result = bregman_identity.check(pair)
    assert result.verdict is Verdict.INAPPLICABLE
    assert [name for name, outcome in result.assumptions.items() if outcome.holds is False] == ["CONVEX"]
