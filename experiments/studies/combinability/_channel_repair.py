"""REPAIR of any module: mean and deviation of every hidden channel set back to the mean of those of the two ends.

In a convolutional network a unit is a channel, and its statistics are over examples and positions, before normalisation. The
correction z <- (z - mu) s*/s + mu* stands behind each hidden convolution or dense layer [jordan2022], measured after the
layers below were corrected. `toykit.combining.renormalise` writes it into weights and biases, for networks of dense layers.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import NamedTuple

import torch
from torch import Tensor, nn

from toykit.combining.renormalisation import STILL

Hook = Callable[[nn.Module, tuple[Tensor, ...], Tensor], Tensor]


class ChannelMoments(NamedTuple):
    """Mean and standard deviation of each channel over examples and positions, shape (channels,) each."""

    mean: Tensor
    deviation: Tensor


def hidden_layers(module: nn.Module) -> dict[str, nn.Module]:
    """Convolutions and dense layers by name, without the last one, whose outputs are those of the network."""
    found: dict[str, nn.Module] = {name: part for name, part in module.named_modules() if isinstance(part, nn.Conv2d | nn.Linear)}
    found.pop(next(reversed(found)))
    return found


def channel_moments(module: nn.Module, inputs: Tensor) -> dict[str, ChannelMoments]:
    """The moments of all hidden channels; the module is not changed."""
    own, found = copy.deepcopy(module).eval(), dict[str, ChannelMoments]()
    for name, part in hidden_layers(own).items():
        part.register_forward_hook(_recording(found, name))
    with torch.no_grad():
        own(inputs)
    return found


def repaired(module: nn.Module, a: nn.Module, b: nn.Module, inputs: Tensor) -> nn.Module:
    """A copy of the midpoint `module` of a and b whose hidden channels have the mean moments of both ends on `inputs`."""
    ends, own = [channel_moments(end, inputs) for end in (a, b)], copy.deepcopy(module).eval()
    for name, part in hidden_layers(own).items():
        wanted = ChannelMoments(*((left + right) / 2 for left, right in zip(*(end[name] for end in ends), strict=True)))
        part.register_forward_hook(_correcting(wanted))
    with torch.no_grad():
        own(inputs)  # the first pass measures, layer after layer; later ones apply what it found
    return own


def variance_ratios(middle: Mapping[str, ChannelMoments], *ends: Mapping[str, ChannelMoments]) -> list[float]:
    """Per hidden layer the variance at the midpoint over the mean of the ends', means over the channels."""
    return [
        float(moments.deviation.square().mean() / torch.stack([end[name].deviation.square().mean() for end in ends]).mean())
        for name, moments in middle.items()
    ]


def _moments(output: Tensor) -> ChannelMoments:
    variance, mean = torch.var_mean(output, [axis for axis in range(output.ndim) if axis != 1], correction=0)
    return ChannelMoments(mean, variance.sqrt())


def _recording(found: dict[str, ChannelMoments], name: str) -> Hook:
    def seen(_: nn.Module, given: tuple[Tensor, ...], output: Tensor) -> Tensor:
        found[name] = _moments(output)
        return output

    return seen


def _correcting(wanted: ChannelMoments) -> Hook:
    kept: list[tuple[Tensor, Tensor]] = []

    def seen(_: nn.Module, given: tuple[Tensor, ...], output: Tensor) -> Tensor:
        around = [1, -1] + [1] * (output.ndim - 2)
        if not kept:
            now = _moments(output)
            still = now.deviation < STILL
            ratio = torch.where(still, 1.0, wanted.deviation / torch.where(still, 1.0, now.deviation))
            kept.append((ratio, torch.where(still, 0.0, wanted.mean - ratio * now.mean)))
        ratio, shift = kept[0]
        return output * ratio.view(around) + shift.view(around)

    return seen
