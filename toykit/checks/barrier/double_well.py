"""Check of the table of estimates on phi = c t^2(1-t)^2 + d t^2(3-2t), row by row [barrier/double_well]."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

import numpy as np

from toykit import tolerances
from toykit.barriers.measured import barrier, gap, tolerance
from toykit.chord import grid
from toykit.curvature.chord_jets import ChordJets, chord_jets
from toykit.curvature.ranges import KnowsPieces, curvature_range
from toykit.formula import evaluate
from toykit.landscape import Pair
from toykit.networks.piecewise import Coefficients, trimmed
from toykit.networks.spline import Spline
from toykit.seeds import generator
from toykit.verdict import Comparison, Number, Outcome, Relation, Result

SLUG = "barrier/double_well"
ROWS = {
    "midpoint": ("barrier/midpoint_expansion", "estimate"),
    "endpoint": ("barrier/endpoint_expansion", "estimate"),
    "simpson": ("barrier/hessian_simpson", "estimate"),
    "ridge": ("barrier/ridge_bound", "upper_at"),
    "curvature": ("barrier/curvature_bound", "upper_at"),
    "forced": ("barrier/forced_barrier", "lower"),
}
"""Row of the table -> the claim and the formula whose value on the pair it gives."""

FROM_RANGE = ("ridge", "curvature", "forced")
"""Rows that need m, M or K_3 on the whole chord: compared where phi is known piece by piece."""


def check(pair: Pair) -> Result:
    """Each estimate, from the jets of the pair, against the table at c = 16 g(1/2) and d = L_b - L_a; B against its root."""
    jets = chord_jets(pair, degree=2)
    letters = {"c": 16 * jets.gap.value, "d": jets.end.value - jets.start.value}
    letters["u"] = _offset(letters)
    well = _is_well(pair, jets, letters)
    measured: dict[str, float] = {"a": 0.5, **jets.letters, "h_bar": (jets.start.curvature + jets.end.curvature) / 2}
    rows = [row for row in ROWS if row not in FROM_RANGE]
    # the lowest curvature lies on the chord for |d| <= c only
    if jets.pieces is not None and 0 < letters["c"] and abs(letters["d"]) <= letters["c"]:
        found = curvature_range(pair).spread(tolerance(pair, jets.scale))  # the ridge bound needs m < M
        measured |= {"m": found.lowest.value, "M": found.highest.value, "K_3": jets.bound(3).value}
        rows = list(ROWS)
    allowed = tolerance(pair, jets.scale)
    comparisons = [_row(row, measured, letters, allowed) for row in rows]
    top = Number.exact(evaluate(SLUG, "gap_at", letters), "the gap at the root of its derivative")
    known = barrier(pair)
    comparisons.append(Comparison("barrier", known, Relation.EQUAL, top, max(allowed, tolerances.SOLVED * jets.scale)))
    endpoint = evaluate("barrier/endpoint_expansion", "estimate", measured)
    return Result(
        slug=SLUG,
        pair=pair.name,
        comparisons=tuple(comparisons),
        letters=letters,
        assumptions={"WELL": well},
        extra={"barrier / endpoint estimate": known.value / endpoint if endpoint else None, "in a well": 0.25},
    )


def _row(row: str, measured: Mapping[str, float], letters: Mapping[str, float], allowed: float) -> Comparison:
    value = Number.exact(evaluate(*ROWS[row], measured), f"{ROWS[row][0]} on this pair")
    return Comparison(row, value, Relation.EQUAL, Number.exact(evaluate(SLUG, row, letters), "the table"), allowed)


def _offset(letters: Mapping[str, float]) -> float:
    """u with 4cu^3 - 6du^2 - cu + d/2 = 0 at which the gap is largest."""
    c, d = letters["c"], letters["d"]
    roots = np.roots([4 * c, -6 * d, -c, d / 2]) if c or d else np.zeros(1)
    inside = [float(root.real) for root in roots if abs(root.real) <= 0.5]
    return max(inside, key=lambda u: evaluate(SLUG, "gap_at", {**letters, "u": u}), default=0.0)


def refuted(pair: Pair) -> Outcome | None:
    """WELL, false by five losses: most chords of networks are no wells, and jets take ten times as long. None: it may be one."""
    if isinstance(pair.landscape, KnowsPieces):
        return None
    ts = grid(5)
    losses = pair.landscape.profile(pair.theta_a, pair.theta_b, ts)
    gaps = losses - (1 - ts) * losses[0] - ts * losses[-1]
    letters = {"c": 16 * float(gaps[2]), "d": float(losses[-1] - losses[0])}
    size = float(np.abs(losses).max())
    away = float(np.abs(gaps - evaluate(SLUG, "gap_at", {**letters, "u": ts - 0.5})).max())
    if letters["c"] > 0 and away <= max(tolerances.SOLVED * size, tolerance(pair, size)):
        return None
    return Outcome(
        False, f"the gap is up to {away:.3g} away from that of a well with the same g(1/2) and ends, at {ts.size} positions"
    )


def _is_well(pair: Pair, jets: ChordJets, letters: Mapping[str, float]) -> Outcome:
    """WELL: from the coefficients where phi is known piece by piece; else it can be refuted, not shown."""
    if jets.pieces is not None:
        powers = trimmed(jets.pieces.pieces[0].coefficients)
        if jets.pieces.one_polynomial and len(powers) == 5 and powers[4] > 0:
            c, d = powers[4], (powers[2] - powers[4]) / 3
            if powers[1:] == well_coefficients(c, d)[1:]:
                return Outcome(True, f"by its coefficients, c = {float(c):.4g} and d = {float(d):.4g}")
        return Outcome(False, "the coefficients of the profile are not those of a well")
    ts = grid(41)
    offsets = ts - 0.5
    well = evaluate(SLUG, "gap_at", {**letters, "u": offsets})
    gaps = gap(pair, ts)
    away = float(np.abs(gaps - well).max())
    if letters["c"] <= 0 or away > tolerances.SOLVED * jets.scale:
        return Outcome(False, f"the gap is up to {away:.3g} away from that of a well with the same g(1/2) and ends")
    return Outcome(None, f"the gap is within {away:.1e} of that of a well at {len(ts)} positions")


def well_coefficients(c: Fraction, d: Fraction) -> Coefficients:
    """c t^2(1-t)^2 + d t^2(3-2t), lowest power first."""
    return (Fraction(0), Fraction(0), c + 3 * d, -2 * c - 2 * d, c)


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Wells of random depth and tilt."""
    for number in range(count):
        draw = generator(SLUG, seed * 1_000_000 + number)
        c, d = Fraction(int(draw.integers(1, 65)), 4), Fraction(int(draw.integers(-32, 33)), 16)
        yield Spline([0, 1], [well_coefficients(c, d)], name=f"well {number}").pair()


def extremal() -> Iterator[Pair]:
    """Identities are always met: the well without and with tilt."""
    for d, name in ((0, "16 t^2(1-t)^2"), (1, "16 t^2(1-t)^2 + t^2(3-2t)")):
        yield Spline([0, 1], [well_coefficients(Fraction(16), Fraction(d))], name=name).pair()


def necessity() -> Iterator[tuple[str, Pair]]:
    """Another bump with stationary ends and g(1/2) = 1, of degree 6; and a parabola."""
    yield "WELL", Spline([0, 1], [(0, 0, 0, 64, -192, 192, -64)], name="64 t^3(1-t)^3").pair()
    yield "WELL", Spline([0, 1], [(0, 4, -4)], name="4t(1-t)").pair()
