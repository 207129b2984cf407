"""The exact barrier of a piecewise-linear network with squared loss: sup g over the whole chord, not over a grid."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from flint import fmpz, fmpz_poly

from toykit.barriers.conventions import Barriers
from toykit.barriers.exact.enclosures import Enclosure
from toykit.barriers.exact.pieces import ExactChord, Layers, Matrix
from toykit.barriers.exact.profile import ExactProfile, fraction, summed, with_enough_bits
from toykit.barriers.exact.supremum import Event, line, supremum
from toykit.errors import InputError
from toykit.verdict import Number, Trust


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
    _profile: ExactProfile = field(repr=False)

    @property
    def breakpoints(self) -> int:
        """The number of break points, one per gate change of an example."""
        return len(self._profile.events)

    def kinks(self) -> list[Kink]:
        """Every break point of the profile with its slope jump, in order [barrier/green_identity]."""
        return [_kink(event, self._profile.unit) for event in self._profile.events]

    def barriers(self, half: Number) -> Barriers:
        """The five conventions, EXACT, with the given value at t = 1/2; `argmax` at one of the maximisers of phi."""
        profile, ends = self._profile, (self.loss_a, self.loss_b)
        larger = max(ends)
        above = fmpz_poly([fmpz(int(larger / profile.unit))])
        found = supremum(profile.start - above, profile.events, profile.bits)
        lo, hi = (fraction(end) * profile.unit for end in (found.lo, found.hi))
        # where phi is nowhere above its ends, the larger of them is its maximum
        places = _pair(found.argmax) if lo > 0 else [Fraction(ends.index(larger))] * 2
        lines = [(1 - t) * self.loss_a + t * self.loss_b for t in places]
        note = f"exact supremum over {found.cells} cells"

        def number(lo: Fraction, hi: Fraction) -> Number:
            return Number(float(lo), max(float(lo), float(hi)), Trust.EXACT, note)

        rest = abs(self.loss_a - self.loss_b) / 2
        at_top = number(larger + lo - max(lines), larger + hi - min(lines))
        return Barriers(self.number, half, number(lo + rest, hi + rest), number(lo, hi), at_top)

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
    processes: int = 1,
) -> ExactBarrier:
    """B = sup_t g(t) for the loss mean_i factor * |z_i - y_i|^2, activation max(u, slope * u) [barrier/exact_relu_barrier].

    `layers_a`, `layers_b`: (W_l, b_l) per layer as nested lists, `inputs` (n, d), `targets` (n, k); floats are read as
    the dyadic rationals that they are, fractions as themselves. Break points closer than the working precision raise
    it, up to 1600 bits. The examples are shared by `processes`, which the result does not depend on.

    Raises:
        InputError: shapes differ, the numbers have no usable common denominator, or break points cannot be separated.
        WorkerError: one of several processes was killed.

    """
    _require_same_shapes(layers_a, layers_b)
    layers = (layers_a, layers_b, inputs, targets, slope)
    return with_enough_bits(lambda bits: _solved(summed(ExactChord(*layers, bits), factor, processes)))


def exact_profile_of_layers(
    layers_a: Layers,
    layers_b: Layers,
    inputs: Matrix,
    targets: Matrix,
    *,
    factor: Fraction = Fraction(1, 2),
    slope: Fraction = Fraction(0),
    processes: int = 1,
) -> ExactProfile:
    """The profile itself, without its supremum; everything else as for `exact_barrier_of_layers`.

    Raises:
        InputError: shapes differ, the numbers have no usable common denominator, or break points cannot be separated.
        WorkerError: one of several processes was killed.

    """
    _require_same_shapes(layers_a, layers_b)
    layers = (layers_a, layers_b, inputs, targets, slope)
    return with_enough_bits(lambda bits: summed(ExactChord(*layers, bits), factor, processes))


def _solved(profile: ExactProfile) -> ExactBarrier:
    total, events, unit = profile.start, profile.events, profile.unit
    end = sum((event.change for event in events), total)
    first, last = total(0), end(1)
    found = supremum(total - line(first, last), events, profile.bits)
    return ExactBarrier(
        lo=fraction(found.lo) * unit,
        hi=fraction(found.hi) * unit,
        argmax=_pair(found.argmax),
        loss_a=int(first) * unit,
        loss_b=int(last) * unit,
        cells=found.cells,
        solved=found.solved,
        _profile=profile,
    )


def _kink(event: Event, unit: Fraction) -> Kink:
    lo, hi = _pair(event.position)
    return Kink(lo, hi, float(fraction(event.change.derivative()(event.position.lo)) * unit))


def _pair(enclosure: Enclosure) -> tuple[Fraction, Fraction]:
    return fraction(enclosure.lo), fraction(enclosure.hi)


def _require_same_shapes(layers_a: Layers, layers_b: Layers) -> None:
    shapes_a, shapes_b = ([(len(w), len(w[0]), len(b)) for w, b in layers] for layers in (layers_a, layers_b))
    if shapes_a != shapes_b:
        raise InputError(f"a chord joins networks of one architecture; got {shapes_a} and {shapes_b}; were the widths equal?")
