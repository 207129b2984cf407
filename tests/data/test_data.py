from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toykit.data import Data, checkerboard, gaussian_clusters, one_hot, teacher_student
from toykit.errors import InputError, NonFiniteError, ShapeError
from toykit.tolerances import sampled

X = [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]


@pytest.mark.parametrize(
    ("inputs", "targets", "classes", "error", "sentence"),
    [
        ([0.0, 1.0], [0, 1], 2, ShapeError, r"shape \(n, d\).*got \(2,\)"),
        (X, [0, 1], 2, ShapeError, r"got 2 targets for 3 examples"),
        (X, [[0.0]], None, ShapeError, r"got 1 targets for 3 examples"),
        (X, [0.0, 1.0, 2.0], None, ShapeError, r"shape \(n, k\); got \(3,\)"),
        (X, [[0], [1], [0]], 2, ShapeError, r"shape \(n,\); got \(3, 1\)"),
        (np.zeros((0, 2)), np.zeros(0), 2, InputError, "at least one example"),
        ([[0.0, np.nan], [np.inf, 1.0]], [0, 1], 2, NonFiniteError, "2 of 4 inputs"),
        (X, [[0.0], [np.inf], [1.0]], None, NonFiniteError, "1 of 3 targets"),
        (X, [0, 1, 2], 2, InputError, "from 0 to 1; got 2 in row 2"),
        (X, [0, -1, 1], 2, InputError, "from 0 to 1; got -1 in row 1"),
        (X, [0, 0.5, 1], 2, InputError, "got 0.5 in row 1"),
        (X, [0, np.nan, 1], 2, InputError, "from 0 to 1"),
        (X, ["a", "b", "a"], 2, InputError, "number the classes"),
        (X, [0, 0, 0], 0, InputError, "at least one class"),
    ],
)
def test_data_that_do_not_fit_are_refused(inputs, targets, classes, error, sentence) -> None:
    with pytest.raises(error, match=sentence) as caught:
        Data(inputs, targets, classes)
    assert "\n" not in str(caught.value)


def test_one_class_is_a_data_set() -> None:
    data = Data(X, [0, 0, 0], classes=1)
    assert (data.count, data.width, data.classes) == (3, 2, 1)


def test_whole_floats_are_labels() -> None:
    assert Data(X, [0.0, 1.0, 1.0], classes=2).targets.dtype == np.int64


def test_the_arrays_are_copies_that_cannot_be_written() -> None:
    inputs = np.array(X)
    data = Data(inputs, [0, 1, 0], 2)
    inputs[0, 0] = 9
    assert data.inputs[0, 0] == 0
    with pytest.raises(ValueError, match="read-only"):
        data.inputs[0, 0] = 1


def test_the_digest_sees_inputs_targets_and_classes_but_not_the_name() -> None:
    digests = [
        Data(X, [0, 1, 0], 2).digest,
        Data(X, [0, 1, 1], 2).digest,
        Data(X, [0, 1, 0], 3).digest,
        Data(X, [[0.0], [1.0], [0.0]]).digest,
        Data(np.array(X) + 1e-15, [0, 1, 0], 2).digest,
    ]
    assert len(set(digests)) == len(digests)
    assert Data(X, [0, 1, 0], 2, "other").digest == digests[0]


@given(st.integers(0, 5), st.integers(0, 5))
def test_a_toy_set_is_given_by_its_number(first: int, second: int) -> None:
    for toy in (gaussian_clusters, checkerboard, teacher_student):
        assert (toy(number=first).digest == toy(number=second).digest) == (first == second)


def test_a_toy_set_is_the_same_in_another_process() -> None:
    code = "from toykit.data import gaussian_clusters; print(gaussian_clusters(number=3).digest)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert found == gaussian_clusters(number=3).digest


def test_clusters_lie_around_their_centres_and_share_labels_in_turn() -> None:
    data = gaussian_clusters(count=900)
    clusters = np.arange(900) % 9
    inside = np.concatenate([data.inputs[clusters == j] - data.inputs[clusters == j].mean(axis=0) for j in range(9)])
    assert inside.std() == pytest.approx(0.3, rel=sampled(inside.size))
    assert (data.targets == clusters % 3).all()


def test_checkerboard_targets_are_signs() -> None:
    data = checkerboard()
    assert data.inputs.shape == (256, 2)
    assert set(data.targets.ravel()) == {-1.0, 1.0}
    assert (data.targets[:, 0] * np.sin(1.5 * np.pi * data.inputs).prod(axis=1) > 0).all()


def test_one_hot_rows_are_rows_of_the_identity() -> None:
    assert one_hot(np.array([2, 0]), 3).tolist() == [[0, 0, 1], [1, 0, 0]]
