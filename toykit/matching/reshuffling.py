"""Re-shuffling a part of every hidden layer: random or all permutations of m of n units, and the distance that they make.

E |theta_a - P theta_b|^2 without a single draw, from four inner products of each tensor [combinability/robustness_law].
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from toykit.errors import InputError
from toykit.formula import evaluate
from toykit.landscape import Floats, Layered
from toykit.matching.matching import layers64
from toykit.matching.rebasin import identity
from toykit.matching.search import Permutation
from toykit.parameters import Parameters

SLUG = "combinability/robustness_law"


class Products(NamedTuple):
    """The inner products of one tensor of a and of b: as they are, with rows, columns or both of b replaced by their mean."""

    rows: int
    columns: int
    straight: float
    over_rows: float
    over_columns: float
    over_both: float


def chosen(net: Layered, part: float) -> dict[int, int]:
    """m_l = part * n_l, rounded, at least 1, for every hidden layer.

    Raises:
        InputError: the part is not in [0, 1].

    """
    if not 0 <= part <= 1:
        raise InputError(f"a part of the units lies in [0, 1]; got {part:g}; 1 re-shuffles all of them")
    return {layer: max(1, round(part * width)) for layer, width in enumerate(net.widths, start=1)}


def reshuffling(
    net: Layered, counts: Mapping[int, int], stream: np.random.Generator, *, deranged: bool = False
) -> dict[int, Permutation]:
    """A random set of counts[l] units of every hidden layer, permuted at random; with `deranged` none of the set stays.

    Raises:
        InputError: a count is negative or larger than the layer, or 1 where none may stay.

    """
    found = identity(net)
    for layer, count in _fitting(net, counts, deranged).items():
        units = stream.choice(len(found[layer]), count, replace=False)
        order = stream.permutation(count)
        while deranged and (order == np.arange(count)).any():  # about e draws on average, whatever the count
            order = stream.permutation(count)
        found[layer][units] = units[order]
    return found


def every_reshuffling(net: Layered, counts: Mapping[int, int], *, deranged: bool = False) -> Iterator[dict[int, Permutation]]:
    """All sets and all permutations of the sets, layers independently, each as often as the others: the slow twin."""
    fitting = _fitting(net, counts, deranged)
    layers = [list(_every(net.widths[layer - 1], count, deranged)) for layer, count in fitting.items()]
    return (dict(zip(fitting, orders, strict=True)) for orders in itertools.product(*layers))


def count_of(net: Layered, counts: Mapping[int, int]) -> int:
    """How many re-shufflings `every_reshuffling` visits: the product of n!/(n-m)!, fixed points allowed."""
    return math.prod(math.perm(net.widths[layer - 1], count) for layer, count in counts.items())


def products(net: Layered, theta_a: Parameters, theta_b: Parameters) -> list[Products]:
    """The four inner products of every tensor, W_1, b_1, .., W_L, b_L; `rows` and `columns` say whose units are mixed.

    0 stands for inputs, outputs and the single column of a bias, which are never permuted.
    """
    found = []
    for layer, (ours, theirs) in enumerate(zip(layers64(net, theta_a), layers64(net, theta_b), strict=True), start=1):
        out = layer if layer < net.depth else 0
        found.append(_products(out, layer - 1, ours.weight, theirs.weight))
        found.append(_products(out, 0, ours.bias[:, None], theirs.bias[:, None]))
    return found


def expected_distance_2(
    net: Layered, theta_a: Parameters, theta_b: Parameters, counts: Mapping[int, int], *, deranged: bool = False
) -> float:
    """E |theta_a - P theta_b|^2 over the re-shufflings of counts[l] units, by the law."""
    aligned = expected_aligned(net, theta_a, theta_b, counts, deranged=deranged)
    letters = {"norm_a": theta_a.norm(), "norm_b": theta_b.norm(), "aligned": aligned}
    return float(evaluate(SLUG, "distance_2", letters))


def expected_aligned(
    net: Layered, theta_a: Parameters, theta_b: Parameters, counts: Mapping[int, int], *, deranged: bool = False
) -> float:
    """E <theta_a, P theta_b>, by the law."""
    shuffled = {0: 0.0} | {layer: part(net, layer, count, deranged=deranged) for layer, count in counts.items()}
    table = np.array(products(net, theta_a, theta_b), dtype=np.float64).T
    sides = (np.array([shuffled.get(int(layer), 0.0) for layer in side]) for side in table[:2])
    letters = dict(zip(("shuffled_out", "shuffled_in", *Products._fields[2:]), (*sides, *table[2:]), strict=True))
    return float(np.sum(evaluate(SLUG, "tensor", letters)))


def part(net: Layered, layer: int, count: int, *, deranged: bool = False) -> float:
    """f_l = (m-1)/(n-1), or m/(n-1) without fixed points; 0 where no unit is chosen or there is only one."""
    width = net.widths[layer - 1]
    if count == 0 or width == 1:
        return 0.0
    return float(evaluate(SLUG, "deranged" if deranged else "shuffled", {"chosen": count, "n": width}))


def _products(rows: int, columns: int, ours: Floats, theirs: Floats) -> Products:
    mean = float(theirs.mean())
    return Products(
        rows,
        columns,
        float((ours * theirs).sum()),
        float((ours * theirs.mean(axis=0)).sum()),
        float((ours * theirs.mean(axis=1, keepdims=True)).sum()),
        mean * float(ours.sum()),
    )


def _every(width: int, count: int, deranged: bool) -> Iterator[Permutation]:
    for units in itertools.combinations(range(width), count):
        for order in itertools.permutations(units):
            if not (deranged and any(old == new for old, new in zip(units, order, strict=True))):
                found = np.arange(width)
                found[list(units)] = order
                yield found


def _fitting(net: Layered, counts: Mapping[int, int], deranged: bool) -> dict[int, int]:
    for layer, count in counts.items():
        most = net.widths[layer - 1] if 1 <= layer < net.depth else 0
        if not 0 <= count <= most:
            raise InputError(f"a re-shuffling moves 0 to {most} units of layer {layer}; got {count}; the widths are {net.widths}")
        if deranged and count == 1:
            raise InputError(f"one unit alone cannot leave its place; got 1 unit of layer {layer}; choose 0 or at least 2")
    return dict(counts)
