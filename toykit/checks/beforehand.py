"""What types and sizes decide about a claim, before it is measured.

A check measures first and may give its comparisons for information even where an assumption is false. On a small network
that costs nothing; on a large one the measuring takes minutes, and the verdict was known. `decided` says it at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from toykit.barriers.layers import LayerChord
from toykit.checks.barrier._outputs import loss_is
from toykit.checks.barrier.double_well import refuted
from toykit.checks.barrier.layer_attribution import MOST, complete
from toykit.checks.by_type import analytic, convexity
from toykit.curvature.chord_jets import differentiable_by_type
from toykit.curvature.kinks import kinks_by_type
from toykit.curvature.ranges import KnowsPieces
from toykit.landscape import Pair
from toykit.verdict import Outcome, Result

Rule = Callable[[Pair], Outcome | None]
"""The outcome of an assumption by types and sizes alone, or by five losses; None where it takes more."""


def decided(slug: str, pair: Pair) -> Result | None:
    """INAPPLICABLE, without comparisons, where an assumption of the claim is false by type; None where it must be measured."""
    for name, rule in RULES.get(slug, {}).items():
        outcome = rule(pair)
        if outcome is not None and outcome.holds is False:
            return Result(slug, pair.name, (), {}, {name: outcome})
    return None


def _kinks_known(pair: Pair) -> Outcome | None:
    found = kinks_by_type(pair)
    return None if found is None else Outcome(found.known, found.how)


def _differentiable(order: int, pair: Pair) -> Outcome | None:
    return None if isinstance(pair.landscape, KnowsPieces) else differentiable_by_type(pair.landscape.traits.analytic, order)


RULES: Mapping[str, Mapping[str, Rule]] = {
    "barrier/cross_entropy_gap": {"CROSS_ENTROPY": partial(loss_is, name="cross-entropy")},
    "barrier/curvature_bound": {"C11": _kinks_known},
    "barrier/double_well": {"WELL": refuted},
    "barrier/endpoint_expansion": {"SMOOTH": partial(_differentiable, 3)},
    "barrier/forced_barrier": {"SMOOTH": partial(_differentiable, 3)},
    "barrier/functional_hessian": {"C11": _kinks_known},
    "barrier/green_identity": {"PIECEWISE": _kinks_known},
    "barrier/grid_certificate": {"C11": _kinks_known},
    "barrier/hessian_simpson": {"SMOOTH": partial(_differentiable, 6)},
    "barrier/layer_attribution": {"COMPLETE": lambda pair: complete(len(LayerChord(pair).layers), MOST)},
    "barrier/layerwise_barrier": {"SMOOTH": partial(_differentiable, 3)},
    "barrier/midpoint_expansion": {"SMOOTH": partial(_differentiable, 3)},
    "barrier/ridge_bound": {"C11": _kinks_known},
    "barrier/squared_loss_gap": {"SQUARED": partial(loss_is, name="squared")},
    "combinability/second_order_law": {"SMOOTH": analytic},
    "combinability/simplex_hull": {"SMOOTH": analytic},
    "connectivity/dropout_stability": {"CONVEX": lambda pair: convexity(pair.landscape.traits)},
    "connectivity/rebuilt_features": {"CONVEX": lambda pair: convexity(pair.landscape.traits)},
    "connectivity/waypoint_certificate": {"CONVEX": lambda pair: convexity(pair.landscape.traits)},
}
"""Claim -> assumption -> rule, for the claims whose checks measure before they know."""
