"""Check of connectivity/square_root_width: the arithmetic of the widths, and where it holds, the path that it promises."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from toykit.arrays import like
from toykit.checks.by_type import convexity
from toykit.connectivity.above import evaluated
from toykit.connectivity.built import Built, build
from toykit.connectivity.square_root import Attempt, Task, Widths
from toykit.connectivity.subnetwork import Subnetwork
from toykit.connectivity.toys_square_root import equal_rows, folded_line, hyperbolic, narrow, published, small
from toykit.connectivity.units import Layers
from toykit.formula import evaluate
from toykit.landscape import Layered, Pair
from toykit.tolerances import EXACT, ROUNDING, SOLVED
from toykit.verdict import Comparison, Number, Outcome, Relation, Result

SLUG = "connectivity/square_root_width"

EXAMPLES = 225
"""Beyond so many examples the memorisers are not built: their weights leave float64."""


def check(pair: Pair, *, draws: int = 20, clean: bool = True, per_segment: int = 5) -> Result:
    """E = max L(path) - max(L_a, L_b) against max(0, Phi_{L-1} - max(L_a, L_b)), and the two conditions on the widths.

    Where the widths are too small, or the examples too many, only the arithmetic and the losses of the read-outs are given.
    """
    network, structure = _structure(pair)
    assumptions = {"CONVEX": convexity(pair.landscape.traits), **structure}
    if network is None:
        return Result(SLUG, pair.name, (), {}, assumptions)
    ends = {"a": pair.theta_a, "b": pair.theta_b}
    worse = max(network.loss(theta) for theta in ends.values())
    tasks = {e: Task.of(network, theta, worse, f"{SLUG}/{e}") for e, theta in ends.items()}
    count, kappa = tasks["a"].codes.shape
    widths = Widths(count, kappa, network.widths[-2], network.widths[-1], network.widths[:-2])
    violated = widths.violated
    assumptions["WIDTHS"] = Outcome(not violated, "fails: " + "; ".join(violated) if violated else _arithmetic(widths))
    compared = _integers(widths)
    letters = {**widths.letters, "depth": float(network.depth), "target": worse}
    if violated or count > EXAMPLES:
        found = {e: task.read_out(1) for e, task in tasks.items()}
        letters["rebuilt"] = max(_loss(network, tasks[e], read_out) for e, read_out in found.items())
        if not violated:
            assumptions["FLOAT64"] = Outcome(False, f"{count} examples; memorisers are built for at most {EXAMPLES}")
        return Result(SLUG, pair.name, compared, letters, assumptions)
    attempts = {e: Attempt.of(task, widths, draws) for e, task in tasks.items()}
    letters["rebuilt"] = max(_loss(network, tasks[e], attempt.read_out) for e, attempt in attempts.items())
    letters["residual"] = max(attempt.residual for attempt in attempts.values())
    assumptions |= _points(network, attempts)
    zero, residual = Number.exact(0.0), Number.exact(letters["residual"])
    compared = (*compared, Comparison("largest residual of the memorisers", residual, Relation.EQUAL, zero, SOLVED))
    if residual.value > SOLVED:
        return Result(SLUG, pair.name, compared, letters, assumptions)
    built = build(pair, attempts["a"].stages(), attempts["b"].stages(), clean=clean, per_segment=per_segment)
    path, more = _path(built, letters, network)
    extra = {"how": {e: attempt.read_out.how for e, attempt in attempts.items()}, **built.record()}
    extra["memorisers"] = {e: {str(p): made.how for p, (made, _, _) in a.memorisers.items()} for e, a in attempts.items()}
    return Result(SLUG, pair.name, (*path, *compared), {**letters, **more}, assumptions, extra)


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """6 to 12 random points of either loss behind two or three hidden layers of the smallest widths."""
    return (small(number) for number in range(seed * count, seed * count + count))


def extremal() -> Iterator[Pair]:
    """36 random points with random labels: the path stays at the worse endpoint."""
    yield published(0)


def necessity() -> Iterator[tuple[str, Pair]]:
    """Where the construction fails: equal rows, a fold that hides points from each unit, narrow layers, a tanh network."""
    yield "GENERAL", equal_rows()
    yield "DISTINCT", folded_line()
    yield "WIDTHS", narrow()
    yield "RELU", hyperbolic()


def _structure(pair: Pair) -> tuple[Layered | None, dict[str, Outcome]]:
    network = pair.landscape
    if not isinstance(network, Layered):
        return None, {"RELU": Outcome(False, f"{type(network).__name__} is not a network of dense layers")}
    layers = Layers.of(network, pair.theta_a)
    if network.depth < 3 or not layers.biased:
        return None, {"RELU": Outcome(False, f"needs two hidden layers and biases; sizes {layers.sizes}, biases {layers.biased}")}
    return network, {"RELU": Outcome(network.activation.name == "relu", f"the activation is {network.activation.name}")}


def _arithmetic(widths: Widths) -> str:
    return f"(W1) {widths.capacity} >= {widths.count}, (W2) {widths.right // 2} >= {widths.needed:.0f}"


def _integers(widths: Widths) -> tuple[Comparison, ...]:
    """The two conditions as comparisons: what a failed one lacks can be read off."""
    first = Number.exact(widths.capacity, "floor((R+1)/2) floor(R'/(2 kappa))")
    found = (Comparison("examples against (W1)", Number.exact(widths.count), Relation.AT_MOST, first, EXACT),)
    if widths.left < 2:
        return found
    half = Number.exact(widths.right // 2, "half of the last hidden layer")
    return (*found, Comparison("units needed against (W2)", Number.exact(widths.needed), Relation.AT_MOST, half, EXACT))


def _points(network: Layered, attempts: Mapping[str, Attempt]) -> dict[str, Outcome]:
    """Whether the points of each layer allow their memoriser, and whether float64 carries it."""
    last = network.depth - 2
    every = [(e, layer, *made) for e, attempt in attempts.items() for layer, made in attempt.memorisers.items()]
    same = [f"layer {layer} of endpoint {e}" for e, layer, _, _, allowed in every if layer != last and not allowed]
    special = [f"layer {layer} of endpoint {e}" for e, layer, _, _, allowed in every if layer == last and not allowed]
    found = {
        "DISTINCT": Outcome(not same, "equal rows in " + "; ".join(same) if same else "no equal rows of different targets"),
        "GENERAL": Outcome(not special, "it fails in " + "; ".join(special) if special else "gap and condition hold"),
    }
    if not same and not special:
        residual, precision = max(attempt.residual for attempt in attempts.values()), network.traits.precision
        carries = residual <= SOLVED and precision == "float64"
        found["FLOAT64"] = Outcome(carries, f"largest residual {residual:.1e}, in {precision}")
    return found


def _loss(network: Layered, task: Task, small_: Subnetwork) -> float:
    """Phi_{L-1}, without the architecture around it."""
    outputs = small_.outputs(task.features(small_.layer), evaluated(network.activation).value)
    return float(network.loss_of_outputs(like(outputs, network.outputs(task.theta))))


def _path(built: Built, letters: Mapping[str, float], network: Layered) -> tuple[tuple[Comparison, ...], dict[str, float]]:
    worse, chance = letters["target"], network.traits.chance
    allowed = Number.exact(max(0.0, letters["rebuilt"] - worse), "max(0, Φ - worse endpoint), Φ of the read-outs alone")
    # memorised numbers are right to SOLVED; logits carry them times their scale
    slack = ROUNDING * max(1.0, built.path.largest_weight) * max(1.0, worse) + SOLVED
    trivial = None if chance is None else max(0.0, chance - worse)
    limit = Number.exact(evaluate(SLUG, "segments", letters))
    count = Number.exact(len(built.path.segments))
    comparisons = (
        Comparison("excess of the path", built.excess, Relation.AT_MOST, allowed, slack, trivial),
        Comparison("segments", count, Relation.AT_MOST, limit, EXACT),
    )
    more = {
        "path_max": built.maximum.value,
        "path_excess": built.excess.value,
        "segment_count": float(len(built.path.segments)),
        "largest_weight": built.path.largest_weight,
    }
    return comparisons, more
