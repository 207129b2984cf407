"""The chord layer by layer: points that differ from an end in some layers only, and what moving one layer costs.

Delta = sum_l Delta_l, where a layer is what `Parameters.layers` says: `layers.1.weight` and `layers.1.bias` together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
from numpy.polynomial import chebyshev

from toykit.curvature.chord_jets import chebyshev_points
from toykit.curvature.ranges import KnowsPieces
from toykit.landscape import Floats, Jet, Landscape, Layered, Pair
from toykit.networks.piecewise import PiecewisePolynomial
from toykit.parameters import Parameters
from toykit.verdict import Number, Trust

DEGREE = 16
"""Degree of the interpolant of the loss on half a cut; on cuts of trained digit networks K_3 has settled at 12."""

FINE = 257
"""Positions at which its third derivative is read."""

Layers = tuple[str, ...]


@dataclass(frozen=True)
class LayerChord:
    """A pair whose layers move one at a time."""

    pair: Pair

    @cached_property
    def layers(self) -> Layers:
        """The names of the layers, in order."""
        return tuple(self.pair.theta_a.layers)

    @cached_property
    def delta(self) -> Parameters:
        """Delta = theta_b - theta_a."""
        return self.pair.delta

    def part(self, layers: Iterable[str]) -> Parameters:
        """Delta_S, the sum of Delta_l over these layers."""
        blocks = self.pair.theta_a.layers
        return self.delta.only(name for layer in layers for name in blocks[layer])

    def from_a(self, layers: Iterable[str], t: float = 0.5) -> Parameters:
        """theta_a + t Delta_S: these layers merged, the others those of theta_a."""
        return self.pair.theta_a + self.part(layers) * t

    def from_b(self, layers: Iterable[str], t: float = 0.5) -> Parameters:
        """theta_b - t Delta_S: these layers merged, the others those of theta_b."""
        return self.pair.theta_b - self.part(layers) * t

    def swapped(self, layers: Iterable[str]) -> Parameters:
        """theta_a with these layers taken from theta_b, without rounding."""
        blocks = self.pair.theta_a.layers
        return self.pair.theta_a.replace({name: self.pair.theta_b[name] for layer in layers for name in blocks[layer]})

    def cuts(self, layer: str) -> tuple[Cut, Cut]:
        """t -> L(theta_a + t Delta_l) and t -> L(theta_b - t Delta_l)."""
        step, net = self.part([layer]), self.pair.landscape
        exact = quadratic_in(net, layer)
        return Cut(net, self.pair.theta_a, step, exact), Cut(net, self.pair.theta_b, -step, exact)


@dataclass(frozen=True)
class Cut:
    """phi(t) = L(start + t step) on [0, 1/2], half of the way in one layer; `quadratic` where its type says so."""

    landscape: Landscape
    start: Parameters
    step: Parameters
    quadratic: bool = False

    @cached_property
    def jet(self) -> Jet:
        """phi, phi', phi'' at 0: the loss, the slope <grad L, step> and the block step^T H step."""
        return self.landscape.jet(self.start, self.start + self.step, 0.0)

    @cached_property
    def ts(self) -> Floats:
        """The Chebyshev points of the half cut, moved to [0, 1]."""
        return chebyshev_points(DEGREE)

    @cached_property
    def values(self) -> Floats:
        """phi(t/2) at these points."""
        return self.landscape.profile(self.start, self._half, self.ts)

    @property
    def end(self) -> float:
        """phi(1/2)."""
        return float(self.values[-1])

    @cached_property
    def pieces(self) -> PiecewisePolynomial | None:
        """t -> phi(t/2) where the landscape knows it piece by piece."""
        return self.landscape.pieces(self.start, self._half) if isinstance(self.landscape, KnowsPieces) else None

    @property
    def third(self) -> Number:
        """K_3 = sup |phi'''| on [0, 1/2].

        EXACT where phi is quadratic by type or known piece by piece; else ESTIMATED from an interpolant of phi, with an
        upward error bar, which is what it moves by when every second point is left out.
        """
        if self.quadratic:
            return Number.exact(0.0, "squared loss of outputs that are affine in the layer")
        pieces = self.pieces
        if pieces is not None:  # a derivative in t/2 is half a derivative in t
            return Number.exact(8 * float(max(abs(e.value) for e in pieces.derivatives(3))), "extremes on every piece")
        found, coarse = (8 * _largest_third(self.ts[::every], self.values[::every]) for every in (1, 2))
        note = f"third derivative of the interpolant of the loss at {len(self.ts)} Chebyshev points: no bound"
        return Number(found, found + abs(found - coarse), Trust.ESTIMATED, note)

    @property
    def _half(self) -> Parameters:
        return self.start + self.step * 0.5


def quadratic_in(landscape: Landscape, layer: str) -> bool:
    """The loss is quadratic in this layer by type: squared loss, and the last layer or any layer of a linear network."""
    if landscape.traits.factor is None or not isinstance(landscape, Layered):
        return False
    last = landscape.weight_name(landscape.depth).rpartition(".")[0]
    return layer == last or landscape.activation.negative_slope == 1


def subsets(layers: Sequence[str], largest: int | None = None) -> Iterator[Layers]:
    """All subsets of the layers with at most `largest` members, smaller ones first."""
    most = len(layers) if largest is None else min(largest, len(layers))
    for size in range(most + 1):
        yield from combinations(layers, size)


def _largest_third(ts: Floats, values: Floats) -> float:
    interpolant = chebyshev.chebfit(2 * ts - 1, values, len(ts) - 1)
    third = chebyshev.chebder(interpolant, 3, scl=2)
    return float(np.abs(chebyshev.chebval(np.linspace(-1, 1, FINE), third)).max())
