"""Five ways from one network to another, in one table: what each costs, how high it rises, and how well that is known.

Straight line, straight line after alignment, path of thinned old units, path of rebuilt units, and a trained curve where the
caller can train one. Evidence and word are kept apart: the evidence says how the maximum is known, the word what follows.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from toykit.chord import grid
from toykit.connectivity.bezier import Bezier
from toykit.connectivity.built import Built, build
from toykit.connectivity.certificate import maximum
from toykit.connectivity.counted import Counted
from toykit.connectivity.room import Shape, accounting, suffices
from toykit.connectivity.separable import WORDS
from toykit.connectivity.stages import Stage, Trainer, passes, solve_all, tasks, trained_by_lbfgs, weakest
from toykit.connectivity.thinned import Thinner
from toykit.connectivity.units import Layers
from toykit.errors import InputError
from toykit.landscape import Landscape, Layered, Pair
from toykit.matching import weight_matching
from toykit.parameters import Parameters
from toykit.paths import Path
from toykit.tolerances import ROUNDING
from toykit.verdict import Number, Trust

CurveTraining = Callable[[Parameters, Parameters], Bezier]
"""Trains a curve between two points, for example `toykit.bridge.training.bezier.train_bezier` with its landscape."""

WAYS = ("straight line", "aligned straight line", "dropout-stable path", "rebuilt path", "Bezier curve")

WHY_NOT = "the maximum is sampled"


@dataclass(frozen=True)
class Row:
    """One way: largest training loss with its evidence, the word, test loss and error (largest on the way), and the cost.

    `passes` are forward passes over the training data, a gradient counted as three, small networks by their share of the
    parameters. `segments` is 0 for a curve. `way_taken` is the path or curve itself, None where there is none; `note` says why.
    """

    way: str
    maximum: Number | None
    excess: float | None
    word: str
    test_loss: float | None
    test_error: float | None
    segments: int
    passes: float
    seconds: float
    note: str = ""
    way_taken: Path | Bezier | None = None

    def to_json(self) -> dict[str, Any]:
        """The row as a JSON object, without the path."""
        shown = {name: getattr(self, name) for name in ("way", "excess", "word", "test_loss", "test_error", "segments")}
        found = None if self.maximum is None else self.maximum.to_json()
        return {**shown, "maximum": found, "passes": self.passes, "seconds": self.seconds, "note": self.note}


def comparison(
    pair: Pair,
    test: Landscape | None = None,
    *,
    curve: CurveTraining | None = None,
    points: int = 25,
    per_segment: int = 3,
    draws: int = 20,
    jobs: int = 1,
    trainer: Trainer = trained_by_lbfgs,
) -> list[Row]:
    """One row per way, in the order of `WAYS`; straight lines and the curve are sampled at `points` positions.

    The stages of the rebuilt path are solved in `jobs` processes. Test figures are the largest ones at `per_segment` positions
    of every segment, or at the `points` positions of a line or curve.

    Raises:
        InputError: the landscape is no plain chain of dense layers.

    """
    Layers.of(pair.landscape, pair.theta_a)
    table = Table(pair, test, points, per_segment)
    rows = [table.straight(), table.aligned(), table.thinned(draws), table.rebuilt(draws, jobs, trainer)]
    return rows if curve is None else [*rows, table.curved(curve)]


class Table:
    """The pair under a counter, the test data, and how finely is looked at each way."""

    def __init__(self, pair: Pair, test: Landscape | None, points: int, per_segment: int) -> None:
        network = pair.landscape
        if not isinstance(network, Layered):
            raise InputError(
                f"ways are compared in networks of dense layers; got {type(network).__name__}; build each path alone"
            )
        self.counter = Counted(network)
        self.pair, self.test = replace(pair, landscape=self.counter), test
        self.points, self.per_segment = points, per_segment
        self.worse = float(network.losses([pair.theta_a, pair.theta_b]).max())

    def straight(self) -> Row:
        """The chord."""
        return self._line(WAYS[0], self.pair.theta_b, _Clock(self.counter))

    def aligned(self) -> Row:
        """The chord to the permuted copy of theta_b that weight matching finds."""
        clock = _Clock(self.counter)
        found = weight_matching(self.pair)
        return self._line(WAYS[1], found.theta, clock, f"{found.moved:.0%} of the units moved by weight matching")

    def thinned(self, draws: int) -> Row:
        """The path of thinned old units, best of `draws` random halves per layer."""
        clock, ends = _Clock(self.counter), (self.pair.theta_a, self.pair.theta_b)
        if min(self.counter.widths, default=0) < 2:
            return self._none(WAYS[2], clock, f"hidden widths {self.counter.widths}: a half needs at least two units")
        a, b = (
            Thinner(self.counter, theta).stages(draws, f"comparison/dropout/{e}")[0] for e, theta in zip("ab", ends, strict=True)
        )
        return self._built(WAYS[2], build(self.pair, a, b, per_segment=self.per_segment), clock, WORDS[1], f"{draws} draws")

    def rebuilt(self, draws: int, jobs: int, trainer: Trainer) -> Row:
        """The path of kept halves with read-outs or small trained networks on top."""
        clock = _Clock(self.counter)
        given = tasks(self.pair, draws=draws, name="comparison/rebuilt")
        stages = solve_all(given, jobs, trainer)
        self.counter.passes += sum(passes(stage, self.pair.theta_a.count) for stage in stages.values())
        shapes = {e: {layer: Shape(*s.small.shape) for (x, layer), s in stages.items() if x == e} for e in "ab"}
        room = suffices(accounting(self.counter.widths, shapes["a"], shapes["b"]))
        if not room.holds:
            return self._none(WAYS[3], clock, f"no room: {room.how}")
        a, b = ({layer: stage.small for (x, layer), stage in stages.items() if x == e} for e in "ab")
        built = build(self.pair, a, b, per_segment=self.per_segment)
        return self._built(WAYS[3], built, clock, weakest(list(stages.values())), _seeds(stages))

    def curved(self, train: CurveTraining) -> Row:
        """The trained curve; its maximum is sampled, so it certifies nothing."""
        clock = _Clock(self.counter)
        found = train(self.pair.theta_a, self.pair.theta_b)
        self.counter.passes += found.passes
        ts = grid(self.points)
        top = float(found.profile(self.counter, ts).values.max())
        number = Number.estimated(top, f"maximum over {self.points} positions, a lower bound of the supremum")
        losses = None if self.test is None else float(found.profile(self.test, ts).values.max())
        errors = None if self.test is None else _largest_error(self.test, [found.point(float(t)) for t in ts])
        return Row(WAYS[4], number, top - self.worse, WORDS[2], losses, errors, 0, clock.passes, clock.seconds, WHY_NOT, found)

    def _line(self, way: str, theta_b: Parameters, clock: _Clock, note: str = "") -> Row:
        path = Path.chord(self.pair.theta_a, theta_b)
        top = maximum(self.counter, path, self.points)
        return self._row(way, path, top, clock, WORDS[1], note, self.points)

    def _built(self, way: str, built: Built, clock: _Clock, word: str, note: str) -> Row:
        return self._row(way, built.path, built.maximum, clock, word, note, self.per_segment)

    def _row(self, way: str, path: Path, top: Number, clock: _Clock, word: str, note: str, per_segment: int) -> Row:
        """The row of a polygonal path; the word stands only where the maximum is exact and the worse endpoint's loss."""
        spent = clock.passes, clock.seconds
        exact = top.trust is Trust.EXACT
        low = top.hi <= self.worse + ROUNDING * max(1.0, self.worse)
        said = word if exact and low else WORDS[2]
        why = "" if said == word else WHY_NOT if not exact else f"the path rises by {top.value - self.worse:.3g}"
        losses = errors = None
        if self.test is not None:
            losses = float(path.profile(self.test, per_segment).values.max())
            errors = _largest_error(self.test, _points(path, per_segment))
        notes = "; ".join(part for part in (why, note) if part)
        return Row(way, top, top.value - self.worse, said, losses, errors, len(path.segments), *spent, notes, path)

    @staticmethod
    def _none(way: str, clock: _Clock, note: str) -> Row:
        return Row(way, None, None, WORDS[2], None, None, 0, clock.passes, clock.seconds, note)


class _Clock:
    """Passes and seconds since it was made."""

    def __init__(self, counter: Counted) -> None:
        self._counter, self._before, self._started = counter, counter.passes, time.perf_counter()

    @property
    def passes(self) -> float:
        return self._counter.passes - self._before

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self._started


def _points(path: Path, per_segment: int) -> list[Parameters]:
    return [path.point(float(t)) for t in np.linspace(0.0, 1.0, len(path.segments) * (per_segment - 1) + 1)]


def _largest_error(landscape: Landscape, points: Sequence[Parameters]) -> float | None:
    """The largest error at the points; None where the data have no classes."""
    found = [landscape.error(point) for point in points]
    known = [error for error in found if error is not None]
    return max(known) if known else None


def _seeds(stages: dict[tuple[str, int], Stage]) -> str:
    """Which draw every stage comes from, with its seed."""
    return ", ".join(f"{e}{layer}: {s.small.how}, draw {s.draw}, seed {s.small.seed}" for (e, layer), s in stages.items())
