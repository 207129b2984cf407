"""Smooth functions on models by inclusion in 60-digit arithmetic, steered to use as much of the remainder as possible."""

from fractions import Fraction as F

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings, target
from hypothesis import strategies as st

from toykit.barriers.certified import soft_rectifiers
from toykit.barriers.certified.activations import SMOOTH, piecewise_linear
from toykit.barriers.certified.models import Model
from toykit.barriers.certified.smooth import expanded, inverse_root
from toykit.barriers.certified.soft_rectifiers import GELU_LOWEST, GELU_THIRD, softplus

TRUTH = {
    "tanh": mpmath.tanh,
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "silu": lambda x: x / (1 + mpmath.exp(-x)),
    "gelu": lambda x: x * mpmath.ncdf(x),
    "softplus": lambda x: mpmath.log1p(mpmath.exp(x)),
    "inverse root": lambda x: 1 / mpmath.sqrt(x),
}
CENTRE = st.one_of(st.floats(-4, 4, allow_subnormal=False), st.floats(-60, 60, allow_subnormal=False))
STEP = st.one_of(st.just(0.0), st.floats(-3, 3, allow_subnormal=False), st.floats(-1e-3, 1e-3, allow_subnormal=False))
REMAINDER = st.sampled_from([0.0, 1e-9, 0.01, 0.5, 3.0])
POSITION = st.integers(-16, 16).map(lambda k: F(k, 16))
SHARE = st.sampled_from([F(-1), F(0), F(1), F(1, 3)])


def real(model, s, share):
    """One real number inside the model."""
    c0, c1, c2, r = (F(float(part[0, 0])) for part in model)
    return c0 + c1 * s + c2 * s * s + share * r


def used(out, s, x, truth):
    """|f(x) - polynomial| / remainder: at most 1 where the model encloses the value."""
    with mpmath.workdps(60):
        value = truth(mpmath.mpf(x.numerator) / x.denominator)
        c0, c1, c2, r = (mpmath.mpf(float(part[0, 0])) for part in out)
        at = mpmath.mpf(s.numerator) / s.denominator
        return float(abs(value - c0 - c1 * at - c2 * at * at) / r)


def of(*numbers):
    return Model(*(np.array([[number]]) for number in numbers))


@pytest.mark.parametrize("name", SMOOTH)
def test_a_smooth_activation_is_enclosed(name):
    reached = []

    @settings(max_examples=150)
    @given(CENTRE, STEP, STEP, REMAINDER, POSITION, SHARE)
    def law(c0, c1, c2, remainder, s, share):
        model = of(c0, c1, c2, remainder)
        share_used = used(SMOOTH[name](model), s, real(model, s, share), TRUTH[name])
        reached.append(share_used)
        target(share_used)
        assert share_used <= 1

    law()
    assert max(reached) > 0.5, "a remainder that is never used says nothing about soundness"


@settings(max_examples=150)
@given(CENTRE, STEP, REMAINDER, POSITION, SHARE, st.sampled_from([0.0, 2.0, 20.0]))
def test_softplus_is_enclosed_as_torch_takes_it_too(c0, c1, remainder, s, share, limit):
    """Above its threshold torch's softplus is the identity: both functions lie in the model."""
    model = of(c0, c1, 0.0, remainder)
    out, x = softplus(piecewise_linear(0.0), limit)(model), real(model, s, share)
    shares = [used(out, s, x, lambda u: u if u > limit else TRUTH["softplus"](u)), used(out, s, x, TRUTH["softplus"])]
    target(max(shares))
    assert max(shares) <= 1


@settings(max_examples=100)
@given(
    st.floats(-6, 6, allow_subnormal=False),
    st.floats(0, 1),
    st.floats(0, 1),
    POSITION,
    SHARE,
    st.sampled_from([0.1, 0.49, 0.51, 2.0]),
)
def test_tanh_is_enclosed_on_both_sides_of_its_two_ways(c0, first, rest, s, share, reach):
    """Units that move by less than 1/2 never see tanh at their ends; the others do."""
    model = of(c0, reach * first, reach * (1 - first) * rest, reach * (1 - first) * (1 - rest))
    share_used = used(SMOOTH["tanh"](model), s, real(model, s, share), mpmath.tanh)
    target(share_used)
    assert share_used <= 1


@settings(max_examples=200)
@given(st.floats(0, 50), st.floats(0, 50), st.sampled_from([1e-5, 1e-3, 1.0]), st.floats(0, 1), st.floats(0, 0.5), POSITION)
def test_inverse_root_is_enclosed(start, end, eps, m, h, s):
    """On the chord of two variances, as batch normalisation takes it."""
    half = min(h, m, 1 - m)
    exact = F(start) + (F(m) + F(half) * s) * (F(end) - F(start)) + F(eps)
    model = of(start + m * (end - start) + eps, half * (end - start), 0.0, 1e-14 * (1 + start + end))
    share_used = used(inverse_root(model, np.full((1, 1), eps)), s, exact, TRUTH["inverse root"])
    target(share_used)
    assert share_used <= 1


@pytest.mark.parametrize("name", SMOOTH)
def test_remainders_shrink_at_third_order(name):
    def remainder(h):
        return float(SMOOTH[name](of(0.3, h, 0.0, 0.0)).remainder[0, 0])

    assert round(remainder(2**-7) / remainder(2**-8)) == pytest.approx(8, abs=2)  # a product folds another cubic term


def test_wide_ranges_cost_no_more_than_their_values():
    """GELU over [-50, 50] is ReLU but for 0.17; saturated units cost nothing."""
    assert SMOOTH["gelu"](of(0.0, 50.0, 0.0, 0.0)).remainder[0, 0] < 50 / 16 + 0.1
    assert SMOOTH["gelu"](of(-30.0, 10.0, 0.0, 0.0)).remainder[0, 0] < 1e-12
    assert SMOOTH["softplus"](of(0.0, 50.0, 0.0, 0.0)).remainder[0, 0] < 50 / 16 + 0.35
    assert SMOOTH["softplus"](of(-40.0, 10.0, 0.0, 0.0)).remainder[0, 0] < 1e-12
    assert SMOOTH["sigmoid"](of(60.0, 20.0, 0.0, 0.0)).remainder[0, 0] < 1e-12


def test_the_constants_of_gelu():
    with mpmath.workdps(40):
        third = [mpmath.findroot(lambda x: x**4 - 7 * x**2 + 4, guess) for guess in (0.79, 2.52)]
        for at, (left, right, bound) in zip(third, GELU_THIRD, strict=True):
            assert left < at < right
            assert at * abs(at**2 - 4) * mpmath.npdf(at) < bound
        lowest = mpmath.findroot(lambda x: mpmath.ncdf(x) + x * mpmath.npdf(x), -0.75)
        assert GELU_LOWEST[0] < lowest < GELU_LOWEST[1]
        assert lowest * mpmath.ncdf(lowest) > GELU_LOWEST[2]


@pytest.mark.parametrize("broken", ["no third derivative", "wrong sign"])
def test_a_wrong_expansion_is_seen(monkeypatch, broken):
    def wrong(model, value, first, half_second, third, blur):
        if broken == "wrong sign":
            return expanded(model, value, -first, half_second, third, blur)
        return expanded(model, value, first, half_second, third * 0, blur)

    monkeypatch.setattr(soft_rectifiers, "expanded", wrong)
    model = of(0.4, 0.5, 0.1, 0.0)
    assert used(SMOOTH["gelu"](model), F(1), real(model, F(1), F(0)), TRUTH["gelu"]) > 1
