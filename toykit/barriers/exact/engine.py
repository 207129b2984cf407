"""The exact barrier of a piecewise-linear network with squared loss: sup g over the whole chord, not over a grid."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

from flint import fmpq, fmpz_poly

from toykit.barriers.exact.enclosures import Enclosure, PrecisionError
from toykit.barriers.exact.pieces import ExactChord, Layers, Matrix
from toykit.barriers.exact.supremum import Event, line, supremum
from toykit.errors import InputError
from toykit.verdict import Number, Trust

FIRST_BITS = 100
LAST_BITS = 1600


@dataclass(frozen=True)
class Kink:
    """A break point of the profile: its position (an enclosure) and the jump J = phi'(t+) - phi'(t-)."""

    lo: Fraction
    hi: Fraction
    jump: float


@dataclass(frozen=True)
class ExactBarrier:
    """B in [lo, hi] as rationals (equal or closer than 2^-90 of the scale), where it is attained, and the kinks.

    `argmax` encloses a maximiser; `loss_a`, `loss_b` are exact; of `breakpoints` + 1 cells and enclosures, `cells` were
    bounded and `solved` were solved exactly.
    """

    lo: Fraction
    hi: Fraction
    argmax: tuple[Fraction, Fraction]
    loss_a: Fraction
    loss_b: Fraction
    cells: int
    solved: int
    _events: tuple[Event, ...] = field(repr=False)
    _unit: Fraction = field(repr=False)

    @property
    def breakpoints(self) -> int:
        """The number of break points, one per gate change of an example."""
        return len(self._events)

    def kinks(self) -> list[Kink]:
        """Every break point of the profile with its slope jump, in order [barrier/green_identity]."""
        return [_kink(event, self._unit) for event in sorted(self._events, key=lambda e: e.position)]

    @property
    def number(self) -> Number:
        """The barrier as a number with the evidence EXACT."""
        return Number(float(self.lo), max(float(self.lo), float(self.hi)), Trust.EXACT, f"exact supremum over {self.cells} cells")


def exact_barrier_of_layers(
    layers_a: Layers,
    layers_b: Layers,
    inputs: Matrix,
    targets: Matrix,
    *,
    factor: Fraction = Fraction(1, 2),
    slope: Fraction = Fraction(0),
) -> ExactBarrier:
    """B = sup_t g(t) for the loss mean_i factor * |z_i - y_i|^2, activation max(u, slope * u) [barrier/exact_relu_barrier].

    `layers_a`, `layers_b`: (W_l, b_l) per layer as nested lists, `inputs` (n, d), `targets` (n, k); floats are read as
    the dyadic rationals that they are, fractions as themselves. Break points closer than the working precision raise
    it, up to 1600 bits.

    Raises:
        InputError: shapes differ, the numbers have no usable common denominator, or break points cannot be separated.

    """
    _require_same_shapes(layers_a, layers_b)
    bits = FIRST_BITS
    while True:
        try:
            return _attempt(ExactChord(layers_a, layers_b, inputs, targets, slope, bits), factor)
        except PrecisionError as error:
            if bits >= LAST_BITS:
                raise InputError(
                    f"the exact engine separates break points that differ by more than 2^-{LAST_BITS}; {error}; "
                    "perturb the weights or use the certified engine"
                ) from None
            bits *= 2


def _attempt(chord: ExactChord, factor: Fraction) -> ExactBarrier:
    total, events = fmpz_poly([0]), []
    for example in range(chord.examples):
        pieces = chord.pieces(example)
        total += pieces[0].polynomial
        for left, right in pairwise(pieces):
            change = right.polynomial - left.polynomial
            if change.degree() >= 0:
                events.append(Event(left.hi, change))
    end = sum((event.change for event in events), total)
    first, last = total(0), end(1)
    found = supremum(total - line(first, last), events, chord.bits)
    unit = Fraction(factor) / (chord.examples * int(chord.scale) ** 2)
    return ExactBarrier(
        lo=fraction(found.lo) * unit,
        hi=fraction(found.hi) * unit,
        argmax=_pair(found.argmax),
        loss_a=int(first) * unit,
        loss_b=int(last) * unit,
        cells=found.cells,
        solved=found.solved,
        _events=tuple(events),
        _unit=unit,
    )


def _kink(event: Event, unit: Fraction) -> Kink:
    lo, hi = _pair(event.position)
    return Kink(lo, hi, float(fraction(event.change.derivative()(event.position.lo)) * unit))


def _pair(enclosure: Enclosure) -> tuple[Fraction, Fraction]:
    return fraction(enclosure.lo), fraction(enclosure.hi)


def fraction(value: fmpq) -> Fraction:
    """The same rational number as a `Fraction`."""
    value = fmpq(value)
    return Fraction(int(value.p), int(value.q))


def _require_same_shapes(layers_a: Layers, layers_b: Layers) -> None:
    shapes_a, shapes_b = ([(len(w), len(w[0]), len(b)) for w, b in layers] for layers in (layers_a, layers_b))
    if shapes_a != shapes_b:
        raise InputError(f"a chord joins networks of one architecture; got {shapes_a} and {shapes_b}; were the widths equal?")
