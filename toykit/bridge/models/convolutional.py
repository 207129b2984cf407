"""Convolutional networks in plain torch: LeNet, VGG-11 and ResNet-20, with first weights from a generator of their own."""

from __future__ import annotations

from typing import Literal, TypeVar, get_args

import torch
from torch import Tensor, nn

from toykit.errors import InputError
from toykit.seeds import seed as stable_seed

Norm = Literal["batch", "layer", "none"]
"""Batch normalisation; layer normalisation over the channels at each position; none."""
Module = TypeVar("Module", bound=nn.Module)


class ChannelNorm(nn.LayerNorm):
    """y = w (x - mean) / sqrt(var + eps) + b over the channels at each position of x (n, c, h, w)."""

    def forward(self, x: Tensor) -> Tensor:
        """The normalised x, shape (n, c, h, w)."""
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class Block(nn.Module):
    """relu(shortcut(x) + norm(conv(relu(norm(conv(x)))))), where the shortcut is 1x1 if the shape changes, else the identity."""

    def __init__(self, channels: int, out: int, stride: int, norm: Norm) -> None:
        super().__init__()
        self.conv1, self.norm1 = _convolution(channels, out, 3, norm, stride), _norm(out, norm)
        self.conv2, self.norm2 = _convolution(out, out, 3, norm), _norm(out, norm)
        same = channels == out and stride == 1
        self.shortcut = nn.Identity() if same else nn.Sequential(_convolution(channels, out, 1, norm, stride), _norm(out, norm))
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        """The features after the block, shape (n, out, h/stride, w/stride)."""
        inside = self.relu(self.norm1(self.conv1(x)))
        found: Tensor = self.relu(self.shortcut(x) + self.norm2(self.conv2(inside)))
        return found


class ResNet(nn.Module):
    """A convolution, three stages of blocks of widths w, 2w, 4w, the mean over all positions, and a dense layer."""

    def __init__(self, blocks: int, norm: Norm, width: int, classes: int, channels: int) -> None:
        super().__init__()
        self.conv, self.norm, self.relu = _convolution(channels, width, 3, norm), _norm(width, norm), nn.ReLU()
        for stage in (1, 2, 3):
            out = width * 2 ** (stage - 1)
            first = Block(width if stage == 1 else out // 2, out, 1 if stage == 1 else 2, norm)
            self.add_module(f"stage{stage}", nn.Sequential(first, *(Block(out, out, 1, norm) for _ in range(blocks - 1))))
        self.pool, self.flat = nn.AdaptiveAvgPool2d(1), nn.Flatten()
        self.out = nn.Linear(4 * width, classes)

    def forward(self, x: Tensor) -> Tensor:
        """The outputs, shape (n, classes)."""
        features = self.relu(self.norm(self.conv(x)))
        for stage in (1, 2, 3):
            features = self.get_submodule(f"stage{stage}")(features)
        found: Tensor = self.out(self.flat(self.pool(features)))
        return found


def resnet20(norm: Norm = "batch", width: int = 16, classes: int = 10, seed: int = 0, channels: int = 3) -> nn.Module:
    """ResNet-20 for small images of any size: nine blocks of two 3x3 convolutions, 1x1 shortcuts; `width` 16 is the usual one.

    Without normalisation the convolutions have biases, and residual branches and outputs start at 0, after Fixup
    [arXiv 1901.09321].

    Raises:
        InputError: the normalisation is unknown, or a number is below 1.

    """
    _require(norm, width=width, classes=classes, channels=channels)
    with torch.device("meta"):
        made = ResNet(3, norm, width, classes, channels)
    found = _drawn(made, "resnet20", seed)
    if norm == "none":
        blocks = [part for part in found.modules() if isinstance(part, Block)]
        with torch.no_grad():
            found.out.weight.zero_()
            for block in blocks:
                block.conv1.weight.mul_(len(blocks) ** -0.5)
                block.conv2.weight.zero_()
    return found


def vgg11(norm: Norm = "batch", width: int = 64, classes: int = 10, seed: int = 0, channels: int = 3) -> nn.Sequential:
    """VGG-11 for images of 32x32: 3x3 convolutions of width w, 2w, 4w, 4w, 8w (four), pools after 1, 2, 4, 6, 8, three dense.

    The two hidden dense layers have 8w units; `width` 64 is the usual one.

    Raises:
        InputError: the normalisation is unknown, or a number is below 1.

    """
    _require(norm, width=width, classes=classes, channels=channels)
    widths = [channels, *(width * factor for factor in (1, 2, 4, 4, 8, 8, 8, 8))]
    layers: list[nn.Module] = []
    with torch.device("meta"):
        for layer in range(1, 9):
            layers += [_convolution(widths[layer - 1], widths[layer], 3, norm), _norm(widths[layer], norm), nn.ReLU()]
            if layer in {1, 2, 4, 6, 8}:
                layers.append(nn.MaxPool2d(2))
        layers.append(nn.Flatten())
        for _ in range(2):
            layers += [nn.Linear(8 * width, 8 * width), nn.ReLU()]
        made = nn.Sequential(*(part for part in layers if type(part) is not nn.Identity), nn.Linear(8 * width, classes))
    return _drawn(made, "vgg11", seed)


def lenet(width: int = 6, classes: int = 10, seed: int = 0, shape: tuple[int, int, int] = (1, 28, 28)) -> nn.Sequential:
    """LeNet-5 with ReLU and max-pooling: 5x5 convolutions to w and 16w/6 channels, dense layers of 20w and 14w units.

    Images (c, h, w) below 32x32 are padded by 2, so that 28x28 and 32x32 give the same network behind the first layer.

    Raises:
        InputError: a number is below 1, or the images are below 12x12.

    """
    channels, *sizes = shape
    pad = 2 if min(sizes) < 32 else 0
    left = [((size + 2 * pad - 4) // 2 - 4) // 2 for size in sizes]
    if min(left) < 1:
        raise InputError(f"the images of LeNet have at least 12x12 pixels; got {shape}; use another network")
    _require("none", width=width, classes=classes, channels=channels)
    second, units = round(16 * width / 6), (20 * width, 14 * width)
    with torch.device("meta"):
        made = nn.Sequential(
            *(nn.Conv2d(channels, width, 5, padding=pad), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(width, second, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
            *(nn.Linear(second * left[0] * left[1], units[0]), nn.ReLU(), nn.Linear(units[0], units[1]), nn.ReLU()),
            nn.Linear(units[1], classes),
        )
    return _drawn(made, "lenet", seed)


def _convolution(channels: int, out: int, size: int, norm: Norm, stride: int = 1) -> nn.Conv2d:
    """Without a bias where a normalisation follows, which has one."""
    return nn.Conv2d(channels, out, size, stride, padding=size // 2, bias=norm == "none")


def _norm(channels: int, norm: Norm) -> nn.Module:
    return {"batch": nn.BatchNorm2d, "layer": ChannelNorm}[norm](channels) if norm != "none" else nn.Identity()


def _drawn(module: Module, name: str, seed: int) -> Module:
    """A module built without numbers, given memory and first weights; the usual constructors draw from the global generator.

    Weights are normal of variance 2 / fan in, for the ReLU that follows, and 1 / (3 fan in) in the last layer; biases are 0.
    """
    draw = torch.Generator().manual_seed(stable_seed(name, seed))
    found = module.to_empty(device="cpu")
    parts = list(found.modules())
    with torch.no_grad():
        for part in parts:
            if isinstance(part, nn.BatchNorm2d | nn.LayerNorm):
                part.reset_parameters()
            elif isinstance(part, nn.Conv2d | nn.Linear):
                variance = (1 / 3 if part is parts[-1] else 2) / part.weight[0].numel()
                part.weight.normal_(0, variance**0.5, generator=draw)
                if part.bias is not None:
                    part.bias.zero_()
    return found


def _require(norm: str, **numbers: int) -> None:
    if norm not in get_args(Norm):
        raise InputError(f"a normalisation is one of {', '.join(get_args(Norm))}; got {norm!r}; choose one")
    for name, number in numbers.items():
        if number < 1:
            raise InputError(f"a network has {name} of at least 1; got {number}; raise it")
