"""The functional part FH = E<grad_z l, z''> of phi'' along a chord, and the tent's view of it [barrier/functional_hessian]."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from toykit.arrays import to_numpy
from toykit.chord import grid
from toykit.errors import InputError
from toykit.formula import evaluate
from toykit.landscape import Floats, Landscape, Pair
from toykit.parameters import Array, Parameters
from toykit.verdict import Number

GREEN, SLUG = "barrier/green_identity", "barrier/functional_hessian"
POINTS = 25
"""Equally spaced positions; every second one gives the error bar."""


class OutputJet(Protocol):
    """z, z', z'' at one position, shape (n, k) each."""

    @property
    def value(self) -> Array:
        """z."""

    @property
    def second(self) -> Array:
        """z''."""


@runtime_checkable
class Curved(Landscape, Protocol):
    """A landscape that can differentiate its outputs along a chord, and its loss in the outputs."""

    def output_jet(self, theta_a: Parameters, theta_b: Parameters, t: float) -> OutputJet:
        """z, z', z'' at position t."""

    def loss_gradient(self, outputs: Array) -> Array:
        """grad_z l(z_i, y_i), shape (n, k)."""


@dataclass(frozen=True)
class FunctionalNodes:
    """At equally spaced positions ts (g,): FH, the mean of max(0, -FH_i) over the examples, and the largest |z''|."""

    ts: Floats
    functional: Floats
    raising: Floats
    largest: float

    def bound(self, *, by_example: bool = False) -> Number:
        """max_a ∫ G(a,t) max(0,-FH(t)) dt, or the larger one with the mean of the positive parts; by the trapezoidal rule.

        The error bar is the difference to every second position, and what the maximum over a may miss between positions.
        """
        heights = self.raising if by_example else evaluate(SLUG, "raising", {"functional": self.functional})
        fine, coarse = (_highest(self.ts[::step], heights[::step]) for step in (1, 2))
        between = float(heights.max()) * (self.ts[1] - self.ts[0]) ** 2 / 8
        note = f"trapezoidal rule on {len(self.ts)} positions; error bar: against every second one"
        return Number.estimated(fine, note, error=float(abs(fine - coarse) + between))


def functional_nodes(pair: Pair, points: int = POINTS) -> FunctionalNodes:
    """FH on a grid of the chord.

    Raises:
        InputError: the landscape cannot differentiate its outputs.

    """
    if not isinstance(pair.landscape, Curved):
        raise InputError(
            f"outputs are differentiated where a network maps data; {pair.name} is a loss without them; give a network"
        )
    ts = grid(points)
    functional, raising, largest = np.zeros(points), np.zeros(points), 0.0
    for index, t in enumerate(ts):
        jet = pair.landscape.output_jet(pair.theta_a, pair.theta_b, float(t))
        gradient, bend = (to_numpy(array).astype(np.float64) for array in (pair.landscape.loss_gradient(jet.value), jet.second))
        per_example = (gradient * bend).reshape(len(bend), -1).sum(axis=1)
        functional[index] = per_example.mean()
        raising[index] = evaluate(SLUG, "raising", {"functional": per_example}).mean()
        largest = max(largest, float(np.abs(bend).max()))
    return FunctionalNodes(ts, functional, raising, largest)


def _highest(ts: Floats, heights: Floats) -> float:
    """max_a of the trapezoidal sum of G(a,t) f(t), with the tips a on the grid, where G has its kink."""
    kernel = evaluate(GREEN, "kernel", {"a": ts[:, None], "t": ts[None, :]})
    return float((kernel @ heights).max() * (ts[1] - ts[0]))  # the kernel vanishes at both ends
