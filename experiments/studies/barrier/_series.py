"""The mountainside along training: the letters and words of a branched pair after every kept step, and M1 over the steps k."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from experiments.studies.barrier._networks import Fork
from toykit.checks.barrier._base import Base, seen_from_base
from toykit.formula import evaluate
from toykit.landscape import Layered, Pair
from toykit.mountainside import SMALL, Mountainside, mountainside, over_branching


def along_training(net: Layered, fork: Fork, start: float) -> list[dict[str, Any]]:
    """The letters and words of M2 to M5 after every kept step."""
    found = []
    for step in sorted(fork.a):
        passed = (
            [fork.base, *(fork.a[s] for s in sorted(fork.a) if s <= step)],
            [fork.base, *(fork.b[s] for s in sorted(fork.b) if s <= step)],
        )
        pair = fork.pair(net, step)
        known = mountainside(pair, passed)
        seen = seen_from_base(pair)
        if known is None or not isinstance(seen, Base):
            continue
        known = replace(known, start=start)
        layers = {layer: degrees(seen_from_base(pair, names)) for layer, names in pair.theta_a.layers.items()}
        initial = seen_from_base(Pair(net, pair.theta_a, pair.theta_b, theta_0=fork.initial))
        found.append({
            "step": step,
            **_row(known),
            "r_1": seen.r_1,
            "r_2": seen.r_2,
            "angle": degrees(initial),
            "branch angle": degrees(seen),
            "angle of layers": layers,
            "words": {word: held.holds for word, held in known.words.items()},
            "rho_2": known.words["M2 climbing back"].value,
            "outward": known.outward,
            "walls": known.words["M4 sharp walls"].value,
        })
    return found


def _row(known: Mountainside) -> dict[str, Any]:
    (s_0, s_1), (h_0, h_m, h_1) = known.slopes, known.curvatures
    curvatures = {"a": 0.5, "h_0": h_0, "h_m": h_m, "h_1": h_1}
    return {
        **{"L_a": known.L_a, "L_b": known.L_b, "L_m": known.L_m, "B": known.barrier, "half": known.L_m - known.L_bar},
        "endpoint": known.estimate,
        "midpoint": evaluate("barrier/midpoint_expansion", "estimate", curvatures),
        "simpson": evaluate("barrier/hessian_simpson", "estimate", curvatures),
        **{"Delta_norm": known.Delta_norm, "dbar_norm": known.dbar_norm, "scale": known.scale, "eps": known.eps},
        **{"s_0": s_0, "s_1": s_1, "h_0": h_0, "h_m": h_m, "h_1": h_1, "random curvature": known.random_curvature},
    }


def degrees(seen: Any) -> float | None:
    """The angle of what was seen from a base; None where there is no angle."""
    return math.degrees(seen.angle) if isinstance(seen, Base) else None


def same_side(seeds: Sequence[int], series: Sequence[Mapping[str, Any]]) -> dict[str, bool | None]:
    """M1 of every seed, from its last pairs in the order of k."""
    found: dict[str, bool | None] = {}
    for seed in seeds:
        last = {row["k"]: row for row in series if row["seed"] == seed}
        if len(last) > 1:
            steps = sorted(last)
            ends = [_again(last[k]) for k in steps]
            found[str(seed)] = over_branching(steps, [last[k]["angle"] for k in steps], ends)["M1 same side"].holds
    return found


def _again(row: Mapping[str, Any]) -> Mountainside:
    """The letters of a series row again, as `over_branching` takes them."""
    start = row["eps"] / SMALL + (row["L_a"] + row["L_b"]) / 2
    return Mountainside(
        *(start, row["L_a"], row["L_b"], row["L_m"], row["B"], row["Delta_norm"], row["dbar_norm"], None, None, row["outward"]),
        *((row["s_0"], row["s_1"]), (row["h_0"], row["h_m"], row["h_1"]), row["random curvature"]),
    )
