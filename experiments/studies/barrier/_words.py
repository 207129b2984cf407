"""From measurements to the word on a prediction: shares of cases, and several benches joined."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from experiments.studies.study import Finding, Word

USUALLY, MOSTLY = 0.75, 0.5
"""A hypothesis that holds in three quarters of the cases is reproduced, in half of them qualified."""


def share(holds: Iterable[bool | None]) -> tuple[float | None, int]:
    """The part of the decided cases in which something holds, and how many are decided."""
    decided = [held for held in holds if held is not None]
    return (sum(decided) / len(decided) if decided else None), len(decided)


def graded(part: float | None, usually: float = USUALLY, mostly: float = MOSTLY) -> Word:
    """REPRODUCED from `usually` on, QUALIFIED from `mostly` on; what could not be measured is not reproduced."""
    if part is None or part < mostly:
        return Word.NOT_REPRODUCED
    return Word.REPRODUCED if part >= usually else Word.QUALIFIED


def joined(words: Iterable[Word]) -> Word:
    """The word of several benches: theirs where they agree, else QUALIFIED."""
    found = set(words)
    if not found:
        return Word.NOT_REPRODUCED
    return found.pop() if len(found) == 1 else Word.QUALIFIED


def finding(prediction: str, words: Mapping[str, Word], says: Mapping[str, str]) -> Finding:
    """One finding from the word and the sentence of every bench."""
    text = "; ".join(f"{bench}: {says[bench]}" if len(words) > 1 else says[bench] for bench in words)
    return Finding(prediction, joined(words.values()), text or "nothing could be measured")


def benches(parts: Sequence[Mapping[str, object]]) -> tuple[str, ...]:
    """The names of the benches among the parts, in order."""
    return tuple(dict.fromkeys(str(part["bench"]) for part in parts))
