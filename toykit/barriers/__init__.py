"""Barriers of a chord: five conventions read off one profile, rigorous suprema without a grid, adaptive ones from few jets."""

from toykit.barriers.adaptive import Adaptive, adaptive_barrier
from toykit.barriers.conventions import Barriers, barriers
from toykit.barriers.enclosed import certified_barrier, exact_barrier
from toykit.barriers.evidence import Evidence, barriers_with_evidence

__all__ = [
    "Adaptive",
    "Barriers",
    "Evidence",
    "adaptive_barrier",
    "barriers",
    "barriers_with_evidence",
    "certified_barrier",
    "exact_barrier",
]
