"""Lanczos against dense eigenvalues, with what it must say where it has not converged or a value is multiple."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toykit.curvature.lanczos import top_eigenpairs
from toykit.errors import InputError
from toykit.landscape import Floats
from toykit.seeds import generator
from toykit.tolerances import ROUNDING, SOLVED
from toykit.verdict import Trust


def symmetric(spectrum: Floats, number: int = 0) -> Floats:
    draw = generator("lanczos test", number)
    rotation, _ = np.linalg.qr(draw.normal(size=(len(spectrum), len(spectrum))))
    found: Floats = rotation @ np.diag(spectrum) @ rotation.T
    return (found + found.T) / 2


def started(size: int, number: int = 0) -> Floats:
    return generator("lanczos start test", number).normal(size=size)


@settings(max_examples=60)
@given(st.integers(2, 40), st.integers(1, 3), st.integers(0, 10**6), st.sampled_from([1.0, 3.0, 10.0]))
def test_the_largest_values_of_random_matrices(size: int, count: int, number: int, decay: float) -> None:
    count = min(count, size)
    matrix = symmetric(
        generator("spectrum", number).normal(size=size) ** decay if decay % 2 else np.exp(-np.arange(size)), number
    )
    found = top_eigenpairs(lambda v: matrix @ v, started(size, number), count=count, relative=SOLVED, most=size)
    exact = np.linalg.eigvalsh(matrix)
    assert found.converged
    scale = np.abs(exact).max()
    assert np.allclose(found.values, exact[::-1][:count], rtol=0, atol=10 * SOLVED * scale)
    for value, vector, residual in zip(found.values, found.vectors, found.residuals, strict=True):
        assert float(vector @ vector) == pytest.approx(1, rel=SOLVED)
        assert np.linalg.norm(matrix @ vector - value * vector) == pytest.approx(residual, abs=ROUNDING * scale * size)
        assert np.abs(exact - value).min() <= residual + ROUNDING * scale * size


def test_too_few_products_are_not_called_converged() -> None:
    matrix = symmetric(np.linspace(0.9, 1.0, 200))
    found = top_eigenpairs(lambda v: matrix @ v, started(200), most=4)
    assert not found.converged
    assert found.steps == 4
    assert found.number.trust is Trust.ESTIMATED
    assert "not converged" in found.number.note
    assert found.number.lo <= 1.0 <= found.number.hi  # an error bar of the residual reaches an eigenvalue here


def test_the_error_estimate_covers_the_error_and_stops_early() -> None:
    spectrum = np.concatenate([np.linspace(0, 1, 300), [5.0, 10.0]])
    matrix = symmetric(spectrum)
    found = top_eigenpairs(lambda v: matrix @ v, started(302))
    assert found.converged
    assert found.steps <= 12
    assert 10.0 - found.errors[0] <= found.values[0] <= 10.0 + ROUNDING


def test_a_multiple_of_the_identity_has_as_many_copies_as_asked() -> None:
    found = top_eigenpairs(lambda v: 5.0 * v, started(6), count=3)
    assert found.converged
    assert np.allclose(found.values, 5.0, rtol=ROUNDING)
    assert np.allclose([[u @ v for v in found.vectors] for u in found.vectors], np.eye(3), atol=SOLVED)


def test_a_double_eigenvalue_gives_values_that_are_eigenvalues() -> None:
    spectrum = np.array([4.0, 4.0, 3.0, 1.0, 0.0, -7.0])
    matrix = symmetric(spectrum)
    found = top_eigenpairs(lambda v: matrix @ v, started(6), count=2)
    assert found.converged
    assert found.values[0] == pytest.approx(4.0, rel=SOLVED)
    assert np.abs(spectrum - found.values[1]).min() <= 1e-4 * 7  # 3, or the second copy
    everything = top_eigenpairs(lambda v: matrix @ v, started(6), count=6)
    assert np.allclose(everything.values, np.sort(spectrum)[::-1], atol=SOLVED)


def test_the_zero_operator_and_a_negative_one() -> None:
    assert top_eigenpairs(lambda v: 0 * v, started(5)).values[0] == 0
    assert top_eigenpairs(lambda v: -v, started(5)).values[0] == pytest.approx(-1, rel=ROUNDING)


def test_bad_input() -> None:
    with pytest.raises(InputError, match="got 4 of p = 3"):
        top_eigenpairs(lambda v: v, started(3), count=4)
    with pytest.raises(InputError, match="got 0"):
        top_eigenpairs(lambda v: v, np.zeros(3))
