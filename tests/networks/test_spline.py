from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from toykit.chord import grid, profile
from toykit.errors import InputError
from toykit.landscape import Landscape, Pair
from toykit.networks import Spline
from toykit.tolerances import EXACT, ROUNDING
from toykit.verdict import Trust

HALF = Fraction(1, 2)
rationals = st.fractions(-8, 8, max_denominator=12)
inner_breaks = st.fractions(Fraction(1, 10), Fraction(9, 10), max_denominator=10)
sixteenths = st.fractions(0, 1, max_denominator=16)
polynomials = st.lists(rationals, min_size=1, max_size=7)


@st.composite
def splines(draw: st.DrawFn) -> Spline:
    """One to three pieces, joined by their constant terms, with kinks as they come."""
    inner = draw(st.lists(inner_breaks, max_size=2, unique=True).map(sorted))
    breaks, pieces = [Fraction(0), *inner, Fraction(1)], [draw(polynomials)]
    for b in inner:
        piece = draw(polynomials)
        lift = power_sum(pieces[-1], b) - power_sum(piece, b)
        pieces.append([piece[0] + lift, *piece[1:]])
    return Spline(breaks, pieces)


def power_sum(coefficients: list[Fraction], t: Fraction) -> Fraction:
    return sum((c * t**power for power, c in enumerate(coefficients)), Fraction(0))


def test_a_spline_is_a_landscape_and_its_own_profile() -> None:
    pair = Spline([0, HALF, 1], [(0, 0, 2), (2, -4, 2)], "fold").pair()
    assert isinstance(pair.landscape, Landscape)
    assert profile(pair).values.tolist() == [2 * min(t, 1 - t) ** 2 for t in grid().tolist()]
    assert pair.landscape.error(pair.theta_a) is None


@given(splines())
def test_the_barrier_is_the_supremum_that_a_fine_grid_approaches(spline: Spline) -> None:
    exact, ts = spline.exact_barrier(), [Fraction(i, 256) for i in range(257)]
    start, end = spline.exact(Fraction(0)), spline.exact(Fraction(1))
    gaps = [spline.exact(t) - (1 - t) * start - t * end for t in ts]
    lowest, _ = spline.curvature_range()
    steepest = max(abs(jump) for _, jump in [*spline.exact_jumps(), (0, Fraction(0))])
    spacing = max(-lowest, Fraction(0)) / 8 / 256**2 + steepest / 4 / 256
    # an irrational maximiser is known within 2^-80, and the gap is flat there
    assert max(gaps) - Fraction(1, 2**140) <= exact.value <= max(gaps) + spacing
    assert exact.value == spline.exact(exact.position) - (1 - exact.position) * start - exact.position * end


@given(splines())
def test_the_curvature_range_holds_everywhere_and_is_reached(spline: Spline) -> None:
    lowest, highest = spline.curvature_range()
    point, step = spline.point(theta=0), spline.point(theta=1)
    found = [spline.curvature(spline.point(theta=float(t)), step) for t in grid(65)]
    assert all(float(lowest) - ROUNDING <= bend <= float(highest) + ROUNDING for bend in found)
    reached = {e.value for e in spline.exact.curvatures()}
    assert {lowest, highest} <= reached
    assert spline.curvature(point, step) == pytest.approx(found[0], abs=EXACT)


@given(
    splines(),
    st.fractions(0, 1, max_denominator=16),
    st.fractions(0, 1, max_denominator=16),
    st.fractions(0, 1, max_denominator=9),
)
@example(Spline([0, HALF, 1], [(0, 1), (HALF,)]), Fraction(1), Fraction(0), HALF)
def test_a_shorter_chord_sees_the_same_spline(spline: Spline, a: Fraction, b: Fraction, t: Fraction) -> None:
    part = spline.exact.between(a, b)
    assert part(t) == spline.exact(a + (b - a) * t)
    inside = [(k, jump) for k, jump in spline.exact_jumps() if min(a, b) < k < max(a, b)]
    assert sorted((a + (b - a) * k, jump) for k, jump in part.jumps()) == [(k, abs(b - a) * jump) for k, jump in inside]


@given(splines())
def test_smooth_means_that_no_slope_jumps(spline: Spline) -> None:
    assert spline.traits.smooth == (spline.exact_jumps() == [])
    assert not spline.traits.analytic or spline.traits.smooth


def test_what_is_known_exactly_carries_that_evidence() -> None:
    pair = Spline([0, HALF, 1], [(0, 1), (1, -1)]).pair()
    number = pair.landscape.barrier(pair.theta_a, pair.theta_b)
    assert (number.lo, number.hi, number.trust) == (0.5, 0.5, Trust.EXACT)
    assert pair.landscape.jumps(pair.theta_a, pair.theta_b) == [(0.5, -2.0)]


@pytest.mark.parametrize(
    ("spline", "barrier", "lowest", "highest"),
    [
        (Spline([0, 1], [(0, 0, 16, -32, 16)]), Fraction(1), -16, 32),
        (Spline.of_curvature([0, Fraction(1, 8), Fraction(7, 8), 1], [3, -1, 3]), Fraction(3, 32), -1, 3),
        (Spline.of_curvature([0, Fraction(1, 4), Fraction(3, 4), 1], [1, -1, 1]), Fraction(1, 16), -1, 1),
        (Spline([0, 1], [(0, 0, -HALF)]), Fraction(1, 8), -1, -1),
        (Spline([0, HALF, 1], [(0, 0, 2), (2, -4, 2)]), HALF, 4, 4),
        (Spline([0, HALF, 1], [(HALF, -1), (-HALF, 1)]), Fraction(0), 0, 0),
    ],
    ids=["double well", "ridge 3, -1", "ridge 1, -1", "cap", "fold", "V"],
)
def test_ground_truths(spline: Spline, barrier: Fraction, lowest: int, highest: int) -> None:
    assert spline.exact_barrier()[1:] == (barrier, True)
    assert spline.curvature_range() == (lowest, highest)


def test_the_tilted_well() -> None:
    """16 t^2 (1-t)^2 + t^2 (3-2t): B = 1.0077671949468 at t = 0.5310086872 [barrier/barrier_conventions]."""
    found = Spline([0, 1], [(0, 0, 19, -34, 16)]).exact_barrier()
    assert not found.exact
    assert f"{float(found.value):.13f}" == "1.0077671949468"
    assert f"{float(found.position):.10f}" == "0.5310086872"


def test_a_spline_of_given_curvature_is_smooth_and_begins_as_told() -> None:
    spline = Spline.of_curvature([0, Fraction(1, 3), 1], [(0, 6), -2], slope=5, value=7)
    assert spline.exact(Fraction(0)) == 7
    assert spline.gradient(spline.point(theta=0))["theta"].tolist() == [5.0]
    assert spline.traits.smooth
    assert spline.curvature_range() == (-2, 2)


def test_at_a_break_the_derivatives_come_from_the_right() -> None:
    spline = Spline([0, HALF, 1], [(0, 1), (Fraction(1, 4), 0, 1)])
    middle = spline.point(theta=0.5)
    assert spline.gradient(middle)["theta"].tolist() == [1.0]
    assert spline.curvature(middle, spline.point(theta=2)) == 8.0
    assert Spline([0, HALF, 1], [(0, 1), (1, -1)]).gradient(middle)["theta"].tolist() == [-1.0]


def test_beyond_the_ends_the_end_pieces_go_on() -> None:
    spline = Spline([0, HALF, 1], [(0, 1), (HALF,)])
    assert [spline.loss(spline.point(theta=theta)) for theta in (-1, 2)] == [-1.0, 0.5]


@pytest.mark.parametrize(
    ("breaks", "pieces", "sentence"),
    [
        ([0, HALF, 1], [(0,), (1,)], "continuous; at t=1/2 it jumps from 0 to 1"),
        ([0, 1], [(0,), (1,)], "got 2 and 2"),
        ([0, HALF], [(0,)], r"fill \[0, 1\]"),
        ([0, 1, HALF, 1], [(0,)] * 3, r"fill \[0, 1\]"),
        ([0], [], r"fill \[0, 1\]"),
        ([0, 1], [(0.5,)], "integers and fractions; got 0.5"),
    ],
)
def test_pieces_that_do_not_fit_are_refused(breaks, pieces, sentence) -> None:
    with pytest.raises(InputError, match=sentence):
        Spline(breaks, pieces)


def test_a_loss_without_outputs_says_so() -> None:
    spline = Spline([0, 1], [(0,)])
    with pytest.raises(InputError, match="loss without outputs"):
        spline.outputs(spline.point(theta=0))
    with pytest.raises(InputError, match="parameters theta; got x"):
        spline.point(x=1)
    with pytest.raises(InputError, match="one number for each of theta"):
        spline.loss(Pair(spline, *[spline.point(theta=0)] * 2).delta.map(lambda a: np.zeros(2)))
