"""Two mechanisms, two powers: across a ridge the barrier goes with |Delta|^2, along a bent valley with |Delta|^4."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from experiments.figures.style import BLUE, GREEN, GREY, ORANGE, panels, style
from experiments.studies.barrier._alignment import turned
from experiments.studies.barrier._bench import Bench, epochs
from experiments.studies.barrier._networks import BENCHES, EXACT, SMOOTH, alone, forks, training_landscape
from experiments.studies.claims import svg
from experiments.studies.study import Figure, Finding, Prediction, Study, Table, Word, answered
from toykit.barriers.measured import barrier, gap
from toykit.data import Data
from toykit.landscape import Layered, Pair
from toykit.losses import SquaredLoss
from toykit.mountainside import SMALL
from toykit.networks.mlp import MLP
from toykit.parameters import Parameters, chord_point
from toykit.runs import Outcome
from toykit.seeds import generator

NEAR = 0.5
"""A slope is reproduced within this distance of the predicted power."""

BETWEEN = 3.0
"""Half-way between 2 and 4: a ridge above it, or a valley below it, has exchanged the slopes."""

SHARES = tuple(2.0**-i for i in range(7))
"""The chord across the ridge is shortened about its midpoint to these parts; the orbit is followed to these rescalings."""

STUDY = Study(
    "barrier/mechanism",
    "Mechanism: ridges cost |Delta|^2, bent valleys |Delta|^4",
    "Is a barrier between trained networks a ridge between two slopes, or the price of cutting the corner of a bent valley? The "
    "power of |Delta| tells them apart.",
    (
        Prediction(
            "ridge", "across a ridge, chords shortened about their midpoint have slope 2 (median)", "the median slope is above 3"
        ),
        Prediction(
            "fork",
            "while two branches of one run move apart, g(1/2) > 0 grows with slope 2 (median)",
            "the median slope is above 3",
        ),
        Prediction("orbit", "along a rescaling orbit of equal minima the slope is 4 (median)", "the median slope is below 3"),
    ),
    "Ridge and fork: branched pairs of 2-16-1 tanh networks that end with a barrier above eps; slopes of log B (for the fork "
    "of log g(1/2), over the epochs with g(1/2) > 0) against log |Delta|. Orbit: trained 2-16-1 ReLU networks, units rescaled by "
    "e^(+-u), u = 1, 1/2, .., 1/64, on the squared distance to the network's own outputs, so that all points of the orbit are "
    "minima of height 0.",
    "theory/barrier.md, X6",
    ("the same orbits on the training loss, where a gradient is left: no valley, and no slope is predicted",),
)

COUNTS = {"digits": (6, 8, 24), "full": (12, 16, 60)}
KS = (0, 300, 1000)


def configs(size: str) -> list[dict[str, Any]]:
    """Forks on the smooth bench, orbits on the homogeneous one."""
    split, orbits, count = COUNTS[size]
    return [
        {"what": "ridge", "seeds": list(range(split)), "ks": list(KS), "epochs": count},
        {"what": "orbit", "seeds": list(range(orbits))},
    ]


def part(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    """The curves (|Delta|, B) of every pair, by mechanism."""
    curves = _orbits(config) if config["what"] == "orbit" else _ridges(config)
    return Outcome({"curves": curves})


Curve = dict[str, Any]


def _ridges(config: Mapping[str, Any]) -> list[Curve]:
    net, bench = training_landscape(SMOOTH), BENCHES[SMOOTH]
    at = epochs(bench, config["epochs"]) if isinstance(bench, Bench) else ()
    found = []
    for fork in forks(SMOOTH, config["seeds"], config["ks"], at):
        pair = fork.pair(net)
        eps = SMALL * (net.loss(fork.initial) - (net.loss(pair.theta_a) + net.loss(pair.theta_b)) / 2)
        if barrier(pair).value <= eps:
            continue
        name = f"seed {fork.seed}, k = {fork.k}"
        found.append({"kind": "ridge", "name": name, "points": [_point(_shortened(pair, s)) for s in SHARES]})
        apart = [fork.pair(net, step) for step in sorted(fork.a)]
        gaps = [(each.delta.norm(), float(gap(each, np.array([0.5]))[0])) for each in apart]
        found.append({"kind": "fork", "name": name, "points": [list(row) for row in gaps if row[1] > 0]})
    return found


def _orbits(config: Mapping[str, Any]) -> list[Curve]:
    net, found = training_landscape(EXACT), []
    for seed, theta in zip(config["seeds"], alone(EXACT, config["seeds"]), strict=True):
        own = MLP(
            (net.inputs.shape[1], *net.widths, 1),
            "relu",
            SquaredLoss(),
            Data(net.inputs, net.outputs(theta), name="the network's own outputs"),
        )
        signs = generator("mechanism/orbit", seed).choice([-1.0, 1.0], size=net.widths[0])
        for kind, where in (("orbit", own), ("orbit with a gradient", net)):
            pairs = [Pair(where, theta, _along(net, theta, u * signs)) for u in SHARES]
            found.append({"kind": kind, "name": f"seed {seed}", "points": [_point(pair) for pair in pairs]})
    return found


def _along(net: Layered, theta: Parameters, logarithms: Any) -> Parameters:
    return turned(net, theta, 1, np.exp(logarithms))


def _shortened(pair: Pair, part_: float) -> Pair:
    """The middle part of the chord."""
    theta_a, theta_b = (chord_point(pair.theta_a, pair.theta_b, t) for t in ((1 - part_) / 2, (1 + part_) / 2))
    return Pair(pair.landscape, theta_a, theta_b)


def _point(pair: Pair) -> list[float]:
    return [pair.delta.norm(), barrier(pair).value]


def slope(points: Sequence[Sequence[float]]) -> float | None:
    """The slope of log B against log |Delta| by least squares; None below three points with B > 0."""
    kept = np.array([point for point in points if point[1] > 0 and point[0] > 0])
    if len(kept) < 3:
        return None
    x, y = np.log(kept).T
    return float(np.polyfit(x, y, 1)[0]) if np.ptp(x) > 0 else None


def summarise(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    """The slopes by mechanism, their words, and the curves."""
    curves = [curve for found in config["parts"] for curve in found["result"]["curves"]]
    kinds = ("ridge", "fork", "orbit", "orbit with a gradient")
    slopes = {
        kind: [s for curve in curves if curve["kind"] == kind and (s := slope(curve["points"])) is not None] for kind in kinds
    }
    findings = [_judged(kind, slopes[kind], power) for kind, power in (("ridge", 2.0), ("fork", 2.0), ("orbit", 4.0))]
    rows = []
    for kind, found in slopes.items():
        quantiles = np.quantile(found, [0.1, 0.5, 0.9]).tolist() if found else [None] * 3
        rows.append((kind, sum(curve["kind"] == kind for curve in curves), len(found), *quantiles))
    table = Table(
        "Slopes of log B against log |Delta|; curves with fewer than three points of positive B have none",
        ("mechanism", "curves", "with a slope", "10 %", "median", "90 %"),
        tuple(rows),
    )
    return answered(STUDY, findings, [table], [Figure(CAPTION, draw(curves))] if curves else [], config["lost"])


def _judged(kind: str, slopes: Sequence[float], power: float) -> Finding:
    if not slopes:
        return Finding(kind, Word.NOT_REPRODUCED, "no curve has a slope")
    middle = float(np.median(slopes))
    exchanged = middle > BETWEEN if power < BETWEEN else middle < BETWEEN
    word = Word.REPRODUCED if abs(middle - power) <= NEAR else Word.NOT_REPRODUCED if exchanged else Word.QUALIFIED
    lo, hi = np.quantile(slopes, [0.1, 0.9])
    return Finding(kind, word, f"median slope {middle:.2f} of {len(slopes)} curves, 10 to 90 %: {lo:.2f} to {hi:.2f}")


CAPTION = (
    "Barrier against distance, every line a pair: a chord across a ridge shortened about its midpoint, two branches of one run "
    "moving apart, and rescalings along an orbit of minima. Dashed: the predicted power."
)


def draw(curves: Sequence[Curve]) -> bytes:
    """The curves of the three mechanisms on logarithmic axes with the predicted slope."""
    with style():
        figure, axes = panels(1, 3, height=2.9)
        shown = (
            ("ridge", BLUE, 2.0, "ridge, shortened"),
            ("fork", GREEN, 2.0, "branches moving apart"),
            ("orbit", ORANGE, 4.0, "rescaling orbit"),
        )
        for panel, (kind, color, power, title) in zip(axes, shown, strict=True):
            _curves(panel, [curve["points"] for curve in curves if curve["kind"] == kind], color, power)
            panel.set_title(title)
            panel.set_xlabel(r"$|\Delta|$")
        axes[0].set_ylabel("B")
        axes[1].set_ylabel("g(1/2)")
    return svg(figure)


def _curves(axes: Axes, found: Sequence[Sequence[Sequence[float]]], color: str, power: float) -> None:
    kept = [np.array([p for p in points if p[1] > 0]) for points in found]
    kept = [points for points in kept if len(points)]
    for points in kept:
        axes.plot(*points.T, color=color, linewidth=0.9, alpha=0.6, marker=".", markersize=3)
    if kept:
        everything = np.concatenate(kept)
        x = np.array([everything[:, 0].min(), everything[:, 0].max()])
        middle = np.exp(np.median(np.log(everything), axis=0))
        axes.plot(x, middle[1] * (x / middle[0]) ** power, color=GREY, linestyle="--", linewidth=1)
        axes.set_xscale("log")
        axes.set_yscale("log")
