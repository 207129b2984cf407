"""The check of the extra unit: hunts, equality, necessity, ground truths, and torch beside NumPy."""

from __future__ import annotations

import pytest

from theory.catalogue import claim
from theory.derivation import derive
from theory.evidence import Evidence
from toykit.checks.connectivity import extra_neuron
from toykit.connectivity.toys import random_nets
from toykit.connectivity.toys_permuted import embedded
from toykit.hunt import hunt
from toykit.landscape import Pair
from toykit.networks import MLP
from toykit.tolerances import TORCH64
from toykit.verdict import Trust, Verdict


def test_the_derivation_stands_on_cited_facts_only() -> None:
    assert derive(claim(extra_neuron.SLUG)).evidence is Evidence.PROVED_GIVEN


def test_hunt() -> None:
    found = hunt(extra_neuron.SLUG, count=30, seed=1)
    assert found.verdicts == {"HOLDS": 30}, found.reasons


def test_one_unit_in_width_two() -> None:
    (pair,) = extra_neuron.extremal()
    result = extra_neuron.check(pair)
    assert result.verdict is Verdict.HOLDS
    assert result.letters["subspaces"] == 3
    assert (result.letters["dimension_min"], result.letters["dimension_max"]) == (1, 3)  # K = 1, three incoming weights
    assert result.comparisons[0].measured.trust is Trust.EXACT


@pytest.mark.parametrize(("r", "count"), [(2, 2), (3, 6)])
def test_without_an_extra_unit_there_are_r_factorial_components(r: int, count: int) -> None:
    result = extra_neuron.check(embedded(0, r=r, m=r))
    assert result.verdict is Verdict.INAPPLICABLE
    assert result.assumptions["EXTRA"].holds is False
    assert result.letters["components"] == count
    assert result.letters["dimension_max"] == 0


def test_necessity() -> None:
    for assumption, pair in extra_neuron.necessity():
        result = extra_neuron.check(pair)
        assert [name for name, outcome in result.assumptions.items() if outcome.holds is False] == [assumption]
        assert any(not c.holds for c in result.comparisons)


def test_torch_and_numpy_give_the_same_numbers() -> None:
    pytest.importorskip("torch")
    from toykit.bridge.landscapes.layered import from_toy, translated

    toy = random_nets(5)
    assert isinstance(toy.landscape, MLP)
    twin = from_toy(toy.landscape)
    ends = (translated(theta, toy.landscape, twin) for theta in (toy.theta_a, toy.theta_b))
    ours, theirs = extra_neuron.check(toy), extra_neuron.check(Pair(twin, *ends, toy.name))
    assert ours.verdict is theirs.verdict is Verdict.HOLDS
    assert dict(theirs.letters) == pytest.approx(dict(ours.letters), rel=TORCH64, abs=TORCH64)
