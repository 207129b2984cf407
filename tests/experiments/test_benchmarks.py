"""The benchmarks run, and the ways they compare agree; their timings are never tested."""

from __future__ import annotations

import pytest

from experiments.benchmarks import barrier_engines
from toykit.networks.fixtures import grid_evader

pytest.importorskip("flint", reason="the exact engine is one of the ways compared")


def test_every_way_speaks_of_one_barrier() -> None:
    found = {way: task() for way, task in barrier_engines.ways(grid_evader(), exact=True)}
    assert found["exact"].startswith("500000 ")
    assert found["certified 0.0001"].startswith("[500000, 5000")
    assert found["grid of 11"] != found["grid of 25"], "grids differ, which is why they are printed"


def test_a_task_is_timed_in_cpu_seconds() -> None:
    said, seconds = barrier_engines.timed(lambda: "done")
    assert said == "done"
    assert seconds >= 0
