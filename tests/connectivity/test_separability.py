"""Separability is decided with certificates: ground truths, both outcomes, and certificates that are evaluated again."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toykit.connectivity import farkas as certificates
from toykit.connectivity.conditions import keep_best
from toykit.connectivity.farkas import farkas, of_duals
from toykit.connectivity.readouts import Readout, largest_margin, least_squares, logistic, margins, polished, softmax
from toykit.connectivity.separability import margin_of, quick_margins, scale, separate, standardised
from toykit.data import Data
from toykit.errors import ShapeError
from toykit.losses import CrossEntropy
from toykit.networks.mlp import MLP
from toykit.seeds import generator
from toykit.tolerances import ROUNDING, SEPARATED, SOLVED

LINE = np.array([[0.0], [1.0], [2.0]])
TABLE = 5e-7
"""Half a unit of the last of six printed decimals; the last row of the table has five."""
MIDDLE_BOUND = 2 / 3 * math.log(3 / 2) + 1 / 3 * math.log(3)


@pytest.mark.parametrize(("labels", "truth"), [([0, 0, 1], 2 / 3), ([0, 1, 0], 0.0)])
def test_largest_margin_in_the_box(labels: list[int], truth: float) -> None:
    assert largest_margin(LINE, np.array(labels), 2).margin == pytest.approx(truth, abs=SOLVED)


def test_the_middle_against_the_ends_is_excluded_exactly() -> None:
    found = separate(LINE, np.array([0, 1, 0]), 2)
    assert found.separable is False
    assert found.obstruction is not None
    assert found.obstruction.exact
    assert found.obstruction.loss_at_least == pytest.approx(MIDDLE_BOUND, rel=ROUNDING)
    assert round(found.obstruction.loss_at_least, 6) == 0.636514


@pytest.mark.parametrize(
    ("classes", "target", "margin", "truth"), [(3, 1e-3, 1.0, 7.600402), (10, 1e-3, 1.0, 9.104480), (10, 1e-3, 0.1, 91.04480)]
)
def test_scale(classes: int, target: float, margin: float, truth: float) -> None:
    assert scale(classes, target, margin) == pytest.approx(truth, abs=TABLE / margin)


def test_scale_of_small_targets_is_larger_but_hardly() -> None:
    assert scale(10, 1e-9, 1.0) == pytest.approx(math.log(9 / math.expm1(1e-9)), rel=SOLVED)
    assert scale(10, 1e-300, 1.0) > scale(10, 1e-9, 1.0)
    assert scale(2, 5.0, 1.0) == 1.0


@settings(max_examples=40)
@given(number=st.integers(0, 40), classes=st.integers(2, 4))
def test_both_outcomes_come_with_a_proof(number: int, classes: int) -> None:
    draw = generator("separability", number)
    n, q = 14, int(draw.integers(1, 12))
    features, labels = draw.normal(size=(n, q)), draw.integers(0, classes, size=n)
    found = separate(features, labels, classes)
    box = largest_margin(features, labels, classes)
    assert found.separable is (box.margin > SEPARATED)
    if found.separator is not None:
        z = found.separator.readout.outputs(features)
        assert all(z[i, labels[i]] - z[i, k] > 0 for i in range(n) for k in range(classes) if k != labels[i])
        assert margins(z, labels).min() == pytest.approx(found.separator.margin)
    else:
        assert found.obstruction is not None
        p = found.obstruction.probabilities
        assert found.obstruction.exact
        assert (p >= 0).all()
        moment = (p - np.eye(classes)[labels]).T @ np.column_stack([features, np.ones(n)])
        assert np.abs(moment).max() < SOLVED
        best = polished(features, labels, logistic(features, labels, classes, 500))
        z = best.outputs(features)
        loss = float((np.log(np.exp(z - z.max(1, keepdims=True)).sum(1)) + z.max(1) - z[np.arange(n), labels]).mean())
        assert found.obstruction.loss_at_least <= loss + SOLVED


def test_a_certificate_in_rationals_is_exact() -> None:
    labels = np.array([0, 1, 0])
    rough = np.array([[0.66, 0.34], [0.67, 0.33], [0.66, 0.34]])
    found = farkas(LINE, labels, rough)
    assert found.exact
    p = [[Fraction(x).limit_denominator(10**6) for x in row] for row in found.probabilities]
    assert all(sum(row) == 1 for row in p)
    assert sum((p[i][1] - (i == 1)) * i for i in range(3)) == 0


def test_probabilities_that_prove_nothing_are_not_exact() -> None:
    found = farkas(LINE, np.array([0, 0, 1]), np.eye(2)[[0, 0, 1]])
    assert not found.exact
    assert found.margin_at_most == np.inf


def test_large_sets_are_excluded_by_the_residual() -> None:
    draw = generator("large set", 0)
    features, labels = draw.normal(size=(400, 3)), draw.integers(0, 4, size=400)
    found = separate(features, labels, 4)
    assert found.separable is False
    assert found.obstruction is not None
    assert not found.obstruction.exact
    assert found.obstruction.margin_at_most <= SEPARATED
    assert 0.9 * math.log(4) < found.obstruction.loss_at_least < math.log(4)


def test_a_rounding_margin_is_no_margin() -> None:
    box = largest_margin(LINE, np.array([0, 0, 1]), 2).readout
    assert margin_of(LINE, np.array([0, 0, 1]), box.scaled(1e3)) > 0
    assert margin_of(LINE * 0, np.array([0, 0, 1]), box) == 0
    assert margin_of(np.array([[0.0], [1e-12], [2.0]]), np.array([0, 1, 1]), box) == 0


def test_newton_steps_reach_the_optimum() -> None:
    labels = np.array([0, 1, 0])
    p = softmax(polished(LINE, labels, logistic(LINE, labels, 2, 3)).outputs(LINE))
    assert p == pytest.approx(np.tile([2 / 3, 1 / 3], (3, 1)), abs=SOLVED)


def test_labels_fit_the_features() -> None:
    with pytest.raises(ShapeError, match="n labels"):
        separate(LINE, np.array([0, 1]), 2)


def test_quick_margins_are_those_of_least_squares() -> None:
    draw = generator("quick margins")
    features, labels = draw.normal(size=(40, 9)) * np.arange(1, 10) + 5, draw.integers(0, 3, size=40)
    sets = [(0, 3, 4), (1, 2, 5, 8), tuple(range(9))]
    for found, columns in zip(quick_margins(features, labels, 3, sets), sets, strict=True):
        scaled, _, _ = standardised(features[:, columns])
        slow = least_squares(scaled, np.eye(3)[labels])
        assert found == pytest.approx(margins(slow.outputs(scaled), labels).min() / slow.largest, rel=SOLVED)


def test_columns_that_do_not_vary_can_be_ranked() -> None:
    features = np.column_stack([np.array([0.0, 1.0, 0.0, 1.0]), np.zeros(4), np.ones(4)])
    separating, dead = quick_margins(features, np.array([0, 1, 0, 1]), 2, [(0, 1), (1, 2)])
    assert separating > 0 >= dead


def test_the_best_draw_is_looked_at_first() -> None:
    """Ten units, of which the first alone separates: forty draws of one unit find it though only three are worked out."""
    draw = generator("one good unit")
    inputs = draw.uniform(1, 2, size=(60, 10))
    labels = (inputs[:, 0] > 1.5).astype(np.int64)
    net = MLP((10, 10, 2), "relu", CrossEntropy(), Data(inputs, labels, 2))
    theta = net.draw(draw).replace({"layers.1.weight": np.eye(10), "layers.1.bias": np.zeros(10)})
    assert keep_best(net, theta, labels, 2, {1: 1}, 40, "one good unit")[1].units == (0,)


def test_a_margin_the_size_of_rounding_proves_nothing() -> None:
    features, labels = np.array([[-1.0], [1.0]]), np.array([0, 1])
    for share, proved in ((2.0, True), (0.5, False)):
        gap = share * SEPARATED * 3  # 1 + the largest |w| |f| + |b| of the two rows
        readout = Readout(np.array([[1.0], [1.0 + gap]]), np.array([1.0, 1.0]))
        assert margins(readout.outputs(features), labels).min() > 0
        assert (margin_of(features, labels, readout) > 0) is proved


def test_the_bound_on_margins_is_attained_by_the_duals_of_the_margin_program() -> None:
    scaled, _, _ = standardised(np.array([[0.0], [1.0], [2.0]]))
    labels = np.array([0, 0, 1])
    box = largest_margin(scaled, labels, 2)
    against = farkas(scaled, labels, of_duals(box.duals, labels))
    assert not against.exact
    best = float(margins(box.readout.outputs(scaled), labels).min())
    assert best > 0.5
    assert against.margin_at_most == pytest.approx(best, rel=SOLVED)


def test_a_repaired_certificate_that_leaves_the_simplex_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    features, labels = np.array([[0.0], [1.0], [2.0]]), np.array([0, 1, 0])
    probabilities = np.array([[2, 1], [2, 1], [2, 1]]) / 3
    assert farkas(features, labels, probabilities).exact
    monkeypatch.setattr(certificates, "_particular", lambda equations: [-1] * (len(equations[0]) - 1))
    assert not farkas(features, labels, probabilities).exact
