"""One call for all conventions: the evidence is what the engines give, and the numbers agree with them."""

from __future__ import annotations

import pytest

from toykit import tolerances
from toykit.barriers import barriers, certified_barrier
from toykit.barriers.evidence import barriers_with_evidence
from toykit.bridge import from_toy, translated
from toykit.chord import error_profile, grid, profile
from toykit.data import gaussian_clusters
from toykit.landscape import Pair
from toykit.losses import CrossEntropy
from toykit.networks import Spline
from toykit.networks.fixtures import fold
from toykit.networks.mlp import MLP
from toykit.seeds import generator
from toykit.verdict import Trust

RELATIVE = 1e-3


def numpy_pair(activation: str) -> Pair:
    net = MLP((5, 8, 3), activation, CrossEntropy(), gaussian_clusters())
    thetas = [net.draw(generator("evidence", k)) for k in (0, 1)]
    for _ in range(300):
        thetas = [theta - 0.3 * net.gradient(theta) for theta in thetas]
    return Pair(net, *thetas)


def torch_twin(pair: Pair) -> Pair:
    net = from_toy(pair.landscape)
    return Pair(net, *(translated(theta, pair.landscape, net) for theta in (pair.theta_a, pair.theta_b)))


@pytest.mark.parametrize("twin", [lambda pair: pair, torch_twin], ids=["numpy", "torch"])
@pytest.mark.parametrize("activation", ["tanh", "softplus"])
def test_loss_and_error_on_both_backends(activation: str, twin: object) -> None:
    pair = twin(numpy_pair(activation))
    found = barriers_with_evidence(pair)
    assert found.loss.barrier.trust is (Trust.CERTIFIED if activation == "tanh" else Trust.ESTIMATED)
    on_grid, fine = barriers(profile(pair, grid(25))), barriers(profile(pair, grid(801)))
    slack = tolerances.ROUNDING
    assert on_grid.barrier.value <= found.loss.barrier.hi + slack
    assert found.loss.half == on_grid.half
    for name in ("mean", "max", "argmax"):
        number = getattr(found.loss, name)
        assert getattr(on_grid, name).value == number.lo
        assert number.trust is Trust.ESTIMATED
        if activation == "tanh":
            assert getattr(fine, name).value <= number.hi + slack
    assert found.error is not None
    assert found.error.barrier == barriers(error_profile(pair, grid(25))).barrier
    assert "lower bound" in found.error.barrier.note


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
