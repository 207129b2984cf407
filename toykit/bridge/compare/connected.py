"""The first sentence of a comparison: are the two networks connected, by which line or path, and how sure is that?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Results = Mapping[str, Mapping[str, Any]]

NONE_TO_SPEAK_OF = 0.02
"""A barrier below this part of what separates a network from chance is called none to speak of."""

FRESH = {"as they are": "with fresh batch statistics", "aligned": "after permuting the units of b, with fresh batch statistics"}
REPAIRED = {"as they are": "with units set anew", "aligned": "after permuting the units of b, with units set anew"}


def connected(results: Results) -> list[str]:
    """Yes by the first line or path without a barrier to speak of, else no, with the lowest line; nothing without a chance."""
    space = room(results)
    if space is None or space <= 0 or "line" not in results:
        return []
    lines = list(_lines(results))
    for how, curve in lines:
        if _rise(curve) < NONE_TO_SPEAK_OF * space:
            return [
                f"Connected by a straight line, {how}: on it the training loss rises by {_rise(curve):.3g} above the ends, "
                f"{100 * _rise(curve) / space:.2g} % of what separates the worse network from chance "
                f"({_sure(results, how, curve)})."
            ]
    path = results.get("path")
    if path is not None and path["excess"]["value"] < NONE_TO_SPEAK_OF * space:
        return [f"Connected by a path of {path['segments']} straight segments, and by no straight line that was tried."]
    return [_no(lines, space)]


def _no(lines: Sequence[tuple[str, Mapping[str, Any]]], space: float) -> str:
    first, (how, best) = lines[0][1], min(lines, key=lambda line: _rise(line[1]))
    others = f" The best of {len(lines)} lines, {how}, rises by {_rise(best):.4g}." if len(lines) > 1 else ""
    return (
        f"Not connected by a straight line: on it the training loss rises by {_rise(first):.4g} above the ends, "
        f"{100 * _rise(first) / space:.3g} % of what separates the worse network from chance{_errors(first)}.{others} "
        "A rise that was measured is there, up to rounding; a curved path may still avoid it."
    )


def room(results: Results) -> float | None:
    """The loss of chance less that of the worse end, on the training data; None where either is not known."""
    train = results.get("ends", {}).get("splits", {}).get("train", {})
    if train.get("chance") is None:
        return None
    return float(train["chance"] - max(train["a"]["loss"], train["b"]["loss"]))


def _lines(results: Results) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every straight line that was measured on the training data, in words, the plainest first."""
    yield "as they are", results["line"]["splits"]["train"]
    if "alignment" in results and results["alignment"]["sound"]:
        yield "after permuting the units of b", results["alignment"]["splits"]["train"]
    for section, words in (("statistics", FRESH), ("renormalisation", REPAIRED)):
        for name, curve in results.get(section, {}).get("pairs", {}).items():
            yield words.get(name, name), curve


def _rise(curve: Mapping[str, Any]) -> float:
    return float(curve["loss"]["barriers"]["barrier"]["value"])


def _errors(curve: Mapping[str, Any]) -> str:
    if curve["error"] is None:
        return ""
    values = curve["error"]["values"]
    ends = f"{100 * values[0]:.3g} % and {100 * values[-1]:.3g} %"
    return f", and up to {100 * max(values):.3g} % of these data are misclassified (by the ends {ends})"


def _sure(results: Results, how: str, curve: Mapping[str, Any]) -> str:
    """How sure the absence of a rise is: certified over the whole line, or seen at its positions only."""
    section = {"as they are": "line", "after permuting the units of b": "alignment"}.get(how)
    known = results[section]["certified"]["number"] if section else None
    if known:
        return f"certified over the whole line: at most {known['hi']:.3g}"
    return f"at {len(curve['ts'])} positions; between them a rise could hide"
