"""Random combinations of several networks: moments of the weights, the corners of the plane, sampled twins, bad input."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from toykit.checks.combinability.simplex_hull import corners
from toykit.combining import law, mixing, sample
from toykit.combining.simplex import Simplex, barycentric, dirichlet, exact_trace, hull_gaps, simplex
from toykit.errors import InputError
from toykit.networks.fixtures import f10, t9
from toykit.parameters import chord_point
from toykit.seeds import generator
from toykit.tolerances import ROUNDING

DRAWS = 4000


def three(alpha: float = 1.0, granularity: str = "element") -> Simplex:
    """The combinations of (0, 0), (3, 0), (0, 3)."""
    pair = corners()
    return simplex(pair.landscape, (pair.theta_a, pair.theta_b, *pair.others), alpha, granularity)


@pytest.mark.parametrize("alpha", [0.0, 0.5, 1.0, 4.0])
def test_the_moments_of_the_weights(alpha: float) -> None:
    found = dirichlet(generator("weights", int(2 * alpha)), alpha, 3, DRAWS)
    assert found.shape == (DRAWS, 3)
    assert found.sum(axis=1) == pytest.approx(1, abs=ROUNDING)
    expected = (np.eye(3) / 3 - 1 / 9) / (3 * alpha + 1)
    assert np.cov(found.T) == pytest.approx(expected, abs=5 * 0.5 / np.sqrt(DRAWS))
    assert found.mean(axis=0) == pytest.approx(1 / 3, abs=5 * 0.5 / np.sqrt(DRAWS))


def test_the_nine_picks_are_not_on_one_sphere() -> None:
    law = three()
    distances = Counter(round(law.step(weights).norm() ** 2, 9) for weights in law.vertices())
    assert distances == {2.0: 4, 5.0: 4, 8.0: 1}
    assert law.about_mean_2 / 3 == pytest.approx(4, rel=ROUNDING)
    assert law.picks == 9


def test_the_traces_of_the_plane() -> None:
    assert exact_trace(three()) == pytest.approx(2 * 2 + 4 * 2, rel=ROUNDING)
    assert exact_trace(three(granularity="global")) == pytest.approx(2 * 2 - 2 * 1 + 4 * 2, rel=ROUNDING)


def test_two_networks_with_alpha_one_are_the_uniform_law() -> None:
    pair = t9()
    two = simplex(pair.landscape, (pair.theta_a, pair.theta_b), 1.0)
    uniform = law("uniform")
    squares = [two.step(weights).norm() ** 2 for weights in two.draws(400)]
    expected = uniform.variance * pair.delta.norm() ** 2
    assert abs(np.mean(squares) - expected) < 5 * np.std(squares) / 20
    losses = pair.landscape.losses([two.point(weights) for weights in two.draws(400)])
    other = sample(mixing(pair, "uniform"), 200)
    assert abs(losses.mean() - other.mean) < 5 * (losses.std() / 20 + other.error)


def test_a_point_of_the_hull_is_a_weighted_mean() -> None:
    pair = f10()
    whole = simplex(pair.landscape, (pair.theta_a, pair.theta_b), granularity="global")
    found = whole.point(np.array([[0.25, 0.75]]))
    assert (found - chord_point(pair.theta_a, pair.theta_b, 0.75)).norm() <= ROUNDING * found.norm()


def test_picks_are_entries_of_the_networks() -> None:
    pair = f10()
    picked = replace(simplex(pair.landscape, (pair.theta_a, pair.theta_b, pair.theta_a * 2)), alpha=0.0)
    for weights in picked.draws(3):
        point = picked.point(weights)
        for name, array in point.items():
            near = [np.abs(array - theta[name]) <= ROUNDING for theta in picked.thetas]
            assert np.any(near, axis=0).all()


def test_draws_are_seeded() -> None:
    first, second = (list(three().draws(3)) for _ in range(2))
    assert all(np.array_equal(one, other) for one, other in zip(first, second, strict=True))
    assert not np.array_equal(first[0], first[1])


def test_the_grid_of_the_hull() -> None:
    found = barycentric(3, 4)
    assert found.shape == (15, 3)
    assert found.sum(axis=1) == pytest.approx(1, abs=ROUNDING)
    assert sum(row.max() == 1 for row in found) == 3
    pair = corners()
    gaps = hull_gaps(pair.landscape, (pair.theta_a, pair.theta_b, *pair.others), found)
    assert max(gaps) == pytest.approx(0, abs=ROUNDING), "a convex loss has no barrier on the hull, and none at the corners"
    assert min(gaps) < -1


def test_bad_input() -> None:
    pair = corners()
    with pytest.raises(InputError, match="at least 2 networks; got 1"):
        simplex(pair.landscape, (pair.theta_a,))
    with pytest.raises(InputError, match="at least 0; got -1"):
        simplex(pair.landscape, (pair.theta_a, pair.theta_b), -1.0)
    big = f10()
    with pytest.raises(InputError, match="draw a sample instead"):
        simplex(big.landscape, (big.theta_a, big.theta_b)).vertices()
