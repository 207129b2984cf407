"""The benchmarks run, and the ways they compare agree; their timings are never tested."""

from __future__ import annotations

import pytest

from experiments.benchmarks import barrier_engines
from toykit.data import gaussian_clusters
from toykit.landscape import Pair
from toykit.losses import CrossEntropy
from toykit.networks.fixtures import grid_evader
from toykit.networks.mlp import MLP
from toykit.seeds import generator

pytest.importorskip("flint", reason="the exact engine is one of the ways compared")


def test_every_way_speaks_of_one_barrier() -> None:
    found = {way: task() for way, task in barrier_engines.ways(grid_evader(), pieces=True)}
    assert found["exact"].startswith("500000 ")
    assert found["certified 0.0001"].startswith("[500000, 5000")
    assert found["grid of 11"] != found["grid of 25"], "grids differ, which is why they are printed"
    assert "same rationals" in found["two processes"]


def test_the_error_is_compared_where_there_are_classes() -> None:
    data = gaussian_clusters(20, 3, 2)
    net, draw = MLP((3, 5, 2), "relu", CrossEntropy(), data), generator("benchmark", 0)
    tasks = dict(barrier_engines.ways(Pair(net, net.draw(draw), net.draw(draw)), pieces=True))
    assert "constant pieces" in tasks["error exact"]()
    assert "evaluations" in tasks["error certified"]()
    assert float(tasks["error on 25"]()) >= 0


def test_a_task_is_timed_in_cpu_seconds() -> None:
    said, seconds = barrier_engines.timed(lambda: "done")
    assert said == "done"
    assert seconds >= 0


def test_the_gpu_benchmark_runs_on_a_cpu_and_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    gpu_speed = pytest.importorskip("experiments.benchmarks.gpu_speed")
    monkeypatch.setattr(gpu_speed, "DRAWS", 100)
    monkeypatch.setattr(gpu_speed, "SQUARE", {"cpu": 64})
    gpu_speed.main(["--device", "cpu", "--quick"])
    said = capsys.readouterr().out
    assert "not a GPU" in said.splitlines()[0]
    for way in ("W = 64, 25-point curve", "W = 64, 10 draws", "plain loop", "one by one", "8 together", "dense profile"):
        assert way in said


def test_a_gpu_that_is_not_there_is_one_sentence() -> None:
    gpu_speed = pytest.importorskip("experiments.benchmarks.gpu_speed")
    with pytest.raises(SystemExit, match="a device is cuda, where torch sees one, or cpu; got 'cuda:9'; add --device cpu"):
        gpu_speed.main(["--device", "cuda:9"])
