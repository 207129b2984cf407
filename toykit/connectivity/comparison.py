"""Five ways from one network to another, in one table: what each costs, how high it rises, and how well that is known.

Straight line, straight line after alignment, path of thinned old units, path of rebuilt units, and a trained curve where the
caller can train one. Evidence and word are kept apart: the evidence says how the maximum is known, the word what follows.
Dense networks and chains of convolutions, whose units are channels, go through the same rows.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from toykit.chord import grid
from toykit.connectivity.bezier import Bezier
from toykit.connectivity.built import Stages, build
from toykit.connectivity.certificate import maximum
from toykit.connectivity.counted import Counted, counted
from toykit.connectivity.room import Shape, accounting, suffices
from toykit.connectivity.separable import WORDS, stays
from toykit.connectivity.stages import Place, Stage, Trainer, passes, solve_all, tasks, trained_by_lbfgs, weakest
from toykit.connectivity.thinned import Thinner
from toykit.connectivity.units import Layers
from toykit.connectivity.ways import WAYS, Row, StageRow, counts
from toykit.landscape import Landscape, Layered, Pair
from toykit.matching import Matching, weight_matching
from toykit.parameters import Parameters
from toykit.paths import Path
from toykit.verdict import Number, Trust

__all__ = ["WAYS", "CurveTraining", "Row", "StageRow", "Table", "comparison"]

CurveTraining = Callable[[Parameters, Parameters], Bezier]
"""Trains a curve between two points, for example `toykit.bridge.training.bezier.train_bezier` with its landscape."""

WHY_NOT = "the maximum is sampled"


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

    The small networks of the rebuilt path are found in `jobs` processes; each row of a built path lists its stages. Test
    figures are the largest ones at `per_segment` positions of every segment, or at the `points` positions of a line or curve.

    Raises:
        InputError: the landscape is no plain chain of dense layers or convolutions.

    """
    Layers.of(pair.landscape, pair.theta_a)
    table = Table(pair, test, points, per_segment)
    rows = [table.straight(), table.aligned(), table.thinned(draws), table.rebuilt(draws, jobs, trainer)]
    return rows if curve is None else [*rows, table.curved(curve)]


class Table:
    """The pair under a counter, the test data, and how finely is looked at each way."""

    def __init__(self, pair: Pair, test: Landscape | None, points: int, per_segment: int) -> None:
        self.counter = counted(pair.landscape)
        self.pair, self.test = replace(pair, landscape=self.counter), test
        self.points, self.per_segment = points, per_segment
        self.worse = float(pair.landscape.losses([pair.theta_a, pair.theta_b]).max())

    def straight(self) -> Row:
        """The chord."""
        return self._line(WAYS[0], self.pair.theta_b, Clock(self.counter))

    def aligned(self) -> Row:
        """The chord to the permuted copy of theta_b that weight matching finds."""
        clock = Clock(self.counter)
        found = self.matching()
        return self._line(WAYS[1], found.theta, clock, f"{found.moved:.0%} of the units moved by weight matching")

    def thinned(self, draws: int) -> Row:
        """The path of thinned old units, best of `draws` random halves per layer."""
        clock = Clock(self.counter)
        if min(self.counter.widths, default=0) < 2:
            return self._none(WAYS[2], clock, f"hidden widths {self.counter.widths}: a half needs at least two units")
        found = self.thinned_stages(draws)
        stages = {endpoint: small for endpoint, (small, _) in found.items()}
        return self.through(WAYS[2], stages, clock, WORDS[1], f"{draws} draws", StageRow.thinned(found, self.worse))

    def rebuilt(self, draws: int, jobs: int, trainer: Trainer) -> Row:
        """The path of kept halves with read-outs or small trained networks on top."""
        clock = Clock(self.counter)
        found = self.rebuilt_stages(draws, jobs, trainer)
        stages = {end: {layer: stage.small for (x, layer), stage in found.items() if x == end} for end in "ab"}
        shapes = {end: {layer: Shape(*small.shape) for layer, small in stages[end].items()} for end in "ab"}
        room = suffices(accounting(self.counter.widths, shapes["a"], shapes["b"]))
        rows = StageRow.fresh(found)
        if not room.holds:
            return replace(self._none(WAYS[3], clock, f"no room: {room.how}"), stages=rows)
        return self.through(WAYS[3], stages, clock, weakest(list(found.values())), f"stages: {counts(rows)}", rows)

    def curved(self, train: CurveTraining) -> Row:
        """The trained curve; its maximum is sampled, so it certifies nothing."""
        clock = Clock(self.counter)
        found = train(self.pair.theta_a, self.pair.theta_b)
        self.counter.passes += found.passes
        ts = grid(self.points)
        top = float(found.profile(self.counter, ts).values.max())
        number = Number.estimated(top, f"maximum over {self.points} positions, a lower bound of the supremum")
        losses = None if self.test is None else float(found.profile(self.test, ts).values.max())
        errors = None if self.test is None else _largest_error(self.test, [found.point(float(t)) for t in ts])
        return Row(WAYS[4], number, top - self.worse, WORDS[2], losses, errors, 0, clock.passes, clock.seconds, WHY_NOT, found)

    def matching(self) -> Matching:
        """Weight matching of b to a: over layers of units, or over the permutations of channels that the layers allow."""
        if isinstance(self.counter, Layered):
            return weight_matching(self.pair)
        return weight_matching(self.pair, symmetries=Layers.of(self.counter, self.pair.theta_a).symmetries)

    def thinned_stages(self, draws: int) -> dict[str, tuple[Stages, dict[int, float]]]:
        """The best thinned networks of both endpoints by layer, with their losses."""
        ends = {"a": self.pair.theta_a, "b": self.pair.theta_b}
        return {e: Thinner(self.counter, theta).stages(draws, f"comparison/dropout/{e}")[:2] for e, theta in ends.items()}

    def rebuilt_stages(self, draws: int, jobs: int, trainer: Trainer) -> dict[Place, Stage]:
        """The best fresh networks of both endpoints by layer; what finding them took is counted."""
        found = solve_all(tasks(self.pair, draws=draws, name="comparison/rebuilt"), jobs, trainer)
        self.counter.passes += sum(passes(stage, self.pair.theta_a.count) for stage in found.values())
        return found

    def through(
        self, way: str, stages: Mapping[str, Stages], clock: Clock, word: str, note: str, rows: tuple[StageRow, ...] = ()
    ) -> Row:
        """The row of the path through these small networks of "a" and "b"; `word` is what they earned."""
        built = build(self.pair, stages["a"], stages["b"], per_segment=self.per_segment)
        return replace(self._row(way, built.path, built.maximum, clock, word, note, self.per_segment), stages=rows)

    def _line(self, way: str, theta_b: Parameters, clock: Clock, note: str = "") -> Row:
        path = Path.chord(self.pair.theta_a, theta_b)
        top = maximum(self.counter, path, self.points)
        return self._row(way, path, top, clock, WORDS[1], note, self.points)

    def _row(self, way: str, path: Path, top: Number, clock: Clock, word: str, note: str, per_segment: int) -> Row:
        """The row of a polygonal path; the word stands only where the maximum is exact and the worse endpoint's loss."""
        spent = clock.passes, clock.seconds
        exact = top.trust is Trust.EXACT
        said = word if exact and stays(top.hi, self.worse) else WORDS[2]
        why = "" if said == word else WHY_NOT if not exact else f"the path rises by {top.value - self.worse:.3g}"
        losses = errors = None
        if self.test is not None:
            losses = float(path.profile(self.test, per_segment).values.max())
            errors = _largest_error(self.test, _points(path, per_segment))
        notes = "; ".join(part for part in (why, note) if part)
        return Row(way, top, top.value - self.worse, said, losses, errors, len(path.segments), *spent, notes, path)

    @staticmethod
    def _none(way: str, clock: Clock, note: str) -> Row:
        return Row(way, None, None, WORDS[2], None, None, 0, clock.passes, clock.seconds, note)


class Clock:
    """Passes and seconds since it was made."""

    def __init__(self, counter: Counted) -> None:
        self._counter, self._before, self._started = counter, counter.passes, time.perf_counter()

    @property
    def passes(self) -> float:
        """Forward passes."""
        return self._counter.passes - self._before

    @property
    def seconds(self) -> float:
        """Wall-clock seconds."""
        return time.perf_counter() - self._started


def _points(path: Path, per_segment: int) -> list[Parameters]:
    return [path.point(float(t)) for t in np.linspace(0.0, 1.0, len(path.segments) * (per_segment - 1) + 1)]


def _largest_error(landscape: Landscape, points: Sequence[Parameters]) -> float | None:
    """The largest error at the points; None where the data have no classes."""
    found = [landscape.error(point) for point in points]
    known = [error for error in found if error is not None]
    return max(known) if known else None
