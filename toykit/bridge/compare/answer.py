"""The sentences at the top of a comparison: they follow from its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from toykit.bridge.compare.connected import NONE_TO_SPEAK_OF, connected, room
from toykit.bridge.compare.foretold import foretold

Results = Mapping[str, Mapping[str, Any]]
STALE = 0.05
"""Stored batch statistics are called stale where fresh ones lower the loss by more than this part of that of chance."""


def answer(results: Results) -> tuple[str, ...]:
    """Connected or not, how sure that is, what alignment and fresh statistics change, and what the theory predicted."""
    sentences = [
        *connected(results),
        *_line(results),
        *_alignment(results),
        *_statistics(results),
        *_repaired(results),
        *_path(results),
        *_combined(results),
    ]
    return (*sentences, *(foretold(results["claims"]["claims"]) if "claims" in results else ()))


def _line(results: Results) -> list[str]:
    if "line" not in results:
        return []
    found = results["line"]
    loss = found["splits"]["train"]["loss"]["barriers"]["barrier"]["value"]
    certified = found["certified"]["number"]
    said = _size(max(loss, certified["lo"]) if certified else loss, results)  # the grid alone may miss the top
    reason, positions = found["certified"]["reason"], len(found["splits"]["train"]["ts"])
    sure = (
        f"certified: it lies in [{certified['lo']:.4g}, {certified['hi']:.4g}]"
        if certified
        else f"measured on {positions} positions, a lower bound; not certified: {reason}"
    )
    return [f"On the straight line the training loss has {said} ({sure})."]


def _size(barrier: float, results: Results) -> str:
    """The barrier in words, beside what separates the worse end from chance where that is known."""
    space = room(results)
    if space is None:
        return f"a barrier of {barrier:.4g}"
    if space <= 0:
        return f"a barrier of {barrier:.4g}, between networks that are no better than chance"
    part = barrier / space
    word = "no barrier to speak of" if part < NONE_TO_SPEAK_OF else "a barrier"
    return f"{word}: {barrier:.4g}, {100 * part:.3g} % of what separates the worse network from chance"


def _alignment(results: Results) -> list[str]:
    if "alignment" not in results:
        return []
    found = results["alignment"]
    barrier = found["splits"]["train"]["loss"]["barriers"]["barrier"]["value"]
    trusted = "same function up to rounding" if found["sound"] else f"WARNING: outputs changed by {found['change']:.2g}"
    moved, planted = 100 * found["moved"], 100 * found["planted"]
    return [
        f"After permuting the units of b ({moved:.3g} % moved, {trusted}, {planted:.4g} % of a planted permutation recovered) "
        f"it has {_size(barrier, results)}.",
        f"{len(found['objectives'])} searches ended within {found['spread']:.3g} of each other; the distance fell from "
        f"{found['distance'][0]:.4g} to {found['distance'][1]:.4g}.",
    ]


def _statistics(results: Results) -> list[str]:
    if "statistics" not in results:
        return []
    found = results["statistics"]["pairs"]
    said = (f"{pair['loss']['barriers']['barrier']['value']:.4g} {name}" for name, pair in found.items())
    return [f"With batch statistics estimated anew at every position the barrier is {', '.join(said)}.", *_stale(results)]


def _stale(results: Results) -> list[str]:
    """A warning where the networks themselves do better with fresh statistics: theirs are then not those of these data."""
    train = results.get("ends", {}).get("splits", {}).get("train", {})
    if not train or train["chance"] is None:
        return []
    fresh = results["statistics"]["pairs"]["as they are"]["loss"]["values"]
    found = [
        f"the loss of {end} falls from {train[end]['loss']:.4g} to {value:.4g} with fresh ones"
        for end, value in (("a", fresh[0]), ("b", fresh[-1]))
        if train[end]["loss"] - value > STALE * train["chance"]
    ]
    advice = "estimate them anew by toykit.bridge.reset_statistics before comparing"
    return [f"WARNING: stored batch statistics do not fit these data: {'; '.join(found)}; {advice}."] if found else []


def _repaired(results: Results) -> list[str]:
    if "renormalisation" not in results:
        return []
    found = results["renormalisation"]["pairs"]
    first = next(iter(found.values()))
    said = (f"{name}: {pair['loss']['barriers']['barrier']['value']:.4g}" for name, pair in found.items())
    left = f"; {len(first['skipped'])} layers could not be set" if first["skipped"] else ""
    return [f"With mean and deviation of hidden units set anew at {len(first['ts'])} positions it is {', '.join(said)}{left}."]


def _path(results: Results) -> list[str]:
    if "path" not in results:
        return []
    found = results["path"]
    excess = found["excess"]
    sure = "exactly" if excess["evidence"] == "EXACT" else "by sampling"
    proof = (
        "as the theorem promises" if found["separable"]["holds"] else f"though a condition fails: {found['separable']['reason']}"
    )
    return [f"A path of {found['segments']} straight segments rises {excess['value']:.4g} above the worse end, {sure}, {proof}."]


def _combined(results: Results) -> list[str]:
    if "combinations" not in results:
        return []
    pairs = results["combinations"]["pairs"]
    said = []
    for name, pair in pairs.items():
        vertices = pair["loss"]["bernoulli(0.5) by element"]
        half = (vertices["hi"] - vertices["lo"]) / 2
        said.append(f"{vertices['value']:.4g} ± {half:.2g} {name} (worse end {pair['worse_end']:.4g})")
    return [f"Random element-wise combinations have the mean loss {'; '.join(said)}."]
