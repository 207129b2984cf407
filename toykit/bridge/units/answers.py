"""Activation matching of any traced network: units that answer alike at every place of their group."""

from __future__ import annotations

import time
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import get_args

import numpy as np

from toykit.bridge.evaluating.passes import Passes, traceable
from toykit.bridge.landscapes.landscape import TorchLandscape
from toykit.bridge.tracing.places import Place, places
from toykit.bridge.tracing.symmetries import symmetries as traced_symmetries
from toykit.bridge.units.moments import Moments, Sums
from toykit.errors import InputError
from toykit.landscape import Pair
from toykit.matching.activation import Place as Side
from toykit.matching.activation import Similarity
from toykit.matching.matching import Matching, finished
from toykit.matching.search import Permutation, assignment
from toykit.parameters import Parameters
from toykit.symmetry import Symmetries

ROUNDS = 4
"""Turns over nested groups, as heads and the features inside them: the answers of either depend on the order of the other."""


def traced_activation_matching(
    pair: Pair, *, symmetries: Symmetries | None = None, similarity: Similarity = "correlation", place: Side = "post"
) -> Matching:
    """perm[g] = argmax sum_i R_g[i, perm[g][i]] for every group g, R_g the sum of the similarities at all places of the group.

    Places are what contractions take (`post`) or give (`pre`): every point of a residual stream, every layer that a group
    runs through. Examples, pixels and tokens all count as samples. The data pass in parts, so memory does not grow with
    them. Without `symmetries` they are found in the module of the landscape.

    Raises:
        InputError: the landscape is not a torch module, nothing may be permuted, or a word is unknown.

    """
    for what, value, allowed in (("a similarity", similarity, Similarity), ("a place", place, Side)):
        if value not in get_args(allowed):
            raise InputError(f"{what} of activation matching is one of {', '.join(get_args(allowed))}; got {value!r}; choose one")
    net = traceable(pair)
    if symmetries is None:
        symmetries = traced_symmetries(net._module, net.inputs[:2])
    if not symmetries.groups:
        raise InputError(f"matching permutes units; no axis of {pair.name} may be permuted; see the reasons in its symmetries")
    began = time.process_time()
    record = Record(net, symmetries, place)
    perm, score = symmetries.identity(), Score()
    turns = ROUNDS if len(record.levels) > 1 else 1
    for number in range(turns * len(record.levels)):
        level = record.levels[number % len(record.levels)]
        found, score = matched(record, pair, perm, level, similarity, score)
        stays = all(np.array_equal(order, perm[name]) for name, order in found.items())
        perm |= found
        if stays and number >= len(record.levels):
            break
    notes = [f"no contraction has {name} on this side: it keeps its order" for name, there in record.places.items() if not there]
    if score.constant:
        notes.append(f"{score.constant} answers of units do not vary over the data")
        warnings.warn(
            f"a correlation needs units that vary over the data; {score.constant} of {record.answering} answers do not and count "
            "as 0, so the places of these units may be arbitrary; use similarity='product'",
            stacklevel=2,
        )
    seconds = time.process_time() - began
    method = f"activation, {similarity}, {place}"
    return finished(pair, method, perm, (score.total,), seconds, (len(perm),), tuple(notes), symmetries)


@dataclass
class Score:
    """sum_i R_g[i, perm[g][i]] of every group, and how many answers do not vary in each."""

    objectives: dict[str, float] = field(default_factory=dict)
    still: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> float:
        """The sum over the groups."""
        return sum(self.objectives.values())

    @property
    def constant(self) -> int:
        """The answers that do not vary."""
        return sum(self.still.values())


def matched(
    record: Record, pair: Pair, perm: Mapping[str, Permutation], level: Sequence[str], similarity: Similarity, score: Score
) -> tuple[dict[str, Permutation], Score]:
    """The best order of every group of a level where theta_b is in the order `perm`, and the score with them."""
    moved = record.symmetries.permute(pair.theta_b, perm)
    moments = record.moments(pair.theta_a, moved, level)
    found, score = dict[str, Permutation](), Score(dict(score.objectives), dict(score.still))
    for name in (name for name in level if record.places[name]):
        tables, still = zip(*(place.similarity(similarity) for place in moments[name]), strict=True)
        table = np.sum(tables, axis=0)
        order = assignment(table)
        score.objectives[name], score.still[name] = float(table[np.arange(len(table)), order].sum()), sum(still)
        found[name] = np.asarray(perm[name])[order]
    return found, score


class Record(Passes):
    """The moments of chosen groups at all their places."""

    def __init__(self, net: TorchLandscape, symmetries: Symmetries, side: Side) -> None:
        super().__init__(net)
        self.symmetries = symmetries
        self.places = places(self.traced, symmetries, side)

    @property
    def answering(self) -> int:
        """The answers of all units of both networks."""
        return 2 * sum(self.symmetries[name].size * len(there) for name, there in self.places.items())

    @cached_property
    def levels(self) -> list[list[str]]:
        """Groups whose answers do not depend on each other's order, outer ones first: heads before the features inside them."""
        depths = Counter({name: 0 for name in self.places})
        for name, there in self.places.items():
            outer = {
                other
                for place in there
                for other, others in self.places.items()
                if other != name and any(around(place, their, self.symmetries[other].size) for their in others)
            }
            depths[name] = len(outer)
        return [[name for name in self.places if depths[name] == depth] for depth in sorted(set(depths.values()))]

    def moments(self, theta_a: Parameters, theta_b: Parameters, names: Sequence[str]) -> dict[str, list[Moments]]:
        """The moments of groups at all their places, over all data of the landscape."""
        nodes = {place.node for name in names for place in self.places[name]}
        sums: dict[tuple[str, Place], Sums] = {}
        ends = [self.net._point(theta) for theta in (theta_a, theta_b)]
        for runner, inputs in self.parts(nodes) if nodes else ():
            a, b = (runner.values(theta, inputs, nodes) for theta in ends)
            for name in names:
                for place in self.places[name]:
                    answers = [place.rows(value[place.node], self.symmetries[name].size) for value in (a, b)]
                    if (name, place) not in sums:
                        sums[name, place] = Sums(*answers)
                    sums[name, place].add(*answers)
        return {name: [sums[name, place].moments for place in self.places[name]] for name in names}


def around(place: Place, outer: Place, size: int) -> bool:
    """Whether a place lies inside the units of another one on the same axis, as features inside a head."""
    same = (place.node, place.axis) == (outer.node, outer.axis)
    return same and place.block < outer.block and outer.start <= place.start < outer.start + size * outer.block
