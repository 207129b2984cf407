from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from theory.claim import Claim
from toykit.errors import InputError
from toykit.new_claim import main, write

SLUG = "barrier/brand_new"


@pytest.fixture
def written(tmp_path: Path) -> dict[str, Path]:
    return dict(zip(("page", "check", "figure", "test"), write(SLUG, tmp_path), strict=True))


def load(path: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_stubs_lie_where_they_are_looked_for(written: dict[str, Path], tmp_path: Path) -> None:
    assert [str(path.relative_to(tmp_path)) for path in written.values()] == [
        "theory/barrier/brand_new.py",
        "toykit/checks/barrier/brand_new.py",
        "experiments/figures/barrier/brand_new.py",
        "tests/checks/barrier/test_brand_new.py",
    ]


def test_the_page_is_a_claim_that_proves_nothing(written: dict[str, Path]) -> None:
    claim = load(written["page"], "theory.barrier.brand_new").CLAIM
    assert isinstance(claim, Claim)
    assert (claim.slug, claim.title, claim.steps, claim.wrong) == (SLUG, "Brand new", (), ())


@pytest.mark.parametrize("part", ["check", "cases", "extremal", "necessity"])
def test_every_part_of_the_check_says_what_to_write(written: dict[str, Path], part: str) -> None:
    module = load(written["check"], "stub_check")
    arguments = {"check": [None], "cases": [3], "extremal": [], "necessity": []}[part]
    with pytest.raises(NotImplementedError, match=rf"write {part}\("):
        getattr(module, part)(*arguments)


def test_the_figure_and_the_test_say_what_to_write(written: dict[str, Path]) -> None:
    with pytest.raises(NotImplementedError, match=r"write draw\(\)"):
        load(written["figure"], "stub_figure").draw()
    with pytest.raises(pytest.fail.Exception, match="write what only this claim can say"):
        load(written["test"], "stub_test").test_ground_truth()


def test_nothing_that_exists_is_touched(written: dict[str, Path], tmp_path: Path) -> None:
    written["page"].write_text("mine", encoding="utf-8")
    written["check"].unlink()
    with pytest.raises(InputError, match=r"theory/barrier/brand_new\.py, .* exists; edit it or choose another"):
        write(SLUG, tmp_path)
    assert written["page"].read_text(encoding="utf-8") == "mine"
    assert not written["check"].exists()


@pytest.mark.parametrize(
    "slug",
    ["", "brand_new", "other/brand_new", "barrier/", "barrier/Brand", "barrier/a-b", "barrier/../x", "barrier/_x", "barrier/a/b"],
)
def test_a_bad_slug_is_refused_in_one_sentence(slug: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InputError, match="a slug is family/name"):
        write(slug, tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert main([slug]) != 0
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)


def test_a_known_claim_is_not_started_twice() -> None:
    assert main(["barrier/ridge_bound"]) != 0
