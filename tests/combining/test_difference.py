"""How different two functions are: counting by hand, the null model by sampling, CKA and its laws, ensembles, bad input."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toykit.combining.difference import Difference, chosen_labels, cka, difference, ensemble
from toykit.errors import InputError, ShapeError
from toykit.networks.fixtures import f10
from toykit.seeds import generator
from toykit.tolerances import ROUNDING, printed

labels = st.lists(st.integers(0, 2), min_size=9, max_size=9).map(np.array)


def test_counted_by_hand() -> None:
    truth, first, second = np.array([0, 1, 2, 0, 1]), np.array([0, 2, 0, 1, 1]), np.array([1, 2, 1, 0, 1])
    found = difference(first, second, truth, 3)
    assert (found.error_a, found.error_b, found.both_wrong, found.same_wrong, found.disagreement) == (0.6, 0.6, 0.4, 0.2, 0.6)
    assert found.normalised == pytest.approx(0.5, rel=ROUNDING)


@given(truth=labels, first=labels, second=labels)
def test_the_identity_and_its_bounds(truth: np.ndarray, first: np.ndarray, second: np.ndarray) -> None:
    found = difference(first, second, truth, 3)
    sides = (found.error_a + found.error_b - found.both_wrong - found.same_wrong, found.disagreement)
    assert sides[0] == pytest.approx(sides[1], abs=ROUNDING)
    assert abs(found.error_a - found.error_b) - ROUNDING <= sides[1] <= min(1, found.error_a + found.error_b) + ROUNDING
    assert found.normalised is None or 0 <= found.normalised <= 1 + ROUNDING


def test_the_null_model() -> None:
    assert Difference(0.1, 0.1, 0.01, 0.0, 0.0, 10).null == pytest.approx(0.188889, abs=printed(6))
    stream, points, classes = generator("independent errors"), 40_000, 4
    truth = stream.integers(0, classes, points)
    given_labels = []
    for error in (0.3, 0.5):
        wrong = stream.random(points) < error
        given_labels.append(np.where(wrong, (truth + stream.integers(1, classes, points)) % classes, truth))
    found = difference(*given_labels, truth, classes)
    assert abs(found.disagreement - found.null) < 5 * 0.5 / np.sqrt(points)


def test_no_errors_no_normalised_disagreement() -> None:
    truth = np.array([0, 1, 1])
    assert difference(truth, truth, truth, 2).normalised is None


def test_cka_of_f10_and_its_laws() -> None:
    pair, stream = f10(), generator("turned features")
    first, second = (pair.landscape.features(theta, 1) for theta in (pair.theta_a, pair.theta_b))
    assert cka(first, second) == pytest.approx(0.815809030678, abs=printed(11))
    turn, _ = np.linalg.qr(stream.standard_normal((10, 10)))
    for other in (first, 3 * first, first[:, stream.permutation(10)], first @ turn, first + 5):
        assert cka(first, other) == pytest.approx(1, rel=ROUNDING)
        assert cka(other, second) == pytest.approx(cka(first, second), rel=ROUNDING)
    assert cka(first, first * 0) == 0


def test_cka_against_its_twin_by_gram_matrices() -> None:
    stream = generator("twin of cka")
    left, right = stream.standard_normal((12, 3)), stream.standard_normal((12, 5))
    centre = np.eye(12) - 1 / 12
    k, m = (centre @ table @ table.T @ centre for table in (left, right))
    assert cka(left, right) == pytest.approx((k * m).sum() / np.linalg.norm(k) / np.linalg.norm(m), rel=ROUNDING)


def test_the_gain_of_an_ensemble_of_f10() -> None:
    pair = f10()
    outputs = [pair.landscape.outputs(theta) for theta in (pair.theta_a, pair.theta_b, pair.theta_a * 0.5)]
    found = ensemble(pair.landscape, outputs)
    assert found.gain == pytest.approx(found.ambiguity, rel=ROUNDING)
    mean = sum(outputs) / 3
    assert found.ambiguity == pytest.approx(np.mean([((z - mean) ** 2).sum(axis=1).mean() for z in outputs]), rel=ROUNDING)
    assert found.mean_loss - found.ensemble_loss == found.gain > 0


def test_torch_gives_the_same_numbers() -> None:
    torch = pytest.importorskip("torch")
    table = generator("torch features").standard_normal((7, 3))
    other = table[:, [2, 0, 1]] ** 2
    assert cka(torch.tensor(table), torch.tensor(other)) == pytest.approx(cka(table, other), rel=ROUNDING)
    assert chosen_labels(torch.tensor(table)).tolist() == table.argmax(axis=1).tolist()


def test_bad_input() -> None:
    truth = np.array([0, 1, 1])
    with pytest.raises(ShapeError, match="point by point"):
        difference(truth, truth[:2], truth, 2)
    with pytest.raises(InputError, match="at least 2 classes; got 3 points of 1"):
        difference(truth, truth, truth, 1)
    with pytest.raises(ShapeError, match="got 3 and 4 of them"):
        cka(np.ones((3, 2)), np.ones((4, 2)))
    pair = f10()
    with pytest.raises(InputError, match="at least 2 networks; got 1"):
        ensemble(pair.landscape, [pair.landscape.outputs(pair.theta_a)])
