"""Certified barriers by branch and bound on quadratic Taylor models, float64 on NumPy and torch."""

from toykit.barriers.certified.engine import DenseChord, enclose
from toykit.barriers.certified.search import Enclosed, Stop

__all__ = ["DenseChord", "Enclosed", "Stop", "enclose"]
