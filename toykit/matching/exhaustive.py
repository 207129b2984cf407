"""All permutations, one after the other: the slow twin of weight matching, written for clarity only."""

from __future__ import annotations

import itertools
import math
import time

import numpy as np

from toykit.errors import InputError
from toykit.landscape import Pair
from toykit.matching.matching import Matching, finished, layered
from toykit.matching.rebasin import rebasin

MOST = 15_000
"""Permutations tried: one hidden layer of 7 units, or two of 5."""


def exhaustive_matching(pair: Pair) -> Matching:
    """argmax <theta_a, P theta_b> over all prod_l n_l! permutations; `objectives` holds every value, in lexicographic order.

    Raises:
        InputError: there are more than 15,000 permutations.

    """
    net = layered(pair)
    count = math.prod(math.factorial(width) for width in net.widths)
    if count > MOST:
        raise InputError(
            f"all permutations can be tried where there are at most {MOST}; widths {tuple(net.widths)} have {count}; "
            "use weight_matching"
        )
    began = time.process_time()
    candidates = list(itertools.product(*(itertools.permutations(range(width)) for width in net.widths)))
    perms = [{layer: np.array(order) for layer, order in enumerate(candidate, start=1)} for candidate in candidates]
    objectives = tuple(pair.theta_a.dot(rebasin(net, pair.theta_b, perm)) for perm in perms)
    winner = perms[int(np.argmax(objectives))]
    return finished(pair, "exhaustive", winner, objectives, time.process_time() - began)
