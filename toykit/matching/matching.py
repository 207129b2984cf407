"""What a matcher found: one permutation per hidden layer, theta_b moved by them, and how much that may be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from toykit.arrays import to_numpy
from toykit.errors import InputError, ShapeError
from toykit.landscape import Floats, Layered, Pair
from toykit.matching.rebasin import rebasin
from toykit.matching.search import Permutation
from toykit.parameters import Parameters
from toykit.symmetry import Symmetries
from toykit.tolerances import TORCH32, TORCH64


@dataclass(frozen=True)
class Matching:
    """theta_b moved towards theta_a by permuting its hidden units: new unit i of layer l is old unit perm[l][i], l = 1..L-1.

    In a network that is not layered, `perm` has the names of the groups of its symmetries in place of layers.

    `objective` is the matcher's own, larger is better: <theta_a, P theta_b> for weights, sum_l sum_i R_l[i, perm[l][i]] for
    activations. `objectives` has one value per restart (or per permutation tried), `steps` the assignments solved by each,
    `change` is max |z(P theta_b) - z(theta_b)| / max |z(theta_b)|, measured on the landscape's data, `seconds` are CPU
    seconds of the search, without that measurement.
    """

    method: str
    perm: Mapping[Any, Permutation]
    theta: Parameters
    objective: float
    objectives: tuple[float, ...]
    change: float
    seconds: float
    precision: str = "float64"
    steps: tuple[int, ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def restarts(self) -> int:
        """How many searches were made."""
        return len(self.objectives)

    @property
    def spread(self) -> float:
        """Best minus worst objective over the restarts: 0 where all of them agree."""
        return max(self.objectives) - min(self.objectives)

    @property
    def moved(self) -> float:
        """The fraction of hidden units that are not where they were."""
        units = sum(len(found) for found in self.perm.values())
        return sum(int((found != np.arange(len(found))).sum()) for found in self.perm.values()) / units

    @property
    def sound(self) -> bool:
        """The self-check: the permuted network has the outputs of the old one, up to rounding in its precision."""
        return self.change <= (TORCH32 if self.precision == "float32" else TORCH64)


class Layer64(NamedTuple):
    """W_l (n_l, n_{l-1}) and b_l (n_l,) in float64 on the host, zero where the layer has no bias."""

    weight: Floats
    bias: Floats


def layered(pair: Pair) -> Layered:
    """The landscape of a pair whose hidden units can be matched.

    Raises:
        InputError: the landscape is not a chain of dense layers, or it has no hidden layer.
        ShapeError: the endpoints have other widths than the landscape.

    """
    net = pair.landscape
    if not isinstance(net, Layered):
        raise InputError(
            f"matching permutes the hidden units of dense layers; {pair.name} is a {type(net).__name__}; use a layered network"
        )
    if net.depth < 2:
        raise InputError(f"matching permutes hidden units; {pair.name} has a single layer and none; add a hidden layer")
    for theta, letter in ((pair.theta_a, "a"), (pair.theta_b, "b")):
        came = tuple(theta.shapes.get(net.weight_name(layer), (0,))[0] for layer in range(1, net.depth))
        if came != tuple(net.widths):
            raise ShapeError(
                f"matched networks have equal widths; got {came} for theta_{letter} and {net.widths}; train one anew"
            )
    return net


def layers64(net: Layered, theta: Parameters) -> list[Layer64]:
    """(W_l, b_l) for l = 1..L in float64, whatever the backend."""
    found = []
    for layer in range(1, net.depth + 1):
        weight, name = to_numpy(theta[net.weight_name(layer)]).astype(np.float64), net.bias_name(layer)
        found.append(Layer64(weight, np.zeros(len(weight)) if name is None else to_numpy(theta[name]).astype(np.float64)))
    return found


def finished(
    pair: Pair,
    method: str,
    perm: Mapping[Any, Permutation],
    objectives: tuple[float, ...],
    seconds: float,
    steps: tuple[int, ...] = (),
    notes: tuple[str, ...] = (),
    symmetries: Symmetries | None = None,
) -> Matching:
    """The result of a search, with theta_b permuted and the change of its outputs measured."""
    net = pair.landscape
    moved = rebasin(layered(pair), pair.theta_b, perm) if symmetries is None else symmetries.permute(pair.theta_b, perm)
    before, after = (to_numpy(net.outputs(theta)) for theta in (pair.theta_b, moved))
    largest = float(np.abs(before).max())
    change = float(np.abs(after - before).max()) / (largest or 1.0)
    fixed = MappingProxyType({layer: np.array(found) for layer, found in sorted(perm.items())})
    precision = net.traits.precision
    return Matching(method, fixed, moved, max(objectives), objectives, change, seconds, precision, steps, notes)
