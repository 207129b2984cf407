"""Barriers of a chord: five conventions read off one profile, and rigorous suprema without a grid."""

from toykit.barriers.conventions import Barriers, barriers
from toykit.barriers.enclosed import certified_barrier, exact_barrier

__all__ = ["Barriers", "barriers", "certified_barrier", "exact_barrier"]
