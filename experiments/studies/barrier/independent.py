"""Which predictor ranks pairs of independently trained networks by their barrier, and which only knows how far apart they are."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from experiments.figures.style import BLUE, GREY, RED, panels, style
from experiments.studies.barrier._bench import Bench
from experiments.studies.barrier._letters import letters
from experiments.studies.barrier._networks import BENCHES, CLASSES, SMOOTH, alone, test_landscape, training_landscape
from experiments.studies.barrier._ranking import Group, better, scores, steady
from experiments.studies.barrier._words import finding, graded
from experiments.studies.claims import svg
from experiments.studies.study import Figure, Finding, Prediction, Study, Word, answered
from toykit.landscape import Pair
from toykit.mountainside import SMALL
from toykit.runs import Outcome

STUDY = Study(
    "barrier/independent",
    "Independent pairs: which predictor ranks barriers",
    "Networks from different first weights have a barrier between them. Can its height be ranked from the two solutions alone, "
    "better than by their distance, their angle, or a smoothness bound?",
    (
        Prediction("barrier", "every independent pair has a barrier above eps", "fewer than half of the pairs do"),
        Prediction(
            "endpoint ranks",
            "the endpoint estimate ranks g(1/2) better than |Delta|^2 does, by the whole interval of the difference",
            "its rank correlation with g(1/2) is not above that of |Delta|^2",
        ),
        Prediction("ridge ranks", "the ridge bound with sampled m, M ranks B better than |Delta|^2 does", "it does not"),
        Prediction(
            "beats smoothness",
            "the endpoint estimate ranks g(1/2) better than beta |Delta|^2 / 8 does",
            "it does not; beta from the Hessians at t = 0, 1/2, 1, on the bench only",
        ),
        Prediction(
            "distance does not rank", "the interval of the rank correlation of |Delta|^2 and g(1/2) holds 0", "it lies above 0"
        ),
        Prediction(
            "angle does not rank", "the interval of the rank correlation of the angle and g(1/2) holds 0", "it lies above 0"
        ),
        Prediction(
            "beyond distance",
            "given |Delta|^2 the partial rank correlation of endpoint estimate and g(1/2) is above 0",
            "it is not positive",
        ),
        Prediction(
            "height", "endpoint / g(1/2) is a constant factor: 90 % over 10 % quantile at most 3", "above 10, or negative"
        ),
    ),
    "All pairs of independently trained networks: 2-16-1 tanh on the checkerboard, 64-32-32-10 tanh on digits, cross-entropy. "
    "The angle is seen from the mean of the two first weights. Scores are Spearman's rank correlations with g(1/2) for signed "
    "estimates and with B for bounds, never pooled over benches; 95 % intervals from 500 resamples of networks, not of pairs.",
    "theory/barrier.md, X2",
    ("shuffled pairing of predictor and pair", "partial rank correlation given |Delta|^2", "test loss"),
)

COUNTS = {"digits": {SMOOTH: 10, CLASSES: 5}, "full": {SMOOTH: 24, CLASSES: 10}}


def configs(size: str) -> list[dict[str, Any]]:
    """One part per bench: the pairs share networks."""
    return [{"bench": name, "seeds": list(range(count))} for name, count in COUNTS[size].items()]


def part(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    """Train the networks and measure all their pairs."""
    name, seeds = config["bench"], config["seeds"]
    net, held_out = training_landscape(name), test_landscape(name)
    ends, starts = alone(name, seeds), alone(name, seeds, first=True)
    rows = []
    for i, j in combinations(range(len(seeds)), 2):
        pair = Pair(net, ends[i], ends[j], f"{name}, seeds {seeds[i]} and {seeds[j]}", (starts[i] + starts[j]) * 0.5)
        record = letters(pair, held_out, smoothness=isinstance(BENCHES[name], Bench))
        descent = (net.loss(starts[i]) + net.loss(starts[j]) - record["L_a"] - record["L_b"]) / 2
        rows.append({"seeds": [seeds[i], seeds[j]], **record, "eps": SMALL * max(descent, 0.0)})
    return Outcome({"bench": name, "pairs": rows})


def group(found: Mapping[str, Any]) -> Group:
    """The pairs of a bench with their networks."""
    rows = found["pairs"]
    return Group(f"{found['bench']}, independent", tuple(rows), tuple(tuple(row["seeds"]) for row in rows))


def summarise(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    """The words, the scores of every predictor, and the scatter of prediction against height."""
    groups = {str(found["result"]["bench"]): group(found["result"]) for found in config["parts"]}
    leads = (("endpoint ranks", "endpoint", "Delta^2", "half"), ("ridge ranks", "ridge", "Delta^2", "B"))
    findings = [
        _barriers(groups),
        *(_lead(groups, *lead) for lead in (*leads, ("beats smoothness", "endpoint", "smoothness", "half"))),
        *(_blind(groups, *blind) for blind in (("distance does not rank", "Delta^2"), ("angle does not rank", "angle"))),
        _beyond(groups),
        _height(groups),
    ]
    tables = [scores(found) for found in groups.values()]
    return answered(STUDY, findings, tables, [Figure(CAPTION, draw(groups))] if groups else [], config["lost"])


def _barriers(groups: Mapping[str, Group]) -> Finding:
    words, says = {}, {}
    for name, found in groups.items():
        part = float((found.column("B") > found.column("eps")).mean())
        words[name] = graded(part, usually=1.0)
        says[name] = f"{part:.0%} of {len(found.records)} pairs, median B {np.median(found.column('B')):.3g}"
    return finding("barrier", words, says)


def _lead(groups: Mapping[str, Group], prediction: str, predictor: str, baseline: str, scored: str) -> Finding:
    words, says = {}, {}
    for name, found in groups.items():
        if np.isfinite(found.column(baseline)).all():
            lead = found.lead(predictor, baseline, scored)
            words[name] = better(lead)
            ours, theirs = found.spearman(predictor, scored), found.spearman(baseline, scored)
            says[name] = f"{ours} against {theirs}, lead {lead}"
    return finding(prediction, words, says)


def _blind(groups: Mapping[str, Group], prediction: str, letter: str) -> Finding:
    """A letter that should not rank: QUALIFIED where it ranks the wrong way round."""
    words, says = {}, {}
    for name, found in groups.items():
        score = found.spearman(letter, "half")
        words[name] = Word.REPRODUCED if score.around else Word.NOT_REPRODUCED if score.above else Word.QUALIFIED
        says[name] = f"rank correlation {score}"
    return finding(prediction, words, says)


def _beyond(groups: Mapping[str, Group]) -> Finding:
    words, says = {}, {}
    for name, found in groups.items():
        score = found.partial("endpoint", "half")
        words[name] = better(score)
        says[name] = f"partial rank correlation {score}"
    return finding("beyond distance", words, says)


def _height(groups: Mapping[str, Group]) -> Finding:
    words, says = {}, {}
    for name, found in groups.items():
        ratios = found.ratios("endpoint", "half")
        words[name] = steady(ratios)
        says[name] = "no pair with a barrier at 1/2" if ratios is None else "ratio {:.2g} / {:.2g} / {:.2g}".format(*ratios)
    return finding("height", words, says)


CAPTION = (
    "Every pair as a point: the height g(1/2) against the endpoint estimate, which sees the two solutions only, and against the "
    "squared distance. The dashed line is equality."
)


def draw(groups: Mapping[str, Group]) -> bytes:
    """Prediction against height, one row of panels per bench."""
    with style():
        figure, axes = panels(len(groups), 2, height=2.7)
        for row, (name, found) in enumerate(groups.items()):
            _scatter(axes[2 * row], found, "endpoint", BLUE)
            _scatter(axes[2 * row + 1], found, "Delta^2", RED)
            axes[2 * row].set_title(name)
            axes[2 * row].set_ylabel("g(1/2)")
    return svg(figure)


def _scatter(axes: Axes, found: Group, letter: str, color: str) -> None:
    x, y = found.column(letter), found.column("half")
    axes.scatter(x, y, s=14, color=color, alpha=0.7, linewidths=0)
    if letter == "endpoint":
        top = min(float(x.max()), float(y.max()))
        axes.plot([0, top], [0, top], color=GREY, linestyle="--", linewidth=1)
    called = {"endpoint": "endpoint estimate", "Delta^2": r"$|\Delta|^2$"}[letter]
    axes.set_xlabel(f"{called}; Spearman {found.spearman(letter, 'half')}", fontsize=9)
    axes.set_ylim(bottom=min(0.0, float(y.min())))
