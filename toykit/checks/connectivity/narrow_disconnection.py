"""Check of connectivity/narrow_disconnection: what a path from endpoint a to endpoint b costs, by the sign of a determinant.

The path is the chord, or with the fact `path = "swap"` the explicit one; every sign change between two sampled positions is
bisected, so that no crossing is missed that the samples show.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from toykit.arrays import to_numpy
from toykit.connectivity.narrow import Targets, swap_path
from toykit.connectivity.toys_narrow import deep_pair, one_unit_more, second_differences, swapped_pair
from toykit.formula import evaluate
from toykit.landscape import Layered, Pair
from toykit.parameters import chord_point
from toykit.paths import Path
from toykit.seeds import generator
from toykit.tolerances import SOLVED, TORCH32
from toykit.verdict import Comparison, Number, Outcome, Relation, Result

SLUG = "connectivity/narrow_disconnection"


def check(pair: Pair, *, per_segment: int = 21) -> Result:
    """The maximum of the path against the level where the signs differ, and the loss against its pointwise bound.

    Without RANK there is no sign; the maximum is then compared with the level for information.
    """
    network, traits = pair.landscape, pair.landscape.traits
    assumptions = {"LAYERS": _layers(network), "SQUARED": Outcome(traits.factor is not None, traits.loss)}
    if not isinstance(network, Layered) or traits.factor is None or assumptions["LAYERS"].holds is False:
        return Result(SLUG, pair.name, (), {}, assumptions)
    ends = [network.loss(theta) for theta in (pair.theta_a, pair.theta_b)]
    outputs = int(pair.theta_a[network.weight_name(network.depth)].shape[0])
    targets = Targets.of(network, outputs)
    examples = int(network.targets.shape[0])
    letters = {"sigma_r": targets.sigma, "count": float(examples), "factor": traits.factor}
    level = evaluate(SLUG, "level", letters)
    assumptions["RANK"] = _rank(targets)
    assumptions["BELOW"] = Outcome(max(ends) < level, f"losses {ends[0]:.6g} and {ends[1]:.6g}, level {level:.6g}")
    path = swap_path(network, pair.theta_a, pair.theta_b) if pair.facts.get("path") == "swap" else _chord(pair)
    # a crossing is bisected to the last bit; its loss moves by as much as the loss does over that bit
    relative = SOLVED if traits.precision == "float64" else TORCH32
    tolerance = relative * max(1.0, level)
    bound = Number.exact(level, "c times the square of the smallest singular value over N")
    if assumptions["RANK"].holds is False:
        top = float(path.profile(network, per_segment).values.max())
        measured = Number.estimated(top, f"{per_segment} positions of each segment")
        wanted = Comparison("maximum of the path", measured, Relation.AT_LEAST, bound, tolerance, max(ends))
        return Result(SLUG, pair.name, (wanted, _pointwise(path, targets, letters, tolerance)), letters, assumptions)
    letters |= {"sign_a": targets.sign(pair.theta_a), "sign_b": targets.sign(pair.theta_b)}
    along = targets.along(path, per_segment)
    highest = max(along.losses.max(), along.crossings.max(initial=0.0))
    comparisons: list[Comparison] = []
    if letters["sign_a"] != letters["sign_b"]:
        measured = Number.estimated(float(highest), f"{along.losses.size} positions and {along.crossings.size} sign changes")
        comparisons.append(Comparison("maximum of the path", measured, Relation.AT_LEAST, bound, tolerance, max(ends)))
    if along.crossings.size:
        lowest = Number.estimated(float(along.crossings.min()), f"lowest of {along.crossings.size} sign changes, bisected")
        comparisons.append(Comparison("loss where the sign changes", lowest, Relation.AT_LEAST, bound, tolerance, max(ends)))
    below = int((along.crossings < level - tolerance).sum())
    none = Number.exact(0.0)
    comparisons.append(Comparison("sign changes below the level", Number.exact(below), Relation.EQUAL, none, 0.0))
    comparisons.append(_pointwise(path, targets, letters, tolerance))
    extra = {"path": [s.label for s in path.segments], "losses": along.losses.tolist(), "signs": along.signs.tolist()}
    extra |= {"level": level, "crossings": along.crossings.tolist()}
    return Result(SLUG, pair.name, tuple(comparisons), letters, assumptions, extra)


def _pointwise(path: Path, targets: Targets, letters: dict[str, float], tolerance: float) -> Comparison:
    """L >= c (sigma_r - s)^2 / N with s the smallest singular value of U^T Z V, where it is tightest on the path."""
    network, found = targets.network, list[tuple[float, float, float]]()
    for before, after in zip(path.waypoints, path.waypoints[1:], strict=False):
        for t in np.linspace(0.0, 1.0, 9):
            outputs = network.outputs(chord_point(before, after, float(t)))
            s = targets.narrowest(np.asarray(to_numpy(outputs), dtype=np.float64))
            bound = evaluate(SLUG, "level_at", letters | {"narrowest": s})
            found.append((float(network.loss_of_outputs(outputs)), bound, s))
    loss, bound, letters["narrowest"] = max(found, key=lambda row: row[1] / row[0] if row[0] > tolerance else 0.0)
    measured, least = Number.exact(loss), Number.exact(bound)
    return Comparison("loss at the tightest position", measured, Relation.AT_LEAST, least, tolerance, 0.0)


def _chord(pair: Pair) -> Path:
    return Path.chord(pair.theta_a, pair.theta_b)


def _layers(network: object) -> Outcome:
    if not isinstance(network, Layered):
        return Outcome(False, f"{type(network).__name__} is not a network of dense layers")
    return Outcome(network.depth > 1, f"{network.depth} dense layers")


def _rank(targets: Targets) -> Outcome:
    width, rank, values = targets.network.widths[-1], targets.rank, targets.values
    beyond = f", the next {values[rank]:.3g}" if rank < len(values) else ""
    return Outcome(
        width == rank, f"{width} units for targets of rank {rank}: smallest singular value {targets.sigma:.6g}{beyond}"
    )


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Deep narrow nets just below the level, of either sign; every third pair swaps two units of a two-layer solution."""
    for number in range(seed * count, (seed + 1) * count):
        if number % 3:
            yield deep_pair(number)
        else:
            draw = generator("narrow swap", number)
            size = int(draw.integers(1, 6))
            yield swapped_pair(draw.normal(size=(size, size + int(draw.integers(2)))), f"swapped units #{number}")


def extremal() -> Iterator[Pair]:
    """Second differences of size 1 to 3: the explicit path rises exactly to the level."""
    return (swapped_pair(second_differences(size), f"second differences of size {size}") for size in (1, 2, 3))


def necessity() -> Iterator[tuple[str, Pair]]:
    """One unit more than the rank: two solutions are joined at loss 0."""
    yield "RANK", one_unit_more()
