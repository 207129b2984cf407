"""Assumptions that the types of activation and loss decide, with the reason in the same words everywhere."""

from __future__ import annotations

from toykit.landscape import Pair, Traits
from toykit.verdict import Outcome


def convexity(traits: Traits) -> Outcome:
    """A-CONVEX: the per-example loss is convex in the outputs."""
    if not traits.full_batch:
        return Outcome(False, f"{traits.loss} is no deterministic function of the outputs (weight decay, noise or batches)")
    if traits.convex_in_outputs:
        return Outcome(True, f"the loss {traits.loss} is convex in the outputs, by type")
    return Outcome(False, f"the loss {traits.loss} is not known to be convex in the outputs; if it is, declare it so")


def analytic(pair: Pair) -> Outcome:
    """SMOOTH, where the second-order terms of random combinations are: the loss has derivatives of every order."""
    known = pair.landscape.traits.analytic
    return Outcome(known, f"the loss has {'derivatives of every order' if known else 'kinks or jumps'}, by its parts")
