"""Networks of m units that realise a function of r units: labelled affine subspaces, and which of them meet.

A labelling writes "copy of i" on a unit, each i at least once, or puts it in a nonempty group of cancelling units.
Copies of i have the incoming weights w_i and outgoing weights that sum to a_i; the units of a group share any incoming
weights, and their outgoing weights sum to 0 [connectivity/extra_neuron].
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from toykit.errors import InputError
from toykit.landscape import Floats
from toykit.tolerances import SEPARATED

Labelling = tuple[int, ...]
"""Per unit: i < r for a copy of i, r + g for the cancelling group g, groups numbered as they appear."""


def labellings(r: int, m: int) -> Iterator[Labelling]:
    """All labellings of m units for a function of r units, T(r, m) of them.

    >>> [len(list(labellings(1, m))) for m in (1, 2, 3, 4)]
    [1, 3, 10, 37]
    """
    if not 1 <= r <= m:
        raise InputError(f"a function of r >= 1 units is embedded in m >= r units; got r={r}, m={m}; add units")
    return (found for found in _extended((), r, m) if set(range(r)) <= set(found))


@dataclass(frozen=True, eq=False)
class Meeting:
    """The subspaces of all labellings of given units: dimensions, the pairs that meet, and the pairs that coincide."""

    found: tuple[Labelling, ...]
    dimensions: tuple[int, ...]
    edges: tuple[tuple[int, int], ...]
    equal: tuple[tuple[int, int], ...]

    @property
    def components(self) -> int:
        """The number of connected components of the union."""
        return len(set(_merged(len(self.found), self.edges)))

    @property
    def different(self) -> int:
        """The number of different subspaces."""
        return len(set(_merged(len(self.found), self.equal)))


@dataclass(frozen=True, eq=False)
class Units:
    """r units of a layer: incoming weights with bias, shape (r, d), and outgoing weights, shape (r, k)."""

    incoming: Floats
    outgoing: Floats

    @property
    def kinds(self) -> tuple[int, ...]:
        """Units with equal incoming weights are of one kind, named by the first of them."""
        return tuple(
            next(j for j in range(i + 1) if np.array_equal(self.incoming[j], row)) for i, row in enumerate(self.incoming)
        )

    def meet(self, *labels: Labelling) -> int | None:
        """The dimension of the intersection of these subspaces of width m; None if it is empty."""
        free = self._free_rows(labels)
        if free is None:
            return None
        m, r = len(labels[0]), len(self.incoming)
        classes = [(np.array(label) == c, c) for label in labels for c in sorted(set(label))]
        left = np.array([members for members, _ in classes], dtype=np.float64)
        right = np.array([self.outgoing[c] if c < r else np.zeros(self.outgoing.shape[1]) for _, c in classes])
        solution, _, rank, _ = np.linalg.lstsq(left, right, rcond=None)
        if np.abs(left @ solution - right).max() > SEPARATED * max(1.0, float(np.abs(right).max())):
            return None
        return int(free * self.incoming.shape[1] + (m - rank) * self.outgoing.shape[1])

    def meetings(self, m: int) -> Meeting:
        """Which of the T(r, m) subspaces meet, and which coincide."""
        found = tuple(labellings(len(self.incoming), m))
        dimensions = tuple(d for d in (self.meet(label) for label in found) if d is not None)
        edges, equal = [], []
        for i, j in combinations(range(len(found)), 2):
            common = self.meet(found[i], found[j])
            if common is not None:
                edges.append((i, j))
                if common == dimensions[i] == dimensions[j]:
                    equal.append((i, j))
        return Meeting(found, dimensions, tuple(edges), tuple(equal))

    def sampled(self, label: Labelling, draw: np.random.Generator) -> Units:
        """A random point of the subspace: m units that realise the same function."""
        r, m = len(self.incoming), len(label)
        incoming, outgoing = np.zeros((m, self.incoming.shape[1])), draw.normal(size=(m, self.outgoing.shape[1]))
        for c in set(label):
            members = [j for j in range(m) if label[j] == c]
            incoming[members] = self.incoming[c] if c < r else draw.normal(size=self.incoming.shape[1])
            total = self.outgoing[c] if c < r else 0.0
            outgoing[members[-1]] = total - outgoing[members[:-1]].sum(axis=0)
        return Units(incoming, outgoing)

    def _free_rows(self, labels: Sequence[Labelling]) -> int | None:
        """How many incoming rows are free to choose when all equalities hold; None if two of different kind would be equal."""
        m, r = len(labels[0]), len(self.incoming)
        kinds = self.kinds
        edges = []
        for label in labels:
            first: dict[int, int] = {}
            for j, c in enumerate(label):
                edges.append((j, m + kinds[c] if c < r else first.setdefault(c, j)))
        root = _merged(m + r, edges)
        fixed = [root[m + kind] for kind in sorted(set(kinds))]
        if len(set(fixed)) < len(fixed):
            return None
        return len({root[j] for j in range(m)} - set(fixed))


def dimension(label: Labelling, r: int, d: int, k: int) -> int:
    """sum over i of (k_i - 1) k + sum over groups of d + (b - 1) k, for k_i copies of i and b units of a group."""
    sizes = [(c, label.count(c)) for c in set(label)]
    return sum((size - 1) * k + (d if c >= r else 0) for c, size in sizes)


def _extended(start: Labelling, r: int, m: int) -> Iterator[Labelling]:
    if len(start) == m:
        yield start
        return
    following = max((c for c in start if c >= r), default=r - 1) + 1
    for c in range(following + 1):
        yield from _extended((*start, c), r, m)


def _merged(count: int, edges: Sequence[tuple[int, int]]) -> list[int]:
    """For each of `count` nodes the smallest node that it is joined to by the edges."""
    root = list(range(count))
    for i, j in edges:
        low, high = sorted((root[i], root[j]))
        if low != high:
            root = [low if x == high else x for x in root]
    return root
