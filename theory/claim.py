"""A claim about mode connectivity as one frozen value: statement, formulas, assumptions, derivation.

A page `theory/<family>/<name>.py` exports one `CLAIM`. Its slug is the page's own path, so it cannot drift;
its evidence is computed by `theory.derivation.derive`, never typed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

import sympy as sp

from theory.sources import SOURCES
from theory.steps import Step

PARTS = (
    "derivation",
    "wrong sibling",
    "toy check",
    "extremal instance",
    "necessity",
    "trained check",
    "figure",
)


class Kind(StrEnum):
    """What a claim asserts."""

    IDENTITY = "identity"
    UPPER = "upper bound"
    LOWER = "lower bound"
    TWO_SIDED = "two-sided bound"
    ESTIMATE = "estimate with remainder"
    EXISTENCE = "existence of a path"
    EXPECTATION = "expectation law"
    COUNTEREXAMPLE = "counterexample"
    PREDICTOR = "predictor"


@dataclass(frozen=True)
class Letter:
    """A quantity that a check measures: its symbol from `theory.symbols` and what it means."""

    symbol: sp.Symbol
    meaning: str

    @property
    def name(self) -> str:
        """The key under which checks report the letter."""
        return str(self.symbol.name)


@dataclass(frozen=True)
class Assumption:
    """A hypothesis of a claim, with the way in which a check decides it."""

    name: str
    says: str
    decided_by: str


@dataclass(frozen=True)
class Origin:
    """Where a claim comes from: a key of `theory.sources`, the place in it, and what is ours."""

    key: str
    place: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        if self.key not in SOURCES:
            raise ValueError(f"a source is a key of theory/sources.py; got {self.key!r}; known keys: {', '.join(SOURCES)}")


@dataclass(frozen=True)
class Claim:
    """One statement of the theory. Text fields may hold LaTeX between dollar signs.

    `formulas` maps a name ("upper", "lower", "gap", ...) to the closed expression in the letters that checks
    evaluate. `steps` are the derivation; `wrong` is its wrong sibling, which must not be proved; `examples` are
    ground truths re-evaluated exactly, shown with the derivation but never part of its evidence.
    `owes_not` maps a part of `PARTS` to the reason why this page does not owe it. `kernel` names the theorems of
    `theory/kernel/<family>.v` that state the claim and are checked by Coq's kernel (`make prove`).
    """

    page: str
    title: str
    kind: Kind
    origins: tuple[Origin, ...]
    statement: str
    equality: str
    necessity: str
    letters: tuple[Letter, ...]
    assumptions: tuple[Assumption, ...]
    steps: tuple[Step, ...]
    wrong: tuple[Step, ...]
    examples: tuple[Step, ...] = ()
    formulas: Mapping[str, sp.Expr] = field(default_factory=dict)
    traps: tuple[str, ...] = ()
    owes_not: Mapping[str, str] = field(default_factory=dict)
    kernel: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "formulas", MappingProxyType(dict(self.formulas)))
        object.__setattr__(self, "owes_not", MappingProxyType(dict(self.owes_not)))
        unknown = set(self.owes_not) - set(PARTS)
        if unknown:
            raise ValueError(f"a claim can be freed only of {', '.join(PARTS)}; got {sorted(unknown)} on {self.page}")
        known = {letter.symbol for letter in self.letters}
        for name, formula in self.formulas.items():
            strangers = sorted(s.name for s in formula.free_symbols if s not in known)
            if strangers:
                raise ValueError(
                    f"a formula uses only the letters of its claim; {self.page} formula {name!r} also uses "
                    f"{', '.join(strangers)}; add them to letters"
                )

    @property
    def slug(self) -> str:
        """`family/name`, read off the page's module path."""
        return "/".join(self.page.split(".")[-2:])

    @property
    def family(self) -> str:
        """The folder the page lies in."""
        return self.slug.split("/")[0]

    @property
    def source(self) -> str:
        """The origins in one line, as printed in tables."""
        return "; ".join(", ".join(part for part in (SOURCES[o.key].short, o.place, o.note) if part) for o in self.origins)

    def assumption(self, name: str) -> Assumption:
        """The assumption of that name.

        Raises:
            KeyError: the claim has no such assumption.

        """
        for assumption in self.assumptions:
            if assumption.name == name:
                return assumption
        raise KeyError(f"{self.slug} has assumptions {[a.name for a in self.assumptions]}; got {name!r}")
