"""Several networks matched at once: Frank-Wolfe over doubly stochastic matrices, rounded to permutations [crisostomi2024].

With T^p_l = P^p_l W^p_l (P^p_{l-1})^T, t^p_l = P^p_l b^p_l and their sums S_l, s_l over the networks, the gradient of
sum_{p<q} <P^p theta_p, P^q theta_q> in P^p_l is
(S_l - T^p_l) P^p_{l-1} (W^p_l)^T + (s_l - t^p_l) (b^p_l)^T + (S_{l+1} - T^p_{l+1})^T P^p_{l+1} W^p_{l+1}.
The objective is a polynomial of degree 4 along every step, so the best length of the step is known exactly.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from toykit.landscape import Floats, Layered
from toykit.matching.matching import Layer64, layers64
from toykit.matching.merging import ascend
from toykit.matching.rebasin import rebasin
from toykit.matching.search import assignment
from toykit.matching.universe import Perms, Universe, finished, fitting, host, pair_objective
from toykit.parameters import Parameters
from toykit.seeds import generator
from toykit.tolerances import ROUNDING

STEPS, STILL, LEAST = 200, 5, 1e-6
"""Steps at most, and steps in a row with a smaller relative gain that end the search."""

Soft = list[list[Floats]]  # P^p_l of every network p, l = 0..L: doubly stochastic, the identity for inputs and outputs

Tensors = list[list[Floats]]  # T^p_1, t^p_1, T^p_2, .. of every network p


def frank_wolfe(
    net: Layered, thetas: Sequence[Parameters], *, steps: int = STEPS, polish: bool = True, seed: int = 0
) -> Universe:
    """max sum_{p<q} <P_p theta_p, P_q theta_q> over all permutations at once; with `polish`, merging from where it ends.

    It starts halfway between the order as it is and the mean of all permutations; `trace` is that of the search over doubly
    stochastic matrices, followed by that of the merging or the value after rounding.

    Raises:
        InputError: there are fewer than two networks, or no hidden layer.
        ShapeError: the networks have different widths.

    """
    frame = fitting(net, thetas)
    began = time.process_time()
    hosts = [host(theta) for theta in thetas]
    layers = [layers64(net, theta) for theta in hosts]
    sizes = (layers[0][0].weight.shape[1], *(len(layer.weight) for layer in layers[0]))
    start = [(np.eye(size) + 1 / size) / 2 if 0 < place < net.depth else np.eye(size) for place, size in enumerate(sizes)]
    soft, trace = _search(layers, [start for _ in thetas], steps)
    perms: list[Perms] = [dict(enumerate(map(assignment, matrices[1:-1]), start=1)) for matrices in soft]
    if polish:
        perms, more = ascend(frame, hosts, perms, generator("polishing", seed))
    else:
        more = [pair_objective([rebasin(net, theta, perm) for theta, perm in zip(hosts, perms, strict=True)])]
    return finished("Frank-Wolfe", frame, thetas, [(perms, [*trace, *more])], time.process_time() - began)


def _search(layers: list[list[Layer64]], soft: Soft, steps: int) -> tuple[Soft, list[float]]:
    placed = [_turned(own, own_soft, own_soft) for own, own_soft in zip(layers, soft, strict=True)]
    trace, still = [_inner(placed, placed) / 2], 0
    for _ in range(steps):
        ways = [_way(*each) for each in zip(soft, gradients(layers, soft, placed), strict=True)]
        # with P + s D in the place of P, T becomes T + s T_1 + s^2 T_2, since a tensor has two sides
        first = [_first(*each) for each in zip(layers, soft, ways, strict=True)]
        second = [_second(*each) for each in zip(layers, ways, strict=True)]
        length, value = highest(
            trace[-1],
            _inner(placed, first),
            _inner(first, first) / 2 + _inner(placed, second),
            _inner(first, second),
            _inner(second, second) / 2,
        )
        soft = [[here + length * d for here, d in zip(*each, strict=True)] for each in zip(soft, ways, strict=True)]
        placed = [
            [t + length * t_1 + length**2 * t_2 for t, t_1, t_2 in zip(*each, strict=True)]
            for each in zip(placed, first, second, strict=True)
        ]
        trace.append(value)
        still = still + 1 if trace[-1] - trace[-2] <= LEAST * abs(trace[-2]) else 0
        if still >= STILL or length == 0:
            break
    return soft, trace


def gradients(layers: list[list[Layer64]], soft: Soft, placed: Tensors) -> list[list[Floats]]:
    """The gradient in every P^p_l, l = 1..L-1, given the tensors of `_turned`."""
    totals, found = _sums(placed), []
    for own, matrices, moved in zip(layers, soft, placed, strict=True):
        rest = [total - mine for total, mine in zip(totals, moved, strict=True)]
        slopes = []
        for layer in range(1, len(own)):
            below, above = own[layer - 1], own[layer]
            slope = rest[2 * layer - 2] @ matrices[layer - 1] @ below.weight.T + np.outer(rest[2 * layer - 1], below.bias)
            slopes.append(slope + rest[2 * layer].T @ matrices[layer + 1] @ above.weight)
        found.append(slopes)
    return found


def highest(*powers: float) -> tuple[float, float]:
    """argmax and max on [0, 1] of the polynomial with these coefficients, lowest power first."""
    slopes = np.arange(1, len(powers)) * np.array(powers[1:])
    slopes[np.abs(slopes) <= ROUNDING * np.abs(slopes).max()] = 0.0  # a power that is only rounding has no root
    roots = np.polynomial.polynomial.polyroots(np.trim_zeros(slopes, "b")) if slopes.any() else np.zeros(0)
    candidates = np.array([0.0, 1.0, *(float(root.real) for root in roots if 0 < root.real < 1)])
    found = np.polynomial.polynomial.polyval(candidates, powers)
    return float(candidates[found.argmax()]), float(found.max())


def _turned(own: list[Layer64], left: list[Floats], right: list[Floats]) -> list[Floats]:
    """P_1 W_1 Q_0^T, P_1 b_1, P_2 W_2 Q_1^T, ... for the matrices P on the left and Q on the right."""
    found = []
    for layer, (weight, bias) in enumerate(own, start=1):
        found += [left[layer] @ (weight @ right[layer - 1].T), left[layer] @ bias]
    return found


def _first(own: list[Layer64], here: list[Floats], way: list[Floats]) -> list[Floats]:
    """T_1 and t_1: D W P^T + P W D^T and D b."""
    found = []
    for layer, (weight, bias) in enumerate(own, start=1):
        across = way[layer] @ (weight @ here[layer - 1].T) + here[layer] @ (weight @ way[layer - 1].T)
        found += [across, way[layer] @ bias]
    return found


def _second(own: list[Layer64], way: list[Floats]) -> list[Floats]:
    """T_2 = D W D^T, and zeros for the biases, which have one side."""
    found = _turned(own, way, way)
    found[1::2] = [0.0 * array for array in found[1::2]]
    return found


def _way(here: list[Floats], slopes: list[Floats]) -> list[Floats]:
    """D from the present matrices to the permutations that the gradient prefers; 0 for inputs and outputs."""
    goals = [here[0], *(np.eye(len(slope))[assignment(slope)] for slope in slopes), here[-1]]
    return [goal - matrix for goal, matrix in zip(goals, here, strict=True)]


def _sums(placed: Tensors) -> list[Floats]:
    return [sum(arrays[1:], start=arrays[0]) for arrays in zip(*placed, strict=True)]


def _inner(left: Tensors, right: Tensors) -> float:
    """sum_{p != q} <T_p, T'_q> = <sum_p T_p, sum_q T'_q> - sum_p <T_p, T'_p>."""
    whole = sum(float(np.vdot(mine, its)) for mine, its in zip(_sums(left), _sums(right), strict=True))
    own = sum(float(np.vdot(mine, its)) for each in zip(left, right, strict=True) for mine, its in zip(*each, strict=True))
    return whole - own
