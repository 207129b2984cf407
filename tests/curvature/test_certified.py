"""A certified range of phi'': inclusion operator by operator and on whole chords, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toykit.bridge import from_toy
from toykit.bridge.landscapes.layered import translated
from toykit.checks.barrier._chords import kink_unit, tanh_chord
from toykit.chord import grid
from toykit.curvature import certified, certified_curvature_range, curvature_range
from toykit.curvature.series import Ball, exponential, logarithm, tanh, times
from toykit.data import gaussian_clusters
from toykit.errors import InputError
from toykit.landscape import Pair
from toykit.losses import CrossEntropy
from toykit.networks import MLP
from toykit.seeds import generator
from toykit.tolerances import ROUNDING
from toykit.verdict import Trust

NUMBERS = st.fractions(-4, 4, max_denominator=64)
RADII = st.fractions(0, 1, max_denominator=64)
PARTS = st.fractions(-1, 1, max_denominator=8)


def ball(middle: Fraction, radius: Fraction) -> Ball:
    return Ball(np.array([float(middle)]), np.array([float(radius)]))


def contains(found: Ball, value: Fraction | mpmath.mpf) -> bool:
    middle, radius = float(found.middle[0]), float(found.radius[0])
    return bool(mpmath.mpf(middle) - mpmath.mpf(radius) <= _real(value) <= mpmath.mpf(middle) + mpmath.mpf(radius))


def _real(value: Fraction | mpmath.mpf) -> mpmath.mpf:
    return mpmath.mpf(value.numerator) / value.denominator if isinstance(value, Fraction) else value


@given(NUMBERS, RADII, PARTS, NUMBERS, RADII, PARTS)
def test_arithmetic_encloses(a: Fraction, r: Fraction, u: Fraction, b: Fraction, s: Fraction, v: Fraction) -> None:
    x, y = a + u * r, b + v * s
    left, right = ball(a, r), ball(b, s)
    with mpmath.workdps(60):
        assert contains(left + right, x + y)
        assert contains(left - right, x - y)
        assert contains(left * right, x * y)
        if b - s > 0:
            assert contains(left.over(right), x / y)


@given(st.lists(NUMBERS, min_size=4, max_size=4), RADII, PARTS, st.sampled_from(["exp", "log", "tanh", "square"]))
def test_series_enclose_the_taylor_coefficients(numbers: list[Fraction], radius: Fraction, part: Fraction, name: str) -> None:
    """The series of f(u(s)) where u is any cubic with its constant in a ball."""
    first = numbers[0] + (Fraction(6) if name == "log" else 0)
    radius = min(radius, Fraction(1, 4))
    inner = [ball(first, radius), *(ball(number, Fraction(0)) for number in numbers[1:])]
    with mpmath.workdps(60):
        point = [_real(first + part * radius), *(_real(number) for number in numbers[1:])]
        function = {"exp": mpmath.exp, "log": mpmath.log, "tanh": mpmath.tanh, "square": lambda u: u * u}[name]
        expected = mpmath.taylor(lambda s: function(mpmath.polyval(point[::-1], s)), 0, 3)
        found = {
            "exp": lambda: exponential(inner),
            "log": lambda: logarithm(inner),
            "tanh": lambda: tanh(inner, 3),
            "square": lambda: times(inner, inner),
        }[name]()
        for coefficient, value in zip(found, expected, strict=True):
            slack = mpmath.mpf(10) ** -25 * (1 + abs(value))  # what the numerical derivatives of the oracle may be off by
            middle, reach = mpmath.mpf(float(coefficient.middle[0])), mpmath.mpf(float(coefficient.radius[0]))
            assert middle - reach - slack <= value <= middle + reach + slack


def chords() -> list[Pair]:
    found = [tanh_chord(generator("certified range", number), f"regression {number}") for number in range(4)]
    for depth in (1, 2):
        data = gaussian_clusters(count=12, width=3, classes=3, number=depth)
        net = MLP((3, *[4] * depth, 3), "tanh", CrossEntropy(), data)
        draw = generator("certified range, clusters", depth)
        found.append(Pair(net, net.draw(draw), net.draw(draw), f"clusters {depth}"))
    return found


@pytest.mark.parametrize("pair", chords(), ids=lambda pair: pair.name)
def test_the_range_encloses_phi_second_everywhere(pair: Pair) -> None:
    found = certified_curvature_range(pair)
    assert found.converged
    values = [pair.landscape.jet(pair.theta_a, pair.theta_b, float(t)).curvature for t in grid(201)]
    size = max(map(abs, values))
    assert found.lowest.lo - ROUNDING * size <= min(values)
    assert max(values) <= found.highest.hi + ROUNDING * size
    spread = max(values) - min(values)
    assert found.lowest.hi - found.lowest.lo <= 0.05 * spread * (1 + ROUNDING) + ROUNDING * size
    assert found.lowest.lo <= min(values) + ROUNDING * size <= found.lowest.hi + 0.05 * spread
    assert curvature_range(pair, cells=certified.START + 100).lowest.trust is Trust.CERTIFIED
    assert curvature_range(pair).lowest.trust is Trust.ESTIMATED


def test_a_forgotten_remainder_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the fourth derivative the bounds of coarse cells are no bounds."""
    true = certified._Chord.coefficient

    def cut(self: certified._Chord, centre: float, radius: float, order: int) -> list[Ball]:
        found = true(self, centre, radius, order)
        return [part if k < 2 else part.times(0.0) for k, part in enumerate(found)]

    def encloses(pair: Pair) -> bool:
        found = certified_curvature_range(pair, cells=2)
        values = [pair.landscape.jet(pair.theta_a, pair.theta_b, float(t)).curvature for t in grid(201)]
        return found.lowest.lo <= min(values) and max(values) <= found.highest.hi

    monkeypatch.setattr(certified, "START", 2)
    assert all(encloses(pair) for pair in chords())
    monkeypatch.setattr(certified._Chord, "coefficient", cut)
    assert not all(encloses(pair) for pair in chords())


def test_torch_has_the_same_range() -> None:
    pair = chords()[4]
    twin = from_toy(pair.landscape)  # type: ignore[arg-type]
    ends = (translated(end, pair.landscape, twin) for end in (pair.theta_a, pair.theta_b))  # type: ignore[arg-type]
    ours, theirs = certified_curvature_range(pair), certified_curvature_range(Pair(twin, *ends, name="twin"))
    assert ours.lowest.lo == pytest.approx(theirs.lowest.lo, rel=ROUNDING)
    assert ours.highest.hi == pytest.approx(theirs.highest.hi, rel=ROUNDING)


def test_too_few_cells_are_told() -> None:
    pair = chords()[0]
    found = certified_curvature_range(pair, relative=ROUNDING, cells=certified.START)
    assert not found.converged
    assert "all cells spent" in found.lowest.note
    assert found.lowest.lo <= certified_curvature_range(pair).lowest.hi


def test_kinks_and_other_landscapes_are_refused() -> None:
    with pytest.raises(InputError, match="takes dense networks with tanh or identity; got relu"):
        certified_curvature_range(kink_unit())
    assert not certified.certifiable(kink_unit())
    pair = chords()[0]
    assert certified.certifiable(replace(pair, name="again"))
