"""toykit makes the theory of mode connectivity executable: claims, toy networks, trained networks, verdicts."""

from toykit.barriers import Barriers, certified_barrier, exact_barrier
from toykit.chord import Profile, error_profile, grid, profile
from toykit.hunt import check
from toykit.landscape import Landscape, Layered, Pair
from toykit.parameters import Parameters, chord_point
from toykit.verdict import Comparison, Number, Result, Verdict

__all__ = [
    "Barriers",
    "Comparison",
    "Landscape",
    "Layered",
    "Number",
    "Pair",
    "Parameters",
    "Profile",
    "Result",
    "Verdict",
    "certified_barrier",
    "check",
    "chord_point",
    "error_profile",
    "exact_barrier",
    "grid",
    "profile",
]
