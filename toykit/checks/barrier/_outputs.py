"""What the output-space claims measure: outputs, gap and line at a few positions of a chord, and random pairs for hunts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from toykit.barriers.decomposition import Terms, known_loss, terms
from toykit.barriers.measured import tolerance
from toykit.data import gaussian_clusters, teacher_student
from toykit.errors import InputError
from toykit.landscape import Pair
from toykit.losses import CrossEntropy, Loss, SquaredLoss
from toykit.networks.designed import designed
from toykit.networks.mlp import MLP
from toykit.outputs import POSITIONS, OutputChord, Outputs, namespace
from toykit.seeds import generator
from toykit.verdict import Comparison, Number, Outcome, Relation, Result

MIDDLE = int(np.flatnonzero(POSITIONS == 0.5)[0])
QUARTERS = tuple(int(np.flatnonzero(POSITIONS == t)[0]) for t in (0.25, 0.75))


@dataclass(frozen=True)
class Reading:
    """The gap and the line (1-t) L_a + t L_b at one position, and the outputs there."""

    outputs: Outputs
    gap: float
    line: float

    @property
    def number(self) -> Number:
        """The gap as a number: a value of the profile minus the line."""
        return Number.exact(self.gap, f"the value at t = {self.outputs.t:g}")


@dataclass(frozen=True)
class OutputReadings:
    """A pair, the outputs along its chord, and readings at `POSITIONS`."""

    pair: Pair
    chord: OutputChord
    readings: tuple[Reading, ...]
    ends: tuple[float, float]

    @property
    def middle(self) -> Reading:
        """The reading at t = 1/2."""
        return self.readings[MIDDLE]

    @cached_property
    def terms(self) -> tuple[Terms, ...]:
        """The three terms per example at each position."""
        return tuple(terms(self.chord, reading.outputs, self.pair.landscape.traits) for reading in self.readings)

    @cached_property
    def allowed(self) -> float:
        """The absolute tolerance: rounding errors are those of the outputs, which may be far larger than the loss."""
        xp, z = namespace(self.chord.start), self.chord
        sizes = [float(xp.mean(xp.max(xp.abs(outputs), axis=1))) for outputs in (z.start, z.end, self.middle.outputs.here)]
        size = max(sizes)
        if self.pair.landscape.traits.loss == "squared":
            rows = xp.mean(xp.sum(z.start**2 + z.end**2 + self.middle.outputs.here**2 + z.target_rows**2, axis=1))
            size = max(size, (self.pair.landscape.traits.factor or 1.0) * float(rows))
        return tolerance(self.pair, max(size, *map(abs, self.ends), *(abs(r.gap + r.line) for r in self.readings)))

    @property
    def shares(self) -> dict[str, object]:
        """Which examples carry the gap at 1/2, as stored: the share of the top decile, and the terms per class."""
        found = self.terms[MIDDLE]
        known: dict[str, object] = {"terms at 1/2": found.means(), "share of the top decile": found.top_share()}
        if self.chord.labels is not None:
            known["terms per class"] = found.by_class(self.chord.labels)
        return known


def read(pair: Pair) -> OutputReadings:
    """Outputs, gaps and lines of the pair.

    Raises:
        InputError: the landscape has no outputs (n, k) with targets.

    """
    chord = OutputChord(pair)
    values = pair.landscape.profile(pair.theta_a, pair.theta_b, np.concatenate([[0.0], POSITIONS, [1.0]]))
    lines = (1 - POSITIONS) * values[0] + POSITIONS * values[-1]
    found = zip(POSITIONS, values[1:-1] - lines, lines, strict=True)
    readings = tuple(Reading(chord.at(float(t)), float(gap), float(line)) for t, gap, line in found)
    return OutputReadings(pair, chord, readings, (float(values[0]), float(values[-1])))


def identities(found: OutputReadings, sides: Sequence[float], note: str) -> Iterator[Comparison]:
    """The gap against the side that the claim gives at 1/2, 1/4 and 3/4; `sides` has one number per position."""
    for index in (MIDDLE, *QUARTERS):
        reading = found.readings[index]
        bound = Number.exact(sides[index], note)
        yield Comparison(f"gap at {reading.outputs.t:g}", reading.number, Relation.EQUAL, bound, found.allowed)


def without_outputs(slug: str, pair: Pair, assumption: str, reason: InputError) -> Result:
    """INAPPLICABLE: a loss given by a formula has no outputs."""
    return Result(slug, pair.name, (), {}, {assumption: Outcome(False, str(reason))})


def loss_is(pair: Pair, name: str) -> Outcome:
    """Whether the loss is the plain mean of the loss of that name, by type."""
    traits = pair.landscape.traits
    known = known_loss(traits)
    if traits.loss == name and known.holds:
        return known
    return Outcome(False, f"the loss is {traits.loss}" + (", weighted or smoothed" if traits.loss == name else ""))


def random_pairs(slug: str, count: int, seed: int, loss: Loss) -> Iterator[Pair]:
    """`count` random pairs with this loss: chosen outputs three times, then a tanh and a ReLU network."""
    for number in range(count):
        draw = generator(f"{slug}/{loss.name}", seed * 1_000_000 + number)
        if number % 5 < 3:
            yield chosen_outputs(draw, loss, f"chosen outputs {number}")
        else:
            yield network_pair(draw, loss, "tanh" if number % 5 == 3 else "relu", f"networks {number}")


def chosen_outputs(draw: np.random.Generator, loss: Loss, name: str) -> Pair:
    """Random outputs and errors of any size; half of the time the ends agree, so that nothing is won by averaging."""
    shape = (int(draw.integers(1, 7)), int(draw.integers(2, 5)))
    start, end, error = (10 ** draw.uniform(-2, 1) * draw.normal(size=shape) for _ in range(3))
    targets = draw.integers(0, shape[1], size=shape[0]) if isinstance(loss, CrossEntropy) else draw.normal(size=shape)
    if draw.random() < 0.5:
        end = start
    return designed(start, end, error, targets, loss, name)


def network_pair(draw: np.random.Generator, loss: Loss, activation: str, name: str) -> Pair:
    """Two random networks on Gaussian clusters, or on a small regression for the squared loss."""
    number = int(draw.integers(2**31))
    if isinstance(loss, SquaredLoss):
        data, outputs = teacher_student(count=12, width=3, outputs=2, number=number), 2
    else:
        data, outputs = gaussian_clusters(count=12, width=3, number=number), 3
    net = MLP((3, int(draw.integers(2, 6)), outputs), activation, loss, data)
    return Pair(net, net.draw(draw), net.draw(draw), name)
