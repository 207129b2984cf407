"""Variance collapse in combinations of trained networks, what predicts it, and what setting the variance back repairs."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from experiments.figures.style import BLUE, GREEN, GREY, RED, label, panels, style
from experiments.studies.claims import svg
from experiments.studies.combinability._controls import CONTROLS, control_notes, control_table, controls
from experiments.studies.combinability._matchers import aligned
from experiments.studies.combinability._networks import PROTOCOL, Networks, architecture, networks, scores
from experiments.studies.combinability._words import found, ordered
from experiments.studies.study import Figure, Finding, Prediction, Study, Table, answered
from toykit.combining.collapse import collapse, parent_variance
from toykit.combining.draws import Mixing, mixing
from toykit.combining.renormalisation import renormalise, target_moments, unit_moments
from toykit.landscape import Pair
from toykit.parameters import Parameters
from toykit.runs import Outcome

Part = Mapping[str, Any]
LAWS = {"midpoint": "constant(0.5)", "uniform": "uniform", "vertices": "bernoulli(0.5)"}
WAYS = ("none", "weight", "activation")
KINDS = ("plain", "REPAIR", "rescaled only", "closed form")
EXACT, KEPT, RESTORED = 0.02, 0.9, 0.005
FIRST_DRAWS = 100
"""Draws for the first layer alone, whose mean over the law is compared with an exact formula."""

STUDY = Study(
    "combinability/renormalisation",
    "Variance collapse and its repair",
    "Averaging the weights of two networks shrinks the variance of the pre-activations, layer after layer. Random vertices keep "
    "it, but trade signal for noise. How well is the shrinking predicted from the two networks alone, and what does setting "
    "every unit back to the mean and variance of its ends (REPAIR) mend?",
    (
        Prediction(
            "first layer",
            "in the first layer, the variance over that of the ends is the predicted one",
            "more than 2 % off, which would be an error of implementation",
        ),
        Prediction("vertices", "vertices keep at least 0.9 of the variance in the first layer", "less in more than one of ten"),
        Prediction(
            "deeper",
            "in deeper hidden layers, less is left than the product of the shrinking of the weights says",
            "more is left in more than one of ten cases",
        ),
        Prediction("restored", "REPAIR restores the variance of hidden units to 1.00 of its target", "more than 0.5 % off"),
        Prediction(
            "deep midpoints",
            "REPAIR helps the midpoints of deeper networks more, by any one matcher",
            "it helps the next deeper ones less in more than one of ten cases",
        ),
    ),
    PROTOCOL + " Variances are those over the training data, whose statistics REPAIR uses; accuracies on the test data.",
    "the expectations of this family's theory (derived here); REPAIR is that of Jordan et al. 2022",
    CONTROLS,
)


def configs(size: str) -> list[dict[str, Any]]:
    """One part per architecture."""
    if size == "digits":
        return [{"widths": [64] * depth, "seeds": [1, 2], "epochs": 80, "draws": 4} for depth in (1, 2, 4)]
    series = [[128], [512], [128] * 2, [512] * 2, [128] * 4, [256] * 4]
    return [{"widths": widths, "seeds": [1, 2, 3, 4], "epochs": 80, "draws": 6} for widths in series]


def part(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    """All laws and matchers for the pairs of one architecture."""
    nets = networks(config)
    pairs = [
        {
            way: {law: _measured(nets, matched, spec, config["draws"]) for law, spec in LAWS.items()}
            for way, matched in ((way, aligned(pair, way)) for way in WAYS)
        }
        for pair in nets.pairs
    ]
    ends = [float(np.mean([scores(nets.test, end).accuracy for end in (p.theta_a, p.theta_b)])) for p in nets.pairs]
    return Outcome({"pairs": pairs, "ends": ends, "controls": controls(config)})


def _measured(nets: Networks, matched: Pair, law: str, draws: int) -> dict[str, Any]:
    """Variance ratios per layer, and test accuracies before and after each kind of renormalisation."""
    mixed = mixing(matched, law)
    rows = collapse(mixed, draws, method="repair")
    first = collapse_of_first(nets, mixed)
    points = [mixed.centre] if not mixed.law.variance else [mixed.centre + mixed.step(xi) for xi in mixed.deviations(draws)]
    kinds: dict[str, Callable[[Parameters], Parameters]] = {
        "plain": lambda theta: theta,
        "REPAIR": lambda theta: renormalise(mixed, theta).theta,
        "rescaled only": lambda theta: renormalise(mixed, theta, method="rescale").theta,
        "closed form": lambda theta: renormalise(mixed, theta, source="closed form").theta,
    }
    return {
        "first layer": [first, rows[0].from_ends],
        "layers": [[row.measured, row.from_ends, row.product, row.renormalised] for row in rows],
        "restored": _restored(nets, mixed, renormalise(mixed, points[0]).theta),
        "accuracies": {n: float(np.mean([scores(nets.test, f(theta)).accuracy for theta in points])) for n, f in kinds.items()},
    }


def collapse_of_first(nets: Networks, mixed: Mixing) -> float:
    """The measured variance ratio of the first layer, over many draws."""
    draws = FIRST_DRAWS if mixed.law.variance else 1
    points = (mixed.centre + mixed.step(xi) for xi in mixed.deviations(draws, number=1))
    found = [float((unit_moments(nets.train, theta, 1).deviation ** 2).sum()) for theta in points]
    return float(np.mean(found)) / parent_variance(mixed, 1)


def _restored(nets: Networks, mixed: Mixing, theta: Parameters) -> list[float]:
    """Variance of every hidden layer over that of its targets."""
    ratios = []
    for layer in range(1, nets.train.depth):
        now, wanted = unit_moments(nets.train, theta, layer), target_moments(mixed, layer)
        ratios.append(float((now.deviation**2).sum() / (wanted.deviation**2).sum()))
    return ratios


def summarise(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    """The words, two tables and the figure."""
    parts = ordered(config["parts"])
    tables = [_layer_table(parts), _accuracy_table(parts), control_table(parts)]
    return answered(STUDY, findings(parts), tables, [_figure(parts)], [*control_notes(parts), *config["lost"]])


def _cases(parts: Sequence[Part]) -> Iterator[tuple[Part, str, str, list[Mapping[str, Any]]]]:
    for part in parts:
        for way in WAYS:
            for law in LAWS:
                yield part, way, law, [pair[way][law] for pair in part["result"]["pairs"]]


def _layers(given: Sequence[Mapping[str, Any]]) -> list[list[float]]:
    """Mean over pairs of (measured, from the ends, product, renormalised), layer by layer."""
    return [[float(value) for value in row] for row in np.mean([each["layers"] for each in given], axis=0)]


def _gain(part: Part, way: str) -> float:
    given = [pair[way]["midpoint"]["accuracies"] for pair in part["result"]["pairs"]]
    return float(np.mean([each["REPAIR"] - each["plain"] for each in given]))


def findings(parts: Sequence[Part]) -> list[Finding]:
    """One finding per prediction."""
    first = [(law, *np.mean([each["first layer"] for each in given], axis=0)) for _, _, law, given in _cases(parts)]
    off = [abs(float(measured / predicted) - 1) for _, measured, predicted in first]
    kept = [float(measured) for law, measured, _ in first if law == "vertices"]
    deeper = [(row[0], row[2]) for *_, given in _cases(parts) for row in _layers(given)[1:-1]]
    restored = [abs(ratio - 1) for *_, given in _cases(parts) for each in given for ratio in each["restored"]]
    gains = [(way, [(architecture(p["config"]), len(p["config"]["widths"]), _gain(p, way)) for p in parts]) for way in WAYS]
    rises = [rise for _, series in gains for rise in _rises(series)]
    says = "; ".join(f"{way}: " + ", ".join(f"{name} {100 * gain:+.1f}" for name, _, gain in series) for way, series in gains)
    return [
        found("first layer", [each <= EXACT for each in off], f"largest difference {max(off):.2%}", refuted=max(off) > EXACT),
        found("vertices", [each >= KEPT for each in kept], f"from {min(kept):.2f} to {max(kept):.2f}"),
        found(
            "deeper",
            [measured < product for measured, product in deeper],
            f"measured over product from {min(m / p for m, p in deeper):.2f} to {max(m / p for m, p in deeper):.2f}",
        ),
        found("restored", [each <= RESTORED for each in restored], f"largest difference {max(restored):.2%}"),
        found("deep midpoints", [rise > 0 for rise in rises], f"points gained: {says}"),
    ]


def _rises(series: Sequence[tuple[str, int, float]]) -> list[float]:
    """Gain of the mean network of each depth less that of the depth before."""
    depths = sorted({depth for _, depth, _ in series})
    means = [float(np.mean([gain for _, depth, gain in series if depth == wanted])) for wanted in depths]
    return [after - before for before, after in itertools.pairwise(means)]


def _layer_table(parts: Sequence[Part]) -> Table:
    rows = tuple(
        (architecture(part["config"]), way, law, number, *row)
        for part, way, law, given in _cases(parts)
        for number, row in enumerate(_layers(given), start=1)
    )
    columns = (
        "hidden layers",
        "matched by",
        "combination",
        "layer",
        "measured",
        "from the ends",
        "product of layers",
        "after REPAIR",
    )
    return Table("Variance of the pre-activations over that of the ends; the last layer is that of the outputs", columns, rows)


def _accuracy_table(parts: Sequence[Part]) -> Table:
    rows = []
    for part, way, law, given in _cases(parts):
        means = [float(np.mean([each["accuracies"][kind] for each in given])) for kind in KINDS]
        rows.append((architecture(part["config"]), way, law, float(np.mean(part["result"]["ends"])), *means))
    columns = ("hidden layers", "matched by", "combination", "ends", *KINDS)
    return Table("Test accuracy before and after", columns, tuple(rows))


def _figure(parts: Sequence[Part]) -> Figure:
    deepest = max(parts, key=lambda part: (len(part["config"]["widths"]), max(part["config"]["widths"])))
    colors = dict(zip(LAWS, (RED, BLUE, GREEN), strict=True))
    with style():
        figure, axes = panels(1, 3, height=2.9)
        for panel, way in zip(axes[:2], ("none", "activation"), strict=True):
            for law, color in colors.items():
                table = np.array(_layers([pair[way][law] for pair in deepest["result"]["pairs"]]))
                layers = np.arange(1, len(table) + 1)
                panel.plot(layers, table[:, 0], color=color, marker="o", markersize=3, label=law)
                panel.plot(layers, table[:, 2], color=color, linestyle="--", linewidth=1.0)
            panel.set_xticks(layers)
            panel.set_ylim(0, 1.6)
            panel.set_xlabel("layer")
            panel.set_title({"none": "unaligned", "activation": "matched by activation"}[way])
        axes[0].set_ylabel("variance over that of the ends")
        axes[1].legend(loc="upper right", ncols=1)
        for way, color in (("none", GREY), ("weight", BLUE), ("activation", GREEN)):
            for kind, dash in (("plain", ":"), ("REPAIR", "-")):
                heights = [np.mean([p[way]["midpoint"]["accuracies"][kind] for p in part["result"]["pairs"]]) for part in parts]
                axes[2].plot(heights, dash, color=color, marker="o", markersize=3)
        axes[2].set_xticks(
            range(len(parts)), [architecture(part["config"]) for part in parts], rotation=35, ha="right", rotation_mode="anchor"
        )
        axes[2].set_ylim(0, 1.03)
        axes[2].set_title("accuracy of the midpoint")
        for place, (name, color) in enumerate((("unaligned", GREY), ("by weight", BLUE), ("by activation", GREEN))):
            label(axes[2], name, (0.0, 0.04 + 0.09 * place), color=color)
    caption = (
        f"Left: variance of the pre-activations of combinations, {architecture(deepest['config'])} hidden units; dashed: the "
        "product of what happens to the weights. Right: the midpoint, dotted as it is, solid after REPAIR"
    )
    return Figure(caption, svg(figure))
