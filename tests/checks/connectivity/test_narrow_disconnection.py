"""Narrow networks: the levels of the page, the explicit path, signs that cannot change below the level, trained bottlenecks."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import minimize

from toykit.checks.connectivity.narrow_disconnection import check, extremal, necessity
from toykit.connectivity.detour import through_constant
from toykit.connectivity.narrow import Targets
from toykit.connectivity.toys import exact_instance, random_nets
from toykit.connectivity.toys_narrow import deep_pair, second_differences, swapped_pair
from toykit.connectivity.units import Layers
from toykit.data import Data, gaussian_clusters
from toykit.hunt import hunt
from toykit.landscape import Pair
from toykit.losses import SquaredLoss
from toykit.networks.mlp import MLP
from toykit.parameters import Parameters
from toykit.seeds import generator
from toykit.tolerances import ROUNDING, SOLVED, printed
from toykit.verdict import Verdict

SLUG = "connectivity/narrow_disconnection"
LEVELS = [2, 1 / 2, 3 - 2 * math.sqrt(2), (7 - 3 * math.sqrt(5)) / 4, (7 - 4 * math.sqrt(3)) / 2, 0.0196143]


@pytest.mark.parametrize("size", range(1, 7))
def test_second_differences(size: int) -> None:
    pair = swapped_pair(second_differences(size), "second differences")
    result = check(pair)
    assert result.verdict is Verdict.HOLDS
    level = result.extra["level"] * size  # the sum over the examples
    assert level == pytest.approx(LEVELS[size - 1], abs=printed(7))
    assert level == pytest.approx(8 * math.sin(math.pi / (2 * (size + 1))) ** 4, rel=SOLVED)
    assert result.measured is not None
    assert result.measured.value == pytest.approx(result.extra["level"], rel=SOLVED)
    assert result.extra["path"] == (["drop", "flip", "regrow"] if size == 1 else ["drop", "copy", "shift", "reset", "regrow"])
    assert result.letters["sign_a"] == -result.letters["sign_b"]
    assert max(pair.landscape.loss(pair.theta_a), pair.landscape.loss(pair.theta_b)) < ROUNDING


def level_of(labels: list[int], bias: bool) -> tuple[float, int]:
    """The mean level for c = 1/2 and the rank."""
    classes = max(labels) + 1
    net = MLP((1, 2, classes), "relu", SquaredLoss(), Data(np.zeros((len(labels), 1)), labels, classes), (True, bias))
    found = Targets.of(net, classes)
    return 0.5 * found.sigma**2 / len(labels), found.rank


@pytest.mark.parametrize(
    ("labels", "bias", "level", "rank"),
    [
        ([0, 0, 1], True, 2 / 9, 1),
        ([0, 0, 0, 1, 1, 1], True, 1 / 4, 1),
        ([0, 1, 2], True, 1 / 6, 2),
        (list(range(10)) * 3, True, 0.05, 9),
        (list(range(10)) * 3, False, 0.05, 10),
    ],
)
def test_one_hot_levels(labels: list[int], bias: bool, level: float, rank: int) -> None:
    found = level_of(labels, bias)
    assert found[0] == pytest.approx(level, rel=ROUNDING * 100)
    assert found[1] == rank


def test_the_levels_of_the_digits() -> None:
    labels = pytest.importorskip("sklearn.datasets").load_digits().target.tolist()
    assert level_of(labels, True)[0] == pytest.approx(0.0485640, abs=printed(7))
    assert level_of(labels, False)[0] == pytest.approx(0.0484140, abs=printed(7))


def test_singular_features_cost_the_level() -> None:
    pair = swapped_pair(second_differences(3), "second differences")
    targets = Targets.of(pair.landscape, 3)
    level = 0.5 * targets.sigma**2 / 3
    best = []
    for number in range(200):
        draw = generator("singular features", number)
        features = draw.normal(size=(3, 2)) @ draw.normal(size=(2, 3))
        columns = np.linalg.lstsq(features, pair.landscape.targets, rcond=None)[0]
        best.append(pair.landscape.loss_of_outputs(features @ columns))
    assert level * (1 - SOLVED) <= min(best) < 3 * level


def test_swapping_two_units_flips_the_sign() -> None:
    for number in range(12):
        pair = deep_pair(number)
        net, theta = pair.landscape, pair.theta_a
        rank = net.widths[-1]
        if rank < 2:
            continue
        order = np.array([1, 0, *range(2, rank)])
        hidden, last = net.depth - 1, net.depth
        rows = {name: theta[name][order] for name in (net.weight_name(hidden), net.bias_name(hidden))}
        swapped = theta.replace({**rows, net.weight_name(last): theta[net.weight_name(last)][:, order]})
        targets = Targets.of(net, net.sizes[-1])
        assert targets.sign(swapped) == -targets.sign(theta)
        assert net.loss(swapped) == pytest.approx(net.loss(theta), rel=SOLVED)


def test_the_hunt_holds_and_is_tight() -> None:
    found = hunt(SLUG, 45, seed=2)
    assert found.verdict is Verdict.HOLDS, found.violations
    assert found.verdicts["HOLDS"] >= 42
    assert found.ratios["maximum of the path"] == pytest.approx(1, rel=SOLVED)
    assert found.ratios["loss where the sign changes"] == pytest.approx(1, rel=SOLVED)


def test_what_breaks_it() -> None:
    ((name, pair),) = necessity()
    result = check(pair)
    assert result.verdict is Verdict.INAPPLICABLE
    assert [n for n, outcome in result.assumptions.items() if outcome.holds is False] == [name]
    assert not result.comparisons[0].holds
    assert result.comparisons[0].measured.value == pytest.approx(0, abs=ROUNDING)
    assert "2 units for targets of rank 1" in result.reason
    labelled = next(p for p in map(random_nets, range(1, 40, 2)) if p.landscape.traits.loss == "cross-entropy")
    assert check(labelled).assumptions["SQUARED"].holds is False
    assert check(exact_instance()).assumptions["RANK"].holds is False


def fitted(net: MLP, number: int) -> Parameters:
    start = net.draw(generator("narrow test", number))
    names, shapes = list(start), [start[name].shape for name in start]
    ends = np.cumsum([start[name].size for name in names])[:-1]

    def point(flat) -> Parameters:
        parts = np.split(flat, ends)
        return Parameters({n: part.reshape(shape) for n, part, shape in zip(names, parts, shapes, strict=True)})

    def objective(flat):
        theta = point(flat)
        return net.loss(theta), np.concatenate([g.ravel() for g in net.gradient(theta).values()])

    flat = np.concatenate([start[name].ravel() for name in names])
    return point(minimize(objective, flat, jac=True, method="L-BFGS-B", options={"maxiter": 80}).x)


def test_trained_bottlenecks() -> None:
    net = MLP((5, 8, 2, 3), "tanh", SquaredLoss(), gaussian_clusters(30, clusters=3))
    targets = Targets.of(net, 3)
    level = 0.5 * targets.sigma**2 / 30
    assert level == pytest.approx(1 / 6, rel=SOLVED)
    ends = [theta for theta in (fitted(net, number) for number in range(8)) if net.loss(theta) < level]
    signs = [targets.sign(theta) for theta in ends]
    assert set(signs) == {1.0, -1.0}
    for i, a in enumerate(ends):
        for j, b in enumerate(ends[:i]):
            result = check(Pair(net, a, b, "bottleneck"))
            assert result.verdict is Verdict.HOLDS, result.reason
            if signs[i] != signs[j]:
                assert result.comparisons[0].name == "maximum of the path"
                assert not result.comparisons[0].vacuous
                detour = through_constant(Layers.of(net, a), a, b)
                assert detour.profile(net).values.max() >= level


def test_torch_and_numpy_agree() -> None:
    pytest.importorskip("torch")
    from toykit.bridge.landscapes.layered import from_toy, translated

    for toy in (deep_pair(3), deep_pair(4)):
        twin = from_toy(toy.landscape)
        ends = (translated(theta, toy.landscape, twin) for theta in (toy.theta_a, toy.theta_b))
        ours, theirs = check(toy), check(Pair(twin, *ends, toy.name))
        assert ours.verdict is theirs.verdict
        for one, two in zip(ours.comparisons, theirs.comparisons, strict=True):
            assert two.measured.value == pytest.approx(one.measured.value, rel=SOLVED, abs=SOLVED)
            assert two.bound.value == pytest.approx(one.bound.value, rel=SOLVED, abs=SOLVED)


def test_every_extremal_pair_meets_the_level() -> None:
    assert [check(pair).comparisons[0].slack for pair in extremal()] == pytest.approx([0, 0, 0], abs=SOLVED)
