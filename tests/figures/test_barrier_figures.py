"""The figures of the barrier family draw without a warning, and change no global setting."""

from __future__ import annotations

import importlib
import io

import matplotlib as mpl
import numpy as np
import pytest

from experiments.figures.barrier.curvature_bound import LOWEST, PROFILES, random_gap
from experiments.figures.barrier.ridge_bound import DEPTH, extremal_curvature
from experiments.figures.style import WIDTH
from toykit.formula import evaluate


@pytest.mark.parametrize("name", ["green_identity", "curvature_bound", "ridge_bound"])
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
