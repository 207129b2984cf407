"""The matchers that the studies compare, and the two controls that match nothing: as trained, and matched but re-shuffled."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace

from toykit.barriers.measured import gap
from toykit.chord import grid
from toykit.landscape import Pair
from toykit.matching.activation import activation_matching
from toykit.matching.contribution import contribution_matching
from toykit.matching.matching import Matching, layered
from toykit.matching.rebasin import rebasin
from toykit.matching.reshuffling import chosen, reshuffling
from toykit.matching.weight import weight_matching
from toykit.parameters import Parameters
from toykit.seeds import generator

POINTS = 11


def _weight(pair: Pair) -> Matching:
    return weight_matching(pair, restarts=1)


def _activation(pair: Pair) -> Matching:
    with warnings.catch_warnings():  # units that are still are in the notes of the matching
        warnings.simplefilter("ignore")
        return activation_matching(pair)


MATCHERS: dict[str, Callable[[Pair], Matching]] = {
    "weight": _weight,
    "activation": _activation,
    "contribution": contribution_matching,
}
MATCHED = tuple(MATCHERS)
UNMATCHED = ("none", "re-shuffled")


def aligned(pair: Pair, matcher: str) -> Pair:
    """The pair with theta_b matched; `none` leaves it, `re-shuffled` matches activations and then permutes all units."""
    if matcher == "none":
        return pair
    if matcher == "re-shuffled":
        return replace(pair, theta_b=reshuffled(pair, MATCHERS["activation"](pair).theta, 1.0))
    return replace(pair, theta_b=MATCHERS[matcher](pair).theta)


def reshuffled(pair: Pair, theta: Parameters, part: float, number: int = 0) -> Parameters:
    """theta with a random part of the units of every hidden layer permuted at random among themselves."""
    net = layered(pair)
    return rebasin(net, theta, reshuffling(net, chosen(net, part), generator(f"re-shuffled {part:g}", number)))


def grid_barrier(pair: Pair, points: int = POINTS) -> float:
    """The largest gap of equally spaced positions, both ends included, so never below 0."""
    return max(0.0, float(gap(pair, grid(points)).max()))
