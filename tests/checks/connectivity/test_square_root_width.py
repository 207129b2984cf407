"""The check of widths of order sqrt(N): the published toy, hunts, necessity, arithmetic only, torch beside NumPy."""

from __future__ import annotations

import pytest

from theory.catalogue import claim
from theory.derivation import derive
from theory.evidence import Evidence
from toykit.checks.connectivity import square_root_width
from toykit.connectivity.toys import random_nets, separable_nets
from toykit.connectivity.toys_square_root import published, small
from toykit.data import gaussian_clusters
from toykit.hunt import hunt
from toykit.landscape import Pair
from toykit.networks import MLP
from toykit.tolerances import ROUNDING, SOLVED
from toykit.verdict import Trust, Verdict


def test_the_derivation_stands_on_cited_facts_only() -> None:
    assert derive(claim(square_root_width.SLUG)).evidence is Evidence.PROVED_GIVEN


@pytest.mark.parametrize("number", range(3))
def test_the_published_toy(number: int) -> None:
    for clean, count in ((True, 17), (False, 15)):
        result = square_root_width.check(published(number), clean=clean)
        assert result.verdict is Verdict.HOLDS
        assert result.letters["segment_count"] == count
        assert result.letters["path_excess"] == 0.0
        assert result.letters["path_max"] == result.letters["target"]
        assert result.comparisons[0].measured.trust is Trust.EXACT
        between = max(result.extra["path"]["losses"]) - max(result.extra["path"]["waypoints"])
        assert between <= ROUNDING
        assert result.extra["chord_maximum"] > 100 * result.letters["target"]


def test_hunt() -> None:
    found = hunt(square_root_width.SLUG, count=30, seed=1)
    assert found.verdict is Verdict.HOLDS
    assert found.verdicts["HOLDS"] >= 25
    assert all("layer" in reason for reason in found.reasons)


def test_necessity() -> None:
    for assumption, pair in square_root_width.necessity():
        result = square_root_width.check(pair)
        assert [name for name, outcome in result.assumptions.items() if outcome.holds is False] == [assumption]
        assert any(not c.holds for c in result.comparisons)


def test_too_many_examples_for_the_widths_is_arithmetic_and_read_outs_only() -> None:
    pair = separable_nets(0, (40, 40), gaussian_clusters(count=600))
    result = square_root_width.check(pair)
    assert result.verdict is Verdict.INAPPLICABLE
    assert result.assumptions["WIDTHS"].how == "fails: (W1) 100 >= 600; (W2) 20 >= 120"
    assert 0 <= result.letters["rebuilt"] < 1.1
    wide = square_root_width.check(separable_nets(0, (200, 200), gaussian_clusters(count=600)))
    assert wide.assumptions["WIDTHS"].holds is True
    assert "at most 225" in wide.assumptions["FLOAT64"].how


def test_one_hidden_layer_is_inapplicable() -> None:
    result = square_root_width.check(random_nets(0))
    assert result.verdict is Verdict.INAPPLICABLE


def test_torch_and_numpy_give_the_same_verdict() -> None:
    pytest.importorskip("torch")
    from toykit.bridge.landscapes.layered import from_toy, translated

    toy = small(1)
    assert isinstance(toy.landscape, MLP)
    twin = from_toy(toy.landscape)
    ends = (translated(theta, toy.landscape, twin) for theta in (toy.theta_a, toy.theta_b))
    ours, theirs = square_root_width.check(toy), square_root_width.check(Pair(twin, *ends, toy.name))
    assert ours.verdict is theirs.verdict is Verdict.HOLDS
    assert theirs.extra["kinds"] == ours.extra["kinds"]
    for name in ("target", "path_max", "rebuilt", "segment_count"):
        assert theirs.letters[name] == pytest.approx(ours.letters[name], rel=SOLVED)
