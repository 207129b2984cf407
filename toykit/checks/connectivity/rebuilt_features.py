"""Check of connectivity/rebuilt_features: the maximum of the built path against the losses of its parts, found apart from it."""

from __future__ import annotations

from collections.abc import Iterator

from toykit.checks.by_type import convexity
from toykit.chord import profile
from toykit.connectivity.built import build
from toykit.connectivity.rebuilding import Halves
from toykit.connectivity.toys import exact_instance, one_unit, random_nets
from toykit.connectivity.units import Layers, refusal
from toykit.formula import evaluate
from toykit.landscape import Feedforward, Pair
from toykit.tolerances import EXACT, ROUNDING
from toykit.verdict import Comparison, Number, Outcome, Relation, Result

SLUG = "connectivity/rebuilt_features"


def check(pair: Pair, *, draws: int = 5, clean: bool = True, per_segment: int = 7) -> Result:
    """max L(path) against max{L_a, L_b, Phi^e_l}, for halves of every layer with the best read-outs on top.

    Phi is evaluated on the small networks alone, without the architecture that carries them; networks of convolutions are
    trained on maps of half of the channels. Without room the chord's
    excess is compared with max(0, Phi - max(L_a, L_b)), for information.
    """
    network, assumptions = pair.landscape, _assumptions(pair)
    if not isinstance(network, Feedforward):
        return Result(SLUG, pair.name, (), {}, assumptions)
    plan = Halves.of(pair, network)
    assumptions["ROOM"] = plan.room
    ends = {"a": pair.theta_a, "b": pair.theta_b}
    stages = {e: plan.stages(theta, f"{SLUG}/{e}", draws) for e, theta in ends.items()}
    losses = {(e, layer): plan.loss_of(ends[e], small) for e, found in stages.items() for layer, small in found.items()}
    worse = max(network.loss(theta) for theta in ends.values())
    letters = {"target": worse, "rebuilt": max(losses.values()), "depth": float(plan.layers.depth), "entry": 1.0}
    letters["spare"] = float(plan.spare)
    chance = network.traits.chance
    trivial = None if chance is None else max(0.0, chance - worse)
    allowed = Number.exact(evaluate(SLUG, "excess", letters), "max(0, Φ - worse endpoint), Φ of the small networks alone")
    if not plan.room.holds:
        chord = profile(pair)
        excess = Number.estimated(float(chord.values.max()) - worse, f"chord, {chord.ts.size} positions: a lower bound")
        return Result(
            SLUG,
            pair.name,
            (Comparison("excess of the chord", excess, Relation.AT_MOST, allowed, ROUNDING * max(1.0, worse), trivial),),
            letters,
            assumptions,
        )
    built = build(pair, stages["a"], stages["b"], clean=clean, per_segment=per_segment)
    top = evaluate(SLUG, "maximum", letters)
    # sums of rounding products: both sides carry the rounding of their largest weights
    tolerance = ROUNDING * max(1.0, top) * max(1.0, built.path.largest_weight)
    limit = Number.exact(evaluate(SLUG, "segments_clean" if clean else "segments", letters))
    comparisons = (
        Comparison("excess of the path", built.excess, Relation.AT_MOST, allowed, tolerance, trivial),
        Comparison("maximum of the path", built.maximum, Relation.EQUAL, Number.exact(top), tolerance),
        Comparison("segments", Number.exact(len(built.path.segments)), Relation.AT_MOST, limit, EXACT),
    )
    letters |= {
        "path_max": built.maximum.value,
        "path_excess": built.excess.value,
        "segment_count": float(len(built.path.segments)),
        "drift": built.walked.drift,
        "largest_weight": built.path.largest_weight,
    }
    table = [
        {
            "endpoint": e,
            "layer": layer,
            "width": plan.layers.sizes[layer],
            "kept": len(stages[e][layer].kept),
            "how": stages[e][layer].how,
            "seed": stages[e][layer].seed,
            "rebuilt": phi,
            "word": "certified by training" if phi <= worse else "not certified",
        }
        for (e, layer), phi in losses.items()
    ]
    return Result(SLUG, pair.name, comparisons, letters, assumptions, {"layers": table, **built.record()})


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Random nets of both losses with ReLU, leaky ReLU or tanh: nothing about them is separable or trained."""
    return (random_nets(seed * count + number) for number in range(count))


def extremal() -> Iterator[Pair]:
    """Every path meets its maximum; the exact instance has both sides 0 while its chord rises to 5/128."""
    yield exact_instance()
    yield random_nets(0)


def necessity() -> Iterator[tuple[str, Pair]]:
    """One hidden unit that has to turn the sign of its weight: a good read-out, but no room to go around."""
    yield "ROOM", one_unit()


def _assumptions(pair: Pair) -> dict[str, Outcome]:
    traits, landscape = pair.landscape.traits, pair.landscape
    convex = convexity(traits)
    if not isinstance(landscape, Feedforward):
        return {"CONVEX": convex, "LAYERS": Outcome(False, refusal(landscape))}
    found = {"CONVEX": convex, "LAYERS": Outcome(True, str(Layers.of(landscape, pair.theta_a)))}
    return {**found, "SHAPES": Outcome(True, "the small networks are built from the architecture's own activation and biases")}
