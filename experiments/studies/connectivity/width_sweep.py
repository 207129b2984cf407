"""The width sweep: at which width do fresh and thinned small networks reach the endpoint loss?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import fmean, median
from typing import Any

from experiments.figures.style import BLUE, GREY, RED, panels, style
from experiments.studies.claims import svg
from experiments.studies.connectivity._networks import PROTOCOL
from experiments.studies.connectivity._width_part import part
from experiments.studies.connectivity._words import finding, unmeasured
from experiments.studies.study import Figure, Finding, Prediction, Study, Table, answered
from toykit.errors import InputError
from toykit.runs import Outcome

__all__ = ["STUDY", "configs", "part", "summarise"]

Part = Mapping[str, Any]
MEETS, SEVERAL = 2.0, 4.0
"""A worst stage meets the endpoint at most at twice its loss, in the median over pairs; several times smaller: four times."""

STUDY = Study(
    "connectivity/width_sweep",
    "The width at which rebuilt and thinned networks reach the endpoint loss",
    "Two hidden layers of one width on digits, the width really varied: the widths are read off the trained networks. How "
    "wide must they be until the worst stage of a path meets the loss of the worse endpoint?",
    (
        Prediction(
            "narrower",
            "the worst rebuilt stage meets the endpoint loss (at most twice it, in the median) at a width at least four times "
            "smaller than the worst dropout stage does",
            "it needs the same width or more",
        ),
        Prediction(
            "below",
            "at every width the worst rebuilt stage is below the worst dropout stage, unless both are below the endpoint loss",
            "it is not at most widths",
        ),
    ),
    PROTOCOL + " The worst stage is the largest loss over both endpoints and layers.",
    "Nguyen, Bréchet, Mondelli 2021 for the condition; the sweep and its thresholds are ours",
    ("the widths asked for, the widths of the trained networks and the shapes of their first weights are the same",),
)


def configs(size: str) -> list[dict[str, Any]]:
    """One part per width."""
    if size == "digits":
        widths, seeds = [16, 32, 64, 128, 256], [1, 2]
    else:
        widths, seeds = [8, 16, 32, 64, 128, 256, 512], [1, 2, 3, 4]
    common = {"data": "digits", "epochs": 60, "thinnings": 100 if size == "full" else 50}
    # the widest networks are dear: two of them have to do
    return [{**common, "widths": [width] * 2, "seeds": seeds if width <= 128 else seeds[:2]} for width in widths]


def summarise(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    """The words, the table and the curves.

    Raises:
        InputError: a width did not reach its networks.

    """
    parts = sorted(config["parts"], key=lambda each: int(each["result"]["widths"][0]))
    for each in parts:
        widths, shapes = each["result"]["widths"], each["result"]["first weights"]
        if widths != each["config"]["widths"] or any(shape[0] != widths[0] for shape in shapes):
            raise InputError(
                f"a width reaches its networks; asked for {each['config']['widths']}, got {widths}, {shapes}; mend it"
            )
    figures = [_figure(parts)] if parts else []
    return answered(STUDY, [narrower(parts), below(parts)], [_table(parts)], figures, [*_notes(parts), *config["lost"]])


def meeting(parts: Sequence[Part], key: str) -> int | None:
    """The smallest width at which the worst stage is at most twice the endpoint loss, in the median over pairs."""
    for each in parts:
        if median(pair[key] / pair["worse"] for pair in each["result"]["pairs"]) <= MEETS:
            return _width(each)
    return None


def narrower(parts: Sequence[Part]) -> Finding:
    """(b) the ratio of the two widths; where dropout never meets, the ratio to the largest width is exceeded."""
    if not parts:
        return unmeasured("narrower")
    rebuilt, dropout, largest = meeting(parts, "rebuilt"), meeting(parts, "dropout"), _width(parts[-1])
    if rebuilt is None:
        says = f"rebuilt stages do not meet the endpoint up to width {largest}"
        return finding("narrower", says, holds=False, refuted=dropout is not None)
    if dropout is None:
        says = (
            f"rebuilt stages meet the endpoint at width {rebuilt}, dropout at none up to {largest}: over {largest / rebuilt:g}x"
        )
        return finding("narrower", says, holds=largest / rebuilt >= SEVERAL, refuted=False)
    says = f"rebuilt stages meet the endpoint at width {rebuilt}, dropout at {dropout}: {dropout / rebuilt:g}x"
    return finding("narrower", says, holds=dropout / rebuilt >= SEVERAL, refuted=dropout <= rebuilt)


def below(parts: Sequence[Part]) -> Finding:
    """The rebuilt side of the sweep lies below the dropout side."""
    if not parts:
        return unmeasured("below")
    low = [all(max(p["rebuilt"], p["worse"]) <= max(p["dropout"], p["worse"]) for p in each["result"]["pairs"]) for each in parts]
    says = f"at {sum(low)} of {len(low)} widths"
    return finding("below", says, holds=all(low), refuted=sum(low) < len(low) / 2)


def _table(parts: Sequence[Part]) -> Table:
    rows = []
    for each in parts:
        pairs = each["result"]["pairs"]
        words = [word for pair in pairs for word in pair["words"]]
        counts = ", ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(words))
        rows.append((
            _width(each),
            len(pairs),
            *(fmean(p[key] for p in pairs) for key in ("worse", "rebuilt", "dropout")),
            counts,
        ))
    columns = ("width", "pairs", "worse endpoint", "worst rebuilt stage", "worst dropout stage", "words of the stages")
    return Table("Worst stages by width, means over pairs", columns, tuple(rows))


def _figure(parts: Sequence[Part]) -> Figure:
    with style():
        figure, (axes,) = panels(height=3.0)
        widths = [_width(each) for each in parts]
        for key, color, name in (("rebuilt", BLUE, "rebuilt"), ("dropout", RED, "dropout"), ("worse", GREY, "worse endpoint")):
            found = [[pair[key] for pair in each["result"]["pairs"]] for each in parts]
            means = [math.exp(fmean(map(math.log, values))) for values in found]
            axes.plot(widths, means, "o-" if key != "worse" else ":", color=color, markersize=4, label=name)
            if key != "worse":
                for width, values in zip(widths, found, strict=True):
                    axes.plot([width] * len(values), values, "o", color=color, markersize=2.5, alpha=0.5)
        axes.set_xscale("log", base=2)
        axes.set_xticks(widths, [str(width) for width in widths])
        axes.set_yscale("log")
        axes.set_xlabel("width of both hidden layers")
        axes.set_ylabel("loss of the worst stage")
        axes.legend()
    caption = "Worst stage of the rebuilt and of the dropout path by width: geometric means over pairs, small dots single pairs."
    return Figure(caption, svg(figure))


def _notes(parts: Sequence[Part]) -> list[str]:
    ends = [(f"width {_width(each)}", each["result"]["ends"].values()) for each in parts]
    return [
        "training error at the ends: "
        + ", ".join(f"{name} {max(end['train error'] for end in found):.2g}" for name, found in ends)
    ]


def _width(each: Part) -> int:
    return int(each["result"]["widths"][0])
