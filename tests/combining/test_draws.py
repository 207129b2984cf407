"""Combinations and their mean loss: enumeration against a naive loop, seeds, antithetic pairs, torch."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import roots_legendre

from toykit.combining.draws import expectation, mixing, sample
from toykit.errors import InputError
from toykit.landscape import Pair
from toykit.networks.fixtures import f10, p2, t9
from toykit.parameters import Parameters
from toykit.tolerances import QUADRATURE, ROUNDING, sampled


def flat(theta: Parameters) -> np.ndarray:
    return np.concatenate([np.ravel(array) for array in theta.values()])


def combined(pair: Pair, values: np.ndarray) -> Parameters:
    found, place = {}, 0
    for name, array in pair.theta_a.items():
        lam = values[place : place + array.size].reshape(array.shape)
        found[name], place = array + lam * (pair.theta_b[name] - array), place + array.size
    return Parameters(found)


def test_the_vertices_of_p2() -> None:
    mixed = mixing(p2())
    losses = {tuple(values): p2().landscape.loss(mixed.point(values)) for values, _ in mixed.nodes()}
    assert losses == {(0, 0): 0.0, (1, 0): 8.0, (0, 1): 2.0, (1, 1): 14.0}


@pytest.mark.parametrize(("spec", "mean"), [("bernoulli(0.5)", 6), ("bernoulli(0.25)", 11 / 4), ("uniform", 28 / 9)])
def test_the_means_of_p2(spec: str, mean: float) -> None:
    assert expectation(mixing(p2(), spec)) == pytest.approx(mean, rel=ROUNDING)


@pytest.mark.parametrize("p", [0.5, 0.25])
def test_enumeration_against_a_loop(p: float) -> None:
    pair, slow = t9(), 0.0
    for bits in itertools.product((0, 1), repeat=9):
        weight = p ** sum(bits) * (1 - p) ** (9 - sum(bits))
        slow += weight * pair.landscape.loss(combined(pair, np.array(bits, dtype=float)))
    assert expectation(mixing(pair, f"bernoulli({p})")) == pytest.approx(slow, rel=ROUNDING)


def test_uniform_nodes_integrate_a_quartic() -> None:
    x, weights = roots_legendre(8)
    lam, weights = (x + 1) / 2, weights / 2
    slow = sum(
        u * v * p2().landscape.loss(combined(p2(), np.array([a, b])))
        for (a, u), (b, v) in itertools.product(zip(lam, weights, strict=True), repeat=2)
    )
    assert expectation(mixing(p2(), "uniform")) == pytest.approx(slow, rel=QUADRATURE)


def test_too_many_blocks_get_one_sentence() -> None:
    with pytest.raises(InputError, match=r"at most 65536 points .*; got 70 blocks"):
        expectation(mixing(f10()))
    with pytest.raises(InputError, match="at least 2 draws"):
        sample(mixing(f10()), 1)


def test_samples_are_reproducible_and_close_to_the_mean() -> None:
    mixed = mixing(t9())
    first, again, other = (sample(mixed, 200, number) for number in (0, 0, 1))
    assert np.array_equal(first.losses, again.losses)
    assert not np.array_equal(first.losses, other.losses)
    assert abs(first.mean - expectation(mixed)) < 4 * first.error
    low, middle, high = first.quantiles()
    assert low < middle < high


def test_antithetic_pairs_cancel_odd_terms() -> None:
    mixed = mixing(replace(p2(), theta_a=p2().landscape.point(x=-2, y=-1)))  # about 0, where x^3 is odd
    found = sample(mixed, 8)
    xs = np.array([flat(mixed.step(xi))[0] for xi in mixed.deviations(8)])
    even = found.losses.mean(axis=1)
    assert (np.abs(xs) > 1).all()
    assert even == pytest.approx(even[0], rel=ROUNDING)  # x^3 gone, x^2 y^2 + 2 y^2 the same at every vertex
    assert np.ptp(found.losses) > 1


def test_an_asymmetric_law_has_no_partners() -> None:
    assert sample(mixing(p2(), "bernoulli(0.25)"), 50).losses.shape == (50,)
    assert sample(mixing(p2(), "bernoulli(0.5)"), 50).losses.shape == (50, 2)


def test_standard_errors_are_of_the_right_size() -> None:
    mixed = mixing(t9(), "uniform")
    means = np.array([sample(mixed, 30, number).mean for number in range(100)])
    claimed = np.mean([sample(mixed, 30, number).error for number in range(100)])
    assert means.std() == pytest.approx(claimed, rel=sampled(100))


def test_torch_combines_the_same_points() -> None:
    torch = pytest.importorskip("torch")
    here = t9()
    there = replace(here, theta_a=here.theta_a.map(torch.tensor), theta_b=here.theta_b.map(torch.tensor))
    for xi, same in zip(mixing(here).deviations(3), mixing(there).deviations(3), strict=True):
        left, right = mixing(here).point(xi + 0.5), mixing(there).point(same + 0.5)
        assert all(np.array_equal(left[name], right[name].numpy()) for name in left)
