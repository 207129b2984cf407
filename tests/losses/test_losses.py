from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from toykit.data import Data
from toykit.errors import InputError, ShapeError
from toykit.losses import CrossEntropy, Loss, SquaredLoss
from toykit.seeds import generator
from toykit.tolerances import ROUNDING

LABELS = np.array([0, 2, 1, 2])
rows = arrays.arrays(np.float64, (4, 3), elements=st.floats(-30, 30))
every = pytest.mark.parametrize("loss", [SquaredLoss(), SquaredLoss(1.0), CrossEntropy()], ids=["half", "whole", "cross-entropy"])


def symbolic(loss: Loss, label: int) -> tuple[sp.Expr, tuple[sp.Symbol, ...]]:
    z = sp.symbols("z_0:3", real=True)
    if isinstance(loss, SquaredLoss):
        return sp.Rational(loss.factor) * sum((z[k] - int(k == label)) ** 2 for k in range(3)), z
    return sp.log(sum(sp.exp(z[k]) for k in range(3))) - z[label], z


@every
def test_gradient_and_hessian_form_are_those_of_the_formula(loss: Loss) -> None:
    draw = generator("losses")
    outputs, directions = 2 * draw.normal(size=(4, 3)), draw.normal(size=(4, 3))
    for i, label in enumerate(LABELS):
        expr, z = symbolic(loss, int(label))
        at = dict(zip(z, outputs[i], strict=True))
        v = sp.Matrix(directions[i])
        assert loss.per_example(outputs, LABELS)[i] == pytest.approx(float(expr.subs(at)), rel=ROUNDING)
        gradient = [float(sp.diff(expr, s).subs(at)) for s in z]
        assert loss.gradient(outputs, LABELS)[i] == pytest.approx(gradient, rel=ROUNDING, abs=ROUNDING)
        bend = float((v.T * sp.hessian(expr, z).subs(at) * v)[0])
        assert loss.curvature(outputs, LABELS, directions)[i] == pytest.approx(bend, rel=ROUNDING)


@every
@given(outputs=rows, others=rows)
def test_the_loss_is_convex_and_nonnegative(loss: Loss, outputs: np.ndarray, others: np.ndarray) -> None:
    left, right, middle = (loss.per_example(z, LABELS) for z in (outputs, others, (outputs + others) / 2))
    assert (middle <= (left + right) / 2 + ROUNDING * (1 + left + right)).all()
    assert (left >= 0).all()
    assert (loss.curvature(outputs, LABELS, others) >= 0).all()


@every
@given(outputs=rows)
def test_the_value_is_the_mean_over_examples(loss: Loss, outputs: np.ndarray) -> None:
    assert loss.value(outputs, LABELS) == pytest.approx(math.fsum(loss.per_example(outputs, LABELS)) / 4, rel=ROUNDING)


@given(margin=st.floats(-700, 700))
def test_cross_entropy_keeps_its_digits_at_both_ends(margin: float) -> None:
    with mpmath.workdps(40):
        truth = float(mpmath.log1p(mpmath.exp(-mpmath.mpf(margin))))
    found = CrossEntropy().per_example(np.array([[margin, 0.0]]), np.array([0]))[0]
    assert found == pytest.approx(truth, rel=ROUNDING, abs=0)


def test_huge_logits_give_finite_losses() -> None:
    found = CrossEntropy().per_example(np.array([[1e5, 0.0, -1e5]] * 3), np.array([0, 1, 2]))
    assert found.tolist() == [0.0, 1e5, 2e5]


def test_labels_and_their_one_hot_rows_have_one_squared_loss() -> None:
    z = generator("losses").normal(size=(4, 3))
    assert (SquaredLoss().per_example(z, LABELS) == SquaredLoss().per_example(z, np.eye(3)[LABELS])).all()


@every
@given(constant=arrays.arrays(np.float64, 3, elements=st.floats(-5, 5)))
def test_no_constant_output_beats_chance(loss: Loss, constant: np.ndarray) -> None:
    data = Data(np.zeros((4, 1)), LABELS, 3)
    assert loss.value(np.tile(constant, (4, 1)), LABELS) >= loss.chance(data) - ROUNDING


def test_chance_is_reached_by_the_mean_target_and_by_the_class_frequencies() -> None:
    data = Data(np.zeros((4, 1)), LABELS, 3)
    shares = np.tile(np.bincount(LABELS) / 4, (4, 1))
    assert SquaredLoss().chance(data) == pytest.approx(SquaredLoss().value(shares, LABELS), rel=ROUNDING)
    assert CrossEntropy().chance(data) == pytest.approx(CrossEntropy().value(np.log(shares), LABELS), rel=ROUNDING)


@every
def test_one_class_is_known_by_chance(loss: Loss) -> None:
    data = Data(np.zeros((4, 1)), np.zeros(4), 1)
    assert loss.chance(data) == 0
    assert CrossEntropy().value(np.ones((4, 1)), data.targets) == 0


def test_targets_that_do_not_fit_are_refused() -> None:
    labels, vectors = Data(np.zeros((4, 1)), LABELS, 3), Data(np.zeros((4, 1)), np.zeros((4, 2)))
    with pytest.raises(InputError, match="needs class labels"):
        CrossEntropy().require_fit(vectors, 2)
    with pytest.raises(ShapeError, match="has 3 outputs; got 2"):
        CrossEntropy().require_fit(labels, 2)
    with pytest.raises(ShapeError, match="has 2 outputs; got 3"):
        SquaredLoss().require_fit(vectors, 3)
