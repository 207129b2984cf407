"""The error of ReLU networks with two inputs under the uniform law of a rectangle: an area of polygons, without sampling.

The plane is cut along the gates of one layer after the other; on each polygon that is left the output is affine.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from toykit.errors import InputError
from toykit.landscape import Floats, Jet, Traits
from toykit.networks.dense import DenseSpace, Layer
from toykit.parameters import Array, Parameters, chord_point

Point = tuple[float, float]
Row = tuple[float, float, float]
"""An affine function g_1 x_1 + g_2 x_2 + c."""

OFF: Row = (0.0, 0.0, 0.0)
Box = tuple[Point, Point]
SQUARE: Box = ((-1.0, 1.0), (-1.0, 1.0))
FEATURES: tuple[Row, Row] = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0))


class SquareClassifier(DenseSpace):
    """L(theta) = Pr[prediction != label] for x uniform on a box around 0; positive iff x_1 <= 0 and x_2 >= 0.

    The prediction is positive iff f >= 0. Where f is 0 on a whole polygon, as networks with dead units are, that is exact:
    no unit is on there, so nothing is rounded.

    Raises:
        InputError: the network does not have two inputs and one output, or 0 is not in the box.

    """

    def __init__(self, widths: Sequence[int], box: Box = SQUARE) -> None:
        super().__init__(widths)
        (left, right), (bottom, top) = box
        if self.sizes[0] != 2 or self.sizes[-1] != 1 or not (left < 0 < right and bottom <= 0 < top):
            raise InputError(f"two inputs, one output, and a box around 0; got widths {self.sizes} and the box {box}")
        self.box = box
        self.positive = [(left, 0.0), (0.0, 0.0), (0.0, top), (left, top)]
        rest = [
            [(0.0, 0.0), (right, 0.0), (right, top), (0.0, top)],
            [(left, bottom), (right, bottom), (right, 0.0), (left, 0.0)],
        ]
        self.negative = [polygon for polygon in rest if area(polygon) > 0]
        self.size = (right - left) * (top - bottom)

    def __repr__(self) -> str:
        return f"SquareClassifier({'-'.join(map(str, self.sizes))}, uniform on {self.box})"

    @property
    def traits(self) -> Traits:
        """An error is neither smooth nor convex; the best constant prediction is the rarer label's share wrong."""
        share = area(self.positive) / self.size
        return Traits(
            smooth=False,
            analytic=False,
            convex_in_outputs=False,
            nonnegative=True,
            chance=min(share, 1 - share),
            loss="error of the sign",
        )

    def loss(self, theta: Parameters) -> float:
        """The area on which prediction and label differ, as a share of the box."""
        layers = self.layers(theta)
        missed = area(self.positive) - _positive_area(self.positive, layers)
        return (missed + sum(_positive_area(polygon, layers) for polygon in self.negative)) / self.size

    def error(self, theta: Parameters) -> float:
        """The loss is the error."""
        return self.loss(theta)

    def predicted(self, theta: Parameters) -> Iterator[list[Point]]:
        """The convex polygons of the box on which f >= 0."""
        layers = self.layers(theta)
        for polygon in (self.positive, *self.negative):
            yield from _positive(polygon, layers)

    def losses(self, thetas: Sequence[Parameters]) -> Floats:
        """L at several points, shape (g,)."""
        return np.array([self.loss(theta) for theta in thetas], dtype=np.float64)

    def profile(self, theta_a: Parameters, theta_b: Parameters, ts: Floats) -> Floats:
        """phi(t) = L(theta_t) at the positions ts, shape (g,)."""
        return self.losses([chord_point(theta_a, theta_b, float(t)) for t in ts])

    def outputs(self, theta: Parameters) -> Array:
        """Refused: there is a law of inputs, and no list of them.

        Raises:
            InputError: always.

        """
        raise InputError(f"outputs exist where there are examples; {self} has the uniform law of a box; use an MLP with data")

    def jet(self, theta_a: Parameters, theta_b: Parameters, t: float) -> Jet:
        """Refused: an error jumps.

        Raises:
            InputError: always.

        """
        raise InputError(f"an error is not differentiated; got t = {t:g} on {self}; use a loss")

    def gradient(self, theta: Parameters) -> Parameters:
        """Refused: an error jumps.

        Raises:
            InputError: always.

        """
        raise InputError(f"an error has no gradient; got {theta} on {self}; use a loss")

    def curvature(self, theta: Parameters, direction: Parameters) -> float:
        """Refused: an error jumps.

        Raises:
            InputError: always.

        """
        raise InputError(f"an error has no curvature; got {theta} on {self}; use a loss")


def area(polygon: Sequence[Point]) -> float:
    """The area of a polygon with its corners in counter-clockwise order, by the shoelace formula."""
    return sum(x * w - u * y for (x, y), (u, w) in zip(polygon, [*polygon[1:], polygon[0]], strict=True)) / 2


def clipped(polygon: Sequence[Point], row: Row) -> list[Point]:
    """The part of a convex polygon on which the affine function is at least 0; empty where that is an edge at most."""
    values = [row[0] * x + row[1] * y + row[2] for x, y in polygon]
    if min(values) >= 0:
        return list(polygon)
    if max(values) <= 0:
        return []
    found: list[Point] = []
    for i, here in enumerate(polygon):
        before, value, last = polygon[i - 1], values[i], values[i - 1]
        if (value < 0 < last) or (last < 0 < value):
            share = last / (last - value)
            found.append((before[0] + share * (here[0] - before[0]), before[1] + share * (here[1] - before[1])))
        if value >= 0:
            found.append(here)
    return found


def _positive_area(polygon: list[Point], layers: Sequence[Layer]) -> float:
    return sum(map(area, _positive(polygon, layers)))


def _positive(polygon: list[Point], layers: Sequence[Layer]) -> Iterator[list[Point]]:
    for part, (output,) in _affine(polygon, FEATURES, layers):
        found = clipped(part, output)
        if found:
            yield found


def _affine(polygon: list[Point], features: Sequence[Row], layers: Sequence[Layer]) -> Iterator[tuple[list[Point], list[Row]]]:
    """The polygons on which the network is affine, with its outputs there."""
    (weight, bias), *above = layers
    rows = [_combined(ws, float(b), features) for ws, b in zip(weight.tolist(), bias, strict=True)]
    if not above:
        yield polygon, rows
        return
    parts: list[tuple[list[Point], list[Row]]] = [(polygon, [])]
    for row in rows:
        parts = [(inside, [*gated, kept]) for part, gated in parts for inside, kept in _gated(part, row)]
    for part, gated in parts:
        yield from _affine(part, gated, above)


def _gated(polygon: list[Point], row: Row) -> Iterator[tuple[list[Point], Row]]:
    """The parts on which a unit is on, with its feature, and off, with the feature 0."""
    values = [row[0] * x + row[1] * y + row[2] for x, y in polygon]
    if max(values) > 0:
        yield clipped(polygon, row), row
    if max(values) <= 0 or min(values) < 0:
        yield clipped(polygon, (-row[0], -row[1], -row[2])), OFF


def _combined(weights: Sequence[float], bias: float, features: Sequence[Row]) -> Row:
    g_1, g_2, c = (sum(w * row[i] for w, row in zip(weights, features, strict=True)) for i in range(3))
    return g_1, g_2, c + bias
