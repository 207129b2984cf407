"""Chains of convolutions and dense layers whose units can be moved one by one: what they are, read off an `nn.Sequential`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from toykit.bridge.landscapes.conversion import described
from toykit.bridge.landscapes.statistics import Normalised
from toykit.landscape import Activation

Convolution = nn.Conv1d | nn.Conv2d | nn.Conv3d
Weighted = nn.Linear | Convolution

ON_MAPS: dict[int, tuple[type[nn.Module], ...]] = {
    1: (nn.MaxPool1d, nn.AvgPool1d, nn.AdaptiveMaxPool1d, nn.AdaptiveAvgPool1d, nn.ConstantPad1d, nn.ReflectionPad1d),
    2: (nn.MaxPool2d, nn.AvgPool2d, nn.AdaptiveMaxPool2d, nn.AdaptiveAvgPool2d, nn.ConstantPad2d, nn.ReflectionPad2d),
    3: (nn.MaxPool3d, nn.AvgPool3d, nn.AdaptiveMaxPool3d, nn.AdaptiveAvgPool3d, nn.ConstantPad3d, nn.ReflectionPad3d),
}
"""Pools and paddings by the axes of a map: they act on every channel alone, but only on maps of so many axes.

On maps of one axis less each of them takes the channels for an axis of the map, and mixes them without a word.
"""

CONVOLUTIONS: dict[int, type[Convolution]] = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}

QUIET = (nn.Identity, nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d)
"""What does nothing in evaluation mode; an active dropout is refused by the landscape."""


@dataclass(frozen=True)
class Stage:
    """A weight layer, the names of its arrays (no bias: None), and the parts behind it, which act unit by unit."""

    weight: str
    bias: str | None
    part: Weighted
    after: tuple[nn.Module, ...]

    @property
    def units(self) -> int:
        """n_l."""
        return self.part.out_features if isinstance(self.part, nn.Linear) else self.part.out_channels


@dataclass(frozen=True)
class ChannelChain:
    """The parts before the first weight layer, the weight layers 1..L, and their one activation."""

    head: tuple[nn.Module, ...]
    stages: tuple[Stage, ...]
    activation: Activation

    @property
    def convolutional(self) -> bool:
        """Whether it begins with a convolution, as every chain does that has one."""
        return not isinstance(self.stages[0].part, nn.Linear)

    def spread(self, layer: int) -> int:
        """Columns of W_l per unit of layer l-1: a*b where maps were flattened before a dense layer, else 1."""
        if layer == 1 or not isinstance(self.stages[layer - 1].part, nn.Linear):
            return 1
        return int(self.stages[layer - 1].part.weight.shape[1]) // self.stages[layer - 2].units


def leaves(module: nn.Module, prefix: str = "") -> Iterator[tuple[str, nn.Module]]:
    """The parts of nested `nn.Sequential` in the order in which they run, by their names."""
    for name, part in module._modules.items():  # named_children() would pass over the second use of one part
        if type(part) is nn.Sequential:
            yield from leaves(part, f"{prefix}{name}.")
        elif part is not None:
            yield f"{prefix}{name}", part


def axes_of(part: nn.Module) -> int:
    """Over how many axes of a map a convolution, a pool or a padding goes; 0 for every other part."""
    kinds = {axes: (CONVOLUTIONS[axes], *others) for axes, others in ON_MAPS.items()}
    return next((axes for axes, known in kinds.items() if isinstance(part, known)), 0)


def channel_chain(module: nn.Module) -> ChannelChain | str:
    """The chain that an `nn.Sequential` is, or in words why it is none."""
    if type(module) is not nn.Sequential:
        return f"{type(module).__name__} is no nn.Sequential of convolutions, pools, one activation and dense layers"
    own = dict(module.named_parameters())  # without the second name of a shared array
    head, groups = list[nn.Module](), list[tuple[str, Weighted, list[nn.Module]]]()
    flat = False
    for name, part in leaves(module):
        if isinstance(part, Weighted):
            if f"{name}.weight" not in own:
                return f"{name} shares its weights with another layer"
            why = _misplaced(name, part, [below for _, below, _ in groups], flat)
            if why:
                return why
            groups.append((name, part, []))
        elif isinstance(part, nn.Flatten) and (part.start_dim, part.end_dim) == (1, -1):
            flat = True
            (groups[-1][2] if groups else head).append(part)
        elif not _unitwise(part, groups[-1][1] if groups else None, flat):
            return _foreign(name, part)
        else:
            (groups[-1][2] if groups else head).append(part)
    made = [
        Stage(f"{name}.weight", f"{name}.bias" if f"{name}.bias" in own else None, part, tuple(after))
        for name, part, after in groups
    ]
    return chained(head, made)


def chained(head: Sequence[nn.Module], stages: Sequence[Stage]) -> ChannelChain | str:
    """The chain of these parts, or in words why it is none: the last layer is dense, and all hidden ones have one activation."""
    if not stages or not isinstance(stages[-1].part, nn.Linear):
        return "the last weight layer is not dense"
    acting = [[known for part in stage.after if (known := _activation(part)) is not None] for stage in stages]
    if acting[-1] or any(len(found) != 1 for found in acting[:-1]) or len({found[0] for found in acting[:-1]}) > 1:
        return "not every hidden layer has one and the same activation"
    linear = Activation("identity", smooth=True, analytic=True, piecewise_linear=True, negative_slope=1.0)
    return ChannelChain(tuple(head), tuple(stages), acting[0][0] if acting[0] else linear)


def sized(part: Weighted, columns: int, rows: int) -> nn.Module:
    """The same layer with other numbers of inputs and units, all weights 0."""
    if isinstance(part, nn.Linear):
        return blank(nn.Linear, columns, rows, bias=part.bias is not None)
    sizes: dict[str, Any] = {name: getattr(part, name) for name in ("kernel_size", "stride", "padding", "dilation")}
    return blank(type(part), columns, rows, bias=part.bias is not None, padding_mode=part.padding_mode, **sizes)


def blank(kind: type[Weighted], columns: int, rows: int, **options: Any) -> Weighted:
    """A layer of this kind, all weights 0: the usual constructors would draw from the global generator."""
    found = kind(columns, rows, device="meta", **options).to_empty(device="cpu")
    with torch.no_grad():
        for parameter in found.parameters():
            parameter.zero_()
    return found


def _misplaced(name: str, part: Weighted, below: list[Weighted], flat: bool) -> str:
    if isinstance(part, nn.Linear):
        on_maps = below and not isinstance(below[-1], nn.Linear) and not flat
        return f"{name} is a dense layer on maps that were not flattened" if on_maps else ""
    if part.groups != 1:
        return f"{name} is a convolution in {part.groups} groups, which ties its units to those below"
    dense = bool(below) and isinstance(below[-1], nn.Linear)
    if below and not dense and axes_of(part) != axes_of(below[-1]):
        return f"{name} is a convolution over {axes_of(part)} axes on maps of {axes_of(below[-1])}"
    return f"{name} is a convolution of what was flattened or came out of a dense layer" if flat or dense else ""


def _unitwise(part: nn.Module, below: Weighted | None, flat: bool) -> bool:
    """Whether a part acts on every unit of the layer below alone; before the first layer, on every example alone."""
    if isinstance(part, QUIET):
        return True
    if below is None:
        return isinstance(part, nn.Unflatten) or (not flat and axes_of(part) > 0)
    on_maps = not flat and not isinstance(below, nn.Linear)
    return _activation(part) is not None or (on_maps and axes_of(part) == axes_of(below))


def _foreign(name: str, part: nn.Module) -> str:
    if isinstance(part, _BatchNorm | Normalised):
        return f"batch normalisation in {name} mixes examples or moves with theta: fold it first by toykit.bridge.folded"
    return f"{type(part).__name__} in {name} is not known to act unit by unit where it stands"


def _activation(part: nn.Module) -> Activation | None:
    found = None if isinstance(part, nn.Identity) else described(part)
    return None if found is None else found[0]
