"""The controls: a planted permutation is found, a control that fails is named, re-shuffling keeps the function."""

from collections.abc import Mapping
from typing import Any

import pytest

from experiments.studies.combinability._controls import control_notes, control_table, controls, planted
from experiments.studies.combinability._matchers import MATCHED, MATCHERS, aligned, grid_barrier
from experiments.studies.combinability._networks import Networks, networks, scores
from toykit.tolerances import TORCH32

TINY = {"widths": [12, 12], "seeds": [1, 2], "epochs": 20}


@pytest.fixture(scope="module")
def nets() -> Networks:
    return networks(TINY)


@pytest.fixture(scope="module")
def found() -> Mapping[str, Any]:
    return controls(TINY)


def test_planted_units_are_found(found: Mapping[str, Any]) -> None:
    assert found["planted"]["weight"] == 1.0
    assert set(found["planted"]) == set(MATCHED)
    assert found["planted, varying"]["activation"] >= found["planted"]["activation"]
    assert abs(found["planted vertices"] - found["ends"]) < abs(found["midpoint, none"] - found["ends"])


def test_a_permutation_leaves_the_outputs(found: Mapping[str, Any], nets: Networks) -> None:
    assert found["outputs"] <= TORCH32
    pair = nets.pairs[0]
    moved = aligned(pair, "re-shuffled")
    assert abs(scores(nets.test, moved.theta_b).loss - scores(nets.test, pair.theta_b).loss) <= TORCH32


def test_the_planted_copy_is_noisy_and_permuted(nets: Networks) -> None:
    both, wanted = planted(nets, nets.pairs[0])
    assert (both.theta_a - both.theta_b).norm() > 0.5 * both.theta_a.norm()
    matched = MATCHERS["weight"](both)
    assert all((matched.perm[layer] == order).all() for layer, order in wanted.items())
    assert abs((both.theta_a - matched.theta).norm() / both.theta_a.norm() - 0.1) <= TORCH32


def test_a_failed_control_is_named(found: Mapping[str, Any]) -> None:
    fine = [{"result": {"controls": {**found, "planted, varying": dict.fromkeys(MATCHED, 1.0)}}}]
    broken = [{"result": {"controls": {**found, "planted, varying": dict.fromkeys(MATCHED, 1.0) | {"weight": 0.5}}}}]
    assert control_notes(fine) == []
    assert "weight 50.0%" in control_notes(broken)[0]
    table = control_table(fine)
    assert len(table.rows[0]) == len(table.columns)


def test_a_barrier_on_a_grid_with_both_ends_is_not_below_0(nets: Networks) -> None:
    pair = nets.pairs[0]
    assert grid_barrier(aligned(pair, "weight")) >= 0
    assert grid_barrier(aligned(pair, "none")) > grid_barrier(aligned(pair, "activation"))
