"""The grid certificate: equality on odd grids, the grid evader, refinement, and the Lipschitz form."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy as sp

from toykit import tolerances
from toykit.checks.barrier import grid_certificate
from toykit.checks.barrier.grid_certificate import MOST, SHARE, SLUG
from toykit.formula import evaluate_exactly
from toykit.hunt import hunt, tightness
from toykit.landscape import Pair
from toykit.networks import Polynomial, Spline
from toykit.networks.fixtures import f10, grid_evader, t9
from toykit.verdict import Comparison, Result, Trust, Verdict


def named(result: Result, name: str) -> Comparison:
    return next(c for c in result.comparisons if c.name == name)


@pytest.mark.parametrize("cells", [1, 3, 5, 7])
def test_odd_grids_on_the_parabola_meet_the_bound(cells: int) -> None:
    """K = 8: the largest grid value is 1 - 1/n^2, the certificate 1 = B."""
    result = grid_certificate.check(Spline.of_curvature([0, 1], [-8], name="-4t^2").pair(), cells=cells)
    assert result.verdict is Verdict.HOLDS
    assert result.trust is Trust.EXACT
    assert named(result, "barrier, from below").bound.value == pytest.approx(1 - cells**-2, rel=tolerances.ROUNDING)
    assert named(result, "barrier, from above").bound.value == pytest.approx(1.0, rel=tolerances.ROUNDING)
    letters = {"g_max": 1 - Fraction(1, cells**2), "K": Fraction(8), "h": Fraction(1, cells)}
    assert evaluate_exactly(SLUG, "upper", letters) == 1


def test_even_grids_do_not() -> None:
    result = grid_certificate.check(Spline.of_curvature([0, 1], [-8]).pair(), cells=4)
    assert named(result, "barrier, from above").bound.value == pytest.approx(1 + 1 / 16, rel=tolerances.ROUNDING)


@pytest.mark.parametrize(("cells", "reported"), [(10, 0.0), (20, 320000.0), (50, 156800.0)])
def test_the_grid_evader(cells: int, reported: float) -> None:
    """B = 500000 at 35/64; its kinks are concave as well as convex, and phi'' >= 0 off them."""
    result = grid_certificate.check(grid_evader(), cells=cells)
    assert result.verdict is Verdict.INAPPLICABLE
    assert result.letters["K"] == 0
    # about 1e-25 in float64 where rational arithmetic has 0
    assert result.letters["g_max"] == pytest.approx(reported, rel=tolerances.SOLVED, abs=tolerances.ROUNDING)
    above = named(result, "barrier, from above")
    assert above.measured.value == pytest.approx(500000, rel=tolerances.SOLVED)
    assert not above.holds


def test_the_step_is_halved_until_the_width_is_small() -> None:
    result = grid_certificate.check(Spline([0, 1], [(0, 0, 16, -32, 16)]).pair())
    lo, hi = result.extra["enclosure"]
    assert lo <= 1.0 <= hi
    assert hi - lo <= SHARE * lo
    assert 5 < result.extra["cells"] <= MOST


def test_without_a_barrier_the_grid_stays_finite() -> None:
    """g <= 0 with negative curvature inside: no grid is fine enough in proportion to a barrier of 0."""
    result = grid_certificate.check(Spline.of_curvature([0, Fraction(1, 3), Fraction(2, 3), 1], [8, -2, 8]).pair())
    assert result.extra["cells"] == MOST
    assert result.verdict is Verdict.HOLDS


def test_refining_keeps_the_values() -> None:
    pair = t9()
    adaptive = grid_certificate.check(pair)
    fixed = grid_certificate.check(pair, cells=adaptive.extra["cells"])
    assert fixed.letters["g_max"] == pytest.approx(adaptive.letters["g_max"], rel=tolerances.ROUNDING)


def test_the_lipschitz_form_needs_no_curvature() -> None:
    """The tent 1/2 - |t - 1/2| on an odd grid: both slopes are 1, and the bound is B = 1/2."""
    half = Fraction(1, 2)
    result = grid_certificate.check(Spline([0, half, 1], [(0, 1), (1, -1)], name="tent").pair(), cells=3)
    assert result.verdict is Verdict.INAPPLICABLE
    lipschitz = named(result, "barrier, Lipschitz")
    assert result.letters["Lambda"] == 1
    assert lipschitz.bound.value == pytest.approx(0.5, rel=tolerances.ROUNDING)
    assert lipschitz.holds
    assert not named(result, "barrier, from above").holds


def test_a_convex_kink_does_no_harm() -> None:
    half = Fraction(1, 2)
    pair = Spline([0, half, 1], [(0, 0, -half), (-half / 2, half, -half)], name="one convex kink").pair()
    result = grid_certificate.check(pair)
    assert result.verdict is Verdict.HOLDS
    assert "convex" in result.assumptions["C11"].how


def test_relu_networks_are_inapplicable() -> None:
    assert grid_certificate.check(f10()).verdict is Verdict.INAPPLICABLE


def test_extremal_and_hunt() -> None:
    for pair in grid_certificate.extremal():
        above = named(grid_certificate.check(pair), "barrier, from above")
        assert tightness(above) == pytest.approx(1.0, rel=tolerances.ROUNDING)
    found = hunt(SLUG, 120)
    assert found.violations == []
    assert found.cases == found.verdicts["HOLDS"] + found.verdicts["VACUOUS"]
    assert found.ratios["barrier, from above"] > 0.95
    assert max(found.ratios.values()) <= 1 + tolerances.SOLVED


def test_too_small_a_curvature_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    truth = grid_certificate.curvature_range

    def narrower(pair: Pair, nodes: int, **more: int):
        found = truth(pair, nodes, **more)
        lowest = type(found.lowest).exact(found.lowest.value * 0.9)
        return type(found)(lowest, found.highest, found.slope_start, found.slope_end)

    monkeypatch.setattr(grid_certificate, "curvature_range", narrower)
    assert all(grid_certificate.check(pair).verdict is Verdict.VIOLATED for pair in grid_certificate.extremal())


def test_a_chord_of_no_length() -> None:
    x, y = sp.symbols("x y", real=True)
    net = Polynomial(x**4 * y, (x, y), "still")
    point = net.point(x=1, y=2)
    result = grid_certificate.check(Pair(net, point, point))
    assert result.verdict in (Verdict.HOLDS, Verdict.VACUOUS)
    assert result.extra["enclosure"] == [0.0, 0.0]
