"""The loss of one example along a chord as an exact piecewise polynomial.

On a stretch of the chord without gate changes a layer-l pre-activation is a polynomial in t of degree <= l, so the
example's squared loss is one of degree <= 2L. All numbers are integers over one common scale.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from fractions import Fraction
from math import lcm
from typing import NamedTuple

from flint import fmpq, fmpz, fmpz_mat, fmpz_poly

from toykit.barriers.exact.enclosures import Enclosure, PrecisionError, merged, point, sign, sign_ranges, zeros_inside
from toykit.errors import InputError

Matrix = Sequence[Sequence[float | Fraction]]
Layers = Sequence[tuple[Matrix, Sequence[float | Fraction]]]

MAX_BITS = 4096
"""Largest common denominator in bits; beyond it one number has more digits than all the others together."""


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
    features: fmpz_mat  # units x powers of t


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
        cells = [_Cell(point(fmpq(0)), point(fmpq(1)), column)]
        for layer in range(self.depth - 2):
            cells = [new for cell in cells for new in self._split(layer, cell)]
        if self.depth == 1:
            return [Outputs(c.lo, c.hi, _polynomials(self._affine(0, c.features))) for c in cells]
        return [new for cell in cells for new in self._outputs(cell)]

    def _squared(self, example: int, outputs: list[fmpz_poly]) -> fmpz_poly:
        total = fmpz_poly([0])
        for output, target in zip(outputs, self.targets[example], strict=True):
            residual = output - target
            total += residual * residual
        return total

    def _affine(self, layer: int, features: fmpz_mat) -> fmpz_mat:
        """(W + t dW) F(t) + b + t db, units x powers of t, one power more than the features have."""
        powers = layer + 1
        same, raised = (fmpz_mat([[int(to == k + up) for to in range(powers + 1)] for k in range(powers)]) for up in (0, 1))
        return self._start[layer] * (features * same) + self._slope[layer] * (features * raised) + self._bias[layer]

    def _gates(self, layer: int, cell: _Cell) -> _Gates:
        """Pre-activations on a cell, the ends of its parts, and where each unit is positive."""
        rows = self._affine(layer, cell.features)
        self._guard(rows, cell)
        ranges = sign_ranges(rows, cell.lo.hi, cell.hi.lo)
        first = [high > 0 for _, high in ranges]
        units = rows.tolist()
        mixed = {index: fmpz_poly(units[index]) for index, (low, high) in enumerate(ranges) if low < 0 < high}
        if self.off == self.on:
            mixed.clear()
        zeros = {index: zeros_inside(unit, cell.lo.hi, cell.hi.lo, self.bits) for index, unit in mixed.items()}
        ends = [cell.lo, *merged([(zero, mixed[index]) for index, found in zeros.items() for zero in found]), cell.hi]
        middle = (ends[0].hi + ends[1].lo) / 2
        flips: list[list[int]] = [[] for _ in ends[1:]]
        positions = [end.hi for end in ends]
        for index, unit in mixed.items():
            gate = first[index] = sign(unit, middle) > 0
            for zero in zeros[index]:
                part = bisect_left(positions, zero.hi, 1)
                if unit.degree() == 1:  # a simple zero: the sign changes
                    flips[part].append(index)
                    continue
                now = sign(unit, (ends[part].hi + ends[part + 1].lo) / 2) > 0
                if now != gate:
                    flips[part].append(index)
                gate = now
        return _Gates(units, ends, first, flips)

    def _guard(self, rows: fmpz_mat, cell: _Cell) -> None:
        """Refuse a unit that may change sign inside the enclosure of an earlier layer's algebraic breakpoint."""
        for end in (cell.lo, cell.hi):
            if not end.exact and any(low <= 0 <= high and low != high for low, high in sign_ranges(rows, end.lo, end.hi)):
                raise PrecisionError("a unit changes sign inside the enclosure of an earlier breakpoint")

    def _split(self, layer: int, cell: _Cell) -> list[_Cell]:
        gates = self._gates(layer, cell)
        scale, positive = [self.off, self.on], list(gates.first)
        passed = [[c * scale[on] for c in row] for row, on in zip(gates.rows, positive, strict=True)]
        found = []
        for part, flipped in enumerate(gates.flips):
            for unit in flipped:
                positive[unit] = not positive[unit]
                passed[unit] = [c * scale[positive[unit]] for c in gates.rows[unit]]
            found.append(_Cell(gates.ends[part], gates.ends[part + 1], fmpz_mat(passed)))
        return found

    def _outputs(self, cell: _Cell) -> list[Outputs]:
        """The outputs behind the last hidden layer; at each flip only the flipped unit's contribution changes."""
        layer = self.depth - 2
        gates = self._gates(layer, cell)
        positive = list(gates.first)
        passed = [[c * (self.on if on else self.off) for c in row] for row, on in zip(gates.rows, positive, strict=True)]
        outputs = _polynomials(self._affine(layer + 1, fmpz_mat(passed)))
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


def _polynomials(rows: fmpz_mat) -> list[fmpz_poly]:
    return [fmpz_poly(row) for row in rows.tolist()]


def common_denominator(numbers: Sequence[float | Fraction], what: str) -> int:
    """The least common denominator of floats (exact dyadic rationals) and fractions.

    Raises:
        InputError: it has more than `MAX_BITS` bits.

    """
    found = 1
    for number in numbers:
        denominator = number.as_integer_ratio()[1]
        if found % denominator:
            found = lcm(found, denominator)
            if found.bit_length() > MAX_BITS:
                raise InputError(
                    f"the exact engine needs a common denominator of at most {MAX_BITS} bits; the {what} need more "
                    f"(reached at {float(number)!r}); round them to fewer digits or use the certified engine"
                )
    return found


def whole(number: float | Fraction, denominator: int) -> fmpz:
    """The number times the common denominator, an integer."""
    top, bottom = number.as_integer_ratio()
    return fmpz(top * (denominator // bottom))
