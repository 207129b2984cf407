"""Straight-through refinement: weight matching pulled towards what lowers the loss of the midpoint.

A free copy h, first theta_a, is matched to theta_b as theta_a would be; the element P that is found gives the midpoint
(theta_a + P theta_b)/2, and h moves down the gradient of the loss there, as if h stood in place of P theta_b
[ainsworth2022, Section 3.3]. Nothing promises progress, so the best element that was met is kept, the start included.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from toykit.errors import InputError
from toykit.landscape import Pair
from toykit.matching.frame import Frame, Perm
from toykit.matching.matching import Matching, finished
from toykit.matching.weight import weight_matching
from toykit.parameters import Parameters, chord_point
from toykit.symmetry import Symmetries

STEPS, RATE, MOMENTUM = 100, 0.05, 0.9
"""Steps of h, their length as a part of |theta_b|, and the part of the last step that is kept.

Seen on digits networks 64-W-W-10, W = 16, 32, 64: barriers of 0.22, 0.16, 0.068 after the 0.23, 0.22, 0.073 of weight matching.
"""


def straight_through(
    pair: Pair,
    *,
    symmetries: Symmetries | None = None,
    start: Mapping[Any, Any] | None = None,
    steps: int = STEPS,
    rate: float = RATE,
    seed: int = 0,
) -> Matching:
    """min L((theta_a + P theta_b)/2) over the elements P that are met in `steps` steps from `start`, by default weight matching.

    The objective is minus the loss of the midpoint; `objectives` has it for every element that was met, the start first. The
    result is never worse than the start.

    Raises:
        InputError: there is nothing to permute, `start` is not a permutation, or there are fewer than 0 steps.

    """
    if steps < 0 or not 0 < rate < math.inf:
        raise InputError(f"a refinement makes 0 or more steps of finite length; got steps={steps}, rate={rate}; use {STEPS}")
    frame = Frame(pair, symmetries)
    began = time.process_time()
    if start is None:
        start = weight_matching(pair, symmetries=symmetries, seed=seed).perm
    perm: Perm = frame.element(start)
    met, solved = [(-_midpoint_loss(frame, pair, perm), perm)], [0]
    free, velocity, slope = pair.theta_a, pair.theta_a * 0, _slope(frame, pair, perm)
    length = rate * pair.theta_b.norm()
    for _ in range(steps):
        size = slope.norm()
        if not 0 < size < math.inf:  # the midpoint is stationary, or lost: no direction to go
            break
        velocity = velocity * MOMENTUM + slope * ((1 - MOMENTUM) / size)
        free = free - velocity * length
        descent = frame.agreement(free, pair.theta_b).descend(perm, list(perm))
        if all(np.array_equal(order, perm[key]) for key, order in descent.perm.items()):
            continue  # the same midpoint has the same loss and the same gradient
        perm = descent.perm
        slope = _slope(frame, pair, perm)
        met.append((-_midpoint_loss(frame, pair, perm), perm))
        solved.append(descent.steps)
    seconds = time.process_time() - began
    objectives = tuple(objective if math.isfinite(objective) else -math.inf for objective, _ in met)
    best = met[int(np.argmax(objectives))][1]
    return finished(pair, "straight-through", best, objectives, seconds, tuple(solved), symmetries=symmetries)


def _midpoint_loss(frame: Frame, pair: Pair, perm: Perm) -> float:
    return frame.net.loss(chord_point(pair.theta_a, frame.moved(pair.theta_b, perm), 0.5))


def _slope(frame: Frame, pair: Pair, perm: Perm) -> Parameters:
    return frame.net.gradient(chord_point(pair.theta_a, frame.moved(pair.theta_b, perm), 0.5))
