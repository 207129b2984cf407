"""Matching one network after the other to the sum of the others: every step raises the sum of the pairwise inner products."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from toykit.errors import InputError
from toykit.landscape import Landscape
from toykit.matching.frame import Frame
from toykit.matching.search import shaken
from toykit.matching.universe import Perms, Universe, finished, fitting, host, pair_objective
from toykit.parameters import Parameters
from toykit.seeds import generator
from toykit.symmetry import Symmetries
from toykit.tolerances import ROUNDING

RESTARTS = 4
SWEEPS = 100
"""A search that still rises after so many rounds is stopped; none was seen to need twenty."""

Found = tuple[list[Perms], list[float]]


def merge_many(
    net: Landscape,
    thetas: Sequence[Parameters],
    *,
    symmetries: Symmetries | None = None,
    restarts: int = RESTARTS,
    seed: int = 0,
    start: Sequence[Perms] | None = None,
    warm: bool = True,
) -> Universe:
    """max sum_{p<q} <P_p theta_p, P_q theta_q> by coordinate ascent over the networks [ainsworth2022, MergeMany].

    Each network is matched to the sum of the others from its present order (`warm`), so the sum never falls; with `warm=False`
    from the order as given, as published, and it may. The first search starts from `start`, or the order as it is, the
    others from the best so far with a part of the units re-shuffled. Networks that are no chain of dense layers are permuted
    by their `symmetries`.

    Raises:
        InputError: there are fewer than two networks, nothing may be permuted, or there is less than one restart.
        ShapeError: the networks have different widths.

    """
    if restarts < 1:
        raise InputError(f"a search is made at least once; got restarts={restarts}; use {RESTARTS}")
    frame = fitting(net, thetas, symmetries)
    began, stream = time.process_time(), generator("merging", seed)
    hosts, searches = [host(theta) for theta in thetas], list[Found]()
    perms: list[Perms] = [frame.identity() for _ in thetas] if start is None else list(start)
    for number in range(restarts):
        if number:
            perms = [shaken(perm, stream) for perm in max(searches, key=lambda found: found[1][-1])[0]]
        searches.append(ascend(frame, hosts, perms, stream, warm=warm))
    return finished("merging", frame, thetas, searches, time.process_time() - began)


def ascend(
    frame: Frame, hosts: Sequence[Parameters], start: Sequence[Perms], stream: np.random.Generator, *, warm: bool = True
) -> Found:
    """One search: rounds over the networks in random order until none moves, and the objective after every matching."""
    perms = list(start)
    placed = [frame.moved(theta, perm) for theta, perm in zip(hosts, perms, strict=True)]
    trace = [pair_objective(placed)]
    for _ in range(SWEEPS):
        moved = False
        for p in stream.permutation(len(perms)).tolist():
            first, *others = [theta for q, theta in enumerate(placed) if q != p]
            rest = sum(others, start=first)
            descent = frame.agreement(rest, hosts[p]).descend(perms[p] if warm else frame.identity(), list(perms[p]))
            theta = frame.moved(hosts[p], descent.perm)
            rise = rest.dot(theta) - rest.dot(placed[p])
            moved |= rise > ROUNDING * rest.norm() * theta.norm()
            perms[p], placed[p] = descent.perm, theta
            trace.append(trace[-1] + rise)
        if not moved:
            break
    return perms, trace
