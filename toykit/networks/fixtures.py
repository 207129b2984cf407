"""Deterministic pairs on which the theory gives numbers: no seed, no training, the same digits on every machine."""

from __future__ import annotations

import numpy as np
import sympy as sp

from toykit.data import Data
from toykit.landscape import Floats, Pair
from toykit.losses import SquaredLoss
from toykit.networks.deep_linear import deep_linear
from toykit.networks.formula import Polynomial
from toykit.networks.mlp import MLP


def w(shape: tuple[int, ...], s: float) -> Floats:
    """The array with the entries sin(s + k + 0.37 k^2), k = 0..size-1 in row-major order."""
    k = np.arange(int(np.prod(shape)), dtype=np.float64)
    return np.sin(s + k + 0.37 * k * k).reshape(shape)


def p2() -> Pair:
    """L(x, y) = x^2 y^2 + x^3 + 2 y^2 from (0, 0) to (2, 1): loss 0 and 14, at the mixed corners 8 and 2."""
    x, y = sp.symbols("x y", real=True)
    landscape = Polynomial(x**2 * y**2 + x**3 + 2 * y**2, (x, y), "P2")
    return Pair(landscape, landscape.point(x=0, y=0), landscape.point(x=2, y=1), "P2")


def t9() -> Pair:
    """tanh 2-3-1 without biases, nine parameters, mean of (f - y)^2 over five examples."""
    net = MLP((2, 3, 1), "tanh", SquaredLoss(factor=1.0), Data(w((5, 2), 0.3), w((5, 1), 0.9), name="T9"), bias=False)
    theta_a, theta_b = (net.point(theta[:6].reshape(3, 2), theta[6:].reshape(1, 3)) for theta in (w((9,), 1.0), w((9,), 2.0)))
    return Pair(net, theta_a, theta_b, "T9")


def f10() -> Pair:
    """ReLU 4-10-2 without output bias, mean of |f - y|^2 over 20 examples."""
    data = Data(w((20, 4), 0.1), w((20, 2), 0.2), name="F10")
    net = MLP((4, 10, 2), "relu", SquaredLoss(factor=1.0), data, bias=(True, False))
    theta_a, theta_b = (net.point(w((10, 4), s), w((10,), s + 1), w((2, 10), s + 2)) for s in (1, 5))
    return Pair(net, theta_a, theta_b, "F10")


def d3() -> Pair:
    """Linear 2-2-2-1, mean of (f - y)^2 over six examples."""
    net = deep_linear((2, 2, 2, 1), Data(w((6, 2), 0.1), w((6, 1), 0.2), name="D3"), SquaredLoss(factor=1.0))
    theta_a, theta_b = (net.point(w((2, 2), s), w((2, 2), s + 1), w((1, 2), s + 2)) for s in (1, 5))
    return Pair(net, theta_a, theta_b, "D3")


def m4() -> Pair:
    """ReLU 3-4-4-2 for matching, with biases; the sheet fixes its weights only, the five examples are a choice made here."""
    net = MLP((3, 4, 4, 2), "relu", SquaredLoss(factor=1.0), Data(w((5, 3), 0.1), w((5, 2), 0.2), name="M4"))
    shapes = [(4, 3), (4, 4), (2, 4)]
    theta_a, theta_b = (
        net.point(*(array for i, shape in enumerate(shapes) for array in (w(shape, s + i), w(shape[:1], r + i))))
        for s, r in ((1, 11), (5, 15))
    )
    return Pair(net, theta_a, theta_b, "M4")


def fold() -> Pair:
    """The fold net: relu(w_1 x) + relu(w_2 x) = |x| at x = 1, -1, from (1, -1) to (-1, 1), with the loss (f - |x|)^2 / 2.

    phi = (1 - |1 - 2t|)^2 / 2 has phi'' = 4 wherever it exists, one kink with J = -4 at t = 1/2, and B = 1/2.
    """
    net = MLP((1, 2, 1), "relu", SquaredLoss(), Data([[1.0], [-1.0]], [[1.0], [1.0]], name="fold"), bias=False)
    return Pair(net, net.point([[1.0], [-1.0]], [[1.0, 1.0]]), net.point([[-1.0], [1.0]], [[1.0, 1.0]]), "fold net")


def grid_evader() -> Pair:
    """Three units relu(t - p_j), p = 17/32, 35/64, 9/16, read out by 64000 (1, -2, 1), with target 0 and the loss f^2 / 2.

    It is 0 at all positions i/10 of the chord and B = 500000 at t = 35/64. The input does not matter; it is 1 here.
    """
    net = MLP((1, 3, 1), "relu", SquaredLoss(), Data([[1.0]], [[0.0]], name="evader"), bias=(True, False))
    p, out = np.array([17 / 32, 35 / 64, 9 / 16]), 64000.0 * np.array([[1.0, -2.0, 1.0]])
    still = np.zeros((3, 1))
    return Pair(net, net.point(still, -p, out), net.point(still, 1 - p, out), "grid evader")
