"""The figures of the barrier family draw without a warning, and change no global setting."""

from __future__ import annotations

import importlib
import io

import matplotlib as mpl
import numpy as np
import pytest

from experiments.figures.barrier import endpoint_expansion, forced_barrier, grid_certificate, midpoint_expansion
from experiments.figures.barrier.curvature_bound import LOWEST, PROFILES, random_gap
from experiments.figures.barrier.ridge_bound import DEPTH, extremal_curvature
from experiments.figures.style import WIDTH
from toykit.formula import evaluate
from toykit.tolerances import CELLS, ROUNDING

NAMES = (
    *("green_identity", "curvature_bound", "ridge_bound", "endpoint_expansion", "midpoint_expansion", "hessian_simpson"),
    *("grid_certificate", "forced_barrier", "double_well"),
)


@pytest.mark.parametrize("name", NAMES)
def test_draw(name: str) -> None:
    before = dict(mpl.rcParams)
    figure = importlib.import_module(f"experiments.figures.barrier.{name}").draw()
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg")
    assert buffer.getvalue().startswith(b"<?xml")
    assert figure.get_figwidth() == WIDTH
    assert all(axes.get_title(loc="left") for axes in figure.axes)
    assert dict(mpl.rcParams) == before


def test_no_drawn_gap_passes_the_drawn_bound() -> None:
    a = np.linspace(0, 1, 401)
    bound = evaluate("barrier/curvature_bound", "upper_at", {"a": a, "m": LOWEST})
    step = a[1]
    for number in range(PROFILES):
        assert (random_gap(a, number) <= bound + abs(LOWEST) * step**2).all()


def test_walls_are_as_large_as_the_ridge() -> None:
    t = (np.arange(6000) + 0.5) / 6000
    assert abs(extremal_curvature(t).mean()) < DEPTH / 1000


def test_caps_hold_the_drawn_gap() -> None:
    t = np.linspace(0, 1, 1001)
    lefts = np.minimum(np.floor(t * grid_certificate.CELLS), grid_certificate.CELLS - 1) / grid_certificate.CELLS
    height = 6 * grid_certificate.DEPTH / grid_certificate.CELLS**2 / 8
    tops = [float(grid_certificate.cap(np.array([s]), float(left), height)[0]) for s, left in zip(t, lefts, strict=True)]
    assert (grid_certificate.hump(t) <= np.array(tops) + ROUNDING).all()


def test_no_drawn_chord_is_forbidden() -> None:
    h_bar, gaps = forced_barrier.random_chords(100)
    slack = CELLS  # the chords are step functions of phi''' on 1,024 cells
    assert (gaps >= forced_barrier.lowest(h_bar) - slack).all()
    assert (gaps <= -forced_barrier.lowest(-h_bar) + slack).all()


def test_the_drawn_estimates_stay_within_their_remainders() -> None:
    w, gap, estimate = endpoint_expansion.waves()
    assert (np.abs(gap - estimate) <= w**4 / 128 + ROUNDING).all()
    estimates, gaps = midpoint_expansion.relative(60)
    assert (np.abs(estimates - gaps) <= 1 + ROUNDING).all()
