"""Random chords with three derivatives and more, for estimates of the gap: stepped phi''', polynomials, tanh networks, wells."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

import numpy as np

from toykit.checks.barrier._chords import CELLS, polynomial_chord, tanh_chord, tilted_well
from toykit.landscape import Pair
from toykit.networks.spline import Spline
from toykit.seeds import generator

Kind = Callable[[np.random.Generator, str], Pair]
HALF = Fraction(1, 2)


def bent_spline(
    breaks: Sequence[Fraction | int], thirds: Sequence[Fraction | int], *, curvature: Fraction, slope: Fraction, name: str
) -> Spline:
    """The C^2 spline with phi''' = thirds[i] on piece i, phi''(0) = curvature, phi'(0) = slope, phi(0) = 0."""
    level, bends = curvature, []
    for (lo, hi), third in zip(pairwise(map(Fraction, breaks)), thirds, strict=True):
        bends.append((level - third * lo, Fraction(third)))
        level += third * (hi - lo)
    return Spline.of_curvature(breaks, bends, slope=slope, name=name)


def bent_chords(slug: str, count: int, seed: int, kinds: Sequence[Kind]) -> Iterator[Pair]:
    """`count` random pairs whose phi'' is Lipschitz: the kinds that come close to the claim's bound, then general ones."""
    return _in_turn(slug, count, seed, (*kinds, polynomial_chord, tanh_chord, tilted_well, stepped_third))


def analytic_chords(slug: str, count: int, seed: int, kinds: Sequence[Kind]) -> Iterator[Pair]:
    """`count` random pairs with an analytic phi: the kinds that come close to the claim's bound, then general ones."""
    return _in_turn(slug, count, seed, (*kinds, polynomial_chord, tanh_chord, tilted_well))


def _in_turn(slug: str, count: int, seed: int, kinds: Sequence[Kind]) -> Iterator[Pair]:
    for number in range(count):
        kind = kinds[number % len(kinds)]
        yield kind(generator(f"{slug}/{kind.__name__}", seed * 1_000_000 + number), f"{kind.__name__} {number}")


def stepped_third(draw: np.random.Generator, name: str) -> Pair:
    """phi''' = +-k/4 in turn on two to five pieces, with random curvature and slope at the start."""
    inner = draw.choice(np.arange(1, CELLS), size=int(draw.integers(1, 5)), replace=False)
    breaks = [Fraction(0), *(Fraction(int(b), CELLS) for b in sorted(inner)), Fraction(1)]
    third = Fraction(int(draw.integers(1, 65)), 4) * (1 if draw.random() < 0.5 else -1)
    curvature, slope = (Fraction(int(c), 4) for c in draw.integers(-16, 17, size=2))
    thirds = [third * (-1) ** piece for piece in range(len(breaks) - 1)]
    return bent_spline(breaks, thirds, curvature=curvature, slope=slope, name=name).pair()


def turning_in_the_middle(draw: np.random.Generator, name: str) -> Pair:
    """phi''' = K on the left half and -K on the right half, or nearly: the largest remainder of third order at 1/2."""
    third = Fraction(int(draw.integers(1, 65)), 4) * (1 if draw.random() < 0.5 else -1)
    curvature, slope = (Fraction(int(c), 4) for c in draw.integers(-16, 17, size=2))
    turn = HALF + Fraction(int(draw.integers(-2, 3)), CELLS)
    return bent_spline([0, turn, 1], [third, -third], curvature=curvature, slope=slope, name=name).pair()


def power_chord(degree: int) -> Kind:
    """Random polynomials of that degree: their derivative of that order is constant, which meets a kernel of one sign."""

    def draw_one(draw: np.random.Generator, name: str) -> Pair:
        coefficients = [Fraction(int(c), 4) for c in draw.integers(-16, 17, size=degree + 1)]
        return Spline([0, 1], [[*coefficients[:-1], coefficients[-1] or Fraction(1)]], name=name).pair()

    draw_one.__name__ = f"degree_{degree}"
    return draw_one


def wave_chord(third: Fraction, c: Fraction, *, sigma: Fraction, slope: Fraction, name: str) -> Spline:
    """phi''' = -K, K, -K, K with turns at 1/2 - c, 1/2, 1/2 + c, and s_1 - s_0 = sigma [barrier/forced_barrier].

    It has the mean end curvature sigma + K(1/4 - 2c^2), and no chord with those numbers has a smaller g(1/2).
    """
    turns = sorted({Fraction(0), HALF - c, HALF, HALF + c, Fraction(1)})
    inner = [(c > 0 and HALF - c <= lo < HALF) or HALF + c <= lo for lo in turns[:-1]]
    thirds = [third if rising else -third for rising in inner]
    return bent_spline(turns, thirds, curvature=sigma + third * (Fraction(1, 4) - 2 * c**2), slope=slope, name=name)


def forced_chord(draw: np.random.Generator, name: str) -> Pair:
    """A wave of phi''' with random c and K, whose end slopes are equal or nearly so."""
    c, third = Fraction(int(draw.integers(0, CELLS // 4)), CELLS), Fraction(int(draw.integers(1, 65)), 4)
    sigma = third * Fraction(int(draw.integers(-8, 3)), 512)
    return wave_chord(third, c, sigma=sigma, slope=Fraction(int(draw.integers(-8, 9)), 8), name=name).pair()
