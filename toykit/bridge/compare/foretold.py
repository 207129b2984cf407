"""What the theory says about a pair, in sentences: which claims apply, and what those predict that do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

Claims = Mapping[str, Mapping[str, Any]]

NEEDS = {
    "speak of chains of layers": frozenset(
        "LAYERS ONE_LAYER TWO_LAYERS DENSE RELU AFFINE LINEAR FEED_FORWARD LAYERED ADDITIVE TYPED SHARED".split()
    ),
    "need a loss without kinks": frozenset({"SMOOTH", "C11"}),
    "need the squared loss": frozenset({"SQUARED"}),
}
"""What claims ask for, in words, by the assumptions that are false where it is not given; the first that fits is told."""

WORDS = {
    "HOLDS": "hold",
    "VACUOUS": "hold and say nothing new",
    "VIOLATED": "are violated",
    "INAPPLICABLE": "do not apply",
    "NOT FINISHED": "did not finish",
    "FAILED": "failed",
}


def foretold(found: Claims) -> list[str]:
    """How many claims hold, and why the others do not apply; every violation; and the predictions of those that hold."""
    counts = Counter(result["verdict"] for result in found.values())
    said = ", ".join(f"{counts[verdict]} {words}" for verdict, words in WORDS.items() if counts[verdict])
    sentences = [f"Of {len(found)} claims of the theory {said}{_why_not(found)}."]
    sentences += [f"VIOLATED: {slug}: {result['reason']}." for slug, result in found.items() if result["verdict"] == "VIOLATED"]
    predicted = [*_ridge(found), *_outputs(found), *_split(found)]
    return sentences + (predicted or ["None of those that hold predicts the height of the barrier."])


def _why_not(found: Claims) -> str:
    reasons = Counter(_need(result) for result in found.values() if result["verdict"] == "INAPPLICABLE")
    other = reasons.pop("", 0)
    told = [f"{count} {words}" for words, count in reasons.most_common()] + ([f"{other} for other reasons"] if other else [])
    return f": {', '.join(told)}" if told else ""


def _need(result: Mapping[str, Any]) -> str:
    false = {name for name, outcome in result["assumptions"].items() if outcome["holds"] is False}
    return next((words for words, names in NEEDS.items() if false & names), "")


def _holds(found: Claims, slug: str) -> Mapping[str, Mapping[str, Any]]:
    """The comparisons of a claim by name, where it holds."""
    result = found.get(slug)
    if result is None or result["verdict"] not in {"HOLDS", "VACUOUS"}:
        return {}
    return {comparison["name"]: comparison for comparison in result["comparisons"]}


def _ridge(found: Claims) -> Iterator[str]:
    compared = _holds(found, "barrier/ridge_bound").get("barrier")
    if compared:
        nothing = ", which allows a network that knows nothing" if compared["vacuous"] else ""
        yield (
            f"The ridge bound predicted a barrier of at most {compared['bound']['value']:.4g}{nothing}; "
            f"{compared['measured']['value']:.4g} was measured."
        )


def _outputs(found: Claims) -> Iterator[str]:
    """The tightest bounds on the gap at 1/2 that follow from outputs."""
    middle = [c for name, c in _holds(found, "barrier/cross_entropy_gap").items() if name.startswith("gap at 1/2, ")]
    above = [c for c in middle if c["relation"] == "<="]
    below = [c for c in middle if c["relation"] == ">="]
    if above and below:
        top, bottom = min(above, key=lambda c: c["bound"]["value"]), max(below, key=lambda c: c["bound"]["value"])
        nothing = ", an upper end that says no more than chance does" if top["vacuous"] else ""
        yield (
            f"By the outputs at a, at b and in the middle the rise at 1/2 lies between {bottom['bound']['value']:.4g} and "
            f"{top['bound']['value']:.4g}{nothing}; {top['measured']['value']:.4g} was measured."
        )


def _split(found: Claims) -> Iterator[str]:
    """The gap at 1/2 as the gap of averaged outputs and the cost of the output error."""
    rise, letters = _holds(found, "barrier/bregman_identity").get("gap at 0.5"), found.get("barrier/bregman_identity", {})
    parts = letters.get("letters", {})
    if rise and {"linear", "gain", "cost"} <= set(parts):
        yield (
            f"That rise is {parts['linear'] - parts['gain']:.4g} for the average of both networks' outputs and "
            f"{parts['cost']:.4g} because the network in the middle does not answer with that average."
        )
