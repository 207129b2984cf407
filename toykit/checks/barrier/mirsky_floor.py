"""Check of |theta_a - P theta_b|^2 >= |theta_a|^2 + |theta_b|^2 - 2 (s + n + o) for permutations P [barrier/mirsky_floor]."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from toykit.arrays import to_numpy
from toykit.barriers.measured import tolerance
from toykit.data import Data
from toykit.errors import InputError
from toykit.formula import evaluate
from toykit.landscape import Floats, Layered, Pair
from toykit.losses import SquaredLoss
from toykit.matching import exhaustive_matching, weight_matching
from toykit.matching.matching import layered
from toykit.networks.deep_linear import deep_linear
from toykit.networks.mlp import MLP
from toykit.parameters import Parameters
from toykit.seeds import generator
from toykit.verdict import Comparison, Number, Outcome, Relation, Result

SLUG = "barrier/mirsky_floor"
FEW = 200
"""Permutations that a check tries out one by one."""

RESTARTS = 3


class Floor(NamedTuple):
    """One array of theta with the formula of its floor and the letter in it: the largest inner product that it may have."""

    array: str
    formula: str
    letter: str
    inner: float
    norm_a: float
    norm_b: float

    @property
    def squared(self) -> float:
        """The floor of |W_a - P W_b Q^T|^2."""
        letters = {"norm_a": self.norm_a, "norm_b": self.norm_b, self.letter: self.inner}
        return float(evaluate(SLUG, self.formula, letters))


def check(pair: Pair, *, restarts: int = RESTARTS) -> Result:
    """The squared distance after weight matching, without it, and of the best permutation where few exist, against the floor."""
    try:
        net = layered(pair)
    except InputError as refusal:
        return Result(SLUG, pair.name, (), {}, {"LAYERED": Outcome(False, str(refusal))})
    found = floors(net, pair)
    letters = {"norm_a": pair.theta_a.norm(), "norm_b": pair.theta_b.norm(), "spectra": 0.0, "nuclear": 0.0, "ordered": 0.0}
    for floor in found:
        letters[floor.letter] += floor.inner
    bound = Number.exact(evaluate(SLUG, "floor_2", letters), "singular values in float64")
    allowed = tolerance(pair, max(1.0, letters["norm_a"], letters["norm_b"]) ** 2)
    aligned = weight_matching(pair, restarts=restarts).theta
    ends = {"aligned distance": aligned, "distance as given": pair.theta_b}
    if math.prod(math.factorial(width) for width in net.widths) <= FEW:
        ends["least distance of all permutations"] = exhaustive_matching(pair).theta
    comparisons = [
        Comparison(f"{name}, squared", _distance(pair.theta_a, end), Relation.AT_LEAST, bound, allowed, 0.0)
        for name, end in ends.items()
    ]
    comparisons += [_array(pair.theta_a, aligned, floor, allowed) for floor in found]
    return Result(
        SLUG,
        pair.name,
        tuple(comparisons),
        letters,
        {"LAYERED": Outcome(True, f"{net.depth} dense layers, widths {tuple(net.widths)}")},
        {"aligned over floor": math.sqrt(comparisons[0].measured.value / max(bound.value, allowed))},
    )


def _distance(theta_a: Parameters, theta_b: Parameters) -> Number:
    return Number.exact((theta_a - theta_b).norm() ** 2)


def _array(theta_a: Parameters, aligned: Parameters, floor: Floor, allowed: float) -> Comparison:
    apart = _distance(*(Parameters({floor.array: theta[floor.array]}) for theta in (theta_a, aligned)))
    return Comparison(f"{floor.array}, squared", apart, Relation.AT_LEAST, Number.exact(floor.squared), allowed, 0.0)


def floors(net: Layered, pair: Pair) -> list[Floor]:
    """The floor of every array: two free sides between hidden layers, one at the ends, sorted entries for hidden biases."""
    found = []
    for layer in range(1, net.depth + 1):
        a, b = (_float64(theta, net.weight_name(layer)) for theta in (pair.theta_a, pair.theta_b))
        if 1 < layer < net.depth:
            inner = float(_singular_values(a) @ _singular_values(b))
            found.append(_floor(net.weight_name(layer), "two_sided", "spectra", inner, a, b))
        else:
            product = a @ b.T if layer == 1 else a.T @ b
            found.append(_floor(net.weight_name(layer), "one_sided", "nuclear", float(_singular_values(product).sum()), a, b))
        name = net.bias_name(layer)
        if name is not None:
            a, b = (_float64(theta, name) for theta in (pair.theta_a, pair.theta_b))
            inner = float(a @ b if layer == net.depth else np.sort(a) @ np.sort(b))
            found.append(_floor(name, "sorted", "ordered", inner, a, b))
    return found


def _floor(array: str, formula: str, letter: str, inner: float, a: Floats, b: Floats) -> Floor:
    return Floor(array, formula, letter, inner, float(np.linalg.norm(a)), float(np.linalg.norm(b)))


def _float64(theta: Parameters, name: str) -> Floats:
    return to_numpy(theta[name]).astype(np.float64)


def _singular_values(matrix: Floats) -> Floats:
    return np.asarray(np.linalg.svd(matrix, compute_uv=False), dtype=np.float64)


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Random networks, and networks whose matrices differ in their singular values alone, which come close to the floor."""
    for number in range(count):
        draw = generator(SLUG, seed * 1_000_000 + number)
        sizes = (3, *(int(draw.integers(2, 5)) for _ in range(int(draw.integers(1, 4)))), 2)
        net = MLP(sizes, "tanh", SquaredLoss(), Data(draw.normal(size=(4, 3)), draw.normal(size=(4, 2))))
        theta = net.draw(draw)
        other = net.draw(draw) if number % 2 else theta.map(lambda array: array)
        if not number % 2:
            other = theta.replace({name: _stretched(array, draw) for name, array in theta.items() if array.ndim == 2})
        yield Pair(net, theta, other, f"{'drawn' if number % 2 else 'stretched'} {number}")


def _stretched(matrix: Floats, draw: np.random.Generator) -> Floats:
    """The same singular vectors, every singular value times a number between 1/2 and 2."""
    left, values, right = np.linalg.svd(matrix, full_matrices=False)
    found: Floats = (left * np.sort(values * draw.uniform(0.5, 2.0, size=len(values)))[::-1]) @ right
    return found


def between_identities(first: ArrayLike, second: ArrayLike, name: str) -> Pair:
    """Two linear networks 2-2-2-2 that differ in the middle layer; the outer ones are identities."""
    net, one = deep_linear((2, 2, 2, 2), Data(np.eye(2), np.eye(2))), np.eye(2)
    return Pair(net, net.point(one, first, one), net.point(one, second, one), name)


def extremal() -> Iterator[Pair]:
    """diag(3, 1) and diag(2, 2), at the floor as they are."""
    yield between_identities(np.diag([3.0, 1.0]), np.diag([2.0, 2.0]), "diag(3, 1) and diag(2, 2)")


def necessity() -> Iterator[tuple[str, Pair]]:
    """None: the floor stands under any two networks of one shape."""
    yield from ()
