"""The sections of a comparison: each measures one thing about two endpoints and returns JSON and arrays worth keeping."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from toykit.barriers import barriers, certified_barrier
from toykit.barriers.certified.search import BEYOND
from toykit.bridge.compare.claims import claims
from toykit.bridge.compare.found import Found
from toykit.bridge.compare.setting import Setting
from toykit.bridge.compare.ways import ways
from toykit.bridge.landscapes.landscape import TorchLandscape
from toykit.bridge.units.renormalisation import Renormaliser
from toykit.chord import Profile, grid, profile
from toykit.combining import mixing, sample
from toykit.connectivity.built import build
from toykit.connectivity.separable import Plan, separable_outcome
from toykit.connectivity.units import refusal
from toykit.errors import InputError
from toykit.landscape import Channelled, Floats, Landscape, Layered, Pair
from toykit.matching import weight_matching
from toykit.parameters import Parameters, chord_point
from toykit.seeds import generator
from toykit.verdict import Number

POINTS = 25
REPAIRED = 5
"""Positions at which units are set anew: each takes a pass over the data for every layer."""

CERTIFIED_SECONDS = 30.0
CHANCE = 1.0
"""About the loss of chance: an upper end of more than `BEYOND` times what the losses are, or this, says nothing."""
LAWS = (("uniform", "element"), ("bernoulli(0.5)", "element"), ("bernoulli(0.5)", "row"), ("bernoulli(0.5)", "layer"))
"""Law and granularity of the random combinations that are tried."""


def ends(setting: Setting, before: Mapping[str, Found]) -> Found:
    """Loss and error of both networks on training and held-out data, and how far apart they are."""
    pair, delta = setting.pair, setting.pair.delta
    norms = pair.theta_a.norm(), pair.theta_b.norm()
    rows = {}
    for split, landscape in _splits(setting).items():
        points = {"a": pair.theta_a, "b": pair.theta_b}
        rows[split] = {end: {"loss": landscape.loss(theta), "error": landscape.error(theta)} for end, theta in points.items()} | {
            "chance": landscape.traits.chance
        }
    cosine = pair.theta_a.dot(pair.theta_b) / (norms[0] * norms[1]) if all(norms) else None
    return Found({
        "splits": rows,
        "examples": {split: landscape.count for split, landscape in _splits(setting).items()},
        "parameters": pair.theta_a.count,
        "norms": norms,
        "distance": delta.norm(),
        "cosine": cosine,
    })


def line(setting: Setting, before: Mapping[str, Found]) -> Found:
    """The barriers of the straight line in every convention, for loss and error, and a rigorous enclosure where there is one."""
    found = {split: curves(landscape, setting.pair) for split, landscape in _splits(setting).items()}
    return Found({"splits": found, "certified": rigorous(setting.pair)})


def alignment(setting: Setting, before: Mapping[str, Found]) -> Found:
    """The straight line from a to the best permuted b: weight matching over the symmetries found in the traced module.

    A planted pair, a and a permuted copy of it, tells how often the search finds what is known to be there.
    """
    pair, groups = setting.pair, setting.symmetries
    described = {
        "groups": [{"name": group.name, "units": group.size, "axes": len(group.axes)} for group in groups.groups],
        "order_log10": groups.count,
        "frozen": [{"array": f.tensor, "axis": f.axis, "reason": f.reason} for f in groups.frozen],
        "notes": list(groups.notes),
    }
    matched = weight_matching(pair, symmetries=groups, seed=setting.seed)
    aligned = setting.moved(matched.theta, f"{pair.name}, aligned")
    return Found(
        {
            "symmetries": described,
            "objective": matched.objective,
            "objectives": list(matched.objectives),
            "spread": matched.spread,
            "moved": matched.moved,
            "change": matched.change,
            "sound": matched.sound,
            "seconds": matched.seconds,
            "distance": [pair.delta.norm(), aligned.delta.norm()],
            "planted": planted(setting),
            "splits": {split: curves(landscape, aligned) for split, landscape in _splits(setting).items()},
            "certified": rigorous(aligned),
        },
        {"b aligned": matched.theta},
    )


def planted(setting: Setting) -> float:
    """The fraction of units that come back when b is a itself with its units re-ordered at random."""
    groups, stream = setting.symmetries, generator("planted permutation", setting.seed)
    element = groups.random(stream)
    copy = setting.moved(groups.permute(setting.pair.theta_a, element), "planted")
    found, undone = weight_matching(copy, symmetries=groups, seed=setting.seed).perm, groups.inverse(element)
    right = sum(int((np.asarray(found[name]) == order).sum()) for name, order in undone.items())
    return right / sum(groups.sizes.values())


def statistics(setting: Setting, before: Mapping[str, Found]) -> Found:
    """What estimating the batch statistics anew at every position recovers, before and after alignment."""
    if not setting.batch_norm:
        raise InputError("statistics are reset where a module has batch normalisation; this one has none; nothing is lost by it")
    reset = setting.on(setting.data, statistics="reset")
    pairs = _pairs(setting, before)
    own = {name: Pair(reset, reset.parameters(p.theta_a), reset.parameters(p.theta_b), p.name) for name, p in _shared(pairs)}
    return Found({"pairs": {name: curves(reset, pair) for name, pair in own.items()}})


def _pairs(setting: Setting, before: Mapping[str, Found]) -> dict[str, Pair]:
    """The pair as it is, and aligned where an alignment was found."""
    if "alignment" not in before:
        return {"as they are": setting.pair}
    return {"as they are": setting.pair, "aligned": setting.moved(before["alignment"].arrays["b aligned"], "aligned")}


def _shared(pairs: Mapping[str, Pair]) -> Iterable[tuple[str, Pair]]:
    """The pairs without running statistics, which a landscape that resets them does not have."""
    for name, pair in pairs.items():
        a, b = (Parameters({k: v for k, v in end.items() if "running_" not in k}) for end in (pair.theta_a, pair.theta_b))
        yield name, Pair(pair.landscape, a, b, name)


def renormalisation(setting: Setting, before: Mapping[str, Found]) -> Found:
    """What setting mean and deviation of every hidden unit at every position recovers, before and after alignment."""
    if setting.batch_norm:
        raise InputError("REPAIR is for networks without batch normalisation; this one has it; see what fresh statistics recover")
    found = {}
    for name, pair in _pairs(setting, before).items():
        made = Renormaliser(pair)
        points = [made.at(float(t)) for t in grid(REPAIRED)]
        middle = points[REPAIRED // 2]
        found[name] = _curves(made.net, grid(REPAIRED), [point.theta for point in points]) | {
            "corrected": len(middle.corrected),
            "skipped": dict(middle.skipped),
            "still": middle.still,
            "sums": dict(middle.sums),
        }
    return Found({"pairs": found})


def path(setting: Setting, before: Mapping[str, Found]) -> Found:
    """The piecewise linear path of `connectivity/separable_features`, with its conditions and its exact maximum."""
    pair, network = setting.pair, setting.pair.landscape
    if not isinstance(network, Layered | Channelled):
        raise InputError(f"a path is built by moving units one by one; {refusal(network)}; see the straight line instead")
    if network.traits.loss != "cross-entropy":
        raise InputError(f"a path is built under cross-entropy; got {network.traits.loss}; see the straight line instead")
    plan = Plan.of(pair, network)
    if not plan.room.holds:
        raise InputError(f"a path needs spare units in every layer; {plan.room.how}; use wider networks")
    kept = plan.keep_best(pair, setting.draws, "compare")
    built = build(pair, plan.stages(kept["a"]), plan.stages(kept["b"]))
    outcome = separable_outcome(kept)
    held_out = setting.held_out
    waypoints = {f"waypoint {number:02d}": theta for number, theta in enumerate(built.path.waypoints)}
    result = {
        "separable": {"holds": outcome.holds, "reason": outcome.how},
        "room": plan.room.how,
        "segments": len(built.path.segments),
        "length": built.path.length,
        "worse_end": built.worse,
        "excess": built.excess.to_json(),
        "losses": built.losses.tolist(),
        "errors": None if held_out is None else [held_out.error(theta) for theta in built.path.waypoints],
    }
    return Found(result, waypoints)


def combinations(setting: Setting, before: Mapping[str, Found]) -> Found:
    """Mean loss of random combinations theta_a + lambda * Delta, as they are and aligned, beside midpoint and ends.

    The control: the aligned b with its units re-ordered at random has the same function and no alignment.
    """
    pairs, found = dict(_pairs(setting, before)), {}
    if "alignment" in before:
        groups, stream = setting.symmetries, generator("re-shuffled control", setting.seed)
        shuffled = groups.permute(before["alignment"].arrays["b aligned"], groups.random(stream))
        pairs["re-shuffled"] = setting.moved(shuffled, "re-shuffled")
    for name, pair in pairs.items():
        worse = max(pair.landscape.loss(pair.theta_a), pair.landscape.loss(pair.theta_b))
        rows = {"midpoint": Number.exact(pair.landscape.loss(chord_point(pair.theta_a, pair.theta_b, 0.5))).to_json()}
        for law, granularity in LAWS:
            drawn = sample(mixing(pair, law, granularity), setting.draws, setting.seed)
            note = f"mean and standard error of {setting.draws} draws"
            rows[f"{law} by {granularity}"] = Number.estimated(drawn.mean, note, drawn.error).to_json()
        found[name] = {"worse_end": worse, "loss": rows}
    return Found({"pairs": found})


SECTIONS: dict[str, Callable[[Setting, Mapping[str, Found]], Found]] = {
    "ends": ends,
    "line": line,
    "alignment": alignment,
    "statistics": statistics,
    "renormalisation": renormalisation,
    "path": path,
    "ways": ways,
    "combinations": combinations,
    "claims": claims,
}
"""In the order in which they run; a later one may use what an earlier one found."""

ON_REQUEST = frozenset({"ways"})
"""Sections that run only where they are named: they train networks."""


def curves(landscape: TorchLandscape, pair: Pair) -> dict[str, Any]:
    """Loss and error at 25 positions, both ends included, and the barriers of both in every convention."""
    ts, theta_a, theta_b = grid(POINTS), pair.theta_a, pair.theta_b
    on = Pair(landscape, theta_a, theta_b, pair.name)
    return _curve(profile(on, ts), _errors(landscape, [chord_point(theta_a, theta_b, float(t)) for t in ts], ts))


def _curves(landscape: TorchLandscape, ts: Floats, points: Sequence[Parameters]) -> dict[str, Any]:
    """The same for points of any curve."""
    return _curve(Profile(ts, landscape.losses(points), "loss"), _errors(landscape, points, ts))


def _curve(losses: Profile, errors: Profile | None) -> dict[str, Any]:
    ts = losses.ts
    return {
        "ts": ts.tolist(),
        "loss": {"values": losses.values.tolist(), "barriers": barriers(losses).to_json()},
        "error": None if errors is None else {"values": errors.values.tolist(), "barriers": barriers(errors).to_json()},
    }


def _errors(landscape: Landscape, points: Sequence[Parameters], ts: Floats) -> Profile | None:
    values = [landscape.error(theta) for theta in points]
    if any(value is None for value in values):
        return None
    return Profile(ts, np.array(values, dtype=np.float64), "error")


def rigorous(pair: Pair) -> dict[str, Any]:
    """A certified enclosure of the barrier, or why there is none; an upper end that says nothing is left out."""
    try:
        found = certified_barrier(pair, relative=1e-3, seconds=CERTIFIED_SECONDS)
    except InputError as error:
        return {"number": None, "reason": str(error)}
    if found.hi > BEYOND * max(found.lo, *(pair.landscape.loss(end) for end in (pair.theta_a, pair.theta_b)), CHANCE):
        least = f"it is certified to be at least {found.lo:.4g}; " if found.lo > 0 else ""
        return {"number": None, "reason": least + found.note}
    return {"number": found.number.to_json(), "reason": found.note}


def _splits(setting: Setting) -> dict[str, TorchLandscape]:
    train = setting.pair.landscape
    found = {"train": train} | ({} if setting.held_out is None else {"test": setting.held_out})
    return {name: landscape for name, landscape in found.items() if isinstance(landscape, TorchLandscape)}
