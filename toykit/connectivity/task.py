"""One stage of a path as a task of its own: what a small network on the units of one layer is given, and what it must reach."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from toykit.connectivity.above import columns_at_entrance
from toykit.connectivity.units import Layers
from toykit.data import Data
from toykit.landscape import Activation, Channelled, Floats
from toykit.losses import CrossEntropy, Loss, SquaredLoss
from toykit.seeds import generator
from toykit.tolerances import ROUNDING


@dataclass(frozen=True)
class Channels:
    """What a stage of a convolutional network needs besides: the network, its layers, the features carried to a dense layer."""

    network: Channelled
    layers: Layers
    carried: Floats


@dataclass(frozen=True)
class Task:
    """One stage: the features F_l with the targets, the widths above l, what the architecture offers, and the target loss.

    `channels` is there where a unit may be a channel: then the data have the shape of its maps, or a block of columns each.
    """

    data: Data
    layer: int
    above: tuple[int, ...]
    activation: Activation
    biased: bool
    last_biased: bool
    factor: float | None
    target: float
    draws: int
    name: str
    channels: Channels | None = None

    @property
    def loss(self) -> Loss:
        """The loss of the architecture, by type."""
        return CrossEntropy() if self.factor is None else SquaredLoss(self.factor)

    def reached(self, loss: float) -> bool:
        """Whether a loss is the target or below, up to rounding."""
        return loss <= self.target + ROUNDING * max(1.0, self.target)

    @property
    def outputs(self) -> int:
        """K."""
        return int(self.data.targets.shape[1]) if self.data.classes is None else self.data.classes

    @property
    def depth(self) -> int:
        """L."""
        return self.layer + len(self.above) + 1

    @property
    def convolutional(self) -> bool:
        """Whether layer l+1 is a convolution."""
        return self.channels is not None and self.layer + 1 in self.channels.layers.kernels

    @property
    def flat(self) -> Floats:
        """What a read-out sees of all units: the features, carried through convolutions, shape (n, s n_l)."""
        return self.data.inputs if self.channels is None else self.channels.carried

    @property
    def features(self) -> Floats:
        """F_l in the shape in which layer l+1 takes it."""
        return self.data.inputs.reshape(-1, *self.data.shape)

    def columns(self, kept: tuple[int, ...]) -> list[int]:
        """Which columns of `flat` belong to the kept units."""
        return list(kept) if self.channels is None else columns_at_entrance(self.channels.layers, self.layer, kept)

    def chosen(self, kept: tuple[int, ...]) -> Data:
        """The features of the kept units, as maps before a convolution."""
        found = self.features[:, list(kept)] if self.convolutional else self.flat[:, self.columns(kept)]
        return Data(found, self.data.targets, self.data.classes, self.data.name)

    def halves(self) -> list[tuple[int, ...]]:
        """The drawn sets of floor(n_l/2) units; the first draw keeps the first half."""
        width = self.data.width if self.channels is None else self.channels.layers.sizes[self.layer]
        orders = [np.arange(width), *(generator(self.name, draw).permutation(width) for draw in range(1, self.draws))]
        return [tuple(sorted(order[: max(1, width // 2)].tolist())) for order in orders]
