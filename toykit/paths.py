"""Polygonal paths gamma from theta_a to theta_b: waypoints, the type of each segment, and what is measured along them.

The excess of a path is E = max L(gamma) - max(L_a, L_b); it does not depend on how the path is parametrised. Positions
run over [0, 1] with the same share for every segment.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path as File
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from toykit.arrays import to_numpy
from toykit.chord import Profile
from toykit.errors import InputError
from toykit.landscape import Floats, Landscape
from toykit.parameters import Array, Parameters, chord_point

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Relocation = Mapping[int, tuple[NDArray[np.int64], NDArray[np.int64]]]
"""Per hidden layer the units that move and the slots they move to."""

KINDS = {
    "O": "only the output layer moves",
    "C": "the output is constant: what moves is not read",
    "T": "the output is constant: units hand over to their copies",
    "?": "no type: nothing is known between its ends",
}
"""The types of a segment. A path carries them as declared; `toykit.connectivity.certificate` decides them."""


@dataclass(frozen=True)
class Segment:
    """The piece between two waypoints: its type (a key of `KINDS`), what it does, and for "T" which units hand over."""

    kind: str = "?"
    label: str = ""
    moves: Relocation = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError(f"a segment has one of the types {', '.join(KINDS)}; got {self.kind!r}")
        for layer, (sources, slots) in self.moves.items():
            # a unit that hands over to itself, or a slot that takes twice, would make the test of type "T" forget columns
            everyone = np.concatenate([sources, slots])
            if layer < 1 or sources.shape != slots.shape or np.unique(everyone).size < everyone.size:
                raise InputError(
                    f"each unit of a hidden layer hands over to a slot of its own, no unit twice; got {sources.tolist()} to "
                    f"{slots.tolist()} in layer {layer}; move them one after the other"
                )


@dataclass(frozen=True)
class Path:
    """Waypoints theta_0, .., theta_S and the S segments between them."""

    waypoints: tuple[Parameters, ...]
    segments: tuple[Segment, ...]

    def __post_init__(self) -> None:
        if len(self.waypoints) != len(self.segments) + 1 or not self.segments:
            raise InputError(
                f"a path has one waypoint more than segments, and at least one segment; got {len(self.waypoints)} waypoints and "
                f"{len(self.segments)} segments"
            )
        for point in self.waypoints[1:]:
            point._same_shape(self.waypoints[0])

    @classmethod
    def chord(cls, theta_a: Parameters, theta_b: Parameters) -> Path:
        """The straight path, of no type."""
        return cls((theta_a, theta_b), (Segment("?", "chord"),))

    @property
    def kinds(self) -> str:
        """The types in order, for example "OCO"."""
        return "".join(segment.kind for segment in self.segments)

    @property
    def length(self) -> float:
        """Sum over the segments of |theta_{s+1} - theta_s|."""
        return sum((after - before).norm() for before, after in zip(self.waypoints, self.waypoints[1:], strict=False))

    @property
    def norms(self) -> Floats:
        """|theta_s| at the waypoints, shape (S+1,); a norm is convex, so no point between them has a larger one."""
        return np.array([point.norm() for point in self.waypoints], dtype=np.float64)

    @property
    def largest_weight(self) -> float:
        """The largest absolute entry of any waypoint, and so of the whole path."""
        return max(float(abs(array).max()) for point in self.waypoints for array in point.values())

    def then(self, other: Path) -> Path:
        """The path followed by one that starts where it ends.

        Raises:
            InputError: the other path starts elsewhere.

        """
        if (self.waypoints[-1] - other.waypoints[0]).norm() != 0:
            raise InputError("paths are joined where one ends and the next begins; got two points; was one reversed?")
        return Path(self.waypoints + other.waypoints[1:], self.segments + other.segments)

    def reversed(self) -> Path:
        """The path from its end to its beginning; every type survives."""
        return Path(self.waypoints[::-1], self.segments[::-1])

    def point(self, t: float) -> Parameters:
        """gamma(t), t in [0, 1].

        Raises:
            InputError: t lies outside.

        """
        if not 0 <= t <= 1:
            raise InputError(f"a position on a path lies in [0, 1]; got {t}")
        count = len(self.segments)
        number = min(int(t * count), count - 1)
        return chord_point(self.waypoints[number], self.waypoints[number + 1], t * count - number)

    def profile(self, landscape: Landscape, per_segment: int = 11) -> Profile:
        """L along the path at `per_segment` positions of every segment, both ends included.

        Any landscape with the same parameters will do: on test data it is the test loss.
        """
        ts = np.linspace(0.0, 1.0, per_segment)
        pieces = [landscape.profile(before, after, ts) for before, after in pairwise(self.waypoints)]
        return self.assembled(pieces)

    def error_profile(self, landscape: Landscape, per_segment: int = 11) -> Profile:
        """The fraction of misclassified examples along the path, at the positions of `profile`.

        Raises:
            InputError: the data of the landscape have no classes.

        """
        ts = np.linspace(0.0, 1.0, per_segment)
        pieces = list[Floats]()
        for before, after in pairwise(self.waypoints):
            found = [landscape.error(chord_point(before, after, float(t))) for t in ts]
            if any(value is None for value in found):
                raise InputError("an error along a path needs data with classes; the landscape has none; use profile")
            pieces.append(np.array(found, dtype=np.float64))
        return self.assembled(pieces, "error")

    def assembled(self, pieces: list[Floats], quantity: str = "loss") -> Profile:
        """One profile over [0, 1] from the values on each segment, all of shape (g,), ends shared."""
        inner = pieces[0].size - 1
        values = np.concatenate([pieces[0][:1], *(piece[1:] for piece in pieces)])
        return Profile(np.linspace(0.0, 1.0, inner * len(pieces) + 1), values, quantity)

    def stored(self) -> tuple[dict[str, Array], str]:
        """The arrays of the waypoints, `p0.n3` by waypoint and index, and names, types, labels and moves as JSON."""
        names = list(self.waypoints[0])
        arrays = {f"p{i}.n{j}": point[name] for i, point in enumerate(self.waypoints) for j, name in enumerate(names)}
        moves = [{str(p): [u.tolist() for u in pair] for p, pair in s.moves.items()} for s in self.segments]
        index = {"names": names, "kinds": self.kinds, "labels": [s.label for s in self.segments], "moves": moves}
        return arrays, json.dumps(index)

    @classmethod
    def restored(cls, arrays: Mapping[str, Array], index: str) -> Path:
        """The path that `stored` took apart; the types are declared again, not proved."""
        found = json.loads(index)
        points = range(len(found["kinds"]) + 1)
        waypoints = tuple(Parameters({n: arrays[f"p{i}.n{j}"] for j, n in enumerate(found["names"])}) for i in points)
        return cls(waypoints, tuple(map(_segment, found["kinds"], found["labels"], found["moves"])))

    def save(self, file: File) -> None:
        """Write waypoints and types as npz, without pickle; torch paths are kept bit for bit by `toykit.bridge.paths`.

        Raises:
            InputError: the file cannot be written.

        """
        arrays, index = self.stored()
        try:
            with file.open("wb") as stream:
                np.savez(stream, allow_pickle=False, index=np.array(index), **{n: to_numpy(array) for n, array in arrays.items()})
        except OSError as error:
            raise InputError(f"a path is written to a file; got {error.strerror} for {file}; name another") from error

    @classmethod
    def load(cls, file: File) -> Path:
        """The path that `save` wrote, as NumPy arrays.

        Raises:
            InputError: the file is not one that `save` wrote.

        """
        try:
            with file.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
                return cls.restored(stored, str(stored["index"]))
        except FOREIGN as error:
            raise InputError(f"a path file is an npz written by Path.save; {file} is not: {error}; save it again") from error

    def plot(
        self, landscape: Landscape, test: Landscape | None = None, *, axes: Axes | None = None, per_segment: int = 11
    ) -> Axes:
        """Draw the loss along the path, and the loss on test data if given, over the segment number; returns the axes.

        Without axes a new figure is made.
        """
        from matplotlib.figure import Figure

        axes = Figure(layout="constrained").subplots() if axes is None else axes
        for name, shown in (("training", landscape), ("test", test)):
            if shown is not None:
                self.draw(axes, self.profile(shown, per_segment), label=f"{name} loss")
        axes.set_xlabel("segment")
        axes.set_ylabel("loss")
        axes.legend()
        return axes

    def draw(self, axes: Axes, profile: Profile, **style: Any) -> None:
        """The profile over the segment number, with the waypoints as dots."""
        count = len(self.segments)
        step = (profile.ts.size - 1) // count
        axes.plot(profile.ts * count, profile.values, **style)
        axes.plot(np.arange(count + 1), profile.values[::step], "o", ms=4, color=axes.lines[-1].get_color())


FOREIGN = (ValueError, LookupError, ArithmeticError, TypeError, AttributeError, RuntimeError, OSError, EOFError, BadZipFile)
"""What reading a file that `Path.save` did not write can raise: no zip, a locked one, a single array, an object array, another
index, endless brackets, numbers beyond 64 bits."""


def _segment(kind: str, label: str, moves: Mapping[str, list[list[int]]]) -> Segment:
    pairs = {int(p): (np.array(pair[0], dtype=np.int64), np.array(pair[1], dtype=np.int64)) for p, pair in moves.items()}
    return Segment(kind, label, pairs)
