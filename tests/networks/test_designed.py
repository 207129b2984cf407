"""A network with chosen outputs has them, at the ends and along the whole chord."""

from __future__ import annotations

import numpy as np
import pytest

from toykit.errors import ShapeError
from toykit.losses import CrossEntropy, SquaredLoss
from toykit.networks.designed import designed
from toykit.outputs import OutputChord


@pytest.mark.parametrize("t", [0.0, 0.25, 0.5, 1.0])
def test_the_outputs_are_those_asked_for(t: float) -> None:
    start, end, error = np.array([[1.0, -2.0], [0.5, 4.0], [0.0, 1.0]]), np.ones((3, 2)), np.array([[1.0, 0], [0, -2], [4, 8]])
    chord = OutputChord(designed(start, end, error, np.array([0, 1, 1]), CrossEntropy()))
    outputs = chord.at(t)
    assert outputs.start.tolist() == start.tolist()
    assert outputs.end.tolist() == end.tolist()
    assert outputs.error.tolist() == (4 * t * (1 - t) * error).tolist()
    assert chord.target_rows.tolist() == [[1, 0], [0, 1], [0, 1]]


def test_shapes_must_agree() -> None:
    with pytest.raises(ShapeError, match="one shape"):
        designed([[1.0]], [[1.0, 2.0]], [[1.0]], np.array([[0.0]]), SquaredLoss())
