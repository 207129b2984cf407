"""Several networks in one frame: a permutation of each to common places, and what follows for every pair of them.

perms[p][l]: place i of layer l is taken by unit perms[p][l][i] of network p. The permutations between networks that follow,
P_p^T P_q, agree around every cycle [crisostomi2024]; pairwise optima need not [combinability/cycle_consistency].
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

from toykit.arrays import to_numpy
from toykit.errors import InputError
from toykit.landscape import Landscape, Pair
from toykit.matching.frame import Frame
from toykit.matching.matching import Matching
from toykit.matching.rebasin import inverse
from toykit.matching.search import Permutation
from toykit.matching.weight import RESTARTS, weight_matching
from toykit.parameters import Parameters
from toykit.symmetry import Symmetries

Perms = Mapping[Any, Permutation]


@dataclass(frozen=True)
class Universe:
    """K networks moved to a common frame, `thetas` = P_p theta_p.

    `objective` is sum_{p<q} <P_p theta_p, P_q theta_q>, `trace` its values at the start and after every step of the search that
    won, `objectives` those that all searches reached; `change` is the largest relative change of an output, `seconds` are
    CPU seconds of the search.
    """

    method: str
    perms: tuple[Perms, ...]
    thetas: tuple[Parameters, ...]
    objective: float
    objectives: tuple[float, ...]
    trace: tuple[float, ...]
    change: float
    seconds: float
    notes: tuple[str, ...] = field(default=())

    def between(self, p: int, q: int) -> dict[Any, Permutation]:
        """P_p^T P_q: unit i of layer l of network p corresponds to unit [l][i] of the result in network q."""
        return composed(inverse(self.perms[p]), self.perms[q])

    @property
    def barycentre(self) -> Parameters:
        """The mean of the networks in the common frame."""
        return mean(self.thetas)


def fitting(net: Landscape, thetas: Sequence[Parameters], symmetries: Symmetries | None = None) -> Frame:
    """What may be permuted in the networks, refused unless there are two of the widths of the landscape.

    Raises:
        InputError: there are fewer than two networks, or nothing may be permuted.
        ShapeError: a network has other widths.

    """
    if len(thetas) < 2:
        raise InputError(f"a common frame takes at least 2 networks; got {len(thetas)}; add one")
    frames = [Frame(Pair(net, thetas[0], theta), symmetries) for theta in thetas[1:]]
    return frames[0]


def host(theta: Parameters) -> Parameters:
    """The same numbers as NumPy arrays in float64."""
    return theta.map(lambda array: to_numpy(array).astype(np.float64))


def mean(thetas: Sequence[Parameters]) -> Parameters:
    """(theta_1 + .. + theta_K)/K."""
    total = thetas[0]
    for theta in thetas[1:]:
        total = total + theta
    return total * (1 / len(thetas))


def pair_objective(thetas: Sequence[Parameters]) -> float:
    """sum_{p<q} <theta_p, theta_q>."""
    return math.fsum(thetas[p].dot(thetas[q]) for p in range(len(thetas)) for q in range(p + 1, len(thetas)))


def composed(first: Perms, then: Perms) -> dict[Any, Permutation]:
    """P_AB P_BC: unit i of A corresponds to unit first[i] of B, and that to unit then[first[i]] of C."""
    return {layer: then[layer][order] for layer, order in first.items()}


def pairwise(
    net: Landscape, thetas: Sequence[Parameters], *, symmetries: Symmetries | None = None, restarts: int = RESTARTS
) -> dict[tuple[int, int], Matching]:
    """Weight matching of every pair p < q: [p, q] maps the units of q to those of p."""
    fitting(net, thetas, symmetries)
    pairs = {(p, q): Pair(net, thetas[p], thetas[q]) for q in range(len(thetas)) for p in range(q)}
    return {places: weight_matching(pairs[places], symmetries=symmetries, restarts=restarts) for places in sorted(pairs)}


def around(found: Mapping[tuple[int, int], Perms], cycle: Sequence[int]) -> dict[Any, Permutation]:
    """The composition along a cycle of networks, back to the first: the identity where the permutations are consistent."""
    steps = [_step(found, p, q) for p, q in zip(cycle, (*cycle[1:], cycle[0]), strict=True)]
    total = steps[0]
    for step in steps[1:]:
        total = composed(total, step)
    return total


def cycle_error(perm: Perms) -> float:
    """The fraction of units that a composition around a cycle does not bring back to their place."""
    units = sum(len(order) for order in perm.values())
    return sum(int((order != np.arange(len(order))).sum()) for order in perm.values()) / units


def finished(
    method: str,
    frame: Frame,
    thetas: Sequence[Parameters],
    searches: Sequence[tuple[Sequence[Perms], Sequence[float]]],
    seconds: float,
) -> Universe:
    """The best of several searches, each its permutations and its trace, with the networks moved and their outputs compared."""
    objectives = tuple(float(trace[-1]) for _, trace in searches)
    perms, trace = searches[int(np.argmax(objectives))]
    moved = tuple(frame.moved(theta, perm) for theta, perm in zip(thetas, perms, strict=True))
    changes = [_change(frame.net, before, after) for before, after in zip(thetas, moved, strict=True)]
    fixed = tuple(MappingProxyType(dict(perm)) for perm in perms)
    best = pair_objective([host(theta) for theta in moved])
    return Universe(method, fixed, moved, best, objectives, tuple(map(float, trace)), max(changes), seconds)


def _step(found: Mapping[tuple[int, int], Perms], p: int, q: int) -> dict[Any, Permutation]:
    return dict(found[p, q]) if (p, q) in found else inverse(dict(found[q, p]))


def _change(net: Landscape, before: Parameters, after: Parameters) -> float:
    old, new = (to_numpy(net.outputs(theta)) for theta in (before, after))
    return float(np.abs(new - old).max()) / (float(np.abs(old).max()) or 1.0)
