"""Sweeps: the pairs a file describes, shards that join to the whole, and one sentence for every mistake in the file."""

import json
from pathlib import Path

import pytest

from toykit.bridge.training.sweep import merge, read_sweep, rows, run_sweep
from toykit.cli.main import run
from toykit.errors import InputError
from toykit.runs import Runner
from toykit.store import Store

SMALL = """
name = "small"
seeds = [[1, 2], [3, 4]]
trunk = [0, 1]
claims = ["barrier/curvature_bound"]
[recipe]
widths = [[4], [6]]
activation = "tanh"
epochs = 1
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "study.toml"
    path.write_text(SMALL)
    return path


def test_every_combination_is_a_pair_with_its_own_name(file: Path) -> None:
    sweep = read_sweep(file)
    assert len(sweep.plans) == len({plan.name for plan in sweep.plans}) == 8
    assert {plan.recipe.widths for plan in sweep.plans} == {(4,), (6,)}
    assert sweep.plans[0].name == "digits, widths 4, independent, seeds 1 and 2"
    assert {plan.trunk for plan in sweep.plans} == {None, 1}


@pytest.mark.parametrize("count", [1, 2, 3, 8, 11])
def test_shards_divide_the_pairs(file: Path, count: int) -> None:
    sweep = read_sweep(file)
    shards = [sweep.shard(number, count) for number in range(1, count + 1)]
    assert sorted(place for shard in shards for place in shard) == list(range(8))
    assert all(shard[place] == sweep.plans[place] for shard in shards for place in shard)


def test_two_shards_merged_are_one_run(file: Path, tmp_path: Path) -> None:
    file.write_text(SMALL.replace("[[1, 2], [3, 4]]", "[1, 2]").replace("[[4], [6]]", "[4]"))
    sweep = read_sweep(file)
    assert len(sweep.plans) == 2
    said: list[str] = []
    for number in (1, 2):
        with Store(tmp_path / f"shard{number}") as store, Runner(store, 1, said.append) as runner:
            run_sweep(sweep, runner, number, 2)
            assert len(rows(sweep, store)) == 1
    with Store(tmp_path / "whole") as whole:
        for number in (1, 2):
            with Store(tmp_path / f"shard{number}") as store:
                done = merge(sweep, [store], whole)
        assert done == 2
        found = rows(sweep, whole)
        assert whole.verify() == 4
        with Runner(whole, 1, said.append) as runner:
            run_sweep(sweep, runner)
            assert runner.done == 0
    assert [row["pair"] for row in found] == [plan.name for plan in sweep.plans]
    assert all(row["claims"]["barrier/curvature_bound"]["verdict"] == "HOLDS" for row in found)
    assert all(row["certified"]["hi"] >= row["certified"]["lo"] >= 0 for row in found)


def test_the_command_prints_and_merges(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(SMALL.replace("[[1, 2], [3, 4]]", "[1, 2]").replace("[[4], [6]]", "[4]").replace("[0, 1]", "0"))
    assert run(["sweep", str(file), "--store", str(tmp_path / "one"), "--jobs", "1", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert row["status"] == "ok"
    assert run(["merge", str(file), str(tmp_path / "one"), "--into", str(tmp_path / "all")]) == 0
    said = capsys.readouterr()
    assert "barrier/curvature_bound HOLDS" in said.out
    assert "1 of 1 pairs" in said.err
    assert run(["merge", str(file), str(tmp_path / "nowhere"), "--into", str(tmp_path / "all")]) == 2


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("name = ", "a sweep is a TOML file"),
        ("data = 'digits'", "no name"),
        (SMALL + "speed = 3", "unknown 'speed'"),
        (SMALL.replace("trunk", "trunks"), "unknown 'trunks'"),
        (SMALL.replace('"tanh"', '"tan"'), "tan"),
        (SMALL.replace('"tanh"', "[]"), "activation has none"),
        (SMALL.replace("[[1, 2], [3, 4]]", "[1, 2, 3]"), "a list of pairs"),
        (SMALL.replace("curvature_bound", "curvature_bond"), "curvature_bound"),
    ],
)
def test_a_mistake_is_one_sentence(file: Path, text: str, sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(text)
    assert run(["sweep", str(file), "--store", str(file.parent / "store")]) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert len(said.splitlines()) == 1


def test_a_shard_that_does_not_exist(file: Path) -> None:
    sweep = read_sweep(file)
    for number, count in ((0, 2), (3, 2)):
        with pytest.raises(InputError, match="1 <= k <= n"):
            sweep.shard(number, count)
    assert run(["sweep", str(file), "--shard", "one"]) == 2
