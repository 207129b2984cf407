"""Operators of traced graphs by inclusion: one network of reals inside the models, in rational arithmetic, entry by entry."""

from fractions import Fraction as F
from itertools import product

import mpmath
import numpy as np
import pytest
import torch
from hypothesis import given, settings, target
from hypothesis import strategies as st

from toykit.barriers.certified import smooth
from toykit.barriers.certified.arithmetic import averaged, moving
from toykit.barriers.certified.models import Model, input_layer
from toykit.bridge.certified.linear import Ends, convolved, dense, first
from toykit.bridge.certified.operators import RULES
from toykit.bridge.tracing import Node
from toykit.seeds import generator
from toykit.tolerances import ROUNDING

POSITION = st.integers(-16, 16).map(lambda k: F(k, 16))
SEED = st.integers(0, 10**6)
SCALE = st.sampled_from([1e-6, 1.0, 1e4])


def node(op, **options):
    return Node(op, op, ("x",), options, {}, ())


def model(draw, shape, scale=1.0, remainder=0.1):
    parts = [torch.from_numpy(scale * draw.normal(size=shape)) for _ in range(3)]
    return Model(*parts, torch.from_numpy(remainder * scale * draw.random(size=shape)))


def exact(tensor):
    return np.vectorize(F, otypes=[object])(tensor.numpy())


def inside(given, s, draw):
    """Real numbers inside a model, at an end of every remainder: an array of fractions."""
    c0, c1, c2, r = map(exact, given)
    return c0 + c1 * s + c2 * (s * s) + r * np.vectorize(F, otypes=[object])(draw.choice([-1, 1], size=r.shape))


def parameter(draw, shape, m, h, scale=1.0):
    a, b = (torch.from_numpy(scale * draw.normal(size=shape)) for _ in range(2))
    return moving(a, b, m, h), Ends(a, b)


def on_chord(ends, m, h, s):
    a, b = map(exact, ends)
    return a + (F(m) + F(h) * s) * (b - a)


def used(out, s, values):
    """The largest share of a remainder that the values use, at most 1 where all of them are enclosed."""
    c0, c1, c2, r = map(exact, out)
    return max((abs(values - (c0 + c1 * s + c2 * (s * s))) / r).flat)


def naive_convolution(x, w, stride, padding, dilation, groups):
    """Sums over channels of the group and places of the window, outside of the image 0."""
    n, _, *sizes = x.shape
    out, inside_group, *kernel = w.shape
    axes = range(len(kernel))
    reach = [(sizes[a] + 2 * padding[a] - dilation[a] * (kernel[a] - 1) - 1) // stride[a] + 1 for a in axes]
    found = np.zeros((n, out, *reach), dtype=object)
    for i, o, *at in product(range(n), range(out), *map(range, reach)):
        begin = o // (out // groups) * inside_group
        for c, *k in product(range(inside_group), *map(range, kernel)):
            place = [at[a] * stride[a] - padding[a] + k[a] * dilation[a] for a in axes]
            if all(0 <= place[a] < sizes[a] for a in axes):
                found[(i, o, *at)] += x[(i, begin + c, *place)] * w[(o, c, *k)]
    return found


FORMS = [
    ("conv1d", (1, 2, 5), (2, 2, 3), (1,), (1,), (1,), 1),
    ("conv2d", (1, 2, 4, 4), (2, 2, 3, 2), (2, 1), (1, 0), (1, 2), 1),
    ("conv2d", (2, 4, 3, 3), (4, 2, 2, 2), (1, 1), (0, 1), (1, 1), 2),
    ("conv2d", (1, 3, 3, 3), (3, 1, 3, 3), (1, 1), (1, 1), (1, 1), 3),
    ("conv3d", (1, 1, 2, 3, 2), (2, 1, 2, 2, 1), (1, 1, 1), (0, 1, 0), (1, 1, 1), 1),
]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: f"{form[0]} stride {form[3]} groups {form[6]}")
def test_a_convolution_is_enclosed(form):
    op, shape, kernel, stride, padding, dilation, groups = form
    window = node(op, stride=stride, padding=padding, dilation=dilation, groups=groups)

    @settings(max_examples=10)
    @given(SEED, POSITION, SCALE, st.sampled_from([0.0, 2.0**-30, 0.25]), st.booleans(), st.sampled_from([0.0, 0.1]))
    def law(seed, s, scale, h, biased, remainder):
        draw = generator("convolution", seed)
        x, m = model(draw, shape, scale, remainder), 0.375
        if h == 0:
            x = Model(x.c0, 0 * x.c1, 0 * x.c2, x.remainder)
        weight, ends = parameter(draw, kernel, m, h)
        bias, bias_ends = parameter(draw, kernel[:1], m, h, scale)
        out = convolved(window, x, weight, bias if biased else None)
        values = naive_convolution(inside(x, s, draw), on_chord(ends, m, h, s), stride, padding, dilation, groups)
        if biased:
            values = values + on_chord(bias_ends, m, h, s).reshape(1, -1, *(1,) * (len(shape) - 2))
        target(float(used(out, s, values)))
        assert used(out, s, values) <= 1
        still = first(window, x.c0, ends, None)
        along = naive_convolution(exact(x.c0), on_chord(ends, m, h, s), stride, padding, dilation, groups)
        assert used(input_layer(*still, m, h), s, along) <= 1

    law()


@settings(max_examples=40)
@given(SEED, POSITION, SCALE, st.sampled_from([0.0, 2.0**-30, 0.25]))
def test_a_dense_layer_over_the_last_axis_is_enclosed(seed, s, scale, h):
    draw = generator("dense", seed)
    x, m = model(draw, (2, 3, 4), scale), 0.6
    (weight, ends), (bias, bias_ends) = parameter(draw, (2, 4), m, h), parameter(draw, (2,), m, h, scale)
    if h == 0:
        x = Model(x.c0, 0 * x.c1, 0 * x.c2, x.remainder)
    out = dense(x, weight, bias, ends)
    values = inside(x, s, draw) @ on_chord(ends, m, h, s).T + on_chord(bias_ends, m, h, s)
    target(float(used(out, s, values)))
    assert used(out, s, values) <= 1


POOLS = [
    ("avg_pool2d", {"kernel_size": (2, 2), "stride": (2, 1), "padding": (0, 0), "ceil_mode": False, "count_include_pad": True}),
    ("avg_pool2d", {"kernel_size": (3, 3), "stride": (2, 2), "padding": (1, 1), "ceil_mode": True, "count_include_pad": False}),
    ("avg_pool2d", {"kernel_size": (2, 2), "stride": (2, 2), "padding": (0, 0), "divisor_override": 1}),
    ("adaptive_avg_pool2d", {"output_size": (1, 1)}),
    ("adaptive_avg_pool2d", {"output_size": (3, 2)}),
    ("mean", {"dim": (2, 3), "keepdim": False}),
    ("sum", {"dim": 1, "keepdim": True}),
]


@pytest.mark.parametrize(("op", "options"), POOLS)
@settings(max_examples=10)
@given(SEED, POSITION, SCALE, st.sampled_from([0.0, 0.1]))
def test_a_mean_is_enclosed(op, options, seed, s, scale, remainder):
    """The operator is linear: its matrix is read off unit images, whose quotients are few and known."""
    draw, shape = generator("mean", seed), (1, 2, 4, 5)
    x = model(draw, shape, scale, remainder)
    out = RULES[op](node(op, **options), {"input": x})
    values, reals = np.zeros(tuple(out.c0.shape), dtype=object), inside(x, s, draw)
    for place in product(*map(range, shape)):
        unit = torch.zeros(shape, dtype=torch.float64)
        unit[place] = 1.0
        zero = 0 * unit
        column = RULES[op](node(op, **options), {"input": Model(unit, zero, zero, zero)}).c0
        values = values + np.vectorize(lambda q: F(q).limit_denominator(64), otypes=[object])(column.numpy()) * reals[place]
    target(float(used(out, s, values)))
    assert used(out, s, values) <= 1


@settings(max_examples=40)
@given(SEED, POSITION, st.sampled_from([0.0, 2.0**-30, 0.02, 0.25]), st.booleans(), SCALE)
def test_batch_normalisation_is_enclosed(seed, s, h, affine, scale):
    draw, m, eps = generator("normalisation", seed), 0.7, 1e-5
    x = model(draw, (2, 3, 2), scale)
    made = {role: parameter(draw, (3,), m, h) for role in ("weight", "bias", "running_mean")}
    a, b = (torch.from_numpy(draw.gamma(0.3, size=3)) for _ in range(2))
    made["running_var"] = moving(a, b, m, h), Ends(a, b)
    roles = set(made) if affine else {"running_mean", "running_var"}
    out = RULES["batch_norm"](node("batch_norm", eps=eps), {"input": x, **{role: made[role][0] for role in roles}})
    at = {role: on_chord(made[role][1], m, h, s).reshape(1, 3, 1) for role in roles}
    centred = inside(x, s, draw) - at["running_mean"]
    with mpmath.workdps(60):
        root = np.vectorize(lambda v: rational(1 / mpmath.sqrt(mpmath.mpf(v.numerator) / v.denominator)), otypes=[object])
        values = centred * root(at["running_var"] + F(eps))
    if affine:
        values = values * at["weight"] + at["bias"]
    share = used(out, s, values)
    target(float(share))
    assert share <= 1


@settings(max_examples=40)
@given(SEED, POSITION, st.sampled_from([(4,), (3, 4)]), st.booleans(), SCALE, st.sampled_from([0.0, 1e-6, 0.02, 2.0]))
def test_layer_normalisation_is_enclosed(seed, s, shape, affine, scale, moved_by):
    draw, m, h, eps = generator("layer normalisation", seed), 0.7, 0.02, 1e-5
    x = model(draw, (2, 3, 4), scale, moved_by)
    x = x._replace(c1=moved_by * x.c1, c2=moved_by * x.c2)
    made = {role: parameter(draw, shape, m, h) for role in (("weight", "bias") if affine else ())}
    given = {"input": x, **{role: moved_along for role, (moved_along, _) in made.items()}}
    out = RULES["layer_norm"](node("layer_norm", eps=eps, normalized_shape=shape), given)
    axes, real = tuple(range(-len(shape), 0)), inside(x, s, draw)
    terms = real.size // real.sum(axis=axes).size
    centred = real - real.sum(axis=axes, keepdims=True) / terms
    with mpmath.workdps(60):
        root = np.vectorize(lambda v: rational(1 / mpmath.sqrt(mpmath.mpf(v.numerator) / v.denominator)), otypes=[object])
        values = centred * root((centred * centred).sum(axis=axes, keepdims=True) / terms + F(eps))
    if affine:
        values = values * on_chord(made["weight"][1], m, h, s) + on_chord(made["bias"][1], m, h, s)
    share = used(out, s, values)
    target(float(share))
    assert share <= 1


def test_a_layer_normalisation_is_never_beyond_the_root_of_its_size():
    """Whatever comes in, even with a remainder of 10^6: this stops the growth of remainders from layer to layer."""
    x = model(generator("layer normalisation", 0), (2, 9), 1.0, 1e6)
    out = RULES["layer_norm"](node("layer_norm", eps=1e-5, normalized_shape=(9,)), {"input": x})
    assert float((abs(out.c0) + abs(out.c1) + abs(out.c2) + out.remainder).max()) <= 3 * (1 + ROUNDING)


@settings(max_examples=40)
@given(SEED, POSITION, st.sampled_from([(1.0, 20.0), (2.5, 20.0), (0.3, 0.5)]), SCALE)
def test_softplus_with_its_options_is_enclosed(seed, s, options, scale):
    draw, (beta, threshold) = generator("softplus", seed), options
    x = model(draw, (2, 3), scale)
    out = RULES["softplus"](node("softplus", beta=beta, threshold=threshold), {"input": x})

    def value(u):
        at = F(beta) * u
        with mpmath.workdps(60):
            soft = rational(mpmath.log1p(mpmath.exp(mpmath.mpf(at.numerator) / at.denominator))) / F(beta)
        return u if at > F(threshold) else soft

    assert used(out, s, np.vectorize(value, otypes=[object])(inside(x, s, draw))) <= 1


def test_a_layer_normalisation_with_a_wrong_mean_is_seen(monkeypatch):
    def still(*parts):
        return averaged(*parts)._replace(c1=0 * parts[1](parts[0].c1))

    monkeypatch.setattr("toykit.bridge.certified.operators.averaged", still)
    draw, s = generator("mutant", 3), F(1)
    x = model(draw, (1, 4), remainder=0.0)
    x = x._replace(c1=0.1 * x.c1, c2=0 * x.c2)
    out = RULES["layer_norm"](node("layer_norm", eps=1e-5, normalized_shape=(4,)), {"input": x})
    real = inside(x, s, draw).astype(float)
    values = (real - real.mean()) / np.sqrt(real.var() + 1e-5)
    assert used(out, s, np.vectorize(F, otypes=[object])(values)) > 1


def rational(value):
    sign, mantissa, exponent, _ = value._mpf_
    return (-1 if sign else 1) * F(int(mantissa)) * F(2) ** int(exponent)


@settings(max_examples=30)
@given(SEED, POSITION, SCALE)
def test_sums_products_and_numbers_are_enclosed(seed, s, scale):
    draw = generator("pointwise", seed)
    x, y = model(draw, (2, 3, 2), scale), model(draw, (3, 1), scale)
    u, v = inside(x, s, draw), inside(y, s, draw)
    cases = [
        ("add", {"alpha": 1}, {"other": y}, u + v),
        ("sub", {"alpha": 0.3}, {"other": y}, u - F(0.3) * v),
        ("add", {"other": 0.1, "alpha": 2}, {}, u + 2 * F(0.1)),
        ("mul", {}, {"other": y}, u * v),
        ("mul", {"other": 0.7}, {}, u * F(0.7)),
        ("div", {"other": 3}, {}, u / 3),
        ("neg", {}, {}, -u),
        ("rsub", {"other": 0.7, "alpha": 1}, {}, F(0.7) - u),
        ("rsub", {"alpha": 0.3}, {"other": y}, v - F(0.3) * u),
    ]
    for op, options, others, values in cases:
        assert used(RULES[op](node(op, **options), {"input": x, **others}), s, values) <= 1, op


@pytest.mark.parametrize("broken", ["no remainder", "wrong sign"])
def test_a_wrong_convolution_is_seen(monkeypatch, broken):
    from toykit.bridge.certified import linear

    right = linear.contracted

    def wrong(given, weight, apply, terms, summed):
        if broken == "wrong sign":
            return right(given, weight._replace(c1=-weight.c1), apply, terms, summed)
        return right(given._replace(remainder=0 * given.remainder), weight, apply, terms, summed)

    monkeypatch.setattr(linear, "contracted", wrong)
    draw, s, m, h = generator("mutant", 1), F(1), 0.5, 0.25
    x = model(draw, (1, 2, 3, 3), remainder=0.01 if broken == "wrong sign" else 0.5)
    weight, ends = parameter(draw, (2, 2, 2, 2), m, h)
    window = node("conv2d", stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1)
    values = naive_convolution(inside(x, s, draw), on_chord(ends, m, h, s), (1, 1), (0, 0), (1, 1), 1)
    assert used(convolved(window, x, weight, None), s, values) > 1


def test_a_normalisation_without_the_curvature_of_its_root_is_seen(monkeypatch):
    def flat(value, floor):
        found = smooth.inverse_root(value, floor)
        return found._replace(c2=0 * found.c2)

    monkeypatch.setattr("toykit.bridge.certified.operators.inverse_root", flat)
    draw, m, h, s = generator("mutant", 2), 0.5, 0.1, F(1)
    a, b = torch.full((3,), 0.1, dtype=torch.float64), torch.full((3,), 2.0, dtype=torch.float64)
    x, mean = model(draw, (1, 3), remainder=0.0), parameter(draw, (3,), m, h)
    out = RULES["batch_norm"](
        node("batch_norm", eps=1e-5), {"input": x, "running_mean": mean[0], "running_var": moving(a, b, m, h)}
    )
    root = (on_chord(Ends(a, b), m, h, s) + F(1e-5)).astype(float) ** -0.5
    values = (inside(x, s, draw) - on_chord(mean[1], m, h, s)) * np.vectorize(F, otypes=[object])(root)
    assert used(out, s, values) > 1
