"""How often a check measures where every measurement is a pass of the data through a large network."""

from __future__ import annotations

from toykit.landscape import Layered, Pair

SLOW = 10**5
"""Parameters above which a network that is no chain of dense layers takes tenths of a second for a pass, on one core."""


def slow(pair: Pair) -> bool:
    """Whether a pass takes long, by type and size: what is measured must not depend on how busy a machine is."""
    return not isinstance(pair.landscape, Layered) and pair.theta_a.count > SLOW


def fewer(pair: Pair, usual: int, slowly: int) -> int:
    """`usual` positions or draws, `slowly` of them where a pass takes long."""
    return slowly if slow(pair) else usual
