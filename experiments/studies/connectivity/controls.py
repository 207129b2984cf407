"""Controls of the connectivity studies: what the condition owes to the features, to the labels and to the endpoints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.figures.style import BLUE, GREY, ORANGE, panels, style
from experiments.studies.claims import svg
from experiments.studies.connectivity._controls_part import part
from experiments.studies.connectivity._networks import PROTOCOL, architecture
from experiments.studies.connectivity._words import finding, unmeasured
from experiments.studies.study import Figure, Finding, Prediction, Study, Table, answered
from toykit.runs import Outcome
from toykit.tolerances import ROUNDING, SOLVED

__all__ = ["STUDY", "configs", "part", "summarise"]

Part = Mapping[str, Any]
CLOSE, LARGE = 0.05, 10.0
"""A read-out is at its bound within 5 %; a chord is high from ten times the endpoint loss."""

STUDY = Study(
    "connectivity/controls",
    "Controls of the rebuilt paths",
    "Would the condition hold on any features of these widths, or for any labels? What do the paths do between endpoints whose "
    "answer is known?",
    (
        Prediction(
            "features",
            "half of the last hidden layer of an untrained network does not reach the target that trained features reach",
            "untrained features reach it at every layer: then width and not the quality of the features explains the condition",
        ),
        Prediction(
            "labels",
            "with permuted labels the best read-out of half of the trained last layer rises to the certified bound of all",
            "it reaches the target",
        ),
        Prediction("identical", "between identical endpoints the path has the endpoint's loss as its maximum", "any deviation"),
        Prediction(
            "copy",
            "between a network and its permuted copy the chord rises to ten times the endpoint loss, the path has no excess",
            "the chord stays low, or the path has an excess where that of the pair has none",
        ),
    ),
    PROTOCOL + " Untrained networks are the same seeds before the first step. The target is always that of the trained pair.",
    "controls of this family's theory (derived here)",
    ("small networks of less than half of the width, in the last table",),
)


def configs(size: str) -> list[dict[str, Any]]:
    """One part per architecture."""
    series = ([42] * 3,) if size == "digits" else ([42] * 3, [100] * 3, [24] * 5)
    return [{"data": "digits", "widths": widths, "seeds": [1, 2], "epochs": 100} for widths in series]


def summarise(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    """The words, the tables and the curves."""
    parts = config["parts"]
    findings = [features(parts), labels(parts), identical(parts), copied(parts)]
    figures = [_figure(parts)] if parts else []
    return answered(STUDY, findings, [_layers(parts), _ends(parts), _small(parts)], figures, config["lost"])


def features(parts: Sequence[Part]) -> Finding:
    """Untrained features against the target."""
    last, reached = list[bool](), list[bool]()
    for each in parts:
        found, top = each["result"], len(each["result"]["widths"])
        low = {(row["endpoint"], row["layer"]): row["untrained"] <= _above(found["worse"]) for row in found["layers"]}
        last += [not value for (_, layer), value in low.items() if layer == top]
        reached += low.values()
    if not reached:
        return unmeasured("features")
    says = (
        f"{sum(last)} of {len(last)} untrained last layers stay above the target; over all layers "
        f"{sum(reached)} of {len(reached)} untrained ones reach it"
    )
    return finding("features", says, holds=all(last), refuted=all(reached))


def labels(parts: Sequence[Part]) -> Finding:
    """Permuted labels against the certified bound."""
    rows = [(row, each["result"]["worse"]) for each in parts for row in each["result"]["labels"]]
    if not rows:
        return unmeasured("labels")
    at_bound = [
        row["bound"] is not None and row["bound"] * (1 - SOLVED) <= row["loss"] <= (1 + CLOSE) * row["bound"] for row, _ in rows
    ]
    low = [row["loss"] <= _above(worse) for row, worse in rows]
    shown = ", ".join(
        f"{row['loss']:.3f} (bound {'none' if row['bound'] is None else format(row['bound'], '.3f')})" for row, _ in rows
    )
    return finding("labels", f"losses {shown}", holds=all(at_bound), refuted=any(low))


def identical(parts: Sequence[Part]) -> Finding:
    """M of the path from a network to itself."""
    rows = [each["result"]["identical"] for each in parts]
    if not rows:
        return unmeasured("identical")
    off = max(abs(row["maximum"] - row["worse"]) for row in rows)
    exact = all(row["evidence"] == "EXACT" for row in rows)
    return finding("identical", f"largest deviation {off:.2g}", holds=off <= ROUNDING and exact, refuted=off > ROUNDING)


def copied(parts: Sequence[Part]) -> Finding:
    """Chord and path between a network and its permuted copy."""
    rows = [(each["result"]["copy"], each["result"]["pair"]) for each in parts]
    if not rows:
        return unmeasured("copy")
    high = [row["chord"] >= LARGE * row["worse"] for row, _ in rows]
    as_before = [row["excess"] <= max(pair["excess"], 0.0) + ROUNDING for row, pair in rows]
    none = [row["excess"] <= ROUNDING for row, _ in rows]
    says = ", ".join(
        f"chord {row['chord']:.3g} over {row['worse']:.2g}, excess of the path {row['excess']:.2g}" for row, _ in rows
    )
    return finding("copy", says, holds=all(high) and all(none), refuted=not all(high) or not all(as_before))


def _above(target: float) -> float:
    """The target up to rounding."""
    return target + ROUNDING * max(1.0, target)


def _layers(parts: Sequence[Part]) -> Table:
    rows = tuple(
        (architecture(each["config"]), row["endpoint"], row["layer"], each["result"]["worse"], row["trained"], row["untrained"])
        for each in parts
        for row in each["result"]["layers"]
    )
    columns = ("network", "endpoint", "layer", "target", "trained features", "untrained features")
    return Table("Best fresh small network on half of a layer", columns, rows)


def _ends(parts: Sequence[Part]) -> Table:
    rows = tuple(
        (architecture(each["config"]), name, *(each["result"][key][column] for column in ("worse", "chord", "maximum", "excess")))
        for each in parts
        for key, name in (("pair", "two networks"), ("identical", "identical"), ("copy", "permuted copy"))
    )
    return Table("Paths between endpoints of three kinds", ("network", "endpoints", "worse", "chord", "path", "excess"), rows)


def _small(parts: Sequence[Part]) -> Table:
    rows = tuple(
        (architecture(each["config"]), row["width"], each["result"]["worse"], row["loss"])
        for each in parts
        for row in each["result"]["small"]
    )
    return Table("Networks trained on half of the first layer, by their width", ("network", "width", "target", "loss"), rows)


def _figure(parts: Sequence[Part]) -> Figure:
    with style():
        figure, axes = panels(1, len(parts), height=2.7, sharey=True)
        for axis, each in zip(axes, parts, strict=True):
            for key, color in (("trained", BLUE), ("untrained", ORANGE)):
                for endpoint in "ab":
                    rows = [row for row in each["result"]["layers"] if row["endpoint"] == endpoint]
                    name = f"{key} features" if endpoint == "a" else None
                    axis.plot(
                        [row["layer"] for row in rows], [row[key] for row in rows], "o-", color=color, markersize=4, label=name
                    )
            axis.axhline(each["result"]["worse"], color=GREY, linestyle=":", linewidth=1.2, label="target")
            axis.set_yscale("log")
            axis.set_xticks(range(1, len(each["result"]["widths"]) + 1))
            axis.set_xlabel("layer")
            axis.set_title(architecture(each["config"]))
        axes[0].set_ylabel("loss of the small network")
        axes[0].legend(loc="best")
    caption = "Best fresh small network on half of a layer, of two trained networks and of the same two before training."
    return Figure(caption, svg(figure))
