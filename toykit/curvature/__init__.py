"""Curvature phi'' along a chord: its range, its kinks, its integrals against the tent."""

from toykit.curvature.certified import certified_curvature_range
from toykit.curvature.kinks import Kinks, hidden_in_kinks, kinks
from toykit.curvature.ranges import CurvatureRange, curvature_range
from toykit.curvature.tent import CurvatureNodes, curvature_nodes

__all__ = [
    "CurvatureNodes",
    "CurvatureRange",
    "Kinks",
    "certified_curvature_range",
    "curvature_nodes",
    "curvature_range",
    "hidden_in_kinks",
    "kinks",
]
