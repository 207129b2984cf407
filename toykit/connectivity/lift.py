"""Curves of constant or affine output over a fresh wide first layer: W_2 follows what the layers above need.

With a bijective activation and W_3..W_L of full row rank, Lift(T; top) is the (W_2, b_2) of least norm whose outputs are T:
G = T, then G <- sigma^{-1}((G - 1 b_k^T) pinv(W_k^T)) for k = L..3, and [F-hat, 1] (W_2, b_2)^T = G.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from toykit.connectivity.wide import Exchange, Fresh
from toykit.landscape import Activation, Floats
from toykit.networks.mlp import MLP
from toykit.parameters import Parameters, chord_point

Curve = Callable[[float], Parameters]


@dataclass(frozen=True)
class Piece:
    """One piece of a path: theta(t) for t in [0, 1], what it does, and whether its outputs are constant or affine in t."""

    label: str
    constant: bool
    curve: Curve


def inverse(activation: Activation, values: Floats) -> Floats:
    """sigma^{-1} of a leaky ReLU or the identity: v for v >= 0, v / slope below."""
    found: Floats = np.where(values >= 0, values, values / activation.negative_slope)
    return found


@dataclass(frozen=True)
class Lifting:
    """A network of at least three layers, N rows of X, over a fresh first layer."""

    net: MLP
    new: Fresh

    @cached_property
    def _solver(self) -> Floats:
        return np.asarray(np.linalg.pinv(self.new.features), dtype=np.float64)

    def second(self, theta: Parameters, wanted: Floats) -> Parameters:
        """theta with the least-norm (W_2, b_2) whose pre-activations of layer 2 are `wanted`, shape (N, n_2)."""
        found = (self._solver @ wanted).T
        name, width = self.net.bias_name(2), self.net.widths[0]
        changed = {self.net.weight_name(2): found[:, :width], **({} if name is None else {name: found[:, width]})}
        return theta.replace(changed)

    def lift(self, theta: Parameters, wanted: Floats, below: int) -> Parameters:
        """theta with (W_2, b_2) such that Z_below = `wanted`, through the layers 3..below of theta."""
        for k in range(below, 2, -1):
            wanted = inverse(self.net.activation, self._under(theta, k, wanted))
        return self.second(theta, wanted)

    def settling(self, at: Exchange) -> list[Piece]:
        """From the end of an exchange to Lift(Z; top) at constant output: L - 1 pieces."""
        start, net = at.end, self.net
        zs = {k: net.preactivations(start, k) for k in range(2, net.depth + 1)}
        calm = self.second(start, zs[2])
        pieces = [Piece("least norm", True, partial(chord_point, start, calm))]
        here = calm
        for k in range(3, net.depth + 1):
            before, after = net.features(here, k - 1), self._under(here, k, zs[k])
            pieces.append(Piece(f"features {k - 1}", True, self._moving(here, k, before, after)))
            here = pieces[-1].curve(1.0)
        return pieces

    def crossing(self, a: Parameters, b: Parameters) -> list[Piece]:
        """Between two settled points: the layers above 2 move at the outputs of a, then the outputs run straight to b's."""
        net = self.net
        z_a, z_b = net.outputs(a), net.outputs(b)

        def turned(t: float) -> Parameters:
            return self.lift(chord_point(a, b, t), z_a, net.depth)

        return [
            Piece("layers above", True, turned),
            Piece("outputs", False, lambda t: self.lift(b, (1 - t) * z_a + t * z_b, net.depth)),
        ]

    def _moving(self, theta: Parameters, layer: int, before: Floats, after: Floats) -> Curve:
        """F_{l-1} runs straight from `before` to `after`; both give the same Z_l."""

        def curve(t: float) -> Parameters:
            return self.lift(theta, inverse(self.net.activation, (1 - t) * before + t * after), layer - 1)

        return curve

    def _under(self, theta: Parameters, layer: int, wanted: Floats) -> Floats:
        """The least-norm features F_{l-1} with F_{l-1} W_l^T + 1 b_l^T = `wanted`."""
        weight, bias = self.net.layers(theta)[layer - 1]
        found: Floats = (wanted - bias) @ np.linalg.pinv(weight.T)
        return found


def narrowest(net: MLP, a: Parameters, b: Parameters, positions: int = 21) -> float:
    """The smallest singular value of W_3..W_L along the line between two points; infinite for two layers."""
    values = [
        np.linalg.svd(layer.weight, compute_uv=False)[-1]
        for t in np.linspace(0.0, 1.0, positions)
        for layer in net.layers(chord_point(a, b, float(t)))[2:]
    ]
    return float(min(values, default=np.inf))


def deep_pieces(net: MLP, new: Fresh, a: Exchange, b: Exchange) -> list[Piece]:
    """The whole path of a network of L >= 3 layers: 4 n_1 + 2L pieces."""
    lifting = Lifting(net, new)
    down, up = (_straight(end) + lifting.settling(end) for end in (a, b))
    middle = lifting.crossing(down[-1].curve(1.0), up[-1].curve(1.0))
    return [*down, *middle, *(_backwards(piece) for piece in reversed(up))]


def _straight(end: Exchange) -> list[Piece]:
    ends = zip(end.waypoints, end.waypoints[1:], end.labels, strict=False)
    return [Piece(label, True, partial(chord_point, before, after)) for before, after, label in ends]


def _backwards(piece: Piece) -> Piece:
    return Piece(piece.label, piece.constant, lambda t: piece.curve(1 - t))
