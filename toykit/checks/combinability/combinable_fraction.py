"""Both sides of the fraction of good combinations: counted, and promised by mean and variance.

The inequalities hold for every law, so for the losses of a sample as well: there M, V and the fraction are those of the
draws. For whole neurons with squared loss M and V are the closed formulas of combinability/neuron_vertices; the counted side
is then the upper end of a Clopper-Pearson interval, so that the certificate is not blamed for the luck of a sample.

Facts: `law`, `granularity`, `tau`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import sympy as sp

from toykit.checks.by_size import fewer
from toykit.checks.combinability import _neurons
from toykit.combining.draws import mixing
from toykit.combining.fraction import Fraction, fraction
from toykit.combining.whole_neurons import whole_neurons
from toykit.formula import evaluate
from toykit.landscape import Pair
from toykit.networks.formula import Formula
from toykit.seeds import generator
from toykit.tolerances import ROUNDING, TORCH32
from toykit.verdict import Comparison, Number, Outcome, Relation, Result

SLUG = "combinability/combinable_fraction"
LAW = "combinability/neuron_vertices"
TAU = 0.1
DRAWS, FEWER = 100, 20
"""Draws, and draws for a network whose passes take long."""
CONFIDENCE = 1 - 1e-6
"""Of the interval around a counted fraction: one check in a million may be blamed wrongly."""


def check(
    pair: Pair, *, spec: str = "bernoulli(0.5)", granularity: str | None = None, tau: float = TAU, draws: int | None = None
) -> Result:
    """The fraction of combinations below c = max(L_a, L_b) + tau against 1 - M/c and 1 - V/(V + (c-M)^2)."""
    spec, tau = pair.facts.get("law", spec), float(pair.facts.get("tau", tau))
    whole = bool(_neurons.one_layer(pair).holds)
    chosen = pair.facts.get("granularity", granularity or ("neuron" if whole else "element"))
    found = fraction(mixing(pair, spec, chosen), tau, draws=draws or fewer(pair, DRAWS, FEWER))
    letters = {"M_mean": found.mean, "V_loss": found.variance, "level": found.level}
    slack = (TORCH32 if pair.landscape.traits.precision == "float32" else ROUNDING) * max(1.0, float(np.abs(found.losses).max()))
    lowest = float(found.losses.min())
    nonnegative = pair.landscape.traits.nonnegative or lowest >= 0  # the law of the losses met is what is spoken of
    below = found.mean < found.level
    assumptions = {
        "NONNEGATIVE": Outcome(nonnegative, f"the lowest loss met is {lowest:.4g}"),
        "BELOW": Outcome(below, f"M = {found.mean:.4g} and c = {found.level:.4g}"),
    }
    closed = _closed(pair, found.level, spec, chosen) if whole else None
    comparisons = [*_promised(found, letters, slack)]
    if closed is not None and closed["M_mean"] < closed["level"]:
        comparisons.append(_certificate(found, closed, slack))
    extra = {
        "tau": tau,
        "law": spec,
        "granularity": chosen,
        "fraction": found.at_most(slack),
        "interval at 95 %": found.interval(),
        "quantiles": {f"{q}%": float(np.quantile(found.losses, q / 100)) for q in (10, 50, 90)},
    }
    return Result(SLUG, pair.name, tuple(comparisons), letters, assumptions, extra)


def _promised(found: Fraction, letters: dict[str, float], slack: float) -> Iterator[Comparison]:
    note = f"all {len(found.losses)} combinations" if found.exact else f"the law of {len(found.losses)} draws"
    # losses within rounding of c may count on either side
    counted = Number.certified(found.below(slack), found.below(-slack), note)
    if counted.lo == counted.hi:
        counted = Number.exact(counted.lo, note)
    names = {"cantelli": "fraction below c, from mean and variance", "markov": "fraction below c, from the mean"}
    defined = {"cantelli": letters["V_loss"] > 0 or letters["M_mean"] != found.level, "markov": found.level > 0}
    for formula, name in names.items():
        if defined[formula]:
            bound = Number.exact(evaluate(SLUG, formula, letters))
            yield Comparison(name, counted, Relation.AT_LEAST, bound, slack, 0.0)


def _certificate(found: Fraction, closed: dict[str, float], slack: float) -> Comparison:
    bound = Number.exact(evaluate(SLUG, "cantelli", closed), "closed formulas: no sample")
    low, high = found.interval(CONFIDENCE)
    note = f"all {len(found.losses)} vertices" if found.exact else f"Clopper-Pearson interval of {len(found.losses)} draws"
    measured = (
        Number.exact(found.at_most(slack), note) if found.exact else Number.estimated((low + high) / 2, note, (high - low) / 2)
    )
    return Comparison("certificate without sampling", measured, Relation.AT_LEAST, bound, slack, 0.0)


def _closed(pair: Pair, level: float, spec: str, chosen: str) -> dict[str, float] | None:
    """M and V of whole neurons from the contributions, where the loss is squared."""
    squared = _neurons.squared(pair)
    if squared is None or not squared.holds or chosen != "neuron" or not spec.startswith("bernoulli"):
        return None
    letters = whole_neurons(pair, mixing(pair, spec, chosen).law.mean).letters | {"factor": pair.landscape.traits.factor or 1.0}
    return {"M_mean": evaluate(LAW, "mean", letters), "V_loss": evaluate(LAW, "variance", letters), "level": level}


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Losses of two values on the vertices, nearly, where both bounds are nearly met; and networks with a large tau."""
    for number, network in enumerate(_neurons.cases(SLUG, count, seed)):
        stream = generator(SLUG, seed * 1_000_000 + number)
        if number % 2:
            yield _two_values(stream, f"two values {number}")
        else:
            mixed = mixing(network, network.facts["law"], "neuron")
            found = fraction(mixed)
            above = max(found.mean - found.level, 0.0) + float(stream.uniform(0.1, 2)) * float(np.sqrt(found.variance))
            yield replace(network, facts={**network.facts, "tau": repr(above)})


def _two_values(stream: np.random.Generator, name: str) -> Pair:
    """(z_1 - z_2)^2, plus a little of z_2 (1 - z_2) (z_1 + 1): 0 at the ends, 1 and nearly 1 at the other vertices."""
    z = sp.symbols("z_1:3", real=True)
    little = sp.Rational(float(10 ** stream.uniform(-6, -1)))
    net = Formula((z[0] - z[1]) ** 2 * (1 + little * z[0] ** 2), z, name, nonnegative=True)
    return Pair(net, net.point(z_1=0.0, z_2=0.0), net.point(z_1=1.0, z_2=1.0), name, facts={"tau": "1"})


def extremal() -> Iterator[Pair]:
    """Two values with equal mass, 0 at the ends and 1 at the other vertices: half of the vertices lie strictly below 1."""
    z = sp.symbols("z_1:3", real=True)
    net = Formula((z[0] - z[1]) ** 2, z, "(z_1 - z_2)^2", nonnegative=True)
    yield Pair(net, net.point(z_1=0.0, z_2=0.0), net.point(z_1=1.0, z_2=1.0), net.name, facts={"tau": "1"})


def necessity() -> Iterator[tuple[str, Pair]]:
    """Both ends at 0 and all other vertices at 1, with c = 1/10; a loss of -10 at one vertex."""
    z = sp.symbols("z_1:4", real=True)
    far = sp.Add(*((p - q) ** 2 for p, q in ((z[0], z[1]), (z[1], z[2]), (z[2], z[0])))) / 2
    net = Formula(far, z, "all but the ends", nonnegative=True)
    ends = [net.point(z_1=value, z_2=value, z_3=value) for value in (0.0, 1.0)]
    yield "BELOW", Pair(net, ends[0], ends[1], net.name)
    deep = Formula(3 * z[0] - 10 * z[1] + 8 * z[0] * z[1], z[:2], "one vertex at -10", nonnegative=False)
    yield "NONNEGATIVE", Pair(deep, deep.point(z_1=0.0, z_2=0.0), deep.point(z_1=1.0, z_2=1.0), deep.name)
