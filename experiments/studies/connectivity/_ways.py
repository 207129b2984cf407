"""The five ways between two networks as JSON rows: those of `toykit.connectivity.comparison`, the built ones from given stages.

The stages come from outside, so that the maximum of a path can be held against the losses of its parts, found apart from it.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial
from typing import Any

from experiments.studies.connectivity._networks import Networks
from experiments.studies.connectivity._stages import Both, both, trainer_of
from toykit.bridge.training.bezier import train_bezier
from toykit.connectivity.built import build
from toykit.connectivity.comparison import WAYS, Row, Table
from toykit.connectivity.separable import WORDS
from toykit.connectivity.stages import weakest
from toykit.landscape import Pair
from toykit.paths import Path
from toykit.tolerances import ROUNDING
from toykit.verdict import Trust

LINE, ALIGNED, DROPOUT, REBUILT, CURVE = WAYS


def ways(nets: Networks, pair: Pair, seeds: tuple[int, int], config: Mapping[str, Any]) -> dict[str, Any]:
    """Layers and rows of a pair: both conditions, five ways, and the losses along three of them."""
    table = Table(pair, nets.test, config["points"], config["per segment"])
    line = table.straight()
    rows = [line.to_json(), table.aligned().to_json()]
    name = f"rebuilt_paths {config['data']} {config['widths']} {seeds}"
    found = both(table.pair, name, config["thinnings"], trainer_of(config))
    along = {LINE: _line(line, nets, config["points"])}
    for way, key in ((DROPOUT, "dropout"), (REBUILT, "rebuilt")):
        row, along[way] = _built(way, key, table, found, config["per segment"])
        rows.append(row)
    trainer = partial(train_bezier, nets.train, epochs=config["bezier epochs"], seed=seeds[0])
    rows.append(table.curved(trainer).to_json())
    return {"seeds": list(seeds), "worse": found.worse, "layers": found.rows(seeds), "ways": rows, "along": along}


def _built(way: str, key: str, table: Table, found: Both, per_segment: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """The row of a built path, and the losses and test errors along it; what its stages took is part of the cost."""
    stages = found.thinned if key == "dropout" else {e: found.rebuilt(e) for e in "ab"}
    started, before = time.perf_counter() - found.seconds[key], table.counter.passes - found.passes[key]
    built = build(table.pair, stages["a"], stages["b"], per_segment=per_segment)
    seconds, spent = time.perf_counter() - started, table.counter.passes - before
    top, losses = built.maximum, built.path.assembled(list(built.walked.losses))
    earned = weakest(list(found.fresh.values())) if way == REBUILT else WORDS[1]
    low = top.trust is Trust.EXACT and top.hi <= found.worse + ROUNDING * max(1.0, found.worse)
    errors, tested = _tested(built.path, table, per_segment)
    row = Row(
        way,
        top,
        top.value - found.worse,
        earned if low else WORDS[2],
        tested,
        max(errors),
        len(built.path.segments),
        spent,
        seconds,
        f"length {built.path.length:.3g}, largest weight {built.path.largest_weight:.3g}, drift {built.walked.drift:.1g}",
    )
    extra = {
        "predicted": found.predicted(key),
        "length": built.path.length,
        "largest weight": built.path.largest_weight,
        "drift": built.walked.drift,
    }
    sampled = {"losses": losses.values.tolist(), "errors": errors, "segments": len(built.path.segments)}
    return {**row.to_json(), **extra}, sampled


def _tested(path: Path, table: Table, per_segment: int) -> tuple[list[float], float]:
    """Errors along a path and its largest loss on test data."""
    if table.test is None:
        return [], 0.0
    errors = path.error_profile(table.test, per_segment).values.tolist()
    return errors, float(path.profile(table.test, per_segment).values.max())


def _line(row: Row, nets: Networks, points: int) -> dict[str, Any]:
    path = row.way_taken
    if not isinstance(path, Path):
        return {}
    losses, errors = path.profile(nets.train, points), path.error_profile(nets.test, points)
    return {"losses": losses.values.tolist(), "errors": errors.values.tolist(), "segments": 1}
