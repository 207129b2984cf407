"""The check of the spectrum: P2 and F10, the transform against its naive twin, parities, necessity, hunts."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from toykit.checks.combinability import vertex_spectrum as subject
from toykit.combining.draws import expectation, mixing
from toykit.combining.spectrum import Spectrum, spectrum, transform
from toykit.errors import InputError
from toykit.hunt import hunt
from toykit.landscape import Floats, Pair
from toykit.networks.fixtures import d3, f10, m4, p2
from toykit.seeds import generator
from toykit.tolerances import ROUNDING, printed
from toykit.verdict import Verdict

SLUG = subject.SLUG


def test_p2() -> None:
    found = spectrum(mixing(p2()))
    assert found.coefficients.tolist() == [[6, 2], [5, 1]]
    assert (found.mean, found.variance, found.influence, found.stability(0.5)) == (6, 30, 31, 50.75)
    assert found.weights.tolist() == [36, 29, 1]
    result = subject.check(p2())
    assert result.verdict is Verdict.HOLDS
    assert [c.bound.value for c in result.comparisons[:3]] == [30, 31, 29]


def test_whole_neurons_of_f10_stop_at_degree_two() -> None:
    found = spectrum(mixing(f10(), granularity="neuron"))
    assert found.weights[1:3] == pytest.approx([20.488049904218, 5.806259480656], abs=printed(12))
    assert found.weights[3:].sum() < 1e-14
    assert found.influence == pytest.approx(32.100568865530, abs=printed(12))
    assert found.stability(0.5) == pytest.approx(146.259880872830, abs=printed(11))
    assert found.variance == pytest.approx(26.294309384874, abs=printed(12))
    assert subject.check(f10()).extra["granularity"] == "neuron"


def naive(values: Floats, p: float) -> Floats:
    """c_S by summation over all vertices, for every set."""
    n, found = values.ndim, np.zeros_like(values)
    step = math.sqrt(p * (1 - p))
    for chosen in itertools.product((0, 1), repeat=n):
        for code in itertools.product((0, 1), repeat=n):
            chance = math.prod(p if bit else 1 - p for bit in code)
            found[chosen] += chance * values[code] * math.prod((b - p) / step for b, s in zip(code, chosen, strict=True) if s)
    return found


@pytest.mark.parametrize("p", [0.5, 0.3])
def test_the_transform_is_the_sum_over_vertices(p: float) -> None:
    values = generator("spectrum").standard_normal((2, 2, 2, 2))
    found = Spectrum(p, values, transform(values, p))
    assert found.coefficients == pytest.approx(naive(values, p), abs=10 * ROUNDING)
    assert found.variance == pytest.approx(found.weights[1:].sum(), rel=ROUNDING)
    assert found.stability(1.0) == pytest.approx(found.variance + found.mean**2, rel=ROUNDING)
    assert found.stability(0.0) == pytest.approx(found.mean**2, rel=ROUNDING)


@pytest.mark.parametrize("degree", [1, 2, 3])
def test_a_parity_has_its_degree_as_influence(degree: int) -> None:
    values = np.array([(-1.0) ** sum(code[:degree]) for code in itertools.product((0, 1), repeat=3)]).reshape(2, 2, 2)
    found = Spectrum(0.5, values, transform(values, 0.5))
    assert (found.variance, found.influence) == (1, degree)


def test_the_mean_is_a_polynomial_in_p_between_the_ends() -> None:
    pair = f10()
    ps = np.linspace(0.05, 0.95, 13)
    means = [spectrum(mixing(pair, f"bernoulli({p:g})", "tensor")).mean for p in ps]
    fitted = np.polynomial.Polynomial.fit(ps, means, 3)  # three tensors
    assert fitted(ps) == pytest.approx(means, rel=100 * ROUNDING)
    assert (fitted(0.0), fitted(1.0)) == pytest.approx((9.774881842978, 20.546563691720), abs=printed(9))


@pytest.mark.parametrize("granularity", ["neuron", "tensor", "layer", "global"])
@pytest.mark.parametrize("p", [0.5, 0.2])
def test_f10_in_every_partition(granularity: str, p: float) -> None:
    result = subject.check(f10(), spec=f"bernoulli({p})", granularity=granularity)
    assert result.verdict is Verdict.HOLDS
    mixed = mixing(f10(), f"bernoulli({p})", granularity)
    assert spectrum(mixed).mean == pytest.approx(expectation(mixed), rel=ROUNDING)


def test_the_finest_partition_that_is_affordable() -> None:
    assert subject.finest(f10()) == "neuron"
    assert subject.finest(p2()) == "element"
    assert subject.finest(d3()) == "element"
    assert subject.finest(m4()) == "row"


def test_only_bernoulli_has_a_spectrum() -> None:
    for law in ("uniform", "bernoulli(0)"):
        with pytest.raises(InputError, match="0 < p < 1"):
            spectrum(mixing(p2(), law))


def test_equal_ends_have_no_variance() -> None:
    pair = f10()
    result = subject.check(Pair(pair.landscape, pair.theta_a, pair.theta_a, "one network"))
    assert result.verdict is not Verdict.VIOLATED
    assert result.letters["influence"] == pytest.approx(0, abs=ROUNDING)


def test_necessity() -> None:
    ((name, pair),) = subject.necessity()
    result = subject.check(pair)
    assert name == "INDEPENDENT"
    assert [n for n, o in result.assumptions.items() if o.holds is False] == [name]
    assert result.comparisons[0].measured.value == 4
    assert result.letters["influence"] == 2.5


def test_extremal() -> None:
    *_, linear = (subject.check(pair) for pair in subject.extremal())
    assert [c.measured.value for c in linear.comparisons[:3]] == [c.bound.value for c in linear.comparisons[:3]]


def test_hunt() -> None:
    found = hunt(SLUG, 60, seed=3)
    assert found.verdicts == {"HOLDS": 60}
    assert all(found.ratios[name] > 0.999 for name in ("variance of the loss", "variance, above degree 1"))
