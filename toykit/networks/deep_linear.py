"""Deep linear networks z = W_L .. W_1 x: the loss depends on the product alone, so minima come in large exact families."""

from __future__ import annotations

from functools import reduce
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from toykit.data import Data
from toykit.errors import InputError, ShapeError
from toykit.landscape import Floats, Pair
from toykit.losses import Loss, SquaredLoss
from toykit.networks.mlp import MLP
from toykit.networks.symmetries import rebased
from toykit.parameters import Parameters


def deep_linear(widths: tuple[int, ...], data: Data, loss: Loss | None = None) -> MLP:
    """z = W_L .. W_1 x without biases; by default the loss is |z - y|^2 / 2."""
    return MLP(widths, "identity", SquaredLoss() if loss is None else loss, data, bias=False)


def product(net: MLP, theta: Parameters) -> Floats:
    """W_L .. W_1, shape (k, d)."""
    return reduce(lambda below, layer: layer.weight @ below, net.layers(theta), np.eye(net.sizes[0]))


def balanced(net: MLP, matrix: ArrayLike) -> Parameters:
    """Factors with W_L .. W_1 = matrix and W_{l+1}^T W_{l+1} = W_l W_l^T: each has the L-th roots of its singular values.

    Raises:
        ShapeError: the matrix is not (k, d).
        InputError: a hidden layer is narrower than the rank of the matrix.

    """
    target = np.asarray(matrix, dtype=np.float64)
    if target.shape != (net.sizes[-1], net.sizes[0]):
        raise ShapeError(
            f"the product of the layers has the shape {(net.sizes[-1], net.sizes[0])}; got {target.shape}; transpose?"
        )
    left, values, right = np.linalg.svd(target, full_matrices=False)
    rank = int(np.linalg.matrix_rank(target))
    if min(net.sizes) < rank:
        raise InputError(f"a product of rank {rank} needs every layer that wide; got the widths {net.sizes}; widen the network")
    roots = np.diag(values[:rank] ** (1 / net.depth))
    inner = [np.eye(width)[:, :rank] for width in net.widths]
    ends = [right[:rank].T, *inner, left[:, :rank]]
    return net.point(*(above @ roots @ below.T for below, above in pairwise(ends)))


def random_factors(net: MLP, matrix: ArrayLike, generator: np.random.Generator, spread: float = 0.5) -> Parameters:
    """Random factors: the balanced ones, each hidden layer re-based by U diag(e^(spread * normal)) with U orthogonal."""
    theta = balanced(net, matrix)
    for layer, width in enumerate(net.widths, start=1):
        orthogonal = np.linalg.qr(generator.normal(size=(width, width))).Q
        theta = rebased(net, theta, layer, orthogonal * np.exp(spread * generator.normal(size=width)))
    return theta


def interpolating(
    widths: tuple[int, ...], matrix: ArrayLike, inputs: ArrayLike, generator: np.random.Generator, name: str = "deep linear"
) -> Pair:
    """Two random minima of loss 0 for the targets y = matrix x, with the loss |z - y|^2 / 2."""
    xs, target = np.asarray(inputs, dtype=np.float64), np.asarray(matrix, dtype=np.float64)
    net = deep_linear(widths, Data(xs, xs @ target.T, name="linear targets"))
    return Pair(net, random_factors(net, target, generator), random_factors(net, target, generator), name)
