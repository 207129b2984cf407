from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from toykit.barriers import barriers
from toykit.chord import Profile, error_profile, grid, profile, require_grid
from toykit.errors import InputError, NonFiniteError
from toykit.landscape import Pair
from toykit.tolerances import ROUNDING

CONVENTIONS = ("barrier", "half", "mean", "max", "argmax")


@st.composite
def profiles(draw: st.DrawFn) -> Profile:
    """Profiles on an odd number of positions with integer values: everything below is exact."""
    points = 2 * draw(st.integers(1, 8)) + 1
    values = draw(st.lists(st.integers(-64, 64), min_size=points, max_size=points))
    ts = np.arange(points) / (points - 1)
    return Profile(ts, np.array(values, dtype=np.float64))


@given(st.integers(2, 60))
def test_a_grid_holds_both_ends(points: int) -> None:
    ts = grid(points)
    require_grid(ts)
    assert (ts.size, ts[0], ts[-1]) == (points, 0.0, 1.0)


def test_a_grid_of_one_point_is_refused() -> None:
    with pytest.raises(InputError, match="at least 2 points; got 1"):
        grid(1)


@pytest.mark.parametrize(
    "ts",
    [
        np.linspace(0, 1, 25)[:-1],
        np.linspace(0, 1, 25)[1:],
        np.array([0.0, 0.5, 0.5, 1.0]),
        np.array([0.0, 0.7, 0.5, 1.0]),
        np.array([1.0]),
        np.array([[0.0, 1.0]]),
        np.array([0.0, np.nan, 1.0]),
    ],
)
def test_a_grid_without_its_ends_or_its_order_is_refused(ts: NDArray[np.float64]) -> None:
    with pytest.raises(InputError, match="increases from 0 to 1 with both ends"):
        require_grid(ts)


def test_a_profile_is_finite_and_as_long_as_its_grid() -> None:
    with pytest.raises(NonFiniteError, match="1 of 3 values of the loss are not"):
        Profile(grid(3), np.array([0.0, np.inf, 0.0]))
    with pytest.raises(InputError, match=r"got \(2,\) values for \(3,\) positions"):
        Profile(grid(3), np.zeros(2))


def test_the_profile_of_a_pair_is_its_loss_along_the_chord(well: Pair) -> None:
    found = profile(well)
    assert found.ts.size == 25
    expected = [16 * Fraction(t) ** 2 * (1 - Fraction(t)) ** 2 for t in found.ts]
    np.testing.assert_allclose(found.values, [float(value) for value in expected], rtol=ROUNDING, atol=0)
    assert barriers(found).barrier.value == 1.0


def test_an_error_profile_needs_classes(well: Pair) -> None:
    with pytest.raises(InputError, match="needs data with classes; well has none; use the loss profile"):
        error_profile(well)


@given(profiles(), st.integers(-8, 8), st.integers(-8, 8))
def test_the_gap_ignores_what_is_affine_in_t(profile: Profile, slope: int, offset: int) -> None:
    tilted = Profile(profile.ts, profile.values + slope * profile.ts + offset)
    np.testing.assert_allclose(tilted.gap, profile.gap, rtol=0, atol=np.spacing(1024.0))
    assert profile.gap[0] == profile.gap[-1] == 0


@given(profiles())
def test_the_five_conventions_keep_their_order(profile: Profile) -> None:
    """half, argmax <= barrier; max <= mean, max <= barrier; and with equal ends barrier = mean = max = argmax."""
    found = {name: getattr(barriers(profile), name).value for name in CONVENTIONS}
    slack = np.spacing(128.0)
    assert found["half"] <= found["barrier"] + slack
    assert found["argmax"] <= found["barrier"] + slack
    assert 0 <= found["max"] <= found["mean"]
    assert found["max"] <= found["barrier"] + slack
    if profile.values[0] == profile.values[-1]:
        assert found["barrier"] == found["mean"] == found["max"] == found["argmax"]


@given(profiles())
def test_walking_the_chord_backwards_changes_no_barrier(profile: Profile) -> None:
    back = barriers(Profile(1 - profile.ts[::-1], profile.values[::-1].copy()))
    there = barriers(profile)
    for name in ("barrier", "half", "mean", "max"):
        np.testing.assert_allclose(getattr(back, name).value, getattr(there, name).value, rtol=0, atol=np.spacing(128.0))


def test_the_tilted_double_well_separates_the_conventions() -> None:
    """phi = 16 t^2 (1-t)^2 + t: the gap peaks at 1 in the middle; phi itself peaks later and above 3/2."""
    t = grid(1001)
    found = barriers(Profile(t, 16 * t**2 * (1 - t) ** 2 + t))
    assert found.barrier.value == found.half.value == 1.0
    assert found.mean.value > 1.0
    assert found.max.value == found.mean.value - 0.5
    assert found.argmax.value < found.barrier.value


def test_an_even_grid_has_no_midpoint() -> None:
    with pytest.raises(InputError, match="use an odd number"):
        barriers(Profile(grid(24), np.zeros(24)))
