"""One call for all conventions: the evidence is what the engines give, and the numbers agree with them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from toykit import tolerances
from toykit.barriers import barriers, certified_barrier
from toykit.barriers.evidence import barriers_with_evidence
from toykit.bridge import from_toy, translated
from toykit.chord import error_profile, grid, profile
from toykit.data import Data, gaussian_clusters
from toykit.landscape import Pair
from toykit.losses import CrossEntropy, Loss, SquaredLoss
from toykit.networks import Spline
from toykit.networks.fixtures import fold
from toykit.networks.mlp import MLP
from toykit.seeds import generator
from toykit.verdict import Trust

RELATIVE = 1e-3


def numpy_pair(activation: str, loss: Loss | None = None) -> Pair:
    net = MLP((5, 8, 3), activation, loss or CrossEntropy(), gaussian_clusters())
    thetas = [net.draw(generator("evidence", k)) for k in (0, 1)]
    for _ in range(300):
        thetas = [theta - (0.3 if loss is None else 0.1) * net.gradient(theta) for theta in thetas]
    return Pair(net, *thetas)


def torch_twin(pair: Pair) -> Pair:
    net = from_toy(pair.landscape)
    return Pair(net, *(translated(theta, pair.landscape, net) for theta in (pair.theta_a, pair.theta_b)))


@pytest.mark.parametrize("twin", [lambda pair: pair, torch_twin], ids=["numpy", "torch"])
@pytest.mark.parametrize("activation", ["tanh", "softplus"])
def test_loss_and_error_on_both_backends(activation: str, twin: object) -> None:
    pair = twin(numpy_pair(activation))
    found = barriers_with_evidence(pair)
    assert found.loss.barrier.trust is Trust.CERTIFIED
    on_grid, fine = barriers(profile(pair, grid(25))), barriers(profile(pair, grid(801)))
    slack = tolerances.ROUNDING
    assert on_grid.barrier.value <= found.loss.barrier.hi + slack
    assert found.loss.half == on_grid.half
    for name in ("mean", "max", "argmax"):
        number = getattr(found.loss, name)
        assert getattr(on_grid, name).value == number.lo
        assert number.trust is Trust.ESTIMATED
        assert getattr(fine, name).value <= number.hi + slack
    assert found.error is not None
    errors = barriers(error_profile(pair, grid(25)))
    fine = barriers(error_profile(pair, grid(401)))
    for name, number in vars(found.error).items():
        assert number.trust is Trust.CERTIFIED
        assert getattr(errors, name).value <= number.hi + slack
        assert getattr(fine, name).value <= number.hi + slack


def test_without_seconds_the_error_is_that_of_the_grid() -> None:
    pair = numpy_pair("tanh")
    found = barriers_with_evidence(pair, seconds=0)
    assert found.error is not None
    assert found.error.barrier == barriers(error_profile(pair, grid(25))).barrier
    assert "lower bound" in found.error.barrier.note
    assert "exact steps; got tanh" in found.error_refused[0]


@pytest.mark.parametrize("twin", [lambda pair: pair, torch_twin], ids=["numpy", "torch"])
@pytest.mark.parametrize("loss", [CrossEntropy(), SquaredLoss()], ids=["cross-entropy", "squared"])
def test_every_convention_of_a_small_relu_network_is_exact(loss: Loss, twin: Callable[[Pair], Pair]) -> None:
    pytest.importorskip("flint")
    pair = twin(numpy_pair("relu", loss))
    found, fine = barriers_with_evidence(pair), barriers(error_profile(pair, grid(401)))
    assert found.error is not None
    assert found.error_refused == ()
    for name, number in vars(found.error).items():
        assert number.trust is Trust.EXACT
        assert getattr(fine, name).value <= max(number.hi, found.error.barrier.hi) + tolerances.ROUNDING
    assert found.error.max.hi == pytest.approx(fine.max.value), "no step of this pair is narrower than the grid"
    if isinstance(loss, CrossEntropy):
        return
    assert found.loss.barrier.trust is Trust.EXACT
    sampled = barriers(profile(pair, grid(801)))
    for name, number in vars(found.loss).items():
        assert number.trust is Trust.EXACT
        assert number.value == pytest.approx(getattr(sampled, name).value, rel=RELATIVE, abs=RELATIVE)
        if name != "argmax":
            assert getattr(sampled, name).value <= number.hi + tolerances.ROUNDING


def test_exact_conventions_of_a_tilted_profile_without_a_ridge() -> None:
    """phi = (1-t)^2 / 2 falls from 1/2 to 0: nowhere above the line, and its maximum is the end at a."""
    pytest.importorskip("flint")
    net = MLP((1, 1), "identity", SquaredLoss(), Data([[1.0]], [[0.0]]), bias=False)
    pair = Pair(net, *(net.point(np.array([[end]])) for end in (1.0, 0.0)))
    found = barriers_with_evidence(pair).loss
    values = {name: (number.lo, number.hi) for name, number in vars(found).items()}
    assert values == {"barrier": (0, 0), "half": (-0.125, -0.125), "mean": (0.25, 0.25), "max": (0, 0), "argmax": (0, 0)}


def test_numpy_and_torch_give_the_same_numbers() -> None:
    pair = numpy_pair("tanh")
    ours, theirs = (barriers_with_evidence(p).to_json() for p in (pair, torch_twin(pair)))
    for quantity in ("loss", "error"):
        for name, number in ours[quantity].items():
            assert number["value"] == pytest.approx(theirs[quantity][name]["value"], rel=tolerances.CELLS, abs=tolerances.CELLS)


def test_exact_engines_come_first_and_refusals_are_kept() -> None:
    pytest.importorskip("flint")
    assert barriers_with_evidence(fold()).loss.barrier.trust is Trust.EXACT
    assert barriers_with_evidence(Spline([0, 1], [(0, 0, 16, -32, 16)]).pair()).loss.barrier.trust is Trust.EXACT
    found = barriers_with_evidence(numpy_pair("tanh"))
    assert found.loss.barrier.trust is Trust.CERTIFIED
    assert len(found.refused) == 1
    assert "exact engine" in found.refused[0]


def test_without_seconds_nothing_is_enclosed() -> None:
    pair = numpy_pair("tanh")
    found, enclosed = barriers_with_evidence(pair, relative=RELATIVE, seconds=0).loss.barrier, certified_barrier(pair)
    assert found.trust is Trust.ESTIMATED
    assert found.value <= enclosed.hi
    assert found.value == pytest.approx(enclosed.hi, rel=RELATIVE)


def test_the_mean_convention_is_bounded_over_the_whole_chord_not_over_its_grid() -> None:
    found = barriers_with_evidence(Spline([0, 1], [(0, 0, 19, -34, 16)]).pair()).loss  # 16 t^2 (1-t)^2 + t^2 (3 - 2t)
    sup_of_mean = 70117 / 65536  # attained at 19/32, no position of the grid
    assert found.mean.lo < sup_of_mean <= found.mean.hi
    assert found.max.hi >= 37349 / 65536
    assert found.argmax.hi >= 63973 / 65536
