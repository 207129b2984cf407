"""Permutation symmetries of networks: which axes of which arrays move together, and the group they form."""

from toykit.symmetry.groups import Axis, Frozen, Group, Permutation, Symmetries

__all__ = ["Axis", "Frozen", "Group", "Permutation", "Symmetries"]
