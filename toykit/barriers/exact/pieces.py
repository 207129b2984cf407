"""The loss of one example along a chord as an exact piecewise polynomial.

On a stretch of the chord without gate changes a layer-l pre-activation is a polynomial in t of degree <= l, so the
example's squared loss is one of degree <= 2L. All numbers are integers over one common scale.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from flint import fmpq, fmpz, fmpz_mat, fmpz_poly

from toykit.barriers.exact.enclosures import (
    Enclosure,
    PrecisionError,
    belongs,
    merged,
    ordered,
    point,
    sign,
    sign_ranges,
    zeros_inside,
)
from toykit.barriers.exact.integers import columns_of, common_denominator, polynomials_of, raised, whole

Matrix = Sequence[Sequence[float | Fraction]]
Layers = Sequence[tuple[Matrix, Sequence[float | Fraction]]]


class Piece(NamedTuple):
    """On [lo, hi] the example's loss is `polynomial(t)` over the square of the chord's scale."""

    lo: Enclosure
    hi: Enclosure
    polynomial: fmpz_poly


class Outputs(NamedTuple):
    """On [lo, hi] the outputs are `polynomials(t)` over the chord's scale."""

    lo: Enclosure
    hi: Enclosure
    polynomials: list[fmpz_poly]


class _Cell(NamedTuple):
    lo: Enclosure
    hi: Enclosure
    rows: fmpz_mat  # the pre-activations of the next layer, units x powers of t


class _Gates(NamedTuple):
    rows: list[list[fmpz]]  # pre-activations on the cell, units x powers of t
    ends: list[Enclosure]  # the cell's ends and the zeros between them
    first: list[bool]  # which units are positive on the first part
    flips: list[list[int]]  # the units whose sign changes where each part begins


class ExactChord:
    """The chord of two networks with one piecewise-linear activation, over the integers.

    `layers_a`, `layers_b`: (W_l, b_l) per layer as nested lists of floats or fractions, W_l (n_l, n_{l-1});
    `inputs` (n, d) and `targets` (n, k) likewise; `slope`: the activation's slope below 0 (0 for ReLU, 1 for linear).

    Raises:
        InputError: the numbers need a common denominator of more than `MAX_BITS` bits.

    """

    def __init__(self, layers_a: Layers, layers_b: Layers, inputs: Matrix, targets: Matrix, slope: Fraction, bits: int) -> None:
        self.given = layers_a, layers_b, inputs, targets, slope, bits
        self.bits = bits
        self.depth = len(layers_a)
        self.off, self.on = fmpz(slope.numerator), fmpz(slope.denominator)
        weights = [number for layers in (layers_a, layers_b) for w, b in layers for row in (*w, b) for number in row]
        unit = common_denominator(weights, "weights")
        data = common_denominator([number for rows in (inputs, targets) for row in rows for number in row], "data")
        self._start, self._slope, self._bias = [], [], []
        entering = fmpz(data)  # the scale of what enters the layer
        for layer, ((w_a, b_a), (w_b, b_b)) in enumerate(zip(layers_a, layers_b, strict=True)):
            a = [whole(number, unit) for row in w_a for number in row]
            b = [whole(number, unit) for row in w_b for number in row]
            shape = (len(w_a), len(w_a[0]))
            self._start.append(fmpz_mat(*shape, a))
            self._slope.append(fmpz_mat(*shape, [q - p for p, q in zip(a, b, strict=True)]))
            bias = [(whole(p, unit) * entering, whole(q, unit) * entering) for p, q in zip(b_a, b_b, strict=True)]
            self._bias.append(fmpz_mat([[p, q - p, *[fmpz(0)] * layer] for p, q in bias]))
            entering = entering * unit * self.on
        # by layer and unit below, for hidden layers that are entered cell by cell
        columns = (
            zip(columns_of(start), columns_of(slope), strict=True) for start, slope in zip(self._start, self._slope, strict=True)
        )
        self._weights_of = [list(pairs) if 0 < layer < self.depth - 1 else [] for layer, pairs in enumerate(columns)]
        self.scale = entering // self.on  # the output layer has no activation
        self.inputs = [[whole(number, data) for number in row] for row in inputs]
        self.targets = [[whole(number, data) * (self.scale // data) for number in row] for row in targets]

    @property
    def examples(self) -> int:
        """The number of examples n."""
        return len(self.inputs)

    def pieces(self, example: int) -> list[Piece]:
        """|z(t) - y|^2 of one example, piece by piece from t = 0 to t = 1, times the square of the scale."""
        return [Piece(lo, hi, self._squared(example, rows)) for lo, hi, rows in self.outputs(example)]

    def outputs(self, example: int) -> list[Outputs]:
        """z(t) of one example, piece by piece from t = 0 to t = 1, times the scale."""
        column = fmpz_mat(len(self.inputs[example]), 1, self.inputs[example])
        cells = [_Cell(point(fmpq(0)), point(fmpq(1)), self._affine(0, column))]
        for layer in range(self.depth - 2):
            cells = [new for cell in cells for new in self._split(layer, cell)]
        if self.depth == 1:
            return [Outputs(c.lo, c.hi, polynomials_of(c.rows)) for c in cells]
        return [new for cell in cells for new in self._outputs(cell)]

    def _squared(self, example: int, outputs: list[fmpz_poly]) -> fmpz_poly:
        total = fmpz_poly([0])
        for output, target in zip(outputs, self.targets[example], strict=True):
            residual = output - target
            total += residual * residual
        return total

    def _affine(self, layer: int, features: fmpz_mat) -> fmpz_mat:
        """(W + t dW) F(t) + b + t db, units x powers of t, one power more than the features have."""
        return raised(self._start[layer] * features, self._slope[layer] * features) + self._bias[layer]

    def _moved(self, layer: int, rows: fmpz_mat, unit: int, change: list[fmpz]) -> fmpz_mat:
        """What `_affine` gives once a unit has changed by a polynomial: one column of the weights instead of all."""
        start, slope = self._weights_of[layer][unit]
        by = fmpz_mat([change])
        return rows + raised(start * by, slope * by)

    def _gates(self, layer: int, cell: _Cell) -> _Gates:
        """Pre-activations on a cell, the ends of its parts, and where each unit is positive."""
        rows = cell.rows
        self._guard(rows, cell)
        ranges = sign_ranges(rows, cell.lo.hi, cell.hi.lo)
        first = [high > 0 for _, high in ranges]
        units = rows.tolist()
        if layer == 0 and self.off != self.on:
            return self._crossings(units, cell, first, [low < 0 < high for low, high in ranges])
        mixed = {index: fmpz_poly(units[index]) for index, (low, high) in enumerate(ranges) if low < 0 < high}
        if self.off == self.on:
            mixed.clear()
        zeros = {index: zeros_inside(unit, cell.lo.hi, cell.hi.lo, self.bits) for index, unit in mixed.items()}
        inner = merged([(zero, mixed[index]) for index, found in zeros.items() for zero in found])
        ends = [cell.lo, *(zero for zero, _ in inner), cell.hi]
        middle = (ends[0].hi + ends[1].lo) / 2
        flips: list[list[int]] = [[] for _ in ends[1:]]
        starts = [end.lo for end in ends]
        for index, unit in mixed.items():
            gate = first[index] = sign(unit, middle) > 0
            for zero in zeros[index]:
                part = belongs(zero, starts)
                if unit.degree() == 1:  # a simple zero: the sign changes
                    flips[part].append(index)
                    continue
                now = sign(unit, (ends[part].hi + ends[part + 1].lo) / 2) > 0
                if now != gate:
                    flips[part].append(index)
                gate = now
        return _Gates(units, ends, first, flips)

    def _crossings(self, units: list[list[fmpz]], cell: _Cell, first: list[bool], mixed: list[bool]) -> _Gates:
        """The same for affine pre-activations of the whole chord: each mixed one has one zero, a rational number."""
        zeros = [(point(fmpq(-unit[0], unit[1])), index) for index, unit in enumerate(units) if mixed[index]]
        ends, flips = [cell.lo], list[list[int]]([[]])
        for zero, index in ordered(zeros, lambda pair: pair[0]):
            first[index] = units[index][1] < 0
            if zero.lo == ends[-1].lo:
                flips[-1].append(index)
            else:
                ends.append(zero)
                flips.append([index])
        return _Gates(units, [*ends, cell.hi], first, flips)

    def _guard(self, rows: fmpz_mat, cell: _Cell) -> None:
        """Refuse a unit that may change sign inside the enclosure of an earlier layer's algebraic breakpoint."""
        for end in (cell.lo, cell.hi):
            if not end.exact and any(low <= 0 <= high and low != high for low, high in sign_ranges(rows, end.lo, end.hi)):
                raise PrecisionError("a unit changes sign inside the enclosure of an earlier breakpoint")

    def _split(self, layer: int, cell: _Cell) -> list[_Cell]:
        gates = self._gates(layer, cell)
        positive, rows = list(gates.first), self._affine(layer + 1, self._passed(gates))
        found = []
        for part, flipped in enumerate(gates.flips):
            for unit in flipped:
                positive[unit] = not positive[unit]
                step = self.on - self.off if positive[unit] else self.off - self.on
                rows = self._moved(layer + 1, rows, unit, [step * c for c in gates.rows[unit]])
            found.append(_Cell(gates.ends[part], gates.ends[part + 1], rows))
        return found

    def _passed(self, gates: _Gates) -> fmpz_mat:
        """The features on the first part of a cell."""
        return fmpz_mat([
            [c * (self.on if on else self.off) for c in row] for row, on in zip(gates.rows, gates.first, strict=True)
        ])

    def _outputs(self, cell: _Cell) -> list[Outputs]:
        """The outputs behind the last hidden layer; at each flip only the flipped unit's contribution changes."""
        layer = self.depth - 2
        gates = self._gates(layer, cell)
        positive = list(gates.first)
        outputs = polynomials_of(self._affine(layer + 1, self._passed(gates)))
        found = []
        step = self.on - self.off
        start, slope = self._start[layer + 1], self._slope[layer + 1]
        for part, flipped in enumerate(gates.flips):
            for unit in flipped:
                positive[unit] = not positive[unit]
                change = fmpz_poly(gates.rows[unit]) * (step if positive[unit] else -step)
                outputs = [o + change * fmpz_poly([start[k, unit], slope[k, unit]]) for k, o in enumerate(outputs)]
            found.append(Outputs(gates.ends[part], gates.ends[part + 1], outputs))
        return found
