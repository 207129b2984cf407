"""A two-layer linear network with chosen outputs: z_a and z_b at the ends of a chord, zbar_t + 4 t(1-t) E between."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from toykit.data import Data
from toykit.errors import ShapeError
from toykit.landscape import Pair
from toykit.losses import Loss
from toykit.networks.deep_linear import deep_linear


def designed(
    start: ArrayLike, end: ArrayLike, error: ArrayLike, targets: NDArray[Any], loss: Loss, name: str = "designed outputs"
) -> Pair:
    """A pair with the outputs z_a = start, z_b = end and z_{1/2} = (start + end)/2 + error, all (n, k).

    Example i is the unit vector e_i. One half of the hidden units is read out by the identity and carries zbar_t; the other
    half has its input weights at theta_b only and its output weights at theta_a only, so that it is live inside the chord.
    `targets` are labels (n,) or vectors (n, k).

    >>> from toykit.losses import SquaredLoss
    >>> from toykit.parameters import chord_point
    >>> pair = designed([[1.0]], [[-1.0]], [[0.5]], np.array([[0.0]]), SquaredLoss())
    >>> pair.landscape.outputs(chord_point(pair.theta_a, pair.theta_b, 0.5))
    array([[0.5]])

    Raises:
        ShapeError: the three arrays differ in shape.

    """
    z_a, z_b, bend = (np.asarray(array, dtype=np.float64) for array in (start, end, error))
    if z_a.ndim != 2 or not z_a.shape == z_b.shape == bend.shape:
        raise ShapeError(f"outputs and error have one shape (n, k); got {z_a.shape}, {z_b.shape} and {bend.shape}; align them")
    count, width = z_a.shape
    data = Data(np.eye(count), targets, None if targets.ndim == 2 else width, name)
    net = deep_linear((count, 2 * width, width), data, loss)
    none, identity = np.zeros_like(z_a), np.eye(width)
    theta_a = net.point(np.hstack([z_a, none]).T, np.hstack([identity, identity]))
    theta_b = net.point(np.hstack([z_b, 4 * bend]).T, np.hstack([identity, 0 * identity]))
    return Pair(net, theta_a, theta_b, name)
