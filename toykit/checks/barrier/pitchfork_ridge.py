"""Check of B = mu^2/4 and of the fraction of copies that end on opposite sides of a ridge [barrier/pitchfork_ridge]."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
from scipy.special import ndtr

from toykit.barriers.measured import barrier, tolerance
from toykit.formula import evaluate
from toykit.landscape import Pair
from toykit.networks.fork import Fork, constant_fork, opening_fork, twins
from toykit.seeds import generator
from toykit.tolerances import EXACT, sampled
from toykit.verdict import Comparison, Number, Outcome, Relation, Result

SLUG = "barrier/pitchfork_ridge"
COPIES = 500
"""Pairs of copies; the fraction is then off by at most 0.13, six standard errors."""

STEP = 0.04
"""Steps of descent in units of 1/mu: the growth off the ridge is that of the flow to two per cent."""

SETTLING = 5.0
"""Time after branching in units of 1/mu: the side of a copy is then decided up to a factor e^-5 of its spread."""

STEEP = 25.0


def check(pair: Pair, copies: int = COPIES) -> Result:
    """B against the curvature across the ridge, and the fraction of simulated pairs that end apart against the law."""
    landscape, base = pair.landscape, pair.theta_0
    if not isinstance(landscape, Fork) or base is None:
        kind = getattr(landscape, "name", type(landscape).__name__)
        return Result(SLUG, pair.name, (), {}, {"FORK": Outcome(False, f"the formula is that of a fork; got {kind}")})
    mu, sigma, x = landscape.opening(base), float(landscape.noise[0]), float(base["x"][0])
    letters = {"mu": mu, "varsigma": sigma, "tau": landscape.trunk, "x_tau": x}
    height = evaluate(SLUG, "barrier", {"mu": landscape.opening(pair.theta_a)})
    allowed = tolerance(pair, 1 + height + max(abs(landscape.loss(theta)) for theta in (pair.theta_a, pair.theta_b)))
    comparisons = [Comparison("barrier", barrier(pair), Relation.EQUAL, Number.exact(height), allowed)]
    if mu > 0 and sigma > 0:
        law = _law(letters)
        found = Number.estimated(apart(pair, copies), f"{copies} simulated pairs", sampled(copies))
        comparisons.append(Comparison("pairs on opposite sides", found, Relation.EQUAL, Number.exact(law), EXACT))
    return Result(SLUG, pair.name, tuple(comparisons), letters, _assumptions(pair, landscape, letters))


def _law(letters: dict[str, float]) -> float:
    """Law (a) with the letter p, where the copies part off the ridge; else law (b)."""
    if not letters["x_tau"]:
        return float(evaluate(SLUG, "forked", letters))
    letters["p"] = float(ndtr(-evaluate(SLUG, "reach", letters)))
    return float(evaluate(SLUG, "apart", letters))


def apart(pair: Pair, copies: int) -> float:
    """The fraction of pairs of copies on opposite sides of the ridge, after a common trunk from the base of the pair."""
    landscape, base = pair.landscape, pair.theta_0
    if not isinstance(landscape, Fork) or base is None:
        return math.nan
    mu = landscape.opening(base)
    rate, draw = STEP / mu, generator(f"{SLUG}/{pair.name}", copies)
    start = np.tile(landscape.values(base), (copies, 1)).astype(np.float64)
    trunk = landscape.descend(start, rate, round(landscape.trunk / rate), draw)
    ends = landscape.descend(np.concatenate([trunk, trunk]), rate, round(SETTLING / STEP), draw)
    sides = np.sign(ends[:, 0])
    return float((sides[:copies] != sides[copies:]).mean())


def _assumptions(pair: Pair, landscape: Fork, letters: dict[str, float]) -> dict[str, Outcome]:
    ends = [landscape.values(theta) for theta in (pair.theta_a, pair.theta_b)]
    slope = max(landscape.gradient(theta).norm() for theta in (pair.theta_a, pair.theta_b))
    mirrored = bool(ends[0][0] == -ends[1][0] != 0 and ends[0][1] == ends[1][1])
    at_minima = mirrored and bool(slope <= tolerance(pair, 1 + abs(ends[0][0]) ** 3))
    steep = letters["mu"] > 0 and letters["varsigma"] ** 2 <= letters["mu"] ** 2 / STEEP
    shared, off = letters["tau"] > 0, letters["x_tau"] != 0
    return {
        "FORK": Outcome(True, f"the formula of the landscape, mu = {landscape.mu}"),
        "TWINS": Outcome(at_minima, f"x = {ends[0][0]:.6g} and {ends[1][0]:.6g}, largest slope {slope:.2g}"),
        "START": Outcome(not (shared and off), f"trunk of the time {letters['tau']:.3g} from x = {letters['x_tau']:.3g}"),
        "SMALL": Outcome(steep, f"noise {letters['varsigma']:.3g}, mu = {letters['mu']:.3g} at the start"),
        "CONSTANT": Outcome(not landscape.mu.free_symbols, f"mu = {landscape.mu}"),
        "INDEPENDENT": Outcome(True, "every copy has normal draws of its own"),
    }


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Steep and gentle forks with small noise: trunks of every length, and copies that part off the ridge."""
    for number in range(count):
        draw = generator(SLUG, seed * 1_000_000 + number)
        mu = Fraction(int(draw.integers(2, 33)), 8)
        noise = float(mu) * draw.uniform(0.01, 0.1)
        if number % 2:
            deviations = draw.uniform(-2, 2)
            yield constant_fork(mu, noise=noise, start=deviations * noise / math.sqrt(2 * mu))
        else:
            yield constant_fork(mu, noise=noise, trunk=draw.uniform(0, 2) / float(mu))


def extremal() -> Iterator[Pair]:
    """B = mu^2/4 always; at once, half of all pairs end apart."""
    for trunk in (0.0, 0.5, 1.0, 2.0):
        yield constant_fork(1, noise=0.02, trunk=trunk)
    yield constant_fork(1, noise=0.1, start=0.05)


def necessity() -> Iterator[tuple[str, Pair]]:
    """Noise as large as the fork; a fork that opens after the start; a chord from a minimum to the ridge."""
    yield "SMALL", constant_fork(1, noise=1.0, trunk=2.0)
    yield "CONSTANT", opening_fork(noise=0.005, trunk=4.0, y=0.125)
    pair = constant_fork(1, noise=0.02, trunk=1.0)
    landscape = pair.landscape
    if isinstance(landscape, Fork) and pair.theta_0 is not None:
        yield "TWINS", twins(landscape, 0.5, 0.0, pair.theta_0, "two points on the walls of the ridge")
