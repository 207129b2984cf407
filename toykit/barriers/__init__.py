"""Barriers of a chord: five conventions read off one profile."""

from toykit.barriers.conventions import Barriers, barriers

__all__ = ["Barriers", "barriers"]
