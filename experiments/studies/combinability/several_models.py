"""Three and five trained networks in one frame: cycles of pairwise matchings, and the loss over the hull of the networks."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from experiments.figures.style import BLUE, GREEN, GREY, ORANGE, PURPLE, label, panels, style
from experiments.studies.claims import svg
from experiments.studies.combinability._controls import CONTROLS, control_notes, control_table, controls
from experiments.studies.combinability._matchers import MATCHERS, grid_barrier
from experiments.studies.combinability._networks import PROTOCOL, Networks, architecture, networks, scores
from experiments.studies.combinability._words import found, ordered
from experiments.studies.study import Figure, Finding, Prediction, Study, Table, answered
from toykit.combining.simplex import simplex
from toykit.landscape import Pair
from toykit.matching.frank_wolfe import frank_wolfe
from toykit.matching.matching import Matching
from toykit.matching.merging import merge_many
from toykit.matching.rebasin import inverse, rebasin
from toykit.matching.search import Permutation
from toykit.matching.universe import Universe, around, cycle_error
from toykit.parameters import Parameters
from toykit.runs import Outcome

Part = Mapping[str, Any]
Found = Mapping[tuple[int, int], Mapping[int, Permutation]]
LAWS = {"barycentre": None, "Dirichlet(1)": 1.0, "pick one": 0.0}
FRAMES = ("unaligned", "weight, to the first", "activation, to the first", "merging", "Frank-Wolfe")
CYCLE, WITHIN, SIGMAS = 0.5, 0.03, 2.0

STUDY = Study(
    "combinability/several_models",
    "Several networks in one frame",
    "Beyond the pair: permutations between three networks that are each optimal for two need not agree around a cycle, those "
    "that lead to one common frame always do. How low is the loss over the hull of three or five networks, from their "
    "barycentre out to the vertices where every weight is picked from one of them?",
    (
        Prediction(
            "cycles",
            "around a cycle of three, pairwise weight matchings do not bring back more than half of the units",
            "half or more come back in more than one of ten cases",
        ),
        Prediction("factored", "permutations to a common frame are consistent: no unit is misplaced", "any unit is misplaced"),
        Prediction(
            "hull",
            "the loss rises from the barycentre to element-wise Dirichlet(1) weights to picking one network per weight",
            "another order beyond 2 standard errors in more than one of ten cases",
        ),
        Prediction(
            "barycentre",
            "with activation matching to the first network, the barycentre of the widest networks with two hidden layers is "
            "within 3 points of the networks (expected at 2x512)",
            "further away",
        ),
    ),
    PROTOCOL + " Frames: as trained; all matched to the first network; merging (each in turn matched to the sum of the others); "
    "Frank-Wolfe over doubly stochastic matrices, rounded, then merged on.",
    "the expectations of this family's theory (derived here); cycle-consistent matching is that of Crisostomi et al. 2024",
    CONTROLS,
)


def configs(size: str) -> list[dict[str, Any]]:
    """One part per architecture and number of networks; Frank-Wolfe where its matrices are small."""
    if size == "digits":
        return [_config(widths, 3, 5) for widths in ([64], [64] * 2, [256] * 2)]
    series = [([64], 3), ([512], 3), ([128] * 2, 3), ([128] * 2, 5), ([512] * 2, 3), ([256] * 4, 3)]
    return [_config(widths, count, 10) for widths, count in series]


def _config(widths: list[int], count: int, draws: int) -> dict[str, Any]:
    return {
        "widths": widths,
        "seeds": list(range(1, count + 1)),
        "epochs": 80,
        "draws": draws,
        "steps": 40 * (max(widths) <= 128),
    }


def part(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    """All frames of the networks of one architecture."""
    nets = networks(config)
    straight = {(p, q): _matched(nets, "weight", p, q) for p, q in _pairs(nets)}
    frames = {"unaligned": nets.thetas}
    for matcher in ("weight", "activation"):
        others = (_matched(nets, matcher, 0, q).theta for q in range(1, len(nets.thetas)))
        frames[f"{matcher}, to the first"] = (nets.thetas[0], *others)
    universes = {"merging": merge_many(nets.train, nets.thetas, restarts=1)}
    if config["steps"]:
        universes["Frank-Wolfe"] = frank_wolfe(nets.train, nets.thetas, steps=config["steps"])
    frames |= {name: universe.thetas for name, universe in universes.items()}
    pairwise = {both: matching.perm for both, matching in straight.items()}
    return Outcome({
        "networks": [list(scores(nets.test, theta)) for theta in nets.thetas],
        "frames": {name: _hull(nets, thetas, config["draws"]) for name, thetas in frames.items()},
        "cycles": {"pairwise": _cycles(nets, pairwise)} | {n: _cycles(nets, _between(nets, u)) for n, u in universes.items()},
        "controls": controls(config),
    })


def _pairs(nets: Networks) -> list[tuple[int, int]]:
    count = len(nets.thetas)
    return [(p, q) for p in range(count) for q in range(p + 1, count)]


def _matched(nets: Networks, matcher: str, p: int, q: int) -> Matching:
    return MATCHERS[matcher](Pair(nets.train, nets.thetas[p], nets.thetas[q]))


def _between(nets: Networks, universe: Universe) -> Found:
    return {(p, q): universe.between(p, q) for p, q in _pairs(nets)}


def _cycles(nets: Networks, found: Found) -> dict[str, float]:
    """Over all cycles of three: the part of the units that does not come back, and the barrier to where they end."""
    count, errors, barriers = len(nets.thetas), [], []
    for cycle in ((p, q, r) for p in range(count) for q in range(p + 1, count) for r in range(q + 1, count)):
        order = around(found, cycle)
        theta = nets.thetas[cycle[0]]
        errors.append(cycle_error(order))
        barriers.append(grid_barrier(Pair(nets.test, theta, rebasin(nets.train, theta, inverse(order)))))
    return {"error": float(np.mean(errors)), "barrier": float(np.mean(barriers))}


def _hull(nets: Networks, thetas: Sequence[Parameters], draws: int) -> dict[str, Any]:
    """Loss and accuracy of the barycentre and of random combinations, with standard errors of the loss."""
    found_laws = {}
    for name, alpha in LAWS.items():
        mixed = simplex(nets.test, thetas, alpha or 0.0)
        points = [mixed.centre] if alpha is None else [mixed.point(weights) for weights in mixed.draws(draws)]
        seen = np.array([scores(nets.test, point) for point in points])
        error = float(seen[:, 0].std(ddof=1) / np.sqrt(len(seen))) if len(seen) > 1 else 0.0
        found_laws[name] = {"loss": float(seen[:, 0].mean()), "error": error, "accuracy": float(seen[:, 1].mean())}
    return found_laws


def summarise(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    """The words, two tables and the figure."""
    parts = ordered(config["parts"])
    tables = [_hull_table(parts), _cycle_table(parts), control_table(parts)]
    return answered(STUDY, findings(parts), tables, [_figure(parts)], [*control_notes(parts), *config["lost"]])


def _name(part: Part) -> str:
    return f"{architecture(part['config'])}, {len(part['config']['seeds'])} networks"


def findings(parts: Sequence[Part]) -> list[Finding]:
    """One finding per prediction."""
    cycles = [(_name(part), part["result"]["cycles"]) for part in parts]
    factored = [found["error"] for _, each in cycles for name, found in each.items() if name != "pairwise"]
    hulls = [(f"{_name(part)}, {frame}", _rising(laws)) for part, frame, laws in _frames(parts)]
    flat = [part for part in parts if len(part["config"]["widths"]) == 2]
    widest = max((max(part["config"]["widths"]) for part in flat), default=0)
    drops = [(_name(part), _drop(part)) for part in flat if max(part["config"]["widths"]) == widest]
    return [
        found(
            "cycles",
            [each["pairwise"]["error"] > CYCLE for _, each in cycles],
            "units that do not come back: " + ", ".join(f"{name} {each['pairwise']['error']:.2f}" for name, each in cycles),
        ),
        found("factored", [error == 0 for error in factored], f"largest part {max(factored):g}", refuted=any(factored)),
        found(
            "hull",
            [fine for _, fine in hulls],
            "against it: " + ("; ".join(name for name, fine in hulls if not fine) or "none"),
        ),
        found(
            "barycentre",
            [drop <= WITHIN for _, drop in drops],
            "points below the networks: " + ", ".join(f"{name} {100 * drop:.1f}" for name, drop in drops),
        ),
    ]


def _frames(parts: Sequence[Part]) -> Iterator[tuple[Part, str, Mapping[str, Any]]]:
    for part in parts:
        for frame in FRAMES:
            if frame in part["result"]["frames"]:
                yield part, frame, part["result"]["frames"][frame]


def _rising(laws: Mapping[str, Any]) -> bool:
    """Whether no law lies below the one before it by more than 2 standard errors."""
    rows = [laws[name] for name in LAWS]
    return all(
        high["loss"] - low["loss"] >= -SIGMAS * float(np.hypot(low["error"], high["error"]))
        for low, high in itertools.pairwise(rows)
    )


def _drop(part: Part) -> float:
    ends = float(np.mean([accuracy for _, accuracy in part["result"]["networks"]]))
    return ends - float(part["result"]["frames"]["activation, to the first"]["barycentre"]["accuracy"])


def _hull_table(parts: Sequence[Part]) -> Table:
    rows = tuple(
        (
            *(_name(part), frame, float(np.mean([accuracy for _, accuracy in part["result"]["networks"]]))),
            *(laws[name]["accuracy"] for name in LAWS),
            *(laws[name]["loss"] for name in LAWS),
        )
        for part, frame, laws in _frames(parts)
    )
    columns = ("single", *(f"accuracy, {name}" for name in LAWS), *(f"loss, {name}" for name in LAWS))
    return Table("Random combinations of all networks, element by element", ("hidden layers", "frame", *columns), rows)


def _cycle_table(parts: Sequence[Part]) -> Table:
    rows = tuple(
        (_name(part), name, cycle["error"], cycle["barrier"])
        for part in parts
        for name, cycle in ((name, part["result"]["cycles"].get(name)) for name in ("pairwise", *FRAMES[3:]))
        if cycle is not None
    )
    columns = ("hidden layers", "permutations", "units that do not come back", "barrier to the network mapped around the cycle")
    return Table("Around cycles of three networks", columns, rows)


def _figure(parts: Sequence[Part]) -> Figure:
    colors = dict(zip(FRAMES, (GREY, BLUE, GREEN, ORANGE, PURPLE), strict=True))
    columns = min(3, len(parts))
    with style():
        figure, axes = panels(-(-len(parts) // columns), columns, height=2.5, sharey=True)
        for panel, part in zip(axes, parts, strict=False):
            for _, frame, laws in _frames([part]):
                panel.plot([laws[name]["accuracy"] for name in LAWS], color=colors[frame], marker="o", markersize=3)
            ends = float(np.mean([accuracy for _, accuracy in part["result"]["networks"]]))
            panel.axhline(ends, color=GREY, linewidth=0.6, linestyle=":")
            panel.set_title(_name(part))
            panel.set_xticks(range(len(LAWS)), list(LAWS), rotation=20, ha="right", rotation_mode="anchor")
            panel.set_ylim(0, 1.03)
        for panel in axes[len(parts) :]:
            panel.axis("off")
        axes[0].set_ylabel("test accuracy")
        for place, (frame, color) in enumerate(colors.items()):
            label(axes[0], frame, (-0.05, 0.05 + 0.1 * (len(colors) - 1 - place)), color=color)
    caption = (
        "Accuracy over the hull of several networks: at their mean, at random weights drawn element by element, and where every "
        "weight is picked from one network; dotted: the networks"
    )
    return Figure(caption, svg(figure))
