from __future__ import annotations

import dataclasses
import itertools

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from theory import catalogue, sources
from theory.catalogue import UnknownClaim, claim, claims, slugs
from theory.claim import Claim, Kind, Letter, Origin
from theory.evidence import Evidence, worst
from theory.symbols import LETTERS, M, m

EMPTY = Claim(
    page="theory.barrier.nothing",
    title="Nothing",
    kind=Kind.IDENTITY,
    origins=(Origin("here"),),
    statement="$0=0$",
    equality="always",
    necessity="none",
    letters=(Letter(m, "least curvature"),),
    assumptions=(),
    steps=(),
    wrong=(),
)


def test_a_slug_is_where_the_page_lies() -> None:
    assert (EMPTY.slug, EMPTY.family) == ("barrier/nothing", "barrier")
    for found in claims():
        assert found.slug in slugs()
        assert claim(found.slug) is found


def test_the_three_families_are_the_folders() -> None:
    assert {slug.split("/")[0] for slug in slugs()} <= set(catalogue.FAMILIES)
    assert slugs() == sorted(slugs(), key=lambda s: (catalogue.FAMILIES.index(s.split("/")[0]), s))


@pytest.mark.parametrize("typed", ["barrier/rigde_bound", "ridge_bound", "barrier/ridge-bound", "barrier/ridge"])
def test_an_unknown_slug_suggests_the_nearest(typed: str) -> None:
    with pytest.raises(UnknownClaim, match=r"did you mean .*barrier/ridge_bound") as caught:
        claim(typed)
    assert "\n" not in str(caught.value)


def test_a_hopeless_slug_lists_what_there_is() -> None:
    with pytest.raises(UnknownClaim) as caught:
        claim("zzzzzzzz")
    assert all(slug in str(caught.value) for slug in slugs())


def test_a_formula_uses_only_letters_of_its_claim() -> None:
    with pytest.raises(ValueError, match="formula 'upper' also uses M; add them to letters"):
        dataclasses.replace(EMPTY, formulas={"upper": m * M})


def test_a_stranger_of_the_same_name_is_a_stranger() -> None:
    with pytest.raises(ValueError, match="also uses m"):
        dataclasses.replace(EMPTY, formulas={"upper": sp.Symbol("m")})


def test_a_claim_is_freed_only_of_parts_that_exist() -> None:
    with pytest.raises(ValueError, match=r"got \['picture'\]"):
        dataclasses.replace(EMPTY, owes_not={"picture": "it has none"})


def test_a_source_is_known() -> None:
    with pytest.raises(ValueError, match="got 'nobody1999'"):
        Origin("nobody1999")


def test_a_claim_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        EMPTY.title = "Something"  # type: ignore[misc]
    with pytest.raises(TypeError):
        EMPTY.formulas["upper"] = m  # type: ignore[index]


def test_every_letter_has_one_symbol() -> None:
    assert all(name == symbol.name for name, symbol in LETTERS.items())
    used = {letter.symbol for found in claims() for letter in found.letters}
    assert used <= set(LETTERS.values())


@given(st.lists(st.sampled_from(Evidence), max_size=6))
def test_the_worst_step_decides(words: list[Evidence]) -> None:
    found = worst(words)
    assert found in words if words else found is Evidence.UNDECIDED
    assert all(word <= found for word in words)


def test_evidence_is_ordered_from_proof_to_refutation() -> None:
    order = ["PROVED", "PROVED GIVEN", "PROBABLE", "CHECKED", "UNDECIDED", "REFUTED"]
    assert [word.word for word in sorted(Evidence)] == order
    assert all(a.meaning != b.meaning for a, b in itertools.combinations(Evidence, 2))


def test_every_source_has_a_key_of_its_own() -> None:
    """The later of two would silently take the place of the earlier."""
    assert len(sources.SOURCES) == len(sources._ALL)
    assert len({source.short for source in sources._ALL}) == len(sources._ALL)
