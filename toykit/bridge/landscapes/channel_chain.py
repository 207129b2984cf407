"""Which modules are a chain of convolutions and dense layers whose units can be moved one by one, read off their parts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from toykit.bridge.landscapes.conversion import described
from toykit.bridge.landscapes.statistics import Normalised
from toykit.landscape import Activation

CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
POOLS = (
    *(nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d, nn.AdaptiveMaxPool1d, nn.AdaptiveMaxPool2d, nn.AdaptiveMaxPool3d),
    *(nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d, nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d),
)
"""They act on every channel alone."""

QUIET = (nn.Identity, nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d)
"""What does nothing in evaluation mode; an active dropout is refused by the landscape."""

Convolution = nn.Conv1d | nn.Conv2d | nn.Conv3d
Weighted = nn.Linear | Convolution


@dataclass(frozen=True)
class Stage:
    """A weight layer by its name, and the parts behind it, which act unit by unit."""

    name: str
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


def channel_chain(module: nn.Module) -> ChannelChain | str:
    """The chain that a module is, or in words why it is none."""
    if type(module) is not nn.Sequential:
        return f"{type(module).__name__} is no nn.Sequential of convolutions, pools, one activation and dense layers"
    own = dict(module.named_parameters())  # without the second name of a shared array
    groups: list[tuple[str, list[nn.Module]]] = [("", [])]
    weighted: list[Weighted] = []
    flat = False
    for name, part in leaves(module):
        if isinstance(part, Weighted):
            if f"{name}.weight" not in own:
                return f"{name} shares its weights with another layer"
            why = _misplaced(name, part, weighted, flat)
            if why:
                return why
            groups.append((name, []))
            weighted.append(part)
            continue
        if isinstance(part, nn.Flatten) and (part.start_dim, part.end_dim) == (1, -1):
            flat = True
        elif not _unitwise(part, bool(weighted)) or (flat and isinstance(part, POOLS)):
            return _foreign(name, part)
        groups[-1][1].append(part)
    if not weighted or not isinstance(weighted[-1], nn.Linear):
        return "the last weight layer is not dense"
    stages = tuple(Stage(name, part, tuple(after)) for (name, after), part in zip(groups[1:], weighted, strict=True))
    acting = [[known for part in stage.after if (known := _activation(part)) is not None] for stage in stages]
    if acting[-1] or any(len(found) != 1 for found in acting[:-1]) or len({found[0] for found in acting[:-1]}) > 1:
        return "not every hidden layer has one and the same activation"
    linear = Activation("identity", smooth=True, analytic=True, piecewise_linear=True, negative_slope=1.0)
    return ChannelChain(tuple(groups[0][1]), stages, acting[0][0] if acting[0] else linear)


def _misplaced(name: str, part: Weighted, below: list[Weighted], flat: bool) -> str:
    if isinstance(part, nn.Linear):
        on_maps = below and not isinstance(below[-1], nn.Linear) and not flat
        return f"{name} is a dense layer on maps that were not flattened" if on_maps else ""
    if part.groups != 1:
        return f"{name} is a convolution in {part.groups} groups, which ties its units to those below"
    dense = bool(below) and isinstance(below[-1], nn.Linear)
    return f"{name} is a convolution of what was flattened or came out of a dense layer" if flat or dense else ""


def _unitwise(part: nn.Module, inside: bool) -> bool:
    if isinstance(part, QUIET):
        return True
    return isinstance(part, POOLS) or _activation(part) is not None if inside else isinstance(part, nn.Unflatten)


def _foreign(name: str, part: nn.Module) -> str:
    if isinstance(part, _BatchNorm | Normalised):
        return f"batch normalisation in {name} mixes examples or moves with theta: fold it first by toykit.bridge.folded"
    return f"{type(part).__name__} in {name} is not known to act unit by unit"


def _activation(part: nn.Module) -> Activation | None:
    found = None if isinstance(part, nn.Identity) else described(part)
    return None if found is None else found[0]
