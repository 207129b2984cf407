"""Check of connectivity/shallow_memoriser: one hidden layer fits up to 200 rows of features in general position."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from toykit.checks.connectivity._memorised import POINTS, both, carried, comparisons, structure, tasks
from toykit.connectivity.memorisers import Memoriser
from toykit.connectivity.shallow_memoriser import CONDITION, Grouping, shallow_memoriser
from toykit.connectivity.toys_memorised import equal_rows, on_one_line, rows_in_general_position, two_classes
from toykit.formula import evaluate
from toykit.landscape import Pair
from toykit.tolerances import SEPARATED
from toykit.verdict import Outcome, Result

SLUG = "connectivity/shallow_memoriser"


def check(pair: Pair, *, count: int = POINTS, draws: int = 10) -> Result:
    """max |S(f_i) - t_i| against 0 on the first `count` rows of F_1 of both endpoints, and the width against its formula.

    Of `draws` random groupings the one with the largest gap is used. Where none is in general position the network is
    built all the same, for information.
    """
    network, assumptions = structure(pair)
    if network is None:
        return Result(SLUG, pair.name, (), {}, assumptions)
    made = [(task, *shallow_memoriser(task.points, task.targets, draws=draws, name=SLUG)) for task in tasks(pair, network, count)]
    assumptions["GENERAL"] = both({task.endpoint: _general(grouping, draws) for task, _, grouping in made})
    if assumptions["GENERAL"].holds:
        assumptions["FLOAT64"] = both({task.endpoint: carried(network_) for task, network_, _ in made})
    worst = max(made, key=lambda m: m[1].residual)
    points, networks = worst[0].points, [m[1] for m in made]
    letters = {
        "n": float(len(points)),
        "q": float(min(task.points.shape[1] for task, _, _ in made)),
        "kappa": float(worst[0].targets.shape[1]),
        "groups": float(max(len(grouping.members) for _, _, grouping in made)),
        "point_gap": min(1.0, *(m.gap for m in networks)),
        "residual": max(m.residual for m in networks),
        "largest_weight": max(m.largest_weight for m in networks),
    }
    compared = comparisons(((task, m) for task, m, _ in made), network, "hidden units", partial(_predicted, letters))
    return Result(SLUG, pair.name, compared, letters, assumptions, {"condition": [g.condition for *_, g in made]})


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Random first layers that are active on all rows, random targets or labels; every fourth time two balanced classes."""
    for number in range(seed * count, seed * count + count):
        yield two_classes(number) if number % 4 == 3 else rows_in_general_position(number)


def extremal() -> Iterator[Pair]:
    """At most q rows are one group; two classes meet the cross-entropy of their code."""
    yield rows_in_general_position(0, count=4, width=5)
    yield two_classes(0)


def necessity() -> Iterator[tuple[str, Pair]]:
    """Two equal rows with different targets; a tanh network; a group so nearly dependent that float64 cannot tell."""
    yield "GENERAL", equal_rows()
    yield "GENERAL", on_one_line()
    yield "RELU", rows_in_general_position(1, activation="tanh")


def _general(grouping: Grouping, draws: int) -> Outcome:
    if grouping.general:
        return Outcome(True, f"{len(grouping.members)} groups, condition {grouping.condition:.1e}, gap {grouping.gap:.1e}")
    if grouping.condition >= CONDITION:
        return Outcome(False, f"a group of each of {draws} groupings is linearly dependent (condition over {CONDITION:.0e})")
    return Outcome(False, f"in each of {draws} groupings a point lies on another group's plane to {SEPARATED:.0e}")


def _predicted(letters: dict[str, float], _: Memoriser) -> float:
    return float(evaluate(SLUG, "width", letters))
