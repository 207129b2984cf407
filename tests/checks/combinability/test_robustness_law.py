"""The check of the robustness law: ground truths of M4 and of four neurons of F10, necessity, hunts, both backends."""

from __future__ import annotations

import importlib
from dataclasses import replace

import numpy as np
import pytest

from toykit.checks.combinability import robustness_law as subject
from toykit.data import Data
from toykit.hunt import hunt
from toykit.landscape import Pair
from toykit.losses import SquaredLoss
from toykit.networks.fixtures import m4, p2, w
from toykit.networks.mlp import MLP
from toykit.tolerances import ROUNDING, TORCH64, printed
from toykit.verdict import Trust, Verdict

SLUG = subject.SLUG


def four() -> Pair:
    """The first four neurons of F10."""
    data = Data(w((20, 4), 0.1), w((20, 2), 0.2), name="F4")
    net = MLP((4, 4, 2), "relu", SquaredLoss(factor=1.0), data, bias=(True, False))
    ends = [net.point(w((10, 4), s)[:4], w((10,), s + 1)[:4], w((2, 10), s + 2)[:, :4]) for s in (1, 5)]
    return Pair(net, ends[0], ends[1], "F4", facts={"order": "as given"})


def test_m4_as_given() -> None:
    result = subject.check(replace(m4(), facts={"order": "as given"}), parts=(0.25, 0.5, 0.75, 1.0))
    assert result.verdict is Verdict.HOLDS
    bounds = [c.bound.value for c in result.comparisons]
    assert bounds == pytest.approx([74.594642433, 66.143257315, 58.904179676, 52.877409518], abs=printed(9))
    assert [c.measured.trust for c in result.comparisons] == [Trust.EXACT, Trust.EXACT, Trust.ESTIMATED, Trust.ESTIMATED]


def test_the_vertex_gap_of_four_neurons_is_linear_in_the_part() -> None:
    result = subject.check(four(), parts=(0.25, 0.5, 0.75, 1.0))
    assert result.verdict is Verdict.HOLDS
    gaps = [c.measured.value / 4 for c in result.comparisons if c.name.startswith("distance of contributions")]
    assert gaps == pytest.approx([1.061734968, 1.038601885, 1.015468803, 0.992335720], abs=printed(9))
    assert np.diff(gaps, 2) == pytest.approx(0, abs=ROUNDING)
    assert all(c.measured.trust is Trust.EXACT for c in result.comparisons)


def test_the_matched_network_is_what_is_shuffled() -> None:
    by_name = {c.name: c for c in subject.check(m4()).comparisons}
    assert by_name["squared distance, 1-1 of 4-4 units"].bound.value == pytest.approx(35.780668448, abs=printed(9))
    assert by_name["squared distance, 4-4 of 4-4 units"].bound.value == pytest.approx(52.877409518, abs=printed(9))


def test_a_part_without_the_fixed_point_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    law = importlib.import_module("toykit.matching.reshuffling")  # the package has a function of the same name
    monkeypatch.setattr(law, "part", lambda net, layer, count, *, deranged=False: count / net.widths[layer - 1])
    assert subject.check(m4()).verdict is Verdict.VIOLATED


def test_necessity() -> None:
    met = []
    for name, pair in subject.necessity():
        result = subject.check(pair)
        assert [n for n, o in result.assumptions.items() if o.holds is False] == [name]
        assert any(not c.holds for c in result.comparisons)
        met.append(name)
    assert met == ["UNIFORM", "INDEPENDENT"]


def test_without_hidden_units_it_does_not_apply() -> None:
    assert subject.check(p2()).verdict is Verdict.INAPPLICABLE


def test_hunt() -> None:
    assert hunt(SLUG, 40, seed=4).verdicts == {"HOLDS": 40}


def test_torch_gives_the_same_numbers() -> None:
    pytest.importorskip("torch")
    from toykit.bridge.landscapes.layered import from_toy, translated

    here = m4()
    there = from_toy(here.landscape)
    left = subject.check(here)
    right = subject.check(Pair(there, *(translated(theta, here.landscape, there) for theta in (here.theta_a, here.theta_b))))
    for mine, its in zip(left.comparisons, right.comparisons, strict=True):
        assert its.measured.value == pytest.approx(mine.measured.value, rel=TORCH64)
        assert its.bound.value == pytest.approx(mine.bound.value, rel=TORCH64)
