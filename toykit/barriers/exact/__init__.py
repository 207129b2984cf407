"""Exact barriers of piecewise-linear networks with squared loss; needs the extra `exact` (python-flint)."""

from toykit.barriers.exact.engine import ExactBarrier, Kink, exact_barrier_of_layers

__all__ = ["ExactBarrier", "Kink", "exact_barrier_of_layers"]
