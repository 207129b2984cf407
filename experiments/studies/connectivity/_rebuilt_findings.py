"""From what `rebuilt_paths` measured to one finding per prediction; the thresholds were fixed before anything was measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any

from experiments.studies.connectivity._intervals import height, interval, slope
from experiments.studies.connectivity._networks import architecture
from experiments.studies.connectivity._words import finding, mostly, unmeasured
from experiments.studies.study import Finding
from toykit.connectivity.comparison import WAYS
from toykit.connectivity.separable import WORDS
from toykit.tolerances import ROUNDING

Part = Mapping[str, Any]
LINE, ALIGNED, DROPOUT, REBUILT, CURVE = WAYS
ORDERS = 100.0
"""Orders of magnitude: two at least, between the worst dropout and the worst rebuilt stage of the smallest network."""
LAW = 0.05
"""Relative deviation of the mean over 400 draws from the scaling law."""


def findings(parts: Sequence[Part]) -> list[Finding]:
    """One per prediction."""
    return [below(parts), trend(parts), maximum(parts), scaling(parts), condition(parts), certificate(parts)]


def layers(part: Part) -> Iterator[Mapping[str, Any]]:
    """Every layer of every network of an architecture."""
    return (row for pair in part["result"]["pairs"] for row in pair["layers"])


def by_network(part: Part, key: str) -> dict[int, dict[int, float]]:
    """Heights of "rebuilt" or "dropout" above the worse endpoint, by seed and layer."""
    found: dict[int, dict[int, float]] = {}
    for row in layers(part):
        found.setdefault(row["seed"], {})[row["layer"]] = height(row[key], row["worse"])
    return found


def below(parts: Sequence[Part]) -> Finding:
    """(a) rebuilt <= dropout everywhere, by two orders of magnitude at the smallest width."""
    cases = [row["rebuilt"] <= row["dropout"] * (1 + ROUNDING) for part in parts for row in layers(part)]
    if not cases:
        return unmeasured("below")
    others = [row for part in parts for row in layers(part) if row["rebuilt"] > row["dropout"] * (1 + ROUNDING)]
    spared = sum(row["rebuilt"] <= row["worse"] for row in others)
    best_above = [_best(part, layer, "rebuilt") >= _best(part, layer, "dropout") for part in parts for layer in _numbers(part)]
    # channels are no widths: the prediction speaks of the smallest dense network where there is one
    dense = [part for part in parts if "network" not in part["config"]] or parts
    smallest = min(dense, key=lambda part: min(part["result"]["widths"]))
    keys = ("rebuilt", "dropout", "worse")
    worst = [{key: max(row[key] for row in pair["layers"]) for key in keys} for pair in _pairs(smallest)]
    ratios = [pair["dropout"] / max(pair["worse"], pair["rebuilt"]) for pair in worst]
    says = (
        f"rebuilt at most dropout at {sum(cases)} of {len(cases)} layers of networks, at {spared} of the others both below the "
        f"endpoint's loss, where the search for rebuilt ones ends; worst dropout over worst rebuilt stage "
        f"or endpoint, {architecture(smallest['config'])}: {', '.join(f'{ratio:.3g}' for ratio in ratios)}"
    )
    return finding("below", says, holds=mostly(cases) and median(ratios) >= ORDERS, refuted=sum(best_above) > len(best_above) / 2)


def trend(parts: Sequence[Part]) -> Finding:
    """(c) dropout rises towards the input, the rebuilt loss does not: slopes of the heights per layer, over networks."""
    holds, against, says = list[bool](), list[bool](), list[str]()
    for part in parts:
        slopes = {key: interval([slope(found) for found in by_network(part, key).values()]) for key in ("dropout", "rebuilt")}
        dropout, rebuilt = slopes["dropout"], slopes["rebuilt"]
        holds.append(dropout.hi < 0 <= rebuilt.hi)
        against += [dropout.lo >= 0, rebuilt.hi < 0]
        says.append(f"{architecture(part['config'])}: dropout {dropout}, rebuilt {rebuilt}")
    if not holds:
        return unmeasured("trend")
    text = "slope of ln(loss/endpoint) per layer, negative towards the input; " + "; ".join(says)
    return finding("trend", text, holds=all(holds), refuted=sum(against) > len(holds) / 2)


def maximum(parts: Sequence[Part]) -> Finding:
    """(d) M of every built path against max{L_a, L_b, Phi}."""
    rows = [row for part in parts for pair in _pairs(part) for row in pair["ways"] if "predicted" in row]
    off = [abs(row["maximum"]["value"] - row["predicted"]) / max(1.0, row["predicted"]) for row in rows]
    if not off:
        return unmeasured("maximum")
    exact = [row["maximum"]["evidence"] == "EXACT" for row in rows]
    right = max(off) <= ROUNDING and all(exact)
    says = f"{len(rows)} built paths, largest deviation {max(off):.2g}, {sum(exact)} maxima exact"
    return finding(
        "maximum", says if right else f"{says}: an error of implementation, no finding", holds=right, refuted=not right
    )


def scaling(parts: Sequence[Part]) -> Finding:
    """(e) the mean squared deviation of thinned outputs follows its law."""
    rows = [row for part in parts for row in part["result"]["scaling"]]
    if not rows:
        return unmeasured("scaling")
    cases = [abs(row["deviation"] / row["law"] - 1) <= LAW for row in rows]
    worst = max(abs(row["deviation"] / row["law"] - 1) for row in rows)
    half = [row["excess"] / row["second order"] for row in rows if row["kept"] == row["n"] // 2]
    says = (
        f"{sum(cases)} of {len(cases)} means within 5 % of the law, worst {100 * worst:.1f} %; the cross-entropy excess at half "
        f"the units is {min(half):.2g} to {max(half):.2g} times its second-order estimate, which holds for few removed units only"
    )
    return finding("scaling", says, holds=mostly(cases), refuted=sum(cases) < len(cases) / 2)


def condition(parts: Sequence[Part]) -> Finding:
    """The condition holds: no layer of any network is left without a certificate."""
    lost, networks = dict[str, int](), 0
    for part in parts:
        seeds = {row["seed"] for row in layers(part)}
        missing = {row["seed"] for row in layers(part) if row["word"] == WORDS[2]}
        networks += len(seeds)
        lost[architecture(part["config"])] = len(missing)
    if not networks:
        return unmeasured("condition")
    failed = ", ".join(f"{name} {count}" for name, count in lost.items() if count) or "none"
    says = f"networks with a layer that is not certified (which says nothing about disconnection), of {networks}: {failed}"
    return finding("condition", says, holds=not sum(lost.values()), refuted=sum(lost.values()) > networks / 2)


def certificate(parts: Sequence[Part]) -> Finding:
    """The rebuilt path stays at the endpoint loss where the dropout path and the straight line do not."""
    stays, others = list[bool](), list[bool]()
    for pair in (pair for part in parts for pair in _pairs(part)):
        ways = {row["way"]: row for row in pair["ways"]}
        stays.append(ways[REBUILT]["word"] != WORDS[2])
        others.append(all(ways[way]["excess"] > max(pair["worse"], ROUNDING) for way in (LINE, DROPOUT)))
    if not stays:
        return unmeasured("certificate")
    both = [low and high for low, high in zip(stays, others, strict=True)]
    says = (
        f"the rebuilt path stays at the worse end's loss in {sum(stays)} of {len(stays)} pairs; line and dropout path rise to "
        f"more than twice that loss in {sum(others)}; both in {sum(both)}"
    )
    return finding("certificate", says, holds=mostly(both), refuted=sum(both) < len(both) / 2)


def _pairs(part: Part) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = part["result"]["pairs"]
    return found


def _numbers(part: Part) -> range:
    return range(1, len(part["result"]["widths"]) + 1)


def _best(part: Part, layer: int, key: str) -> float:
    return min(float(row[key]) for row in layers(part) if row["layer"] == layer)
