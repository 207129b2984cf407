"""Exact barriers of piecewise-linear networks with squared loss; needs the extra `exact` (python-flint)."""

from toykit.barriers.exact.engine import ExactBarrier, Kink, exact_barrier_of_layers, exact_profile_of_layers
from toykit.barriers.exact.outputs import PieceChord, table_of_layers
from toykit.barriers.exact.profile import ExactProfile
from toykit.barriers.exact.steps import ErrorSteps, error_steps_of_layers

__all__ = [
    "ErrorSteps",
    "ExactBarrier",
    "ExactProfile",
    "Kink",
    "PieceChord",
    "error_steps_of_layers",
    "exact_barrier_of_layers",
    "exact_profile_of_layers",
    "table_of_layers",
]
