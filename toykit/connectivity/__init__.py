"""Paths that bend: kept units, fresh small networks in the free room, and the exact maximum of what was built."""

from toykit.connectivity.bezier import Bezier
from toykit.connectivity.built import Built, build
from toykit.connectivity.certificate import maximum, typed, walk
from toykit.connectivity.comparison import comparison
from toykit.connectivity.descend import descend
from toykit.connectivity.detour import through_constant
from toykit.connectivity.join import connect, join, relocate
from toykit.connectivity.one_versus_rest import one_versus_rest
from toykit.connectivity.room import Shape, room
from toykit.connectivity.separability import Separation, separate
from toykit.connectivity.stages import solve_all, tasks
from toykit.connectivity.subnetwork import Subnetwork
from toykit.connectivity.units import Layers

__all__ = [
    "Bezier",
    "Built",
    "Layers",
    "Separation",
    "Shape",
    "Subnetwork",
    "build",
    "comparison",
    "connect",
    "descend",
    "join",
    "maximum",
    "one_versus_rest",
    "relocate",
    "room",
    "separate",
    "solve_all",
    "tasks",
    "through_constant",
    "typed",
    "walk",
]
