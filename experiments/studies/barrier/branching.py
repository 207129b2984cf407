"""How the barrier falls with the step at which two runs part, and whether the mountainside model describes the way there."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from experiments.studies.barrier import _branching_figures as figures
from experiments.studies.barrier._bench import Bench, epochs
from experiments.studies.barrier._letters import ESTIMATES, letters
from experiments.studies.barrier._networks import (
    BENCHES,
    CLASSES,
    EXACT,
    MNIST,
    SMOOTH,
    forks,
    test_landscape,
    training_landscape,
)
from experiments.studies.barrier._ranking import Group, better, scores, spearman
from experiments.studies.barrier._series import along_training, degrees, same_side
from experiments.studies.barrier._words import benches, finding, graded, share
from experiments.studies.study import Figure, Finding, Prediction, Study, Table, Word, answered
from toykit.checks.barrier._base import seen_from_base
from toykit.landscape import Pair
from toykit.mountainside import SMALL, VARIATION
from toykit.runs import Outcome

DIGITS, TENTH = 1e-3, 0.1
"""After the transition the estimates agree with g(1/2) to three digits; more than ten per cent off refutes."""

STUDY = Study(
    "barrier/branching",
    "Branching: when two runs end without a barrier between them",
    "Two copies of one run that part at training step k: from which k on is there no barrier, do estimates from two or three "
    "curvatures see it, and do the runs descend a mountain on two sides of a ridge on the way?",
    (
        Prediction("falls", "the median barrier is within eps for all k from some k* on", "B(k) does not fall with k"),
        Prediction(
            "three estimates",
            "from k* on endpoint, midpoint and Simpson estimate equal g(1/2) to three digits (median over the pairs)",
            "an estimate is more than 10 % off (median); smooth networks only",
        ),
        Prediction("averaging helps", "from k* on g(1/2) <= 0", "g(1/2) > 0 in half of the pairs or more"),
        Prediction(
            "ranking",
            "among pairs with a barrier the endpoint estimate ranks g(1/2) better than |Delta|^2 does",
            "its rank correlation is not above that of |Delta|^2",
        ),
        Prediction(
            "M1 same side",
            "no barrier from some k on, and the angle from the initialisation falls with k",
            "in half of the seeds",
        ),
        Prediction(
            "M2 climbing back",
            "the midpoint is as high as the runs were at its distance: rho_2 in [1/2, 2]",
            "in half of the pairs",
        ),
        Prediction("M3a transverse ridge", "phi''(1/2) < 0 where there is a barrier, and only there", "in half of the pairs"),
        Prediction("M3b falling ridge", "the loss at the midpoint falls away from the base", "in half of the pairs"),
        Prediction("M4 sharp walls", "the ends are sharper along the chord than along random directions", "in half of the pairs"),
        Prediction(
            "M5 scale law",
            "B over the endpoint estimate varies by less than half of its mean along training",
            "in half of the series",
        ),
    ),
    "Bench: 2-16-1 on the checkerboard, SGD with replacement, batch 8, rate 0.1, 30,000 steps; tanh, and ReLU on 64 examples "
    "with exact barriers. Digits: 64-32-32-10 tanh, cross-entropy, Adam. MNIST (full size): 784-100-10 ReLU, 10,000 images. "
    "eps is one per cent of the descent from the first weights. M1 to M5 are judged on the tanh bench, M2 to M5 on the series of "
    "log-spaced epochs after branching; a hypothesis that holds in three quarters of the decided cases is reproduced, in half of "
    "them qualified. M3a is judged on pairs that have a barrier or a negative curvature: the others agree trivially.",
    "theory/barrier.md, X1 and X4",
    (
        "the two copies are one network up to step k, bit for bit",
        "test loss: data drawn anew, or the test split",
        "shuffled pairing of predictor and pair",
        "partial rank correlation given |Delta|^2",
    ),
)

KS = (0, 100, 300, 1000, 3000, 8000, 15000, 25000)
IMAGE_KS = {CLASSES: (0, 5, 15, 40, 100, 200, 300, 400), MNIST: (0, 10, 40, 160, 480)}


def configs(size: str) -> list[dict[str, Any]]:
    """Blocks of seeds on the bench; single seeds of images."""
    if size == "digits":
        bench = [
            {"bench": SMOOTH, "seeds": [3 * block + i for i in range(3)], "ks": list(KS), "epochs": 10} for block in range(2)
        ]
        bench += [{"bench": EXACT, "seeds": [0, 1, 2], "ks": list(KS), "epochs": 0}]
        return bench + [{"bench": CLASSES, "seeds": [seed], "ks": [0, 15, 100, 300], "epochs": 0} for seed in range(3)]
    bench = [{"bench": SMOOTH, "seeds": [3 * block + i for i in range(3)], "ks": list(KS), "epochs": 40} for block in range(4)]
    bench += [{"bench": EXACT, "seeds": [3 * block + i for i in range(3)], "ks": list(KS), "epochs": 0} for block in range(4)]
    images = [{"bench": CLASSES, "seeds": [seed], "ks": list(IMAGE_KS[CLASSES]), "epochs": 0} for seed in range(6)]
    return bench + images + [{"bench": MNIST, "seeds": [seed], "ks": list(IMAGE_KS[MNIST]), "epochs": 0} for seed in range(2)]


def part(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    """Train the pairs of some seeds and measure all letters at the end, and the hypotheses along the way."""
    name = config["bench"]
    net, held_out, bench = training_landscape(name), test_landscape(name), BENCHES[name]
    at: tuple[int, ...] = ()
    if isinstance(bench, Bench) and config["epochs"]:
        at = epochs(bench, config["epochs"])
    pairs, series = [], []
    for fork in forks(name, config["seeds"], config["ks"], at):
        pair = fork.pair(net)
        known = {"seed": fork.seed, "k": fork.k}
        base = seen_from_base(Pair(net, pair.theta_a, pair.theta_b, theta_0=fork.initial))
        start = net.loss(fork.initial)
        record = letters(pair, held_out, smoothness=isinstance(bench, Bench))
        record["eps"] = SMALL * max(start - (record["L_a"] + record["L_b"]) / 2, 0.0)
        record["angle"], record["branch angle"] = degrees(base), record["angle"]
        pairs.append({**known, **record})
        series += [{**known, **point} for point in along_training(net, fork, start)] if at else []
    return Outcome({"bench": name, "pairs": pairs, "series": series, "words": same_side(config["seeds"], series)})


def summarise(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    """The words, the tables of B(k) per bench and of the hypotheses, and the figures."""
    parts = [found["result"] for found in config["parts"]]
    names = benches(parts)
    pairs = {name: [pair for found in parts if found["bench"] == name for pair in found["pairs"]] for name in names}
    series = [row for found in parts if found["bench"] == SMOOTH for row in found["series"]]
    m1 = [held for found in parts if found["bench"] == SMOOTH for held in found["words"].values()]
    stable = {name: first_stable(rows) for name, rows in pairs.items()}
    words, says = _fallen(pairs, stable)
    findings = [finding("falls", words, says), *_after(pairs, stable), *_ranked(pairs), *hypotheses(series, m1)]
    tables = [by_step(name, rows) for name, rows in pairs.items()] + [_shares(series)]
    tables += [scores(group) for group in _groups(pairs).values()]
    drawn = [Figure(figures.FALL, figures.fall(pairs))]
    if series:
        drawn.append(Figure(figures.SERIES, figures.along(series)))
        drawn.append(Figure(figures.LIGHTS, figures.lights(series)))
    return answered(STUDY, findings, tables, drawn, _notes(pairs) + list(config["lost"]))


def first_stable(rows: Sequence[Mapping[str, Any]]) -> int | None:
    """k*, from which on the median barrier is within the median eps at every tested k; None if there is none."""
    ks = sorted({row["k"] for row in rows})
    free = [_median(rows, k, "B") <= _median(rows, k, "eps") for k in ks]
    return next((ks[index] for index in range(len(ks)) if all(free[index:])), None)


def _median(rows: Sequence[Mapping[str, Any]], k: int, letter: str) -> float:
    return float(np.median([row[letter] for row in rows if row["k"] == k]))


def _fallen(pairs: Mapping[str, list[Any]], stable: Mapping[str, int | None]) -> tuple[dict[str, Word], dict[str, str]]:
    words, says = {}, {}
    for name, rows in pairs.items():
        if all(row["B"] <= row["eps"] for row in rows):  # nothing that could fall; said in the notes
            continue
        falls = spearman(np.array([row["k"] for row in rows]), np.array([row["B"] for row in rows]))
        word = Word.REPRODUCED if stable[name] is not None else Word.QUALIFIED
        words[name] = word if falls < 0 else Word.NOT_REPRODUCED
        where = "no tested k" if stable[name] is None else f"k* = {stable[name]}"
        says[name] = f"{where}; rank correlation of B and k {falls:.2f} over {len(rows)} pairs"
    return words, says


def _after(pairs: Mapping[str, list[Any]], stable: Mapping[str, int | None]) -> list[Finding]:
    """The estimates and the sign of the gap from k* on."""
    near: tuple[dict[str, Word], dict[str, str]] = {}, {}
    signs: tuple[dict[str, Word], dict[str, str]] = {}, {}
    for name, rows in pairs.items():
        late = [row for row in rows if stable[name] is not None and row["k"] >= (stable[name] or 0)]
        part, count = share(row["half"] <= 0 for row in late)
        signs[0][name] = Word.REPRODUCED if part == 1 else graded(part, usually=2)
        signs[1][name] = f"g(1/2) <= 0 in {part:.0%} of {count} pairs" if part is not None else "no k*"
        if not training_landscape(name).traits.smooth:
            continue
        off = {e: _off(late, e) for e in ESTIMATES} if late else {}
        worst = max(off.values(), default=math.inf)
        near[0][name] = Word.REPRODUCED if worst <= DIGITS else Word.QUALIFIED if worst <= TENTH else Word.NOT_REPRODUCED
        near[1][name] = (
            ", ".join(f"{e} {value:.2g}" for e, value in off.items()) + f" off (medians, {len(late)} pairs)" if off else "no k*"
        )
    return [finding("three estimates", *near), finding("averaging helps", *signs)]


def _off(rows: Sequence[Mapping[str, Any]], estimate: str) -> float:
    return float(np.median([abs(row[estimate] - row["half"]) / max(abs(row["half"]), np.finfo(float).tiny) for row in rows]))


def _groups(pairs: Mapping[str, list[Any]]) -> dict[str, Group]:
    """The pairs with a barrier, bench by bench; the network of a pair is its trunk."""
    found = {}
    for name, rows in pairs.items():
        high = [row for row in rows if row["B"] > row["eps"]]
        found[name] = Group(f"{name}, branched, B > eps", tuple(high), tuple((row["seed"],) for row in high))
    return found


def _ranked(pairs: Mapping[str, list[Any]]) -> list[Finding]:
    words, says = {}, {}
    for name, group in _groups(pairs).items():
        if len(group.records) > 2:
            lead = group.lead("endpoint", "Delta^2", "half")
            words[name] = better(lead)
            ours, theirs = group.spearman("endpoint", "half"), group.spearman("Delta^2", "half")
            says[name] = f"endpoint {ours}, |Delta|^2 {theirs}, lead {lead}"
    return [finding("ranking", words, says)]


def hypotheses(series: Sequence[Mapping[str, Any]], m1: Sequence[bool | None]) -> list[Finding]:
    """M1 over the seeds, M2 to M4 over the series, M5 over the trainings."""
    found = [_judged("M1 same side", m1, "seeds")]
    for word in ("M2 climbing back", "M3a transverse ridge", "M3b falling ridge", "M4 sharp walls"):
        rows = [row for row in series if word != "M3a transverse ridge" or row["B"] > row["eps"] or row["h_m"] < 0]
        found.append(_judged(word, [row["words"][word] for row in rows], "points of the series"))
    return [*found, _judged("M5 scale law", scale_laws(series), "trainings")]


def scale_laws(series: Sequence[Mapping[str, Any]]) -> list[bool | None]:
    """Whether B over its estimate varies by less than half of its mean along each training; None below three points."""
    found: list[bool | None] = []
    for key in dict.fromkeys((row["seed"], row["k"]) for row in series):
        scales = np.array([row["scale"] for row in series if (row["seed"], row["k"]) == key and row["scale"] is not None])
        found.append(bool(scales.std(ddof=1) < VARIATION * scales.mean()) if len(scales) > 2 else None)
    return found


def _judged(word: str, held: Sequence[bool | None], what: str) -> Finding:
    part, count = share(held)
    return Finding(word, graded(part), f"holds in {part:.0%} of {count} decided {what}" if part is not None else "never decided")


def by_step(name: str, rows: Sequence[Mapping[str, Any]]) -> Table:
    """Medians of one bench for every k."""
    columns = ("B", "half", "endpoint", "midpoint", "simpson", "ridge", "Delta^2", "angle", "L_a")
    found = []
    for k in sorted({row["k"] for row in rows}):
        values = [[row[c] for row in rows if row["k"] == k and row[c] is not None] for c in columns]
        test = [row["test"]["B"] for row in rows if row["k"] == k]
        found.append((k, *(float(np.median(v)) if v else None for v in values), float(np.median(test))))
    seeds = len({row["seed"] for row in rows})
    caption = f"{name}: medians over {seeds} seeds; angle in degrees from the initialisation"
    header = (
        "k",
        "B",
        "g(1/2)",
        "endpoint",
        "midpoint",
        "Simpson",
        "ridge bound",
        "|Delta|^2",
        "angle",
        "loss",
        "B on test data",
    )
    return Table(caption, header, tuple(found))


def _shares(series: Sequence[Mapping[str, Any]]) -> Table:
    """How often M2 to M4 hold at the end of training and along the series, by k."""
    words = ("M2 climbing back", "M3a transverse ridge", "M3b falling ridge", "M4 sharp walls")
    rows = []
    for k in sorted({row["k"] for row in series}):
        here = [row for row in series if row["k"] == k]
        last = max(row["step"] for row in here)
        for when, chosen in (("end", [row for row in here if row["step"] == last]), ("series", here)):
            shares = (share(row["words"][word] for row in chosen) for word in words)
            rows.append((k, when, *("never decided" if part is None else f"{part:.0%} of {count}" for part, count in shares)))
    return Table(f"{SMOOTH}: where the hypotheses hold", ("k", "when", *words), tuple(rows))


def _notes(pairs: Mapping[str, list[Any]]) -> list[str]:
    """Benches without any barrier; ends whose loss is above half of chance, which stay in all numbers."""
    free = [name for name, rows in pairs.items() if all(row["B"] <= row["eps"] for row in rows)]
    found = [f"{name}: no pair has a barrier at any k, so the fall of B(k) is not judged there" for name in free]
    for name, rows in pairs.items():
        chance = training_landscape(name).traits.chance
        if chance is not None:
            bad = sum(row[end] > chance / 2 for row in rows for end in ("L_a", "L_b"))
            found.append(
                f"{name}: {bad} of {2 * len(rows)} ends have a loss above half of chance, {chance / 2:.3g}; none is left out"
            )
    return found
