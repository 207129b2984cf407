"""Exact output polynomials as certified models: enclosures of any loss on any part of the chord, without relaxed gates.

On a part t = m + h s every example is the polynomial of one of its pieces, folded to degree 2, and its remainder is charged
with the distance to the other pieces that reach into the part. The distance vanishes where two pieces meet, so the model
of a ReLU network is as good as that of a smooth one but for the few examples with a break in the part.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from flint import fmpq

from toykit.barriers.certified.losses import Curve
from toykit.barriers.certified.models import Model
from toykit.barriers.certified.rounding import TINY, UNIT
from toykit.barriers.exact.pieces import ExactChord, Layers, Matrix
from toykit.barriers.exact.profile import with_enough_bits
from toykit.landscape import Floats
from toykit.parameters import Array


class Table(NamedTuple):
    """All pieces of all examples in order: ends rounded outward, and coefficients (pieces, k, powers), correctly rounded."""

    example: np.ndarray[tuple[int], np.dtype[np.intp]]
    lo: Floats
    hi: Floats
    coefficients: Floats


@dataclass(frozen=True)
class PieceChord:
    """The outputs of a chord piece by piece, with targets (n,) or (n, k) and a loss of models and targets."""

    table: Table
    targets: Array
    loss: Callable[[Model, Array], Curve]

    def curves(self) -> Callable[[float, float], Curve]:
        """A function (m, h) -> enclosure of the mean loss on t = m + h s, |s| <= 1."""
        return lambda m, h: self.loss(self.model(m, h), self.targets)

    def model(self, m: float, h: float) -> Model:
        """Models of the outputs on [m - h, m + h], each (n, k)."""
        table = self.table
        left, right = (m - h) * (1 - 4 * UNIT) - 4 * UNIT, (m + h) * (1 + 4 * UNIT) + 4 * UNIT
        base = np.searchsorted(table.example + table.lo / 2, np.arange(len(self.targets)) + m / 2, side="right") - 1
        own = table.coefficients[base]
        folded, remainder = _folded(own, np.full(len(base), m), np.full(len(base), h))
        reaching = np.flatnonzero((table.lo <= right) & (table.hi >= left))
        others = reaching[base[table.example[reaching]] != reaching]
        if len(others):
            lo, hi = np.maximum(table.lo[others], left), np.minimum(table.hi[others], right)
            example = table.example[others]
            apart = table.coefficients[others] - own[example]
            size = np.abs(table.coefficients[others]) + np.abs(own[example])
            reach = np.maximum(hi - lo, 0) / 2 * (1 + 4 * UNIT) + 4 * UNIT
            part, rest = _folded(apart, (lo + hi) / 2, reach)
            distance = np.abs(part).sum(axis=-1) + rest + 4 * UNIT * size.sum(axis=-1)
            farthest = np.zeros_like(remainder)
            np.maximum.at(farthest, example, distance)
            remainder = (remainder + farthest) * (1 + 4 * UNIT)
        return Model(folded[..., 0], folded[..., 1], folded[..., 2], remainder)


def _folded(coefficients: Floats, middle: Floats, half: Floats) -> tuple[Floats, Floats]:
    """p(m + h s) to degree 2 in s, shape (.., k, 3), and a bound (.., k) of the rest and of every rounding, 0 <= m, h <= 1."""
    terms = coefficients.shape[-1]
    shifted = coefficients.copy()
    for low in range(terms):  # synthetic division: Taylor coefficients at the middle
        for power in range(terms - 2, low - 1, -1):
            shifted[..., power] += middle[:, None] * shifted[..., power + 1]
    scaled = shifted * half[:, None, None] ** np.arange(terms)
    # |m|, |h| <= 1 + small: each Taylor coefficient is a sum of at most 2^terms products, all below the sum of |coefficients|
    rounding = (terms + 4) * 2.0 ** (terms + 3) * UNIT * np.abs(coefficients).sum(axis=-1) + TINY
    folded = np.zeros((*coefficients.shape[:-1], 3))
    folded[..., : min(terms, 3)] = scaled[..., :3]
    return folded, np.abs(scaled[..., 3:]).sum(axis=-1) * (1 + 8 * UNIT) + rounding


def table_of_layers(layers_a: Layers, layers_b: Layers, inputs: Matrix, targets: Matrix, slope: Fraction) -> Table:
    """The table of a chord given as nested lists, with as many bits as its break points need.

    Raises:
        InputError: the numbers have no usable common denominator, or break points cannot be separated.

    """
    return with_enough_bits(lambda bits: tabulated(ExactChord(layers_a, layers_b, inputs, targets, slope, bits)))


def tabulated(chord: ExactChord) -> Table:
    """The outputs of all examples of an exact chord in float64."""
    scale, rows = int(chord.scale), []
    for example in range(chord.examples):
        for lo, hi, polynomials in chord.outputs(example):
            matrix = [[int(c) / scale for c in p.coeffs()] for p in polynomials]
            rows.append((example, _near(lo.lo, -np.inf), _near(hi.hi, np.inf), matrix))
    powers = max(3, *(len(row) for *_, matrix in rows for row in matrix))
    coefficients = np.array([[row + [0.0] * (powers - len(row)) for row in matrix] for *_, matrix in rows])
    examples, starts, ends = (np.array([row[column] for row in rows]) for column in range(3))
    return Table(examples, starts, ends, coefficients)


def _near(value: fmpq, towards: float) -> float:
    return float(np.nextafter(int(value.p) / int(value.q), towards))
