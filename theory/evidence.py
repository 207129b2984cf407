"""How far a derivation may be trusted, as a word that is computed and never typed.

The worst step of a derivation decides its word. `PROVED_GIVEN` means that every step is decided except
facts that are cited by name; nothing weaker than a decision procedure or a citation earns it.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum


class Evidence(IntEnum):
    """Evidence for a derivation or one of its steps, ordered from the best to the worst."""

    PROVED = 0
    PROVED_GIVEN = 1
    PROBABLE = 2
    CHECKED = 3
    UNDECIDED = 4
    REFUTED = 5

    @property
    def word(self) -> str:
        """The word as it is printed: `PROVED GIVEN`, not `PROVED_GIVEN`."""
        return self.name.replace("_", " ")

    @property
    def meaning(self) -> str:
        """One sentence that says what the word promises."""
        return _MEANING[self]


_MEANING = {
    Evidence.PROVED: "every step was decided by a decision procedure",
    Evidence.PROVED_GIVEN: "every step was decided, given the facts that are cited by name",
    Evidence.PROBABLE: "a randomised procedure found no difference; its error bound is printed",
    Evidence.CHECKED: "it held on the finitely many exact cases that are listed, nothing more",
    Evidence.UNDECIDED: "no procedure could decide it within its limits",
    Evidence.REFUTED: "an exact counterexample was found and evaluated again",
}


def worst(words: Iterable[Evidence]) -> Evidence:
    """The word of a whole from the words of its parts; a derivation without steps is UNDECIDED."""
    return max(words, default=Evidence.UNDECIDED)
