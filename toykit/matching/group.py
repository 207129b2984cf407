"""More than two networks of one architecture: those that a pair brings along, and stand-ins where it brings too few."""

from __future__ import annotations

from toykit.arrays import like, to_numpy
from toykit.landscape import Pair
from toykit.parameters import Parameters
from toykit.seeds import generator


def networks(pair: Pair, count: int) -> tuple[Parameters, ...]:
    """theta_a, theta_b and the others of a pair; where these are fewer than `count`, scrambled copies of theta_a besides."""
    known = (pair.theta_a, pair.theta_b, *pair.others)
    return (*known, *(scrambled(pair.theta_a, number) for number in range(count - len(known))))


def brought(pair: Pair, count: int) -> str:
    """Where `networks(pair, count)` come from, in words."""
    missing = max(0, count - 2 - len(pair.others))
    return f"{missing} of {count} are scrambled copies, trained on nothing" if missing else "all given"


def scrambled(theta: Parameters, number: int = 0) -> Parameters:
    """theta with the entries of every array in a random order: the sizes stay, what was learnt goes. An arbitrary reference."""
    stream = generator("scrambled network", number)
    return theta.map(lambda array: like(stream.permutation(to_numpy(array).reshape(-1)).reshape(array.shape), array))
