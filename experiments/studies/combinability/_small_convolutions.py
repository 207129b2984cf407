"""A small convolutional network for the 8x8 digits, by factories without arguments, as recipes name a network of one's own."""

from __future__ import annotations

import itertools
from collections.abc import Callable

from torch import nn

from toykit.bridge.models.convolutional import ChannelNorm


def batch_8() -> nn.Sequential:
    """Batch normalisation, width 8."""
    return convolutions(8, nn.BatchNorm2d)


def batch_16() -> nn.Sequential:
    """Batch normalisation, width 16."""
    return convolutions(16, nn.BatchNorm2d)


def layer_8() -> nn.Sequential:
    """Layer normalisation over the channels, width 8."""
    return convolutions(8, ChannelNorm)


def layer_16() -> nn.Sequential:
    """Layer normalisation over the channels, width 16."""
    return convolutions(16, ChannelNorm)


def convolutions(width: int, norm: Callable[[int], nn.Module]) -> nn.Sequential:
    """Five 3x3 convolutions to w, w, 2w, 2w, 4w channels, pools after the second and fourth, the mean over positions, dense."""
    widths = [1, width, width, 2 * width, 2 * width, 4 * width]
    layers: list[nn.Module] = []
    for number, (before, after) in enumerate(itertools.pairwise(widths), start=1):
        layers += [nn.Conv2d(before, after, 3, padding=1, bias=False), norm(after), nn.ReLU()]
        if number in {2, 4}:
            layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4 * width, 10))
