"""Check of g(1/2) >= (1/16)(h_bar - 3 sigma - K_3/8), and of the bound with its best c [barrier/forced_barrier]."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from toykit.barriers.measured import barrier, tolerance
from toykit.checks.barrier._bent_chords import bent_chords, forced_chord, wave_chord
from toykit.checks.barrier._expansions import enclosed
from toykit.curvature.chord_jets import chord_jets
from toykit.formula import evaluate
from toykit.landscape import Pair
from toykit.networks.spline import Spline
from toykit.verdict import Comparison, Outcome, Relation, Result

SLUG = "barrier/forced_barrier"
QUARTER = 0.25


def check(pair: Pair) -> Result:
    """g(1/2) against the bound with c = 1/4 and with the best c for the measured letters; B against the latter."""
    jets = chord_jets(pair)
    third = jets.bound(3)
    letters = jets.letters | {"h_bar": (jets.start.curvature + jets.end.curvature) / 2, "K_3": third.value}
    letters["c"] = evaluate(SLUG, "best_c", letters) if third.value > 0 else QUARTER  # without phi''' every c says the same
    plain, best = (enclosed(SLUG, formula, "K_3", third, letters) for formula in ("lower", "lower_at"))
    middle, allowed = jets.gap, tolerance(pair, max(jets.scale, third.value))
    # a loss that is never negative has g(1/2) >= -(L_a + L_b)/2 anyway
    trivial = -(jets.start.value + jets.end.value) / 2 if pair.landscape.traits.nonnegative else None
    length = pair.delta.norm()
    if length > 0:  # the constants that the loss shows along this chord
        letters |= {"rho": third.value / length**3, "Delta_norm": length, "R": letters["h_bar"] / length**2}
    return Result(
        slug=SLUG,
        pair=pair.name,
        comparisons=(
            Comparison("gap at 1/2", middle, Relation.AT_LEAST, plain, allowed, trivial),
            Comparison("gap at 1/2, best c", middle, Relation.AT_LEAST, best, allowed, trivial),
            Comparison("barrier", barrier(pair), Relation.AT_LEAST, best, allowed, 0.0),
        ),
        letters=letters,
        assumptions={
            "SMOOTH": jets.differentiable(3),
            "RANGE": jets.range_of(3),
            "SLOPES": Outcome(True, "two directional derivatives, phi'(0) and phi'(1)"),
        },
        extra={
            "gap at 1/2": middle.value,
            "h_bar / (K_3/8)": letters["h_bar"] / (third.value / 8) if third.value > 0 else None,
            "forced": best.lo > 0,
        },
    )


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Random chords; among them waves of phi''', which meet the bound."""
    return bent_chords(SLUG, count, seed, (forced_chord,))


def extremal() -> Iterator[Pair]:
    """The wave with c = 1/4, where the bound is 0; with c = 1/8, where it is positive; a parabola, which needs sigma."""
    none = Fraction(0)
    yield wave_chord(Fraction(8), Fraction(1, 4), sigma=none, slope=none, name="K_3 = 8, c = 1/4").pair()
    yield wave_chord(Fraction(8), Fraction(1, 8), sigma=none, slope=Fraction(1), name="K_3 = 8, c = 1/8").pair()
    yield Spline([0, 1], [(0, 0, Fraction(1, 2))], name="t^2/2").pair()


def necessity() -> Iterator[tuple[str, Pair]]:
    """A convex kink at 1/2; and walls so thin that their curvature says nothing about the ridge: phi'' jumps, K_3 = 0."""
    half, eighth = Fraction(1, 2), Fraction(1, 8)
    yield "SMOOTH", Spline([0, half, 1], [(half, -1), (-half, 1)], name="|t - 1/2|").pair()
    yield "SMOOTH", Spline.of_curvature([0, eighth, 1 - eighth, 1], [3, -1, 3], name="thin walls").pair()
