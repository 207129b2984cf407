"""Square linear networks: counts, curves of constant product, levels of the page, and trainings that cannot leave a class."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy.ndimage import label

from theory.catalogue import claim
from theory.derivation import derive
from theory.evidence import Evidence
from toykit.checks.connectivity.linear_net_components import SLUG, check, extremal, necessity
from toykit.connectivity.linear_orbits import Crossing, Orbit, Standard, Turn, patterns, product, signs
from toykit.connectivity.toys import random_nets
from toykit.connectivity.toys_linear import factored, second_difference, shaken
from toykit.data import Data
from toykit.hunt import hunt
from toykit.landscape import Pair
from toykit.networks.deep_linear import deep_linear
from toykit.seeds import generator
from toykit.tolerances import ROUNDING, SOLVED, TORCH64
from toykit.verdict import Trust, Verdict


def test_the_derivation_stands_on_cited_facts_only() -> None:
    assert derive(claim(SLUG)).evidence is Evidence.PROVED_GIVEN


@pytest.mark.parametrize(("h", "layers", "count"), [(1, 3, 4), (2, 2, 2), (2, 3, 4), (3, 3, 4), (3, 4, 8), (4, 3, 4)])
def test_random_factorisations_show_every_pattern(h: int, layers: int, count: int) -> None:
    for number in range(3):
        matrix = generator("patterns", number).normal(size=(h, h))
        assert patterns(matrix, layers, 400, "test") == count
        assert check(factored(number, h, layers, same=True)).letters["components"] == count


def test_one_class_is_joined_at_constant_product() -> None:
    for number, (h, layers) in enumerate([(1, 2), (2, 2), (2, 3), (3, 3), (4, 3), (5, 4)]):
        pair = factored(number, h, layers, same=True)
        result = check(pair)
        assert result.verdict is Verdict.HOLDS, result.reason
        assert result.extra["signs"][0] == result.extra["signs"][1]
        assert result.letters["drift"] <= TORCH64  # 1e-10
        assert result.letters["path_max"] < ROUNDING


@pytest.mark.parametrize("number", range(8))
def test_a_turn_ends_at_every_matrix_of_positive_determinant(number: int) -> None:
    draw = generator("turns", number)
    h = 2 + number % 4
    end = draw.normal(size=(h, h))
    end[0] *= np.sign(np.linalg.det(end))
    turn = Turn(end)
    assert turn(0.0) == pytest.approx(np.eye(h), abs=SOLVED)
    assert turn(1 - 1e-9) == pytest.approx(end, abs=1e3 * SOLVED)  # it arrives, and does not jump at the end
    assert all(np.linalg.det(turn(t)) > 0 for t in np.linspace(0, 1, 21))


def test_half_turns_have_no_real_logarithm_of_their_own() -> None:
    for end in (np.diag([-1.0, -1.0]), np.diag([-1.0, 2.0, -3.0]), np.diag([-1.0, -1.0, -2.0, -1.0])):
        turn = Turn(end)
        values = [turn(t) for t in np.linspace(0, 1, 9)]
        assert values[0] == pytest.approx(np.eye(len(end)), abs=ROUNDING)
        assert all(np.linalg.det(v) > 0 for v in values)
        assert turn(1 - 1e-9) == pytest.approx(end, abs=1e3 * SOLVED)


def test_the_second_difference_has_the_level_one_half() -> None:
    result = check(second_difference())
    assert result.verdict is Verdict.HOLDS
    assert result.letters["path_max"] * 2 == pytest.approx(1 / 2, rel=SOLVED)  # the mean over two examples
    assert result.comparisons[0].measured.trust is Trust.EXACT


def test_the_standard_form_has_the_signs_that_are_asked_for() -> None:
    for number in range(10):
        pair = factored(number, 3, 4, same=False)
        net = pair.landscape
        matrix = product(tuple(layer.weight for layer in net.layers(pair.theta_a)))
        a, b = (tuple(layer.weight for layer in net.layers(theta)) for theta in (pair.theta_a, pair.theta_b))
        standard = Standard.of(net.inputs, matrix, 4)
        for wanted in (signs(a), signs(b)):
            found = standard.factors(standard.of_class(wanted))
            assert signs(found) == wanted
            assert product(found) == pytest.approx(matrix, rel=SOLVED, abs=SOLVED)
        crossing = Crossing(standard, a, b)
        for s, end in ((0.0, a), (4.0, b)):
            assert all(p == pytest.approx(q, rel=SOLVED, abs=SOLVED) for p, q in zip(crossing(s), end, strict=True))
        for s in (1.0, 3.0):
            near = crossing(s - 1e-9), crossing(s + 1e-9)
            assert all(p == pytest.approx(q, abs=1e3 * SOLVED) for p, q in zip(*near, strict=True))


def test_an_orbit_refuses_nothing_but_arrives_only_within_a_class() -> None:
    pair = factored(3, 2, 3, same=False)
    a, b = (tuple(layer.weight for layer in pair.landscape.layers(theta)) for theta in (pair.theta_a, pair.theta_b))
    orbit = Orbit.between(a, b)
    assert any(np.linalg.det(turn.end) < 0 for turn in orbit.turns)


def test_the_hunt_holds_and_is_tight() -> None:
    found = hunt(SLUG, 60, seed=3)
    assert found.verdicts == {"HOLDS": 60}, found.violations
    assert found.ratios["loss where a sign changes"] == pytest.approx(1, rel=SOLVED)


def test_points_below_the_level_are_looked_at_too() -> None:
    for same in (True, False):
        pair = shaken(factored(4, 2, 3, same=same), 4, share=0.9)
        result = check(pair)
        assert result.verdict is Verdict.HOLDS
        assert max(pair.landscape.loss(theta) for theta in (pair.theta_a, pair.theta_b)) > 0.1 * result.extra["level"]
        assert result.letters["path_max"] >= (0 if same else result.extra["level"] * (1 - SOLVED))


def test_what_breaks_it() -> None:
    ((name, pair),) = necessity()
    result = check(pair)
    assert [n for n, outcome in result.assumptions.items() if outcome.holds is False] == [name]
    assert result.comparisons[0].measured.value < ROUNDING
    assert result.comparisons[0].bound.value == 0.5


def test_what_is_no_square_linear_network() -> None:
    assert check(random_nets(0)).assumptions["LINEAR"].holds is False
    net = deep_linear((2, 2, 2), Data(np.eye(2), [[1.0, 0.0], [1.0, 0.0]]))
    point = net.draw(generator("singular targets"))
    assert check(Pair(net, point, point)).assumptions["INVERTIBLE"].holds is False


@pytest.mark.parametrize(("skip", "pieces"), [(False, 4), (True, 3)])
def test_a_skip_connection_leaves_three_components(skip: bool, pieces: int) -> None:
    """w_3 is a function of the point (w_1, w_2) wherever its divisor is not 0: count the regions of the plane, divisor apart."""
    x = np.linspace(-6, 6, 401) + 1e-3
    divisor = x[:, None] * x[None, :] + skip
    assert label(divisor > 0)[1] + label(divisor < 0)[1] == pieces


def test_gradient_descent_stays_in_its_class_below_the_level() -> None:
    datasets = pytest.importorskip("sklearn.datasets")
    pixels = datasets.load_digits().data / 16
    centred = pixels - pixels.mean(axis=0)
    principal = centred @ np.linalg.svd(centred, full_matrices=False)[2][:3].T
    xs = principal[::40] / principal.std(axis=0)
    matrix = np.array([[1.0, 0.2, 0.0], [0.0, 1.0, 0.3], [0.1, 0.0, 1.0]])
    net = deep_linear((3, 3, 3, 3), Data(xs, xs @ matrix.T, name="three principal components of the digits"))
    seen, ends = set(), []
    for number in range(6):
        theta = net.draw(generator("linear training", number))
        level = 0.5 * np.linalg.svd(xs @ matrix.T, compute_uv=False)[-1] ** 2 / len(xs)
        below = None
        for _ in range(1500):
            theta = theta - net.gradient(theta) * 0.02
            pattern = signs(tuple(layer.weight for layer in net.layers(theta)))
            if net.loss(theta) < level:
                below = below or pattern
                assert pattern == below
        if below is not None:
            seen.add(below)
            ends.append(theta)
    assert len(seen) > 1
    for a, b in pairwise(ends):
        result = check(Pair(net, a, b, "trained linear networks"))
        assert result.verdict is Verdict.HOLDS, result.reason


def test_torch_and_numpy_agree() -> None:
    pytest.importorskip("torch")
    from toykit.bridge.landscapes.layered import from_toy, translated

    for toy in (*extremal(), factored(6, 3, 3, same=True)):
        twin = from_toy(toy.landscape)
        ends = (translated(theta, toy.landscape, twin) for theta in (toy.theta_a, toy.theta_b))
        ours, theirs = check(toy), check(Pair(twin, *ends, toy.name))
        assert ours.verdict is theirs.verdict is Verdict.HOLDS
        assert dict(theirs.letters) == pytest.approx(dict(ours.letters), rel=SOLVED, abs=SOLVED)
