"""The five conventions of a pair on one grid, and the relations between them [barrier/barrier_conventions]."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from toykit.barriers.conventions import Barriers, barriers
from toykit.barriers.measured import POINTS, gap, parabola_tip, tolerance, trivial_barrier
from toykit.checks.barrier._chords import CELLS, kinked_chord, polynomial_chord, tanh_chord, tilted_well
from toykit.checks.by_size import fewer
from toykit.chord import Profile, grid, profile
from toykit.formula import evaluate
from toykit.landscape import Floats, Pair
from toykit.networks.fixtures import fold
from toykit.networks.spline import Spline
from toykit.seeds import generator
from toykit.verdict import Comparison, Number, Outcome, Relation, Result

SLUG = "barrier/barrier_conventions"
CLOSER = 33
"""Positions inside the two cells around a largest value."""

FEWER, FEWER_CLOSER = 25, 9
"""The same for a network whose passes take long: the positions of a comparison, and a step of 1/96 where it matters."""


def check(pair: Pair, points: int | None = None) -> Result:
    """The relations between B, B_half, B_mean, B_max and B_arg, all from one grid that is finer near both maxima."""
    curve = refined_profile(pair, points or fewer(pair, POINTS, FEWER), fewer(pair, CLOSER, FEWER_CLOSER))
    found = barriers(curve)
    ends = {"L_a": float(curve.values[0]), "L_b": float(curve.values[-1])}
    letters = {**ends, "d": evaluate(SLUG, "spread", ends), **named(found)}
    return Result(
        slug=SLUG,
        pair=pair.name,
        comparisons=relations(found, letters, tolerance(pair, float(np.abs(curve.values).max())), trivial_barrier(pair)),
        letters=letters,
        assumptions={
            "ONE_GRID": Outcome(True, f"all from the same {curve.ts.size} positions"),
            "CONTINUOUS": Outcome(True, "a grid has finitely many values, so a largest one"),
        },
        extra={"conventions": found.to_json()},
    )


def named(found: Barriers) -> dict[str, float]:
    """The five conventions by the letters of the page."""
    numbers = {"B": found.barrier, "B_half": found.half, "B_mean": found.mean, "B_max": found.max, "B_arg": found.argmax}
    return {letter: number.value for letter, number in numbers.items()}


def relations(found: Barriers, letters: dict[str, float], allowed: float, trivial: float | None = None) -> tuple[Comparison, ...]:
    """Every relation of the page, for conventions that may come from anywhere."""
    at_most, at_least, equal = Relation.AT_MOST, Relation.AT_LEAST, Relation.EQUAL

    def side(name: str) -> Number:
        value = evaluate(SLUG, name, letters)
        return Number.exact(value) if name == "upper_of_half" else Number.estimated(value, found.barrier.note)

    zero = Number.exact(0.0)
    return (
        Comparison("B, above", found.barrier, at_most, side("upper"), allowed, trivial),
        Comparison("B, below", found.barrier, at_least, found.argmax, allowed, 0.0),
        Comparison("B_arg, below", found.argmax, at_least, found.max, allowed, 0.0),
        Comparison("B_max, below", found.max, at_least, zero, allowed, 0.0),
        Comparison("B_mean", found.mean, equal, side("mean_of_max"), allowed),
        Comparison("B against B_mean, above", found.barrier, at_most, side("upper_of_mean"), allowed, trivial),
        Comparison("B against B_mean, below", found.barrier, at_least, side("lower_of_mean"), allowed, 0.0),
        Comparison("B_half, above", found.half, at_most, side("upper_of_half"), allowed, trivial),
    )


def refined_profile(pair: Pair, points: int = POINTS, closer: int = CLOSER) -> Profile:
    """phi on an equally spaced grid with 1/2 on it, and on the positions where phi or its gap may be larger still.

    Beside the largest value of each come `closer` positions around it, and then the tip of the parabola through the best three.
    """
    coarse = profile(pair, grid(points))
    near_top, near_gap = (_near(coarse.ts, values, closer) for values in (coarse.values, coarse.gap))
    top = parabola_tip(near_top, pair.landscape.profile(pair.theta_a, pair.theta_b, near_top))
    best = parabola_tip(near_gap, gap(pair, near_gap))
    added = np.setdiff1d(np.concatenate([near_top, near_gap, [top, best]]), coarse.ts)
    ts = np.concatenate([coarse.ts, added])
    values = np.concatenate([coarse.values, pair.landscape.profile(pair.theta_a, pair.theta_b, added)])
    order = np.argsort(ts)
    return Profile(ts[order], values[order])


def _near(ts: Floats, values: Floats, closer: int) -> Floats:
    best = int(values.argmax())
    return np.linspace(ts[max(best - 1, 0)], ts[min(best + 1, ts.size - 1)], closer)


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Random profiles of every kind, and cliffs: a rise at one end of the chord, where the relations are met."""
    kinds = (cliff, polynomial_chord, kinked_chord, tanh_chord, tilted_well)
    for number in range(count):
        kind = kinds[number % len(kinds)]
        yield kind(generator(f"{SLUG}/{kind.__name__}", seed * 1_000_000 + number), f"{kind.__name__} {number}")


def cliff(draw: np.random.Generator, name: str) -> Pair:
    """From 0 to the top s within 1/64 of the chord, then straight to the end d <= s; half of them the other way round."""
    end = Fraction(int(draw.integers(0, 33)), 16)
    top = end + Fraction(int(draw.integers(0, 9)), 64)
    rise, fall = CELLS * top, (end - top) * CELLS / (CELLS - 1)
    if draw.random() < 0.5:
        return Spline([0, Fraction(1, CELLS), 1], [(0, rise), (top - fall / CELLS, fall)], name).pair()
    start = Fraction(CELLS - 1, CELLS)
    return Spline([0, start, 1], [(end, -fall), (top + rise * start, -rise)], name).pair()


def extremal() -> Iterator[Pair]:
    """A straight line, where three are 0 and B_mean = d/2; a double well with equal ends, where four agree."""
    yield Spline([0, 1], [(0, 1)], name="phi = t").pair()
    yield Spline([0, 1], [(0, 0, 16, -32, 16)], name="16 t^2(1-t)^2").pair()
    yield fold()


def necessity() -> Iterator[tuple[str, Pair]]:
    """None: on one grid the relations hold for every function."""
    yield from ()
