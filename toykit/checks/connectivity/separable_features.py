"""Check of connectivity/separable_features: keep separable features, build the path, and read off its exact excess."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from toykit.checks.by_type import convexity
from toykit.chord import profile
from toykit.connectivity.built import Built, build
from toykit.connectivity.factories import affine_piece
from toykit.connectivity.separable import WORDS, Plan, row, separable_outcome
from toykit.connectivity.toys import one_feature, one_unit, small_nets, two_examples
from toykit.connectivity.units import Layers, refusal
from toykit.formula import evaluate
from toykit.landscape import Feedforward, Pair
from toykit.tolerances import EXACT, ROUNDING
from toykit.verdict import Comparison, Number, Outcome, Relation, Result

SLUG = "connectivity/separable_features"


def check(
    pair: Pair, *, draws: int = 20, keep: Mapping[int, int] | None = None, clean: bool = True, per_segment: int = 7
) -> Result:
    """E = max L(path) - max(L_a, L_b) against 0, for the path of kept separable features and K fresh units per layer.

    `keep[l]` units of layer l are kept, by default as many as fit; the best of `draws` seeded sets is used. Convolutions
    above carry the kept channels, and what must be separable is what arrives at the first dense layer. Without
    separability the path is built from the best read-outs all the same, for information; without room, the chord stands in.
    """
    network, shape = pair.landscape, _shape(pair)
    if not isinstance(network, Feedforward) or any(outcome.holds is False for outcome in shape.values()):
        return Result(SLUG, pair.name, (), {}, shape)
    plan = Plan.of(pair, network, keep)
    if not plan.room.holds:
        return _without_room(pair, plan, shape)
    kept = plan.keep_best(pair, draws, SLUG)
    built = build(pair, plan.stages(kept["a"]), plan.stages(kept["b"]), clean=clean, per_segment=per_segment)
    table = [row(plan, e, k, built.rebuilt(e, k.layer)) for e, layers in kept.items() for k in layers.values()]
    assumptions = {**shape, "SEPARABLE": separable_outcome(kept), "ROOM": plan.room}
    extra = {"layers": table, "word": max((r["word"] for r in table), key=WORDS.index), **built.record()}
    return Result(SLUG, pair.name, _comparisons(plan, built, table), _letters(plan, built, table), assumptions, extra)


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Nets with random hidden layers and separating read-outs on Gaussian clusters, and every third time two examples."""
    for number in range(count):
        yield two_examples(seed * count + number) if number % 3 == 2 else small_nets(seed * count + number)


def extremal() -> Iterator[Pair]:
    """Two examples of two classes: every margin is the smallest one, so the rebuilt loss meets its bound."""
    yield two_examples(0)


def necessity() -> Iterator[tuple[str, Pair]]:
    """One kept feature with values 0, 1, 2 and labels 0, 1, 0; one hidden unit that has to change its sign."""
    yield "SEPARABLE", one_feature()
    yield "ROOM", one_unit()


def _comparisons(plan: Plan, built: Built, table: list[dict[str, Any]]) -> tuple[Comparison, ...]:
    chance, size = plan.network.traits.chance, max(1.0, plan.worse)
    excess = Comparison(
        "excess of the path",
        built.excess,
        Relation.AT_MOST,
        Number.exact(evaluate(SLUG, "excess", {})),
        ROUNDING * size,
        None if chance is None else max(0.0, chance - plan.worse),
    )
    limit = Number.exact(evaluate(SLUG, "segments", {"depth": plan.layers.depth}))
    segments = Comparison("segments", Number.exact(len(built.path.segments)), Relation.AT_MOST, limit, EXACT)
    proved = [r for r in table if r["margin"] > 0]
    bounds = [float(evaluate(SLUG, "rebuilt", {"classes": plan.classes, **r})) for r in proved]
    if not proved:
        return (excess, segments)
    tightest = max(range(len(proved)), key=lambda i: proved[i]["rebuilt"] / bounds[i])
    at = proved[tightest]
    rebuilt = Comparison(
        "largest rebuilt loss against its bound",
        Number.exact(at["rebuilt"], f"layer {at['layer']} of endpoint {at['endpoint']}, the waypoint after its swap"),
        Relation.AT_MOST,
        Number.exact(bounds[tightest], "log(1 + (K-1) exp(-s g))"),
        ROUNDING * size * at["scale"],  # logits s z carry the rounding of z times s
        chance,
    )
    return (excess, rebuilt, segments)


def _letters(plan: Plan, built: Built, table: list[dict[str, Any]]) -> dict[str, float]:
    return {
        "classes": float(plan.classes),
        "target": plan.worse,
        "margin": min(r["margin"] for r in table),
        "scale": max(r["scale"] for r in table),
        "depth": float(plan.layers.depth),
        "rebuilt": max(r["rebuilt"] for r in table),
        "path_excess": built.excess.value,
        "segment_count": float(len(built.path.segments)),
        "drift": built.walked.drift,
        "largest_weight": built.path.largest_weight,
        "spare": float(plan.spare),
    }


def _shape(pair: Pair) -> dict[str, Outcome]:
    """The assumptions that the types of the parts decide."""
    landscape = pair.landscape
    convex, loss = convexity(landscape.traits), landscape.traits.loss
    found = {"CE": Outcome(loss == "cross-entropy", f"the loss is {loss}") if convex.holds else convex}
    if not isinstance(landscape, Feedforward):
        return {**found, "LAYERS": Outcome(False, refusal(landscape))}
    layers = Layers.of(landscape, pair.theta_a)
    biases = "with" if layers.biased else "without"
    plain = Outcome(layers.biased and layers.depth >= 2, f"{layers}, {biases} biases")
    name, piece = landscape.activation.name, affine_piece(landscape.activation)
    says = f"{name} is affine on [{piece.lo}, {piece.hi}]" if piece else f"{name} has no affine piece that is known by name"
    return {**found, "LAYERS": plain, "AFFINE": Outcome(piece is not None, says)}


def _without_room(pair: Pair, plan: Plan, shape: Mapping[str, Outcome]) -> Result:
    """No path can be built; the chord shows, for information, what is left."""
    chord = profile(pair)
    excess = Number.estimated(float(chord.values.max()) - plan.worse, f"chord, {chord.ts.size} positions: a lower bound")
    bound = Number.exact(evaluate(SLUG, "excess", {}))
    compared = Comparison("excess of the chord", excess, Relation.AT_MOST, bound, ROUNDING * max(1.0, plan.worse))
    letters = {"classes": float(plan.classes), "target": plan.worse, "spare": float(plan.spare)}
    assumptions = {**shape, "SEPARABLE": Outcome(None, "not tried without room"), "ROOM": plan.room}
    return Result(SLUG, pair.name, (compared,), letters, assumptions)
