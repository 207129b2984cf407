"""Which examples are misclassified on a whole part of a chord, by enclosures of their margins z_y - z_j.

An example is wrong on the part where one margin stays below 0, right where all stay above, and undecided where neither is known:
it changes sides there, ties, or its enclosure is too wide yet.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from array_api_compat import array_namespace
from numpy.typing import NDArray

from toykit.arrays import to_numpy
from toykit.barriers.certified.losses import Curve
from toykit.barriers.certified.models import Model, size, spread
from toykit.barriers.certified.rounding import UNIT
from toykit.parameters import Array

Rows = NDArray[np.intp]


class Part(NamedTuple):
    """On [left, right] so many examples are misclassified throughout; those of `undecided` may be at some positions."""

    left: float
    right: float
    wrong: int
    undecided: Rows

    @property
    def most(self) -> int:
        """As many as may be misclassified somewhere on the part."""
        return self.wrong + len(self.undecided)


@dataclass
class Judge:
    """Decides examples on a part by enclosures of their outputs."""

    chord: Any  # a dataclass with inputs, targets and a loss
    labels: Array
    evaluations: int = 0

    @property
    def count(self) -> int:
        """n, the number of examples."""
        return int(self.labels.shape[0])

    def __call__(self, left: float, right: float, wrong: int, rows: Rows) -> Part:
        """The part with what is decided of the examples `rows`, beside `wrong` others that are misclassified on all of it."""
        if not len(rows):
            return Part(left, right, wrong, rows)
        self.evaluations += 1
        verdicts = Verdicts()
        own = replace(self.chord, inputs=self.chord.inputs[rows], targets=self.labels[rows], loss=verdicts)
        own.curves()((left + right) / 2, (right - left) / 2 * (1 + 8 * UNIT))
        bad, good = (np.concatenate(parts) for parts in (verdicts.wrong, verdicts.right))
        return Part(left, right, wrong + int(bad.sum()), rows[~(bad | good)])


@dataclass
class Verdicts:
    """Stands where a chord has its loss and keeps, block by block, which examples are wrong or right on the whole part."""

    wrong: list[NDArray[np.bool_]] = field(default_factory=list)
    right: list[NDArray[np.bool_]] = field(default_factory=list)

    def __call__(self, outputs: Model, labels: Array) -> Curve:
        """Keep the verdicts on a block; the loss that is given back says nothing."""
        xp = array_namespace(outputs.c0)
        classes = xp.arange(outputs.c0.shape[1], dtype=labels.dtype, device=labels.device)
        chosen = labels[:, None] == classes[None, :]
        hot = xp.astype(chosen, outputs.c0.dtype)
        own = Model(*(xp.sum(part * hot, axis=1, keepdims=True) for part in outputs))
        error = (own.remainder + outputs.remainder + 4 * UNIT * (size(own) + size(outputs))) * (1 + 8 * UNIT)
        lo, hi = spread(Model(own.c0 - outputs.c0, own.c1 - outputs.c1, own.c2 - outputs.c2, error))
        self.wrong.append(to_numpy(xp.any((hi + error < 0) & ~chosen, axis=1)))
        self.right.append(to_numpy(xp.all((lo - error > 0) | chosen, axis=1)))
        return Curve(np.zeros(5), 0.0)
