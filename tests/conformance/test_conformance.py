"""Nothing is lacking on any claim; and an inspection sees it when something is."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from matplotlib import pyplot
from matplotlib.figure import Figure

from theory.catalogue import claim, slugs
from theory.claim import PARTS
from toykit import conformance
from toykit.conformance import inspect, main, met_with_equality
from toykit.landscape import Pair
from toykit.verdict import Comparison, Number, Relation

RIDGE = "barrier/ridge_bound"


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("slug", slugs())
def test_nothing_is_lacking(slug: str, part: str) -> None:
    finding = inspect(slug, part)
    assert finding.lacks is None, str(finding)


@pytest.mark.parametrize("slug", [slug for slug in slugs() if "figure" not in claim(slug).owes_not])
def test_every_figure_is_drawn(slug: str) -> None:
    figure = importlib.import_module("experiments.figures." + slug.replace("/", ".")).draw()
    assert isinstance(figure, Figure)
    assert any(axes.has_data() for axes in figure.axes)
    assert pyplot.get_fignums() == [], "a figure is returned, not left open"


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let conformance see the ridge bound with some fields exchanged."""

    def exchange(**fields: Any) -> None:
        changed = replace(claim(RIDGE), **fields)
        monkeypatch.setattr(conformance, "claim", lambda slug: changed)

    return exchange


class _Check:
    """The check module of the ridge bound with some functions exchanged."""

    def __init__(self, **functions: Any) -> None:
        module = importlib.import_module("toykit.checks.barrier.ridge_bound")
        for name in ("check", "cases", "extremal", "necessity"):
            setattr(self, name, functions.get(name, getattr(module, name)))


def test_a_missing_or_unproved_derivation_is_seen(page: Callable[..., None]) -> None:
    page(steps=())
    assert "write steps" in str(inspect(RIDGE, "derivation"))
    page(steps=claim(RIDGE).wrong)
    assert inspect(RIDGE, "derivation").lacks is not None


def test_a_wrong_sibling_that_is_proved_is_seen(page: Callable[..., None]) -> None:
    page(wrong=())
    assert "write wrong" in str(inspect(RIDGE, "wrong sibling"))
    page(wrong=claim(RIDGE).steps)
    assert "proved too" in str(inspect(RIDGE, "wrong sibling"))


def test_a_declared_part_needs_its_reason(page: Callable[..., None]) -> None:
    page(owes_not={"figure": "a lemma that only others use"})
    finding = inspect(RIDGE, "figure")
    assert (finding.lacks, finding.declared) == (None, "a lemma that only others use")
    page(owes_not={"figure": " "})
    assert "without a reason" in str(inspect(RIDGE, "figure"))


def test_extremal_and_necessity_pairs_are_put_to_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    module = importlib.import_module("toykit.checks.barrier.ridge_bound")
    extremal = list(module.extremal())
    necessity = list(module.necessity())

    def see(part: str, **functions: Any) -> str:
        monkeypatch.setattr(conformance, "check_module", lambda slug: _Check(**functions))
        return str(inspect(RIDGE, part))

    def broken(pair: Pair) -> Any:
        found = module.check(pair)
        away = [replace(c, bound=Number.exact(c.bound.hi + 1e3), relation=Relation.AT_MOST) for c in found.comparisons]
        return replace(found, comparisons=tuple(away))

    assert "yields no pair" in see("extremal instance", extremal=lambda: iter(()))
    assert "no comparison is met with equality" in see("extremal instance", check=broken)
    assert "is INAPPLICABLE" in see("extremal instance", extremal=lambda: iter([pair for _, pair in necessity]))
    assert "yields no pair" in see("necessity", necessity=lambda: iter(()))
    assert "the check finds false: nothing" in see("necessity", necessity=lambda: iter([("C11", pair) for pair in extremal]))
    assert "a comparison fails" in see("necessity", check=broken)


def test_a_stub_is_lacking(monkeypatch: pytest.MonkeyPatch) -> None:
    def stub() -> Iterator[Pair]:
        raise NotImplementedError("write extremal()")

    monkeypatch.setattr(conformance, "check_module", lambda slug: _Check(extremal=stub))
    assert inspect(RIDGE, "extremal instance").lacks == "write extremal()"


def test_a_missing_figure_is_seen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(conformance, "ROOT", tmp_path)
    assert "write it" in str(inspect(RIDGE, "figure"))
    path = tmp_path / "experiments/figures/barrier/ridge_bound.py"
    path.parent.mkdir(parents=True)
    path.write_text("x = 3\n")
    assert "write draw()" in str(inspect(RIDGE, "figure"))
    path.write_text("def draw():\n    raise NotImplementedError('write draw()')\n")
    assert "still the stub" in str(inspect(RIDGE, "figure"))


@pytest.mark.parametrize(
    ("measured", "bound", "met"),
    [
        (Number.exact(1.0), Number.exact(1.0), True),
        (Number.exact(0.5), Number.exact(1.0), False),
        (Number.certified(0.9, 1.1), Number.exact(1.0), True),
        (Number.certified(0.8, 0.9), Number.exact(1.0), False),
    ],
)
def test_equality_is_met_where_the_enclosures_touch(measured: Number, bound: Number, met: bool) -> None:
    assert met_with_equality(Comparison("c", measured, Relation.AT_MOST, bound, 0.0)) is met


def test_the_table_names_the_path_of_what_is_lacking(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(conformance, "ROOT", tmp_path)
    assert main([RIDGE]) == 1
    printed = capsys.readouterr().out
    assert "experiments/figures/barrier/ridge_bound.py: figure of barrier/ridge_bound: write it" in printed
    assert "derivation: ok" in printed
    assert "figure: LACKING" in printed
