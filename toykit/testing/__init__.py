"""Hypothesis strategies for testing claims of one's own; needs the package `hypothesis`."""

from toykit.testing.networks import networks, pairs
from toykit.testing.vectors import parameters, permutations, same_shape

__all__ = ["networks", "pairs", "parameters", "permutations", "same_shape"]
