"""Laws of lambda: moments against integration and enumeration, draws against their seeds, specs against typing errors."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from toykit.combining import laws
from toykit.errors import InputError
from toykit.seeds import generator
from toykit.tolerances import QUADRATURE, ROUNDING, sampled

SPECS = [
    "constant(0.3)",
    "bernoulli(0.5)",
    "bernoulli(0.25)",
    "bernoulli(1)",
    "uniform",
    "gauss(0.3)",
    "beta(0.25)",
    "beta(3)",
    "radial(0.5)",
    "radial(2)",
]


def moments(law: laws.Law) -> tuple[float, ...]:
    return law.mean, law.variance, law.mu_3, law.mu_4


def integrated(density, lo: float, hi: float) -> tuple[float, ...]:
    def mean(function) -> float:
        return integrate.quad(lambda x: function(x) * density(x), lo, hi, epsabs=1e-13, epsrel=1e-12)[0]

    m = mean(lambda x: x)
    return m, *(mean(lambda x, k=k: (x - m) ** k) for k in (2, 3, 4))


def enumerated(values: list[tuple[float, float]]) -> tuple[float, ...]:
    m = sum(w * x for x, w in values)
    return m, *(sum(w * (x - m) ** k for x, w in values) for k in (2, 3, 4))


@pytest.mark.parametrize("a", [1.0, 2.0, 3.5])
def test_beta_by_integration(a: float) -> None:
    assert moments(laws.beta(a)) == pytest.approx(integrated(stats.beta(a, a).pdf, 0, 1), rel=1e2 * QUADRATURE, abs=QUADRATURE)


def test_uniform_and_gauss_by_integration() -> None:
    assert moments(laws.uniform()) == pytest.approx(integrated(lambda x: 1.0, 0, 1), abs=QUADRATURE)
    density = stats.norm(0.5, 0.3).pdf
    assert moments(laws.gauss(0.3)) == pytest.approx(integrated(density, -4, 5), abs=QUADRATURE)


def test_uniform_is_beta_one() -> None:
    assert moments(laws.uniform()) == pytest.approx(moments(laws.beta(1)), rel=ROUNDING)


@given(st.floats(0, 1))
@settings(deadline=None)
def test_bernoulli_by_enumeration(p: float) -> None:
    assert moments(laws.bernoulli(p)) == pytest.approx(enumerated([(0, 1 - p), (1, p)]), abs=ROUNDING)


@given(st.floats(0.01, 3))
@settings(deadline=None)
def test_radial_by_enumeration(r: float) -> None:
    assert moments(laws.radial(r)) == pytest.approx(enumerated([(0.5 - r / 2, 0.5), (0.5 + r / 2, 0.5)]), abs=100 * ROUNDING)


@pytest.mark.parametrize("spec", SPECS)
def test_nodes_have_the_moments_of_the_law(spec: str) -> None:
    law = laws.law(spec)
    assert math.fsum(w for _, w in law.nodes) == pytest.approx(1, rel=ROUNDING)
    assert moments(law) == pytest.approx(enumerated(list(law.nodes)), abs=ROUNDING)


@pytest.mark.parametrize("spec", SPECS)
def test_draws_have_the_moments_of_the_law(spec: str) -> None:
    law, n = laws.law(spec), 40_000
    drawn = law.draw(generator("law moments"), n)
    found = drawn.mean(), *(((drawn - law.mean) ** k).mean() for k in (2, 3, 4))
    assert found == pytest.approx(moments(law), abs=sampled(n))


@pytest.mark.parametrize("spec", SPECS)
def test_draws_are_reproducible(spec: str) -> None:
    law = laws.law(spec)
    first, again, other = (law.draw(generator("law", k), 20) for k in (1, 1, 2))
    assert np.array_equal(first, again)
    assert law.variance == 0 or not np.array_equal(first, other)


@pytest.mark.parametrize("spec", SPECS)
def test_specs_read_back(spec: str) -> None:
    assert laws.law(spec).spec == spec


def test_symmetric_laws_have_no_third_moment() -> None:
    assert [laws.law(s).symmetric for s in SPECS] == [s != "bernoulli(0.25)" for s in SPECS]
    assert all(laws.law(s).mu_3 == 0 for s in SPECS if laws.law(s).symmetric)


@pytest.mark.parametrize(
    "spec",
    [
        *("", "bernoulli", "bernoulli()", "bernoulli(1.5)", "bernoulli(-0.1)", "bernoulli(nan)", "bernoulli(0.5)("),
        *("uniform(1)", "gauss(0)", "gauss(1e)", "beta(-1)", "radial(0)", "radial(1e999)", "bernoulli(0,5)", "__import__('os')"),
    ],
)
def test_bad_specs_get_one_sentence(spec: str) -> None:
    with pytest.raises(InputError, match=r"; got .*; "):
        laws.law(spec)
