"""Check of connectivity/dropout_stability: the path of thinned halves against the losses of these halves, found apart from it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from toykit.arrays import to_numpy
from toykit.checks.by_type import convexity
from toykit.chord import profile
from toykit.connectivity.built import Stages, build
from toykit.connectivity.readouts import least_squares
from toykit.connectivity.thinned import Thinner
from toykit.connectivity.toys import exact_instance, one_unit, random_nets
from toykit.connectivity.units import Layers, refusal
from toykit.formula import evaluate
from toykit.landscape import Feedforward, Pair
from toykit.tolerances import EXACT, ROUNDING, SOLVED, TORCH32
from toykit.verdict import Comparison, Number, Outcome, Relation, Result

SLUG = "connectivity/dropout_stability"


def check(pair: Pair, *, draws: int = 20, clean: bool = True, per_segment: int = 3) -> Result:
    """max L(path) against max(L_a, L_b) + eps, eps from the best of `draws` halves per layer, or of all if there are no more.

    Where a layer has one unit its whole network is kept, eps is 0, and the chord is compared with that, for information.
    """
    network, traits = pair.landscape, pair.landscape.traits
    convex = convexity(traits)
    if not isinstance(network, Feedforward) or network.depth < 2:
        shown = Outcome(False, "there are no hidden layers" if isinstance(network, Feedforward) else refusal(network))
        return Result(SLUG, pair.name, (), {}, {"CONVEX": convex, "LAYERS": shown})
    narrow = [width for width in network.widths if width < 2]
    room = Outcome(not narrow, f"hidden widths {network.widths}")
    assumptions = {"CONVEX": convex, "LAYERS": Outcome(True, str(Layers.of(network, pair.theta_a))), "ROOM": room}
    ends = {"a": pair.theta_a, "b": pair.theta_b}
    losses = {e: network.loss(theta) for e, theta in ends.items()}
    worse = max(losses.values())
    trivial = None if traits.chance is None else max(0.0, traits.chance - worse)
    relative = ROUNDING if traits.precision == "float64" else TORCH32
    if narrow:
        chord = profile(pair)
        excess = Number.estimated(float(chord.values.max()) - worse, f"chord, {chord.ts.size} positions: a lower bound")
        wanted = Number.exact(evaluate(SLUG, "excess", {"instability": 0.0}), "every unit kept")
        found = Comparison("excess of the chord", excess, Relation.AT_MOST, wanted, relative * max(1.0, worse), trivial)
        return Result(SLUG, pair.name, (found,), {"target": worse, "instability": 0.0}, assumptions)
    thinners = {e: Thinner(network, theta) for e, theta in ends.items()}
    stages = {e: thinner.stages(draws, f"{SLUG}/{e}") for e, thinner in thinners.items()}
    phi = {(e, layer): loss for e, (_, found, _) in stages.items() for layer, loss in found.items()}
    letters = {"target": worse, "thinned": max(phi.values()), "depth": float(network.depth)}
    letters["instability"] = max(0.0, *(loss - losses[e] for (e, _), loss in phi.items()))
    built = build(pair, stages["a"][0], stages["b"][0], clean=clean, per_segment=per_segment)
    # both sides carry the rounding of their largest weights
    tolerance = relative * max(1.0, letters["thinned"], worse) * max(1.0, built.path.largest_weight)
    whole = all(complete for _, _, complete in stages.values())
    allowed = Number.exact(evaluate(SLUG, "excess", letters), "all halves" if whole else f"best of {draws} halves per layer")
    limit = Number.exact(evaluate(SLUG, "segments_clean" if clean else "segments", letters))
    comparisons = (
        Comparison("excess of the path", built.excess, Relation.AT_MOST, allowed, tolerance, trivial),
        Comparison(
            "maximum of the path", built.maximum, Relation.EQUAL, Number.exact(evaluate(SLUG, "maximum", letters)), tolerance
        ),
        Comparison("segments", Number.exact(len(built.path.segments)), Relation.AT_MOST, limit, EXACT),
        *(_reread(e, thinners[e], *stages[e][:2], tolerance) for e in ends if network.targets.ndim == 2),
    )
    letters |= {
        "path_max": built.maximum.value,
        "path_excess": built.excess.value,
        "segment_count": float(len(built.path.segments)),
        "drift": built.walked.drift,
    }
    table = [
        {
            "endpoint": e,
            "layer": layer,
            "loss": loss,
            "excess": loss - losses[e],
            "how": stages[e][0][layer].how,
            "seed": stages[e][0][layer].seed,
        }
        for (e, layer), loss in phi.items()
    ]
    return Result(SLUG, pair.name, comparisons, letters, assumptions, {"layers": table, "all_halves": whole, **built.record()})


def _reread(end: str, thinner: Thinner, stages: Stages, losses: dict[int, float], tolerance: float) -> Comparison:
    """Squared loss: the best read-out of the kept half of the last layer is at most as bad as the old weights with a factor."""
    network, layer = thinner.network, thinner.network.depth - 1
    small, features = stages[layer], thinner.features(layer)
    chosen, targets = features[:, small.columns], np.asarray(to_numpy(network.targets), dtype=np.float64)
    fresh = least_squares(chosen, targets, intercept=network.bias_name(network.depth) is not None)
    loss = thinner.loss_of(fresh.outputs(chosen))
    old = Number.exact(losses[layer], "old weights, best factor")
    measured = Number.exact(loss, "least squares")
    return Comparison(f"best read-out of the same half, endpoint {end}", measured, Relation.AT_MOST, old, SOLVED + tolerance)


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Random nets of both losses and three activations."""
    return (random_nets(number) for number in range(seed * count, (seed + 1) * count))


def extremal() -> Iterator[Pair]:
    """The exact instance: every half costs 1/2, and the path rises to 1/2."""
    yield exact_instance()


def necessity() -> Iterator[tuple[str, Pair]]:
    """One hidden unit, kept whole: eps is 0, and the chord turns the sign of its weight."""
    yield "ROOM", one_unit()
