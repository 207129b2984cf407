"""Toy landscapes in NumPy: dense networks, formulas and splines, with exact derivatives and exact fixtures."""

from toykit.networks.deep_linear import deep_linear
from toykit.networks.formula import Formula, Polynomial
from toykit.networks.mlp import MLP
from toykit.networks.piecewise import Extreme, Piece, PiecewisePolynomial
from toykit.networks.scalar_product import scalar_product
from toykit.networks.spline import Spline
from toykit.networks.square import SquareClassifier
from toykit.networks.symmetries import permuted, rebased, rescaled
from toykit.networks.two_layer import contributions

__all__ = [
    "MLP",
    "Extreme",
    "Formula",
    "Piece",
    "PiecewisePolynomial",
    "Polynomial",
    "Spline",
    "SquareClassifier",
    "contributions",
    "deep_linear",
    "permuted",
    "rebased",
    "rescaled",
    "scalar_product",
]
