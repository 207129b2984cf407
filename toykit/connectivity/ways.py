"""What a comparison says of one way between two networks, and of the stages that a built path goes through."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from toykit.connectivity.bezier import Bezier
from toykit.connectivity.built import Stages
from toykit.connectivity.separable import WORDS, stays
from toykit.connectivity.stages import Place, Stage
from toykit.connectivity.subnetwork import Subnetwork
from toykit.paths import Path
from toykit.verdict import Number

WAYS = ("straight line", "aligned straight line", "dropout-stable path", "rebuilt path", "Bezier curve")


@dataclass(frozen=True)
class StageRow:
    """S_l of one endpoint: its loss Phi_l, the word it earned, units kept, how it was made, and the seed of its half.

    `seed` is None where the kept units were not drawn: the first half, or the best of all halves.
    """

    endpoint: str
    layer: int
    loss: float
    word: str
    kept: int
    how: str
    seed: int | None

    @classmethod
    def fresh(cls, found: Mapping[Place, Stage]) -> tuple[StageRow, ...]:
        """Those of rebuilt networks, in the order of the path from a to b."""
        return _in_order(cls._of(place, each.small, each.loss, each.word) for place, each in found.items())

    @classmethod
    def thinned(cls, found: Mapping[str, tuple[Stages, Mapping[int, float]]], worse: float) -> tuple[StageRow, ...]:
        """Those of thinned networks: what they reach is measured, so no word is by theorem."""
        rows = (
            cls._of((endpoint, layer), small, losses[layer], WORDS[1] if stays(losses[layer], worse) else WORDS[2])
            for endpoint, (stages, losses) in found.items()
            for layer, small in stages.items()
        )
        return _in_order(rows)

    @classmethod
    def _of(cls, place: Place, small: Subnetwork, loss: float, word: str) -> StageRow:
        return cls(*place, loss, word, len(small.kept), small.how, small.seed)


def _in_order(rows: Iterable[StageRow]) -> tuple[StageRow, ...]:
    """Down from the last layer of a, up to the last layer of b, as the path goes."""
    return tuple(sorted(rows, key=lambda row: (row.endpoint, row.layer if row.endpoint == "b" else -row.layer)))


def counts(stages: Sequence[StageRow]) -> str:
    """How many stages earned which word, weakest last."""
    words = [row.word for row in stages]
    return ", ".join(f"{words.count(word)} {word}" for word in WORDS if word in words)


@dataclass(frozen=True)
class Row:
    """One way: largest training loss with its evidence, the word, test loss and error (largest on the way), and the cost.

    `passes` are forward passes over the training data, a gradient counted as three, small networks by their share of the
    parameters. `segments` is 0 for a curve. `way_taken` is the path or curve itself, None where there is none; `note` says why.
    A built path has its `stages`.
    """

    way: str
    maximum: Number | None
    excess: float | None
    word: str
    test_loss: float | None
    test_error: float | None
    segments: int
    passes: float
    seconds: float
    note: str = ""
    way_taken: Path | Bezier | None = None
    stages: tuple[StageRow, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The row as a JSON object, without the path."""
        shown = {name: getattr(self, name) for name in ("way", "excess", "word", "test_loss", "test_error", "segments")}
        found = None if self.maximum is None else self.maximum.to_json()
        rest = {"passes": self.passes, "seconds": self.seconds, "note": self.note}
        stages = {"stages": [asdict(stage) for stage in self.stages]} if self.stages else {}
        return {**shown, "maximum": found, **rest, **stages}
