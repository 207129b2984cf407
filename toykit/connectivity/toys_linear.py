"""Square linear networks and exact factorisations of their targets, of given determinant signs."""

from __future__ import annotations

import numpy as np

from toykit.connectivity.linear_orbits import product
from toykit.connectivity.toys import point
from toykit.data import Data
from toykit.errors import InputError
from toykit.landscape import Floats, Pair
from toykit.networks.deep_linear import deep_linear
from toykit.networks.mlp import MLP
from toykit.parameters import Parameters
from toykit.seeds import generator


def factored(
    number: int, size: int, depth: int, *, same: bool, matrix: Floats | None = None, inputs: Floats | None = None
) -> Pair:
    """Two random factorisations of M into `depth` factors (h, h): of one sign pattern where `same`, else of two.

    By default M is random and X has h to h + 4 random rows.
    """
    draw = generator("linear orbits", number)
    target = draw.normal(size=(size, size)) if matrix is None else matrix
    xs = draw.normal(size=(size + int(draw.integers(5)), size)) if inputs is None else inputs
    net = deep_linear((size,) * (depth + 1), Data(xs, xs @ target.T, name="linear targets"))
    ends = [_factors(draw, target, depth) for _ in "ab"]
    wanted = [np.sign(np.linalg.det(factor)) for factor in ends[0]]
    changed = list(wanted)
    if not same:
        changed[0] *= -1
        changed[1 + int(draw.integers(depth - 1))] *= -1
    ends[1] = _signed(ends[1], changed)
    a, b = (point(list(factors)) for factors in ends)
    return Pair(net, a, b, f"linear orbits of {size}x{size}, {depth} layers #{number}")


def shaken(pair: Pair, number: int, share: float = 0.5) -> Pair:
    """Both ends moved at random as far as the loss stays below `share` of the level c sigma_h^2 / N."""
    net, draw = pair.landscape, generator("shaken orbits", number)
    if not isinstance(net, MLP):
        raise InputError(f"a toy is shaken in NumPy; got {type(net).__name__}; translate it afterwards")
    level = 0.5 * float(np.linalg.svd(net.targets, compute_uv=False)[-1]) ** 2 / net.data.count
    ends = list[Parameters]()
    for theta in (pair.theta_a, pair.theta_b):
        step = net.draw(draw)
        while net.loss(theta + step) >= share * level:
            step = step * 0.5
        ends.append(theta + step)
    return Pair(net, ends[0], ends[1], f"{pair.name}, shaken")


def second_difference() -> Pair:
    """Y = [[2, -1], [-1, 2]], X = I, three layers, two sign patterns: sigma_2 = 1, so the level is 1/2 of the sum."""
    return factored(0, 2, 3, same=False, matrix=np.array([[2.0, -1.0], [-1.0, 2.0]]), inputs=np.eye(2))


def wider_middle() -> Pair:
    """h = 1, two units in the middle: (1, 0) against (-1, 0) on both sides; they turn around 0 at constant product 1."""
    net = deep_linear((1, 2, 1), Data([[1.0]], [[1.0]], name="one example"))
    ends = ((1.0, 0.0), (-1.0, 0.0))
    a, b = (point([np.array([end]).T, np.array([end])]) for end in ends)
    return Pair(net, a, b, "a wider middle")


def _factors(draw: np.random.Generator, matrix: Floats, depth: int) -> list[Floats]:
    """W_1..W_{l-1} random, W_l what is left of the product."""
    size = len(matrix)
    first = [draw.normal(size=(size, size)) + np.eye(size) for _ in range(depth - 1)]
    return [*first, matrix @ np.linalg.inv(product(tuple(first)))]


def _signed(factors: list[Floats], wanted: list[float]) -> list[Floats]:
    """The same product with other determinant signs: g_i = diag(-1, 1, .., 1) between two layers where they differ."""
    found, carried = list[Floats](), np.eye(len(factors[0]))
    for factor, sign in zip(factors, wanted, strict=True):
        now = factor @ carried
        flip = np.eye(len(factor))
        if np.sign(np.linalg.det(now)) != sign:
            flip[0, 0] = -1.0
        found.append(flip @ now)
        carried = flip
    found[-1] = carried @ found[-1]
    return found
