"""Non-vacuity: are random combinations of two networks different functions, with different weights, or the same one again?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from experiments.figures.style import BLACK, BLUE, GREY, RED, panels, style
from experiments.studies.claims import svg
from experiments.studies.combinability._controls import CONTROLS, control_notes, control_table, controls
from experiments.studies.combinability._matchers import aligned
from experiments.studies.combinability._networks import PROTOCOL, Networks, architecture, networks, scores_of, truth
from experiments.studies.combinability._words import average, found, ordered, shown
from experiments.studies.study import Figure, Finding, Prediction, Study, Table, answered
from toykit.combining.difference import chosen_labels, cka, difference
from toykit.combining.draws import Mixing, mixing
from toykit.formula import evaluate
from toykit.landscape import Pair
from toykit.matching.transitivity import cosine
from toykit.parameters import Array, Parameters
from toykit.runs import Outcome

Part = Mapping[str, Any]
LAWS = {"uniform": "uniform", "vertices": "bernoulli(0.5)"}
GROUPS = ("parents", *LAWS)
ERRORS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
LEVELS, WITHIN, NEAR_COSINE, SIGMAS = {"parents": 0.2, "uniform": 0.4, "vertices": 0.6}, 0.15, 0.01, 2.0

STUDY = Study(
    "combinability/function_and_weights",
    "Non-vacuity: combinations differ in function and in weights",
    "Published: the combined networks are not copies of one another; they differ as functions and in their weights. Two "
    "combinations of one pair share much of their weights by construction, and poor networks disagree because they err. How "
    "much difference is left when both are accounted for?",
    (
        Prediction(
            "cosines",
            r"the cosine of two random combinations is $|\Theta_m|^2/(|\Theta_m|^2 + v|\Delta|^2)$ to 0.01, and so below 1",
            "further off, which would be an error of implementation",
        ),
        Prediction(
            "rising",
            "disagreement divided by the sum of both errors rises from the parents to uniform combinations to vertices",
            "a different order in more than one of ten cases",
        ),
        Prediction("levels", "that is, about 0.2, 0.4 and 0.6 (within 0.15)", "further off in more than one of ten cases"),
        Prediction(
            "different",
            "the combinations are different functions: the disagreement of two uniform combinations is above zero by 2 standard "
            "errors",
            "not above zero in more than one of ten cases",
        ),
        Prediction(
            "ensembles",
            "an ensemble of combinations is not more accurate than that of the two parents",
            "more accurate by more than 2 standard errors",
        ),
    ),
    PROTOCOL + " Disagreement is counted on the test data between draws of one law; the null is that of independent errors with "
    "uniform wrong labels. Linear CKA is that of the last hidden layer.",
    "the expectations of this family's theory (derived here); the phenomenon is that of Csiszárik et al. 2023",
    (*CONTROLS, "null: the disagreement that independent errors of the same size would make"),
)


def configs(size: str) -> list[dict[str, Any]]:
    """One part per architecture."""
    if size == "digits":
        return [{"widths": widths, "seeds": [1, 2], "epochs": 80, "draws": 10} for widths in ([256], [64] * 2, [256] * 2)]
    series = [[16], [128], [512], [128] * 2, [512] * 2, [256] * 4]
    return [{"widths": widths, "seeds": [1, 2, 3, 4, 5, 6], "epochs": 80, "draws": 20} for widths in series]


def part(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    """Both matchers and the unaligned control for the pairs of one architecture."""
    nets = networks(config)
    pairs = [
        {matcher: _compared(nets, aligned(pair, matcher), config["draws"]) for matcher in ("none", "weight", "activation")}
        for pair in nets.pairs
    ]
    return Outcome({"pairs": pairs, "examples": nets.test.count, "controls": controls(config)})


def _compared(nets: Networks, matched: Pair, draws: int) -> dict[str, Any]:
    tested = nets.tested(matched)
    groups = {"parents": [matched.theta_a, matched.theta_b]}
    laws: dict[str, Any] = {}
    for name, law in LAWS.items():
        mixed = mixing(tested, law)
        groups[name] = [mixed.centre + mixed.step(xi) for xi in mixed.deviations(draws)]
        laws[name] = {"expected": _cosbar(mixed), "cosines": [cosine(*both) for both in _in_twos(groups[name])]}
    functions = {name: _functions(nets, thetas) for name, thetas in groups.items()}
    return {"weights": laws, "functions": functions, "cosine of the parents": cosine(matched.theta_a, matched.theta_b)}


def _cosbar(mixed: Mixing) -> float:
    """The ratio of expectations of two independent draws [combinability/hypercube_sphere]."""
    letters = {"norm_m": mixed.centre.norm(), "v": mixed.law.variance, "Delta_norm": mixed.delta.norm()}
    return float(evaluate("combinability/hypercube_sphere", "cosbar", letters))


def _in_twos(items: Sequence[Parameters]) -> Iterator[tuple[Parameters, Parameters]]:
    """(1, 2), (3, 4), ..: independent of one another."""
    return zip(items[::2], items[1::2], strict=False)


def _functions(nets: Networks, thetas: Sequence[Parameters]) -> dict[str, Any]:
    """Disagreement, its null and CKA of the networks in twos, their accuracies, and the accuracy of their ensemble."""
    net, last = nets.test, nets.test.depth - 1
    outputs = [net.outputs(theta) for theta in thetas]
    labels = [chosen_labels(each) for each in outputs]
    classes = int(outputs[0].shape[1])
    in_twos = [scores_of(net, _mean(two)).accuracy for two in zip(outputs[::2], outputs[1::2], strict=False)]
    rows = [difference(*both, truth(net), classes) for both in zip(labels[::2], labels[1::2], strict=False)]
    return {
        "accuracy": float(np.mean([scores_of(net, each).accuracy for each in outputs])),
        "ensemble": scores_of(net, _mean(outputs)).accuracy,
        "ensemble of two": float(np.mean(in_twos)),
        "disagreement": [row.disagreement for row in rows],
        "normalised": average([row.normalised for row in rows]),
        "null normalised": average([row.null / (row.error_a + row.error_b) for row in rows if row.error_a + row.error_b]),
        "cka": float(np.mean([cka(net.features(a, last), net.features(b, last)) for a, b in _in_twos(thetas)])),
    }


def _mean(outputs: Sequence[Array]) -> Array:
    return sum(outputs[1:], start=outputs[0]) / len(outputs)


def summarise(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    """The words, two tables and the figure."""
    parts = ordered(config["parts"])
    tables = [_functions_table(parts), _weights_table(parts), control_table(parts)]
    return answered(STUDY, findings(parts), tables, [_figure(parts)], [*control_notes(parts), *config["lost"]])


def _cases(parts: Sequence[Part], matchers: Sequence[str]) -> Iterator[tuple[Part, str, list[Mapping[str, Any]]]]:
    for part in parts:
        for matcher in matchers:
            yield part, matcher, [pair[matcher] for pair in part["result"]["pairs"]]


def over_pairs(given: Sequence[Mapping[str, Any]], group: str, key: str) -> float | None:
    """The mean of a number of one group of functions over pairs."""
    return average([each["functions"][group][key] for each in given])


def findings(parts: Sequence[Part]) -> list[Finding]:
    """One finding per prediction."""
    matched = list(_cases(parts, ("weight", "activation")))
    names = [f"{architecture(part['config'])} {matcher}" for part, matcher, _ in matched]
    everything = _cases(parts, ("none", "weight", "activation"))
    laws = [law for _, _, given in everything for each in given for law in each["weights"].values()]
    off = [abs(float(np.mean(law["cosines"])) - law["expected"]) for law in laws]
    says = f"largest difference {max(off):.4f}; largest cosine expected {max(law['expected'] for law in laws):.3f}"
    levels = [[over_pairs(given, group, "normalised") for group in GROUPS] for _, _, given in matched]
    known = [[value for value in row if value is not None] for row in levels if None not in row]
    near = [abs(value - level) <= WITHIN for row in known for value, level in zip(row, LEVELS.values(), strict=True)]
    rows = "; ".join(f"{name} {shown(row, 2)}" for name, row in zip(names, levels, strict=True))
    apart = [[d for each in given for d in each["functions"]["uniform"]["disagreement"]] for _, _, given in matched]
    gains = [_gain(given, part["result"]["examples"]) for part, _, given in matched]
    return [
        found("cosines", [each <= NEAR_COSINE for each in off], says),
        found("rising", [row[0] < row[1] < row[2] for row in known], f"parents, uniform, vertices: {rows}"),
        found("levels", near, "the numbers of the row above"),
        found("different", list(map(_above_zero, apart)), "disagreement " + shown([float(np.mean(each)) for each in apart])),
        found(
            "ensembles",
            [gain <= 0 for gain, _ in gains],
            "points above the parents' ensemble: " + shown([100 * gain for gain, _ in gains], 2),
            refuted=any(gain > SIGMAS * error for gain, error in gains),
        ),
    ]


def _above_zero(values: Sequence[float]) -> bool:
    return bool(np.mean(values) > SIGMAS * np.std(values, ddof=1) / np.sqrt(len(values)))


def _gain(given: Sequence[Mapping[str, Any]], examples: int) -> tuple[float, float]:
    """Accuracy of the better ensemble of combinations less that of the parents, and the binomial error of their difference."""
    gains = [
        max(each["functions"][name]["ensemble"] for name in LAWS) - each["functions"]["parents"]["ensemble"] for each in given
    ]
    wrong = float(np.mean([1 - each["functions"]["parents"]["ensemble"] for each in given]))
    return float(np.mean(gains)), float(np.sqrt(2 * max(wrong, 1 / examples) / (examples * len(given))))


def _functions_table(parts: Sequence[Part]) -> Table:
    rows = []
    for part, matcher, given in _cases(parts, ("none", "weight", "activation")):
        for group in GROUPS:
            keys = ("accuracy", "ensemble of two", "ensemble", "normalised", "null normalised", "cka")
            means = [over_pairs(given, group, key) for key in keys]
            apart = float(np.mean([d for each in given for d in each["functions"][group]["disagreement"]]))
            rows.append((architecture(part["config"]), matcher, group, apart, *means))
    columns = ("disagreement", "accuracy", "ensemble of two", "ensemble of all", "normalised", "null, normalised", "CKA")
    return Table("As functions, on the test data", ("hidden layers", "matched by", "networks", *columns), tuple(rows))


def _weights_table(parts: Sequence[Part]) -> Table:
    rows = []
    for part, matcher, given in _cases(parts, ("none", "weight", "activation")):
        row: list[Any] = [architecture(part["config"]), matcher, average([each["cosine of the parents"] for each in given])]
        for law in LAWS:
            row.append(float(np.mean([each["weights"][law]["cosines"] for each in given])))
            row.append(float(np.mean([each["weights"][law]["expected"] for each in given])))
        rows.append(tuple(row))
    columns = tuple(f"{law}, {what}" for law in LAWS for what in ("measured", "expected"))
    return Table("Cosines of the weights of two combinations", ("hidden layers", "matched by", "parents", *columns), tuple(rows))


def _figure(parts: Sequence[Part]) -> Figure:
    colors = {"parents": BLACK, "uniform": BLUE, "vertices": RED}
    rows = [(each, matcher) for _, matcher, given in _cases(parts, ("weight", "activation")) for each in given]
    with style():
        figure, (left, right) = panels(1, 2, height=3.0)
        for group, color in colors.items():
            chosen = [each["functions"][group] for each, _ in rows]
            known = [each for each in chosen if each["normalised"] is not None]
            wrong = [1 - each["accuracy"] for each in known]
            left.scatter(wrong, [each["normalised"] for each in known], color=color, s=20, linewidths=0, label=group)
            null = sorted(zip(wrong, [each["null normalised"] for each in known], strict=True))
            left.plot([w for w, _ in null], [n for _, n in null], color=GREY, linewidth=0.8, zorder=0)
        left.set_xscale("log")
        left.set_xticks(ERRORS, [f"{error:g}" for error in ERRORS])
        left.minorticks_off()
        left.set_ylim(0, 1.05)
        left.set_xlabel("error of the networks")
        left.set_title("disagreement / sum of errors")
        left.legend(loc="lower right")
        names = [architecture(part["config"]) for part in parts]
        for shift, (group, color) in enumerate(colors.items()):
            for key, marker in (("accuracy", "_"), ("ensemble", "o")):
                heights = [over_pairs(given, group, key) or 0.0 for _, _, given in _cases(parts, ("activation",))]
                right.scatter(np.arange(len(names)) + 0.15 * (shift - 1), heights, color=color, marker=marker, s=26)
        right.set_xticks(range(len(names)), names, rotation=30, ha="right", rotation_mode="anchor")
        right.set_title("accuracy: one network (–), ensemble (•)")
    caption = (
        "Left: how often two networks disagree, over the sum of their errors, against their error; the grey lines are what "
        "independent errors would give. Right: accuracy of single networks and of ensembles of all draws, matched by activation"
    )
    return Figure(caption, svg(figure))
