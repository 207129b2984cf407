"""S_l: the fresh small network that reads the kept units of layer l and takes over the output.

It is a list of (V_p, c_p), p = l+1..L: V_{l+1} has shape (m_{l+1}, |I_l|), V_p (m_p, m_{p-1}), V_L (K, m_{L-1}); for
l = L-1 it is one affine map. Where maps of a x b pixels are flattened, V_p has a*b columns per unit below; a convolution has
its kernel behind. Its loss on the features F_l[:, I_l] is Phi_l.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from toykit.connectivity.units import Units, blocks, units
from toykit.errors import ShapeError
from toykit.landscape import Floats


@dataclass(frozen=True)
class Subnetwork:
    """The kept units I_l of a layer and the network put on top of them.

    `how` says which construction made it, `seed` of which generator the kept units are, None if they were not drawn.
    """

    layer: int
    kept: tuple[int, ...]
    weights: tuple[Floats, ...]
    biases: tuple[Floats, ...]
    how: str = "given"
    seed: int | None = None

    def __post_init__(self) -> None:
        inputs = len(self.kept)
        for number, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True), start=self.layer + 1):
            if weight.ndim < 2 or not inputs or weight.shape[1] % inputs or bias.shape != weight.shape[:1]:
                raise ShapeError(
                    f"V_{number} of a sub-network has a column or a block per unit below and a bias per row; got {weight.shape} "
                    f"and {bias.shape} for {inputs} inputs; were the kept units counted right?"
                )
            inputs = weight.shape[0]

    @property
    def shape(self) -> tuple[int, tuple[int, ...]]:
        """(k_l, (m_{l+1}, .., m_{L-1})): the kept units and the hidden widths that need room."""
        return len(self.kept), tuple(weight.shape[0] for weight in self.weights[:-1])

    @property
    def columns(self) -> Units:
        """The columns of F_l that it reads: those of the kept units, a block for each where maps are flattened."""
        return blocks(units(self.kept), self.weights[0].shape[1] // len(self.kept))

    def outputs(self, features: Floats, activation: Callable[[Floats], Floats]) -> Floats:
        """S_l(F_l[:, I_l]) of dense layers for all features F_l, shape (n, s n_l): the logits, shape (n, K)."""
        values: Floats = features[:, self.columns]
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            values = activation(values @ weight.T + bias)
        return np.asarray(values @ self.weights[-1].T + self.biases[-1])
