"""A feed-forward landscape that counts what is asked of it: forward passes over its data, a gradient as three of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from toykit.data import Data
from toykit.errors import InputError
from toykit.landscape import Activation, Channelled, Feedforward, Floats, Jet, Landscape, Layered, Traits
from toykit.parameters import Array, Parameters

GRADIENT = 3.0
"""Passes that a gradient counts as: one forward, and backward about twice its arithmetic."""


@dataclass
class Counted:
    """The landscape `own`, and the number of passes so far; a `Layered` or a `Channelled` one is one of its two kinds."""

    own: Feedforward
    passes: float = 0.0

    @property
    def traits(self) -> Traits:
        """Those of the landscape."""
        return self.own.traits

    @property
    def depth(self) -> int:
        """L."""
        return self.own.depth

    @property
    def widths(self) -> tuple[int, ...]:
        """n_1..n_{L-1}."""
        return self.own.widths

    @property
    def activation(self) -> Activation:
        """sigma."""
        return self.own.activation

    @property
    def targets(self) -> Array:
        """Class indices or target vectors."""
        return self.own.targets

    def weight_name(self, layer: int) -> str:
        """The name of W_l."""
        return self.own.weight_name(layer)

    def bias_name(self, layer: int) -> str | None:
        """The name of b_l."""
        return self.own.bias_name(layer)

    def loss(self, theta: Parameters) -> float:
        """L(theta): one pass."""
        return self._after(1, self.own.loss(theta))

    def error(self, theta: Parameters) -> float | None:
        """The error: one pass."""
        self.passes += 1
        return self.own.error(theta)

    def outputs(self, theta: Parameters) -> Array:
        """z(theta): one pass."""
        self.passes += 1
        return self.own.outputs(theta)

    def losses(self, thetas: Sequence[Parameters]) -> Floats:
        """L at several points: one pass each."""
        self.passes += len(thetas)
        return self.own.losses(thetas)

    def profile(self, theta_a: Parameters, theta_b: Parameters, ts: Floats) -> Floats:
        """phi: one pass per position."""
        self.passes += len(ts)
        return self.own.profile(theta_a, theta_b, ts)

    def jet(self, theta_a: Parameters, theta_b: Parameters, t: float) -> Jet:
        """phi, phi', phi'': as much as a gradient."""
        self.passes += GRADIENT
        return self.own.jet(theta_a, theta_b, t)

    def gradient(self, theta: Parameters) -> Parameters:
        """grad L: three passes."""
        self.passes += GRADIENT
        return self.own.gradient(theta)

    def curvature(self, theta: Parameters, direction: Parameters) -> float:
        """direction^T H direction: as much as a gradient."""
        return self._after(GRADIENT, self.own.curvature(theta, direction))

    def features(self, theta: Parameters, layer: int) -> Array:
        """F_l: one pass, though it ends early."""
        self.passes += 1
        return self.own.features(theta, layer)

    def loss_of_outputs(self, outputs: Array) -> float:
        """The loss of given outputs: no pass."""
        return self.own.loss_of_outputs(outputs)

    def _after(self, passes: float, value: float) -> float:
        self.passes += passes
        return value


@dataclass
class CountedLayers(Counted):
    """A chain of dense layers under the counter."""

    own: Layered

    @property
    def inputs(self) -> Array:
        """X."""
        return self.own.inputs

    def preactivations(self, theta: Parameters, layer: int) -> Array:
        """Z_l: one pass, though it ends early."""
        self.passes += 1
        return self.own.preactivations(theta, layer)


@dataclass
class CountedChannels(Counted):
    """A chain of convolutions and dense layers under the counter."""

    own: Channelled

    def spread(self, layer: int) -> int:
        """s_l."""
        return self.own.spread(layer)

    def above(self, layer: int, data: Data, widths: Sequence[int]) -> Channelled:
        """The operations after layer l, which are not counted: what a small network costs is counted by its parameters."""
        return self.own.above(layer, data, widths)


def counted(network: Landscape) -> CountedLayers | CountedChannels:
    """The landscape under a counter.

    Raises:
        InputError: it is no feed-forward network.

    """
    if isinstance(network, Layered):
        return CountedLayers(network)
    if isinstance(network, Channelled):
        return CountedChannels(network)
    raise InputError(
        f"ways are compared in networks of dense layers or convolutions; got {type(network).__name__}; build each path alone"
    )
