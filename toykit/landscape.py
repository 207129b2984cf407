"""The protocols that every measurement is written against, for toy networks and for trained ones alike.

A `Landscape` is the mean loss of one architecture on fixed data as a function of its parameters. A `Layered`
landscape also shows its hidden features. NumPy toys implement them in `toykit.networks`, torch modules in
`toykit.bridge`; measuring code sees only these protocols.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from toykit.parameters import Array, Parameters

if TYPE_CHECKING:
    from toykit.data import Data

Floats = NDArray[np.float64]


class Jet(NamedTuple):
    """phi(t), phi'(t), phi''(t) along a chord; phi'' = Delta^T H(theta_t) Delta where the loss is smooth."""

    value: float
    slope: float
    curvature: float


@dataclass(frozen=True)
class Traits:
    """What a landscape declares about itself by the types of its parts; checks ask for these, they do not guess.

    `smooth`: every activation, pooling and loss is C^1 with Lipschitz derivative, so phi has no kinks (A-C11);
    `analytic`: C^infinity, needed where third or fourth derivatives are;
    `convex_in_outputs`: the per-example loss is convex in the output (A-CONVEX);
    `nonnegative`: the loss is never below 0;
    `chance`: loss of the best constant output on the landscape's data, None where there are no outputs;
    `full_batch`: the loss is a deterministic mean over all examples, without weight decay or noise;
    `factor`: c of the squared loss c |z - y|^2, None for every other loss.
    """

    smooth: bool
    analytic: bool
    convex_in_outputs: bool
    nonnegative: bool
    chance: float | None = None
    full_batch: bool = True
    loss: str = "loss"
    factor: float | None = None
    precision: str = "float64"
    notes: tuple[str, ...] = field(default=())


@runtime_checkable
class Landscape(Protocol):
    """Mean loss L(theta) on fixed data."""

    @property
    def traits(self) -> Traits:
        """What the landscape declares about itself."""

    def loss(self, theta: Parameters) -> float:
        """L(theta), the mean per-example loss."""

    def error(self, theta: Parameters) -> float | None:
        """The fraction of misclassified examples; None where the data have no classes."""

    def outputs(self, theta: Parameters) -> Array:
        """z(theta), shape (n, k): the outputs before the loss. Landscapes without outputs raise `InputError`."""

    def losses(self, thetas: Sequence[Parameters]) -> Floats:
        """L at several points, shape (g,)."""

    def profile(self, theta_a: Parameters, theta_b: Parameters, ts: Floats) -> Floats:
        """phi(t) = L(theta_t) at the positions ts, shape (g,)."""

    def jet(self, theta_a: Parameters, theta_b: Parameters, t: float) -> Jet:
        """phi, phi', phi'' at position t of the chord."""

    def gradient(self, theta: Parameters) -> Parameters:
        """grad L(theta)."""

    def curvature(self, theta: Parameters, direction: Parameters) -> float:
        """direction^T H(theta) direction."""


@dataclass(frozen=True)
class Activation:
    """An element-wise nonlinearity by name, with what the theory asks of it.

    `smooth`: C^1 with Lipschitz derivative; `analytic`: C^infinity; `piecewise_linear`: u for u >= 0 and negative_slope * u
    for u < 0 (ReLU 0, leaky ReLU between 0 and 1, identity 1).
    """

    name: str
    smooth: bool
    analytic: bool
    piecewise_linear: bool
    negative_slope: float = 0.0


class _Chain(Landscape, Protocol):
    """What all feed-forward networks of weight layers 1..L show, with one element-wise activation after each hidden layer."""

    @property
    def depth(self) -> int:
        """L, the number of weight layers."""

    @property
    def widths(self) -> tuple[int, ...]:
        """n_1..n_{L-1}, the units of the hidden layers, input and output excluded."""

    @property
    def activation(self) -> Activation:
        """The activation of the hidden layers."""

    @property
    def targets(self) -> Array:
        """Class indices (n,) or target vectors (n, k)."""

    def weight_name(self, layer: int) -> str:
        """The name of W_l, l = 1..L; its axis 0 has the n_l units."""

    def bias_name(self, layer: int) -> str | None:
        """The name of b_l, shape (n_l,); None where the layer has no bias."""

    def features(self, theta: Parameters, layer: int) -> Array:
        """F_l as layer l+1 takes it, l = 0..L-1, examples first."""

    def loss_of_outputs(self, outputs: Array) -> float:
        """The mean loss of given outputs, shape (n, k)."""


@runtime_checkable
class Layered(_Chain, Protocol):
    """A feed-forward network of dense layers: W_l has the shape (n_l, n_{l-1}), F_l the shape (n, n_l) with F_0 = X."""

    @property
    def inputs(self) -> Array:
        """X, shape (n, d)."""

    def preactivations(self, theta: Parameters, layer: int) -> Array:
        """Z_l = F_{l-1} W_l^T + b_l, shape (n, n_l), l = 1..L."""


@runtime_checkable
class Channelled(_Chain, Protocol):
    """A feed-forward network of convolutions and then dense layers, where the unit of a convolution is a channel.

    A unit of layer l is row j of W_l, shape (n_l, s_l n_{l-1}, ...) with s_l = `spread(l)` and the kernel behind, with b_l[j],
    and what is applied unit by unit before layer l+1: activation, pooling. F_l has the shape (n, s_{l+1} n_l, ...): its axis 1
    belongs to axis 1 of W_{l+1}. Unlike a `Layered` landscape it shows no pre-activations: W_l of a convolution is no matrix.
    """

    def spread(self, layer: int) -> int:
        """s_l, the columns of W_l per unit of layer l-1: a*b where maps of a x b pixels are flattened, else 1."""

    def above(self, layer: int, data: Data, widths: Sequence[int]) -> Channelled:
        """The operations after layer l with m_{l+1}..m_{L-1} units, on data whose inputs are features (n, s_{l+1} k, ...)."""


Feedforward = Layered | Channelled
"""Networks whose hidden units can be moved one by one."""


@dataclass(frozen=True)
class Pair:
    """Two endpoints on one landscape: what every check is given.

    `theta_0` is the common base where there is one (the branching point or the initialisation); `others` are further
    networks of the same kind, for claims about three or more: the third is `others[0]`.
    """

    landscape: Landscape
    theta_a: Parameters
    theta_b: Parameters
    name: str = "pair"
    theta_0: Parameters | None = None
    facts: dict[str, str] = field(default_factory=dict)
    others: tuple[Parameters, ...] = ()

    def __post_init__(self) -> None:
        self.theta_a.require_finite("theta_a")
        self.theta_b.require_finite("theta_b")
        self.theta_a._same_shape(self.theta_b)
        for number, theta in enumerate(self.others, start=3):
            theta.require_finite(f"network {number}")
            self.theta_a._same_shape(theta)

    @property
    def delta(self) -> Parameters:
        """Delta = theta_b - theta_a."""
        return self.theta_b - self.theta_a
