"""L at several points in one pass: stacked parameters through `torch.vmap`, a group of points at a time.

A GPU finishes an operation of a small network before the next one is launched, so g points one after the other cost g times
the launches; together they cost them once. On a CPU there is little to save, and points together were slower on every
network tried: one after the other is the rule there. Groups are stacked as they are needed, so thousands of points need the
memory of a few.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from toykit import tolerances
from toykit.bridge.evaluating.memory import out_of_memory
from toykit.bridge.landscapes.examples import tensor
from toykit.bridge.landscapes.prepared import PROBE
from toykit.bridge.state import require_finite, require_shapes
from toykit.errors import InputError
from toykit.landscape import Floats
from toykit.parameters import Parameters, chord_point
from toykit.points import Points

Stack = dict[str, Tensor]

SMALL = 1 << 22
"""Numbers that one operation makes at most in a group chosen by itself: so few a GPU writes in about the time of a launch."""
FEW = slice(0, PROBE)


@dataclass
class Together:
    """`count` points at a time through `network(theta, rows)` and `mean(outputs, rows)`; 1: one after the other by `loss`.

    Points have the names, shapes, device and dtype of `like`; `asked`: a person has decided the number.
    """

    loss: Callable[[Parameters], float]
    network: Callable[[Mapping[str, Tensor], slice], Tensor]
    mean: Callable[[Tensor, slice], Tensor]
    chunks: Callable[[], Iterable[slice]]
    like: Parameters
    count: int = 1
    asked: bool = False

    def losses(self, thetas: Sequence[Parameters]) -> Floats:
        """L at several points, shape (g,)."""
        return self._in_groups(len(thetas), lambda some: stacked(thetas[some], self.like), lambda index: self.loss(thetas[index]))

    def profile(self, theta_a: Parameters, theta_b: Parameters, ts: Floats) -> Floats:
        """phi(t) at the positions ts of a chord, shape (g,)."""

        def one(index: int) -> float:
            return self.loss(chord_point(theta_a, theta_b, float(ts[index])))

        return self._in_groups(len(ts), lambda some: chord_points(theta_a, theta_b, ts[some]), one)

    def outputs(self, points: Stack, rows: slice) -> Tensor:
        """z at stacked points, shape (g, rows, k)."""
        found: Tensor = torch.vmap(lambda point: self.network(point, rows))(points)
        return found

    def means(self, outputs: Tensor, rows: slice) -> Tensor:
        """The mean losses of outputs (g, rows, k), shape (g,)."""
        found: Tensor = torch.vmap(lambda z: self.mean(z, rows))(outputs)
        return found

    def refusal(self) -> str | None:
        """Why the module or the loss cannot take two points in one pass; None where they do, and agree with one by one."""
        points = {name: torch.stack([array, 0.9 * array]) for name, array in self.like.items()}
        try:
            with torch.no_grad(), warnings.catch_warnings():
                warnings.simplefilter("error")  # torch warns where it runs through the points in a loop
                single = torch.stack([self.network({name: array[i] for name, array in points.items()}, FEW) for i in range(2)])
                outputs = self.outputs(points, FEW)
                means, each = self.means(outputs, FEW), torch.stack([self.mean(z, FEW) for z in single])
        except (NotImplementedError, RuntimeError, UserWarning, ValueError) as error:
            return str(error).strip().split("\n")[0]
        relative = tolerances.SOLVED if outputs.dtype == torch.float64 else tolerances.PROBE32
        agreed = all(float((x - y).abs().max()) <= relative * float(y.abs().max()) for x, y in ((outputs, single), (means, each)))
        return None if agreed else "two points in one pass give other numbers than one by one"

    def _in_groups(self, total: int, stack: Callable[[slice], Stack], one: Callable[[int], float]) -> Floats:
        """`stack` gives some points as arrays (g, ...), `one` the loss of one; a group too large for the memory is halved."""
        found: list[float] = []
        while len(found) < total and self.count > 1:
            some = slice(len(found), min(len(found) + self.count, total))
            try:
                found += self._group(stack(some)).tolist()
            except RuntimeError as error:
                if not out_of_memory(error):
                    raise
                self.count = len(range(total)[some]) // 2
        return np.array([*found, *(one(index) for index in range(len(found), total))], dtype=np.float64)

    def _group(self, points: Stack) -> Tensor:
        with torch.no_grad():
            found = torch.cat([self.outputs(points, rows) for rows in self.chunks()], dim=1)
            return self.means(found, slice(None))


def together(
    loss: Callable[[Parameters], float],
    network: Callable[[Mapping[str, Tensor], slice], Tensor],
    mean: Callable[[Tensor, slice], Tensor],
    chunks: Callable[[], Iterable[slice]],
    like: Parameters,
    asked: int | None,
) -> Together:
    """How a landscape passes points through its module: `asked` at a time, else as many as `SMALL` allows on a GPU.

    Raises:
        InputError: the number asked for is below 1, or above it for a module that takes one point at a time.

    """
    if asked is not None and asked < 1:
        raise InputError(
            f"at least one point passes at a time; got points_at_once={asked}; leave it out to let the device decide"
        )
    found = Together(loss, network, mean, chunks, like, asked=asked is not None)
    on_gpu = any(array.device.type == "cuda" for array in like.values())
    wanted = asked or (SMALL // _largest(found) if on_gpu else 1)
    if wanted > 1:
        reason = found.refusal()
        if reason is not None and found.asked:
            raise InputError(
                f"points pass together through a module that torch.vmap can map; got one that it cannot ({reason}); "
                "leave points_at_once out"
            )
        found.count = wanted if reason is None else 1
    return found


def stacked(points: Sequence[Parameters], like: Parameters) -> Stack:
    """The points as one array (g, ...) per name of `like`, on its device and in its dtype, finite.

    Raises:
        ShapeError: a point has other names or shapes.
        NonFiniteError: an entry is NaN or infinite.

    """
    if isinstance(points, Points):
        require_shapes(points.arrays, {name: (len(points), *shape) for name, shape in like.shapes.items()})
        found = {name: tensor(points.arrays[name], each.device, each.dtype) for name, each in like.items()}
    else:
        for theta in points:
            require_shapes(theta, like.shapes)
        found = {n: torch.stack([tensor(theta[n], each.device, each.dtype) for theta in points]) for n, each in like.items()}
    require_finite(found)
    return found


def chord_points(theta_a: Parameters, theta_b: Parameters, ts: Floats) -> Stack:
    """theta_t at the positions ts (g,), as `toykit.parameters.chord_point` at each, arrays of shape (g, ...)."""
    first = next(iter(theta_a.values()))
    before, after = tensor(np.stack([1 - ts, ts]), first.device, first.dtype)

    def along(weights: Tensor, array: Tensor) -> Tensor:
        return array * weights.view(-1, *[1] * array.ndim)

    return {name: along(before, array) + along(after, theta_b[name]) for name, array in theta_a.items()}


class _Widest(TorchFunctionMode):
    """Remembers the size of the largest tensor that an operation has made."""

    numbers = 1

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        found = func(*args, **(kwargs or {}))
        if isinstance(found, Tensor):
            self.numbers = max(self.numbers, found.numel())
        return found


def _largest(found: Together) -> int:
    """The size of the largest tensor that one point makes: its parameters, all outputs, or what is between in one chunk."""
    with torch.no_grad(), _Widest() as seen:
        outputs = found.network(found.like, FEW)
    chunks = [len(range(rows.start, rows.stop)) for rows in found.chunks()]
    return int(max(found.like.count, outputs[0].numel() * sum(chunks), seen.numbers * max(chunks) // len(outputs)))
