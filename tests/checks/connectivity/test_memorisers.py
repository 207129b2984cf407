"""The checks of the two memorisers: hunts, equality, necessity, many rows, and torch beside NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from theory.catalogue import claim
from theory.derivation import derive
from theory.evidence import Evidence
from toykit.checks.connectivity import deep_memoriser, shallow_memoriser
from toykit.connectivity.toys_memorised import crowded_line, rows_in_general_position, two_classes
from toykit.data import gaussian_clusters
from toykit.formula import evaluate
from toykit.hunt import hunt
from toykit.landscape import Pair
from toykit.losses import CrossEntropy
from toykit.networks import MLP
from toykit.seeds import generator
from toykit.tolerances import SOLVED, TORCH64
from toykit.verdict import Verdict

BOTH = [deep_memoriser, shallow_memoriser]
IDS = [module.SLUG for module in BOTH]


@pytest.mark.parametrize("module", BOTH, ids=IDS)
def test_the_derivation_stands_on_cited_facts_only(module) -> None:
    assert derive(claim(module.SLUG)).evidence is Evidence.PROVED_GIVEN


@pytest.mark.parametrize("module", BOTH, ids=IDS)
def test_hunt(module) -> None:
    found = hunt(module.SLUG, count=40, seed=2)
    assert found.verdicts == {"HOLDS": 40}, found.reasons
    assert found.ratios["cross-entropy of the class code"] == pytest.approx(1.0, rel=SOLVED)


@pytest.mark.parametrize("module", BOTH, ids=IDS)
def test_necessity(module) -> None:
    for assumption, pair in module.necessity():
        result = module.check(pair)
        assert [name for name, outcome in result.assumptions.items() if outcome.holds is False] == [assumption]
        assert not result.comparisons[0].holds


@pytest.mark.parametrize(
    ("count", "kappa", "groups", "first", "second"), [(16, 1, 4, 7, 8), (36, 2, 6, 11, 24), (7, 1, 7, 13, 2)]
)
def test_widths_of_the_formula(count: int, kappa: int, groups: int, first: int, second: int) -> None:
    letters = {"n": count, "kappa": kappa, "groups": groups, "group_size": -(-count // groups), "d_1": first, "d_2": second}
    slug = deep_memoriser.SLUG
    assert evaluate(slug, "first", letters) == first
    assert evaluate(slug, "second", letters) == second
    assert evaluate(slug, "capacity", letters) >= count


@pytest.mark.parametrize("module", BOTH, ids=IDS)
def test_random_features_of_a_wide_layer(module) -> None:
    """Most rows of F_1 have zeros; without units that never fire the rows are still in general position."""
    data = gaussian_clusters(count=240, width=8, classes=4, clusters=8)
    net = MLP((8, 50, 20, 4), "relu", CrossEntropy(), data)
    pair = Pair(net, net.draw(generator("wide", 0)), net.draw(generator("wide", 1)))
    result = module.check(pair)
    assert result.verdict is Verdict.HOLDS
    assert result.letters["n"] == 200
    assert result.letters["kappa"] == 1
    assert 0 < result.letters["residual"] <= SOLVED


def test_dead_units_leave_nothing_to_memorise() -> None:
    pair = two_classes(3)
    dead = {"layers.1.weight": 0 * pair.theta_a["layers.1.weight"], "layers.1.bias": 0 * pair.theta_a["layers.1.bias"]}
    killed = Pair(pair.landscape, pair.theta_a.replace(dead), pair.theta_b)
    for module in BOTH:
        result = module.check(killed)
        assert result.verdict is Verdict.INAPPLICABLE
        assert "endpoint a" in result.reason


def test_float64_is_named_where_it_is_lost() -> None:
    result = deep_memoriser.check(crowded_line())
    assert result.verdict is Verdict.INAPPLICABLE
    assert SOLVED < result.letters["residual"] < 1e-6
    assert result.letters["largest_weight"] > 1e8


@pytest.mark.parametrize("module", BOTH, ids=IDS)
def test_torch_and_numpy_give_the_same_numbers(module) -> None:
    pytest.importorskip("torch")
    from toykit.bridge.landscapes.layered import from_toy, translated

    toy = rows_in_general_position(5)
    assert isinstance(toy.landscape, MLP)
    twin = from_toy(toy.landscape)
    ends = (translated(theta, toy.landscape, twin) for theta in (toy.theta_a, toy.theta_b))
    ours, theirs = module.check(toy), module.check(Pair(twin, *ends, toy.name))
    assert ours.verdict is theirs.verdict is Verdict.HOLDS
    assert theirs.letters["point_gap"] == pytest.approx(ours.letters["point_gap"], rel=TORCH64)
    assert np.array([c.bound.value for c in theirs.comparisons]) == pytest.approx([c.bound.value for c in ours.comparisons])
