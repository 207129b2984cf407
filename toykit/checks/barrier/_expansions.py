"""An estimate of the gap with its remainder, |g - estimate| <= c K_r: measured, compared, and kept as a predictor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from toykit.barriers.measured import tolerance, trivial_barrier
from toykit.curvature.chord_jets import ChordJets, chord_jets
from toykit.formula import evaluate
from toykit.landscape import Pair
from toykit.verdict import Comparison, Number, Relation, Result


def expansion(slug: str, pair: Pair, remainders: Mapping[int, str], jets: ChordJets | None = None) -> Result:
    """g(1/2) against the formula `estimate` of the claim, with the formula `remainders[r]` in K_r for every order r.

    The lowest order is what the claim assumes; a higher one is compared where phi has that many derivatives as well.
    """
    jets = chord_jets(pair) if jets is None else jets
    letters: dict[str, float] = {"a": 0.5, **jets.letters}
    gap, estimate = jets.gap.value, evaluate(slug, "estimate", letters)
    comparisons: list[Comparison] = []
    used: list[int] = []
    for order, formula in sorted(remainders.items()):
        if used and not jets.differentiable(order).holds:
            continue
        known = jets.bound(order)
        letters[f"K_{order}"] = known.value
        used.append(order)
        bound = enclosed(slug, formula, f"K_{order}", known, letters)
        comparisons.append(compared(pair, jets, f"remainder of order {order} at 1/2", 0.5, gap, estimate, bound))
    return Result(
        slug=slug,
        pair=pair.name,
        comparisons=tuple(comparisons),
        letters=letters | {"Delta_norm": pair.delta.norm()},
        assumptions={"SMOOTH": jets.differentiable(min(remainders)), "RANGE": jets.range_of(*used)},
        extra={"gap at 1/2": gap, "estimate": estimate, "estimate / gap": estimate / gap if gap else None},
    )


def compared(pair: Pair, jets: ChordJets, name: str, at: float, gap: float, estimate: float, bound: Number) -> Comparison:
    """|g(a) - estimate| <= bound at the position a = `at`; vacuous where it allows every gap that the loss can have at all."""
    measured = Number.exact(abs(gap - estimate), f"|g - estimate| at a = {at:.4g}")
    line = (1 - at) * jets.start.value + at * jets.end.value
    highest = trivial_barrier(pair)
    trivial = None
    if highest is not None and pair.landscape.traits.nonnegative:
        trivial = max(highest - estimate, estimate + line)
    return Comparison(name, measured, Relation.AT_MOST, bound, tolerance(pair, jets.scale), trivial)


def enclosed(slug: str, formula: str, letter: str, number: Number, letters: Mapping[str, Any]) -> Number:
    """The formula at both ends of one uncertain letter, in which it is monotone, with that letter's evidence."""
    lo, hi = sorted(evaluate(slug, formula, {**letters, letter: value}) for value in (number.lo, number.hi))
    return Number(lo, hi, number.trust, f"{letter}: {number.note}")
