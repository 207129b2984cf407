"""Check of connectivity/deep_memoriser: two hidden layers of order sqrt(N) fit up to 200 distinct rows of features."""

from __future__ import annotations

from collections.abc import Iterator

from toykit.checks.connectivity._memorised import POINTS, both, carried, comparisons, structure, tasks
from toykit.connectivity.deep_memoriser import deep_memoriser, square
from toykit.connectivity.memorisers import Memoriser
from toykit.connectivity.toys_memorised import crowded_line, equal_rows, rows_in_general_position, two_classes
from toykit.formula import evaluate
from toykit.landscape import Pair
from toykit.tolerances import SEPARATED, SOLVED
from toykit.verdict import Comparison, Number, Outcome, Relation, Result

SLUG = "connectivity/deep_memoriser"


def check(pair: Pair, *, count: int = POINTS) -> Result:
    """max |S(f_i) - t_i| against 0 on the first `count` rows of F_1 of both endpoints, and the widths against their formula.

    A and B are as equal as possible; `facts["groups"]` asks for another A.
    """
    network, assumptions = structure(pair)
    if network is None:
        return Result(SLUG, pair.name, (), {}, assumptions)
    found = tasks(pair, network, count)
    n, kappa = found[0].targets.shape
    groups = int(pair.facts["groups"]) if "groups" in pair.facts else square(n)[0]
    size = -(-n // groups)
    made = [(task, deep_memoriser(task.points, task.targets, groups, size, name=SLUG)) for task in found]
    assumptions["DISTINCT"] = both({task.endpoint: _distinct(m) for task, m in made})
    if assumptions["DISTINCT"].holds:
        assumptions["FLOAT64"] = both({task.endpoint: carried(m) for task, m in made})
    d_1, d_2 = made[0][1].widths
    letters = {
        "n": float(n),
        "kappa": float(kappa),
        "groups": float(groups),
        "group_size": float(size),
        "d_1": float(d_1),
        "d_2": float(d_2),
        "point_gap": min(m.gap for _, m in made),
        "residual": max(m.residual for _, m in made),
        "largest_weight": max(m.largest_weight for _, m in made),
    }
    units = evaluate(SLUG, "first", letters) + evaluate(SLUG, "second", letters)
    compared = comparisons(made, network, "hidden units", lambda _: units)
    room = Comparison(
        "points against the capacity of the widths",
        Number.exact(n),
        Relation.AT_MOST,
        Number.exact(evaluate(SLUG, "capacity", letters), "floor((d_1+1)/2) floor(d_2/(2 kappa))"),
        SOLVED,
    )
    return Result(SLUG, pair.name, (*compared, room), letters, assumptions)


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Random first layers, random targets or labels, random numbers of groups; every fourth time two balanced classes."""
    for number in range(seed * count, seed * count + count):
        yield two_classes(number) if number % 4 == 3 else rows_in_general_position(number, grouped=True)


def extremal() -> Iterator[Pair]:
    """One group of N points, N groups of one point: as many points as the widths hold."""
    yield rows_in_general_position(0, count=7, width=3, groups=1)
    yield rows_in_general_position(0, count=7, width=3, groups=7)
    yield two_classes(0)


def necessity() -> Iterator[tuple[str, Pair]]:
    """Two equal rows with different targets; a tanh network; points so crowded that the slopes lose their digits."""
    yield "DISTINCT", equal_rows()
    yield "RELU", rows_in_general_position(1, activation="tanh")
    yield "FLOAT64", crowded_line()


def _distinct(made: Memoriser) -> Outcome:
    says = f"smallest gap {made.gap:.1e} of the points in a line of length 1"
    return Outcome(made.gap > SEPARATED, says)
