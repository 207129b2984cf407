"""Check of connectivity/linear_net_components: signs of determinants, curves of constant product, the level between classes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from toykit.connectivity.excerpt import excerpt
from toykit.connectivity.linear_orbits import Crossing, Factors, Orbit, Standard, around, patterns, product, signs
from toykit.connectivity.toys_linear import factored, second_difference, shaken, wider_middle
from toykit.data import one_hot
from toykit.formula import evaluate
from toykit.landscape import Floats, Layered, Pair
from toykit.networks.mlp import MLP
from toykit.parameters import Parameters
from toykit.seeds import generator
from toykit.tolerances import EXACT, ROUNDING, SOLVED
from toykit.verdict import Comparison, Number, Outcome, Relation, Result

Way = tuple[list[Comparison], dict[str, float]]

SLUG = "connectivity/linear_net_components"
RANKED = 1e-10
"""Singular values below this fraction of the largest count as 0."""

FACTORISATIONS = 400
DEEPEST = 6
"""Up to so many layers the 400 random factorisations show every pattern."""

CROSSINGS = 60
"""Halvings of the interval in which a determinant changes its sign."""


def check(pair: Pair, *, positions: int = 11) -> Result:
    """Equal signs: drift of the product and excess of the curve between the ends. Other signs: what the way costs.

    The maximum of the explicit path is compared with the level, and the loss wherever a sign changes along the chord. With
    wider middle layers there is no sign; a path around is then compared with the level, for information.
    """
    network, assumptions = pair.landscape, _structure(pair)
    if not isinstance(network, Layered) or any(outcome.holds is False for outcome in assumptions.values()):
        return Result(SLUG, pair.name, (), {}, assumptions)
    net, ends = excerpt(network, [pair.theta_a, pair.theta_b], int(network.inputs.shape[0]))
    problem = Problem.of(net)
    a, b = (tuple(layer.weight for layer in net.layers(theta)) for theta in ends)
    letters = {"sigma_r": problem.sigma, "count": float(net.data.count), "factor": problem.factor, "depth": float(net.depth)}
    level = evaluate(SLUG, "level", letters)
    losses = [net.loss(theta) for theta in ends]
    widths = (*net.sizes,)
    square = len(set(widths)) == 1
    assumptions["SQUARE"] = Outcome(square, f"layers of sizes {widths}")
    assumptions["INVERTIBLE"] = problem.outcome
    assumptions["BELOW"] = Outcome(max(losses) < level, f"losses {losses[0]:.3g} and {losses[1]:.3g}, level {level:.6g}")
    if not square or problem.outcome.holds is False:
        return Result(SLUG, pair.name, _for_information(net, a, b, level, losses), letters, assumptions)
    letters |= {"sign_a": float(np.prod(signs(a)[:-1])), "sign_b": float(np.prod(signs(b)[:-1]))}
    found = [_count(problem, net.depth, letters)] if net.depth <= DEEPEST else []
    extra = {"signs": [list(signs(a)), list(signs(b))], "level": level}
    if assumptions["BELOW"].holds:
        way, more = (_along_orbit if signs(a) == signs(b) else _across)(net, problem, a, b, positions)
        found, letters = [*way, *found], {**letters, **more}
    found = [*found, *_chord(net, a, b, level, max(losses)), _level(net, problem, level)]
    return Result(SLUG, pair.name, tuple(found), letters, assumptions, extra)


@dataclass(frozen=True)
class Problem:
    """X (N, h), the product M of least squares, the smallest singular value of X M^T, and c."""

    inputs: Floats
    matrix: Floats

    sigma: float
    factor: float
    outcome: Outcome

    @classmethod
    def of(cls, net: MLP) -> Problem:
        """What the data of a linear network ask for."""
        xs, targets = net.inputs, net.targets
        ys = one_hot(targets, net.sizes[-1]) if targets.ndim == 1 else np.asarray(targets, dtype=np.float64)
        matrix: Floats = np.asarray(np.linalg.lstsq(xs, ys, rcond=None)[0].T, dtype=np.float64)
        residual = float(np.abs(xs @ matrix.T - ys).max())
        spectrum = np.linalg.svd(xs, compute_uv=False)
        rank = int((spectrum > RANKED * spectrum[0]).sum())
        values = np.linalg.svd(xs @ matrix.T, compute_uv=False)
        h = min(matrix.shape)
        regular = values[h - 1] > RANKED * values[0]
        exact = residual <= SOLVED * max(1.0, float(np.abs(ys).max()))
        outcome = Outcome(
            bool(rank == net.sizes[0] and regular and exact),
            f"X of rank {rank} of {net.sizes[0]}, singular values of Y from {values[0]:.4g} to {values[h - 1]:.4g}, Y - XM^T is "
            f"{residual:.2g}",
        )
        return cls(xs, matrix, float(values[h - 1]), float(net.traits.factor or 0.0), outcome)

    def solved(self, factors: Factors) -> Factors:
        """The solution that differs in the last factor only; the loss on the way to it is convex."""
        return (*factors[:-1], self.matrix @ np.linalg.inv(product(factors[:-1])))


def _structure(pair: Pair) -> dict[str, Outcome]:
    network, traits = pair.landscape, pair.landscape.traits
    squared = Outcome(traits.factor is not None, f"the loss is {traits.loss}")
    if not isinstance(network, Layered):
        return {"LINEAR": Outcome(False, f"{type(network).__name__} is no network of dense layers"), "SQUARED": squared}
    biases = sum(network.bias_name(layer) is not None for layer in range(1, network.depth + 1))
    plain = network.activation.name == "identity" and network.depth > 1 and not biases
    says = f"{network.depth} layers, activation {network.activation.name}, {biases} of them with a bias"
    return {"LINEAR": Outcome(plain, says), "SQUARED": squared}


def _along_orbit(net: MLP, problem: Problem, a: Factors, b: Factors, positions: int) -> Way:
    """Straight to a solution by the last layer, the curve of constant product, and straight to the other end."""
    start, end = problem.solved(a), problem.solved(b)
    orbit = Orbit.between(start, end)
    points = [orbit(float(t)) for t in np.linspace(0.0, 1.0, positions)]
    size, zero = _size([a, b, *points]), Number.exact(0.0)
    drift = max(float(np.abs(product(point) - problem.matrix).max()) for point in points)
    gap = max(float(np.abs(found - wanted).max()) for found, wanted in zip(points[-1], end, strict=True))
    worse = max(net.loss(_theta(net, point)) for point in (a, b))
    top = max(net.loss(_theta(net, point)) for point in (a, *points, b))
    note = f"{positions} positions of the curve between the solutions below the ends"
    comparisons = [
        Comparison("excess of the path", Number.estimated(top - worse, note), Relation.EQUAL, zero, ROUNDING * size),
        Comparison("drift of the product", Number.estimated(drift, note), Relation.EQUAL, zero, ROUNDING * size),
        Comparison("distance of its end", Number.exact(gap), Relation.EQUAL, zero, ROUNDING * size),
    ]
    return comparisons, {"drift": drift, "path_max": top}


def _across(net: MLP, problem: Problem, a: Factors, b: Factors, positions: int) -> Way:
    """Straight to solutions by the last layer, and between these through the standard forms."""
    standard, start, end = Standard.of(problem.inputs, problem.matrix, net.depth), problem.solved(a), problem.solved(b)
    crossing = Crossing(standard, start, end)
    points = [crossing(float(s)) for s in np.linspace(0.0, 4.0, 4 * positions - 3)]  # 2 is among them
    ends = ((points[0], start), (points[-1], end))
    gap = max(float(np.abs(p - q).max()) for one, other in ends for p, q in zip(one, other, strict=True))
    top = max(net.loss(_theta(net, point)) for point in (a, *points, b))
    size = _size([a, b, *points[:positions], *points[-positions:]])
    level = evaluate(SLUG, "level", {"factor": problem.factor, "sigma_r": problem.sigma, "count": float(net.data.count)})
    bound = Number.exact(level, "c sigma_h^2 / N")
    highest = Number.exact(top, "where the last diagonal entries are 0; the rest lower, 4 pieces sampled")
    comparisons = [
        Comparison("maximum of the explicit path", highest, Relation.EQUAL, bound, ROUNDING * size * max(1.0, level)),
        Comparison("distance of its ends", Number.exact(gap), Relation.EQUAL, Number.exact(0.0), ROUNDING * size),
    ]
    return comparisons, {"path_max": top}


def _chord(net: MLP, a: Factors, b: Factors, level: float, worse: float) -> list[Comparison]:
    """The loss where a determinant changes its sign along the chord: at least the level."""
    crossings = [net.loss(_theta(net, point)) for point in _changes(lambda t: _between(a, b, t), a)]
    if not crossings:
        return []
    lowest = Number.estimated(min(crossings), f"lowest of {len(crossings)} sign changes along the chord, bisected")
    bound = Number.exact(level, "c sigma_h^2 / N")
    return [
        Comparison("loss where a sign changes", lowest, Relation.AT_LEAST, bound, SOLVED * max(1.0, level, lowest.value), worse)
    ]


def _level(net: MLP, problem: Problem, level: float) -> Comparison:
    """The loss of the standard form with a vanishing last entry."""
    standard = Standard.of(problem.inputs, problem.matrix, net.depth)
    at = net.loss(_theta(net, standard.factors(np.zeros(net.depth))))
    bound = Number.exact(level)
    return Comparison("loss of the pass", Number.exact(at), Relation.EQUAL, bound, SOLVED * max(1.0, level))


def _for_information(net: MLP, a: Factors, b: Factors, level: float, losses: list[float]) -> tuple[Comparison, ...]:
    """With two layers and a wider middle: the path around, against the level that square layers would have."""
    if net.depth != 2 or not net.sizes[0] == net.sizes[2] < net.sizes[1]:
        return ()
    top = max(net.loss(_theta(net, point)) for point in around(a, b, SLUG))
    measured, bound = Number.estimated(top, "41 positions of a path around"), Number.exact(level)
    return (Comparison("maximum of the path", measured, Relation.AT_LEAST, bound, SOLVED * max(1.0, level), max(losses)),)


def _count(problem: Problem, depth: int, letters: dict[str, float]) -> Comparison:
    shown = patterns(problem.matrix, depth, FACTORISATIONS, SLUG)
    letters["components"] = float(shown)
    bound = Number.exact(evaluate(SLUG, "components", letters), "2^(l-1)")
    measured = Number.exact(shown, f"sign patterns of {FACTORISATIONS} random factorisations")
    return Comparison("classes of solutions", measured, Relation.EQUAL, bound, EXACT)


def _changes(curve: Callable[[float], Factors], start: Factors, positions: int = 41) -> Iterator[Factors]:
    """The points of a curve just after one of the determinants has changed its sign."""
    ts, before = np.linspace(0.0, 1.0, positions), signs(start)
    for left, right in pairwise(ts):
        after = signs(curve(float(right)))
        for layer in [i for i, (x, y) in enumerate(zip(before, after, strict=True)) if x != y]:
            low, high = float(left), float(right)
            for _ in range(CROSSINGS):
                middle = (low + high) / 2
                low, high = (middle, high) if signs(curve(middle))[layer] == before[layer] else (low, middle)
            yield curve(high)
        before = after


def _between(a: Factors, b: Factors, t: float) -> Factors:
    return tuple((1 - t) * x + t * y for x, y in zip(a, b, strict=True))


def _theta(net: MLP, factors: Factors) -> Parameters:
    return Parameters({net.weight_name(layer): factor for layer, factor in enumerate(factors, start=1)})


def _size(points: list[Factors]) -> float:
    """The largest product of the condition numbers of the factors on the way: what rounding grows by."""
    return max(float(np.prod([np.linalg.cond(factor) for factor in point])) for point in points)


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Random factorisations into two to four layers of width one to four, of one sign pattern or of two, half of them shaken."""
    for number in range(seed * count, (seed + 1) * count):
        draw = generator("linear cases", number)
        pair = factored(number, int(draw.integers(1, 5)), int(draw.integers(2, 5)), same=bool(number % 2))
        yield shaken(pair, number) if number % 4 > 1 else pair


def extremal() -> Iterator[Pair]:
    """The second-difference matrix, whose classes are 1/2 apart; one unit and three layers."""
    yield second_difference()
    yield factored(1, 1, 3, same=False)


def necessity() -> Iterator[tuple[str, Pair]]:
    """A middle layer of two units for one input: the solutions turn around 0."""
    yield "SQUARE", wider_middle()
