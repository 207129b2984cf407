"""The options of traced operators in one form: tuples, axes counted from the front, one number per spatial axis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor, fx

SPATIAL = ("kernel_size", "stride", "padding", "dilation", "output_padding", "output_size")
"""Options with one number per spatial axis."""


def shape_of(node: fx.Node | None) -> tuple[int, ...]:
    """The shape of the output of a call, of the first one where there are several, and () of what is no tensor."""
    value = None if node is None else node.meta.get("val")
    if isinstance(value, list | tuple) and value and isinstance(value[0], Tensor):
        value = value[0]
    return tuple(int(size) for size in value.shape) if isinstance(value, Tensor) else ()


def options_of(
    op: str, name: str, node: fx.Node, first: fx.Node | None, options: dict[str, Any], tensors: Mapping[str, fx.Node]
) -> tuple[str, dict[str, Any]]:
    """The options in one form: tuples, axes counted from the front, one number per spatial axis."""
    rank, shape = len(shape_of(first)), shape_of(node)
    found: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in options.items()}
    if op == "reshape":
        return op, {}
    if op == "permute" and rank:
        return op, {"dims": _order(name, rank, found)}
    if op in {"to", "_to_copy"}:
        return "cast", {"dtype": str(node.meta["val"].dtype).removeprefix("torch.")}
    if op == "convolution":
        transposed = found.pop("transposed", False)
        op = f"conv{'_transpose' if transposed else ''}{len(found['stride'])}d"
    if op.startswith(("conv", "max_pool", "avg_pool", "adaptive")) and op[-1] == "d":
        return op, _spatial(op, int(op[-2]), found, shape_of(tensors.get("weight")))
    if op == "slice":
        dim, size = found["dim"] % rank, shape_of(first)[found["dim"]]
        start, end, step = slice(found["start"], found["end"], found["step"]).indices(size)
        return op, {"dim": dim, "start": start, "end": end, "step": step}
    if op == "expand":
        return op, {"size": shape}
    for key in ("dim", "dims"):
        if isinstance(found.get(key), int) and not isinstance(found[key], bool):
            around = rank + 1 if op == "stack" else rank
            found[key] = found[key] % around if around else found[key]
        elif isinstance(found.get(key), tuple) and rank:
            found[key] = tuple(int(axis) % rank for axis in found[key])
    if op == "batch_norm":
        found.setdefault("training", "no_training" not in name)
    return op, found


def _order(name: str, rank: int, options: Mapping[str, Any]) -> tuple[int, ...]:
    """The permutation of axes of any of ATen's ways to say it."""
    if name == "permute":
        return tuple(int(axis) % rank for axis in options["dims"])
    order = list(range(rank))
    if name == "movedim":
        source, target = options["source"], options["destination"]
        sources, targets = ((part,) if isinstance(part, int) else tuple(part) for part in (source, target))
        rest = iter(axis for axis in order if axis not in {s % rank for s in sources})
        put = {t % rank: s % rank for s, t in zip(sources, targets, strict=True)}
        return tuple(put[axis] if axis in put else next(rest) for axis in order)
    pairs = {"t": (0, -1), "mT": (-2, -1), "adjoint": (-2, -1)}
    if name == "numpy_T":
        return tuple(reversed(order))
    if rank > 1:
        keys = ("axis0", "axis1") if name == "swapaxes" else ("dim0", "dim1")
        one, other = pairs[name] if name in pairs else (options[keys[0]], options[keys[1]])
        order[one], order[other] = order[other], order[one]
    return tuple(order)


def _spatial(op: str, axes: int, options: dict[str, Any], weight: tuple[int, ...]) -> dict[str, Any]:
    found = dict(options)
    for key in SPATIAL:
        value = found.get(key)
        if isinstance(value, int):
            found[key] = (value,) * axes
        elif isinstance(value, tuple) and len(value) == 1:
            found[key] = value * axes
    if found.get("stride") == ():
        found["stride"] = found["kernel_size"]
    if found.get("padding") == "valid":
        found["padding"] = (0,) * axes
    if found.get("padding") == "same":
        total = [dilation * (size - 1) for dilation, size in zip(found["dilation"], weight[2:], strict=True)]
        if not any(extra % 2 for extra in total):  # an uneven rest is padded on one side only, which numbers cannot say here
            found["padding"] = tuple(extra // 2 for extra in total)
    return found
