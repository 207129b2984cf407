"""Both sides of the spectrum: variance, influence and stability from the values at all vertices, and from the coefficients.

The blocks are the finest partition with at most ten of them (2^10 vertices), unless the pair names one; a digits network is
enumerated tensor by tensor. Facts: `law`, `granularity`, and `drawn`, the granularity in which lambda really varied.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import sympy as sp

from toykit.checks.combinability import _neurons, _pairs
from toykit.combining.draws import mixing
from toykit.combining.granularity import blocks
from toykit.combining.spectrum import Spectrum, spectrum
from toykit.formula import evaluate
from toykit.landscape import Floats, Pair
from toykit.networks.formula import Formula
from toykit.seeds import generator
from toykit.tolerances import TORCH32, TORCH64
from toykit.verdict import Comparison, Number, Outcome, Relation, Result

SLUG = "combinability/vertex_spectrum"
MOST = 10
"""Blocks: 1024 vertices, each a forward pass."""

SLOW, FEWER = 10**5, 7
"""A network with more parameters gets at most this many blocks, 128 vertices."""

RHO = 0.5


def check(pair: Pair, *, spec: str = "bernoulli(0.5)", granularity: str | None = None) -> Result:
    """sum_i c_i^2 <= Var G <= (sum_i c_i^2 + I)/2 <= I, and both sides of variance, influence and stability."""
    spec = pair.facts.get("law", spec)
    chosen = pair.facts.get("granularity", granularity or finest(pair))
    drawn = pair.facts.get("drawn", chosen)
    found = spectrum(mixing(pair, spec, chosen))
    met = found if drawn == chosen else spectrum(mixing(pair, spec, drawn))
    weights = found.weights
    letters = {
        "t": found.p,
        "n": float(found.values.ndim),
        "first_2": float(weights[1]),
        "influence": found.influence,
        "rho": RHO,
    }
    apart = drawn == chosen
    how = f"{spec}, one draw per block" if apart else f"lambda is common to each {drawn} block"
    extra = {
        "granularity": chosen,
        "weights": {str(size): float(weight) for size, weight in enumerate(weights)},
        "share of degree 1": float(weights[1] / met.variance) if met.variance else 1.0,
    }
    comparisons = tuple(_comparisons(pair, found, met, letters))
    return Result(SLUG, pair.name, comparisons, letters, {"INDEPENDENT": Outcome(apart, how)}, extra)


def finest(pair: Pair) -> str:
    """The finest partition that is still enumerated: whole neurons count between rows and tensors."""
    most = FEWER if pair.theta_a.count > SLOW // 10 else MOST
    names = ["element", "row", "tensor", "layer"]
    if _neurons.one_layer(pair).holds:
        names.insert(0, "neuron")
    return next((name for name in names if blocks(name, pair.theta_a).count <= most), "global")


def _comparisons(pair: Pair, found: Spectrum, met: Spectrum, letters: dict[str, float]) -> Iterator[Comparison]:
    weights = found.weights
    sizes: Floats = np.arange(len(weights), dtype=np.float64)
    relative = TORCH32 if pair.landscape.traits.precision == "float32" else TORCH64
    allowed = relative * max(1.0, float(np.square(found.values).max())) * len(weights)
    note = f"all {met.values.size} vertices"
    variance = Number.exact(met.variance, note)
    lower, upper, influence = (Number.exact(evaluate(SLUG, name, letters)) for name in ("lower", "upper", "efron_stein"))
    yield Comparison("variance of the loss", variance, Relation.AT_MOST, upper, allowed)
    yield Comparison("variance, below the influence", variance, Relation.AT_MOST, influence, allowed)
    yield Comparison("variance, above degree 1", variance, Relation.AT_LEAST, lower, allowed, 0.0)
    beyond = Number.exact(float(weights[1:].sum()), "sum of the squared coefficients")
    yield Comparison("variance from the spectrum", variance, Relation.EQUAL, beyond, allowed)
    counted = Number.exact(float(sizes @ weights), "squared coefficients, each times the size of its set")
    yield Comparison("influence from the spectrum", Number.exact(met.influence, note), Relation.EQUAL, counted, allowed)
    kept = Number.exact(float(RHO**sizes @ weights), "squared coefficients, damped by their size")
    yield Comparison("stability at rho = 1/2", Number.exact(met.stability(RHO), note), Relation.EQUAL, kept, allowed)


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Random networks by whole neurons, polynomials by coordinates, and functions close to a parity or to a linear one."""
    networks = _neurons.cases(SLUG, count, seed)
    polynomials = _pairs.cases(4 * count, seed)
    for number, network in enumerate(networks):
        match number % 3:
            case 0:
                yield network
            case 1:
                found = next(pair for pair in polynomials if "degree" in pair.facts)
                yield replace(found, facts={"law": ("bernoulli(0.5)", "bernoulli(0.3)")[number % 2]})
            case _:
                yield _near_one_degree(number, seed)


def _near_one_degree(number: int, seed: int) -> Pair:
    """sum_i a_i z_i plus a little of z_1 z_2 z_3 on {0,1}^3: both bounds are nearly met."""
    stream = generator(SLUG, seed * 1_000_000 + number)
    z = sp.symbols("z_1:4", real=True)
    slopes, little = stream.uniform(0.5, 2, 3), 10 ** stream.uniform(-5, 0)
    linear = sp.Add(*(sp.Rational(float(a)) * x for a, x in zip(slopes, z, strict=True)))
    net = Formula(linear + sp.Rational(float(little)) * sp.Mul(*z), z, f"nearly linear {number}")
    return Pair(net, net.point(z_1=0.0, z_2=0.0, z_3=0.0), net.point(z_1=1.0, z_2=1.0, z_3=1.0), net.name)


def extremal() -> Iterator[Pair]:
    """Whole neurons with squared loss have degree 2; P2 on two coordinates; a linear loss, where all bounds are one number."""
    yield _neurons.fixture()
    yield _pairs.quartic()
    z = sp.symbols("z_1:3", real=True)
    net = Formula(z[0] + 2 * z[1], z, "z_1 + 2 z_2")
    yield Pair(net, net.point(z_1=0.0, z_2=0.0), net.point(z_1=1.0, z_2=1.0), net.name)


def necessity() -> Iterator[tuple[str, Pair]]:
    """One lambda for both coordinates of (z_1 + z_2)^2: the variance is 4, the influence of independent ones 5/2."""
    yield "INDEPENDENT", _pairs.equal_blocks(drawn="global")
