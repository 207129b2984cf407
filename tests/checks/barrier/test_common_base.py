"""Radii and angle: the numbers of the theory, angles near 0 and 180 degrees, invariance, and missing bases."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toykit import tolerances
from toykit.checks.barrier import common_base as module
from toykit.checks.barrier._base import Base, angle
from toykit.formula import evaluate
from toykit.hunt import hunt
from toykit.landscape import Pair
from toykit.networks.fixtures import fold
from toykit.networks.radial import Ring, at_angle
from toykit.parameters import Parameters
from toykit.seeds import generator
from toykit.verdict import Verdict

TRUTHS = [(3.0, 4.0, 90, 5.0, 2.5), (1.0, 1.0, 60, 1.0, 0.866025404), (1.0, 1.0, 90, math.sqrt(2), 1 / math.sqrt(2))]


@pytest.mark.parametrize(("r_1", "r_2", "degrees", "length", "middle"), TRUTHS)
def test_the_numbers_of_the_theory(r_1: float, r_2: float, degrees: float, length: float, middle: float) -> None:
    result = module.check(at_angle(Ring(), r_1, r_2, math.radians(degrees)))
    assert result.verdict is Verdict.HOLDS
    assert result.letters["Delta_norm"] == pytest.approx(length, rel=tolerances.SOLVED)
    assert result.letters["dbar_norm"] == pytest.approx(middle, rel=tolerances.SOLVED)
    assert result.extra["degrees"] == pytest.approx(degrees, rel=tolerances.ROUNDING)


def test_the_formulas_for_equal_radii() -> None:
    letters = {"r": 2.0, "r_1": 2.0, "r_2": 2.0, "angle": 0.7, "beta": 3.0}
    delta_2 = evaluate(module.SLUG, "Delta_2", letters)
    assert evaluate(module.SLUG, "equal_Delta", letters) ** 2 == pytest.approx(delta_2, rel=tolerances.ROUNDING)
    assert evaluate(module.SLUG, "equal_dbar", letters) ** 2 == pytest.approx(
        evaluate(module.SLUG, "dbar_2", letters), rel=tolerances.ROUNDING
    )
    bound = evaluate("barrier/curvature_bound", "smooth", {"beta": 3.0, "Delta_norm": math.sqrt(delta_2)})
    assert evaluate(module.SLUG, "smooth", letters) == pytest.approx(bound, rel=tolerances.ROUNDING)
    assert 2 * evaluate(module.SLUG, "stationary", letters) == pytest.approx(bound, rel=tolerances.ROUNDING)


@pytest.mark.parametrize("small", [1e-3, 1e-8, 1e-12])
def test_small_and_straight_angles_keep_their_digits(small: float) -> None:
    """The arc cosine of the same vectors reads 0 for 1e-12 and is off by percents for 1e-8."""
    u, v = (Parameters({"x": np.array([math.cos(x), math.sin(x)])}) for x in (0.0, small))
    assert angle(u, v) == pytest.approx(small, rel=tolerances.ROUNDING)
    assert math.pi - angle(u, -v) == pytest.approx(small, abs=tolerances.ROUNDING * small + 2 * np.finfo(float).eps)


@given(st.integers(0, 10**6), st.floats(1e-3, 1e3))
def test_the_angle_does_not_depend_on_scale_or_order(number: int, scale: float) -> None:
    pair = next(module.cases(1, seed=number))
    grown = Pair(pair.landscape, pair.theta_0 + (pair.theta_a - pair.theta_0) * scale, pair.theta_b, theta_0=pair.theta_0)
    swapped = Pair(pair.landscape, pair.theta_b, pair.theta_a, theta_0=pair.theta_0)
    truth = module.check(pair).letters["angle"]
    for other in (grown, swapped):
        # shifting by the base and back costs digits of the displacement
        assert module.check(other).letters["angle"] == pytest.approx(truth, abs=tolerances.SOLVED)


def test_layers_have_angles_of_their_own() -> None:
    draw = generator("layer angles")
    pair = next(module.cases(1))
    base, net = pair.theta_0, pair.landscape
    step, other = net.draw(draw), net.draw(draw)
    theta_a, theta_b = base + step, base + step.replace({name: other[name] for name in ("layers.2.weight", "layers.2.bias")})
    degrees = module.layer_angles(Pair(net, theta_a, theta_b, theta_0=base))
    assert degrees["layers.1"] == pytest.approx(0.0, abs=tolerances.SOLVED)
    assert degrees["layers.2"] > 1
    assert module.layer_angles(Pair(net, theta_a, base + step.only(["layers.1.weight"]), theta_0=base)).keys() == {"layers.1"}


def test_hunt() -> None:
    found = hunt(module.SLUG, 200)
    assert found.violations == []
    assert found.verdicts["HOLDS"] == 200


def test_a_pair_without_a_base_is_inapplicable() -> None:
    pair = fold()
    for base, word in ((None, "no common base"), (pair.theta_a, "the base itself")):
        result = module.check(Pair(pair.landscape, pair.theta_a, pair.theta_b, theta_0=base))
        assert result.verdict is Verdict.INAPPLICABLE
        assert word in result.reason


def test_a_wrong_angle_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "seen_from_base", lambda pair, names=None: Base(3.0, 4.0, 1.0))
    assert module.check(at_angle(Ring(), 3.0, 4.0, math.pi / 2)).verdict is Verdict.VIOLATED
