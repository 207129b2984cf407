"""The benches of the studies, small enough to train in a moment."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from experiments.studies.barrier import _branching_figures as figures
from experiments.studies.barrier import _networks as networks
from experiments.studies.barrier import aligned, decomposition, independent, kinks, layers, mechanism
from experiments.studies.barrier._bench import Bench
from experiments.studies.barrier._networks import Images

TINY = Bench(examples=16, hidden=3, batch=4, steps=80)


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, bench in list(networks.BENCHES.items()):
        small: Any = replace(TINY, activation=bench.activation) if isinstance(bench, Bench) else shrunk(bench)
        monkeypatch.setitem(networks.BENCHES, name, small)
    forget()
    yield
    forget()


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """No figures, where only words are looked at."""
    for module in (aligned, decomposition, independent, kinks, layers, mechanism):
        monkeypatch.setattr(module, "draw", lambda *_: b"<svg/>")
    for name in ("fall", "along", "lights"):
        monkeypatch.setattr(figures, name, lambda *_: b"<svg/>")


def shrunk(bench: Images) -> Images:
    return Images("digits", replace(bench.recipe, widths=(3,) * len(bench.recipe.widths), epochs=1, batch_size=20), count=60)


def forget() -> None:
    networks.training_landscape.cache_clear()
    networks.test_landscape.cache_clear()
