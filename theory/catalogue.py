"""The claims that exist, found by looking at the folders: `theory/<family>/<name>.py`, nothing registered by hand."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache

from theory.claim import Claim

FAMILIES = ("barrier", "connectivity", "combinability")


class UnknownClaim(ValueError):
    """A slug that no page carries."""


def slugs() -> list[str]:
    """Every slug, family by family, in alphabetical order."""
    return [
        f"{family}/{page.name}"
        for family in FAMILIES
        for page in sorted(pkgutil.iter_modules(importlib.import_module(f"theory.{family}").__path__), key=lambda p: p.name)
        if not page.name.startswith("_")
    ]


@cache
def claim(slug: str) -> Claim:
    """The claim of that slug; looked for once, since checks ask for it with every number.

    Raises:
        UnknownClaim: no page carries the slug; the message suggests the nearest ones.

    """
    known = slugs()
    if slug not in known:
        names = {s.split("/")[1]: s for s in known}
        near = difflib.get_close_matches(slug, known, n=3, cutoff=0.5)
        near += [names[n] for n in difflib.get_close_matches(slug.split("/")[-1], names, n=3, cutoff=0.5)]
        hint = ", ".join(dict.fromkeys(near)) or ", ".join(known)
        raise UnknownClaim(f"a slug is family/name of a claim; got {slug!r}; did you mean {hint}?")
    page = importlib.import_module("theory." + slug.replace("/", "."))
    found = page.CLAIM
    if not isinstance(found, Claim):
        raise TypeError(f"a page exports one Claim as CLAIM; {page.__name__} exports {type(found).__name__}")
    return found


def claims() -> Iterator[Claim]:
    """Every claim, in the order of `slugs()`."""
    return (claim(slug) for slug in slugs())
