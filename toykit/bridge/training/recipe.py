"""How a network is trained: its architecture, its loss and its optimizer, as values that a run store can keep."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import nn

from toykit.bridge.factory import module_from
from toykit.bridge.models import MODULES, mlp
from toykit.bridge.models.convolutional import Norm, lenet, resnet20, vgg11
from toykit.data import Data
from toykit.errors import InputError, ShapeError

LOSSES: dict[str, Callable[[], nn.Module]] = {"cross-entropy": nn.CrossEntropyLoss, "squared": nn.MSELoss}
NETWORKS = ("mlp", "lenet", "vgg11", "resnet20")


@dataclass(frozen=True)
class Recipe:
    """How a network is trained; input and output sizes follow from the data.

    `network` is "mlp" with the hidden widths `widths` and the `activation`; "lenet", "vgg11" or "resnet20" with the one width
    in `widths` and, but for LeNet, the normalisation `norm`; or `package.module:factory`, which none of these concern.
    `batch_size` None means the whole data set in each step; the learning rate is constant or falls as half a cosine to 0;
    with "adam" the weight decay is decoupled from the gradient (AdamW). `augment` shifts images by up to 4 pixels and mirrors
    half of them, anew in each batch.
    """

    widths: tuple[int, ...] = (64, 64)
    activation: str = "relu"
    loss: Literal["cross-entropy", "squared"] = "cross-entropy"
    epochs: int = 60
    learning_rate: float = 1e-3
    batch_size: int | None = 64
    optimizer: Literal["adam", "sgd"] = "adam"
    momentum: float = 0.0
    weight_decay: float = 0.0
    schedule: Literal["constant", "cosine"] = "constant"
    bias: bool = True
    precision: Literal["float32", "float64"] = "float32"
    network: str = "mlp"
    norm: Norm = "batch"
    augment: bool = False

    def __post_init__(self) -> None:
        for what, value, allowed in (
            ("an activation", self.activation, MODULES),
            ("a loss", self.loss, LOSSES),
            ("an optimizer", self.optimizer, ("adam", "sgd")),
            ("a schedule", self.schedule, ("constant", "cosine")),
            ("a precision", self.precision, ("float32", "float64")),
            ("a network", self.network if ":" not in self.network else "mlp", NETWORKS),
        ):
            if value not in allowed:
                raise InputError(f"{what} of a recipe is one of {', '.join(allowed)}; got {value!r}; choose one")
        if self.epochs < 0 or not self.learning_rate > 0 or (self.batch_size is not None and self.batch_size < 1):
            raise InputError(
                "a recipe has epochs >= 0, a learning rate > 0 and a batch size >= 1; got "
                f"{self.epochs}, {self.learning_rate} and {self.batch_size}; correct it"
            )
        if self.network in NETWORKS[1:] and len(self.widths) != 1:
            raise InputError(f"a recipe of {self.network} has one width; got {self.widths}; say widths=(16,)")

    def batches(self, count: int) -> int:
        """The steps of one epoch on `count` examples."""
        return 1 if self.batch_size is None else math.ceil(count / self.batch_size)

    def architecture(self, data: Data) -> str:
        """The network on these data in words, such as "64-100-10 relu" or "resnet20 16 batch norm"."""
        if self.network == "mlp":
            return f"{'-'.join(map(str, (data.width, *self.widths, _outputs(data))))} {self.activation}"
        if self.network in NETWORKS:
            return f"{self.network} {self.widths[0]}" + ("" if self.network == "lenet" else f" {self.norm} norm")
        return self.network

    def module(self, data: Data, seed: int = 0) -> nn.Module:
        """The network before training, drawn from the seed.

        Raises:
            ShapeError: the network takes images, and the data are none, or none of its size.
            InputError: the factory does not work, or a width is below 1.

        """
        dtype = getattr(torch, self.precision)
        if self.network not in NETWORKS:
            return module_from(self.network, seed).to(dtype)
        if self.network == "mlp":
            net = mlp((data.width, *self.widths, _outputs(data)), self.activation, seed, self.bias, dtype)
            return net if len(data.shape) == 1 else nn.Sequential(nn.Flatten(), *net)
        if len(data.shape) != 3 or (self.network == "vgg11" and data.shape[1:] != (32, 32)):
            size = "(c, 32, 32)" if self.network == "vgg11" else "(c, h, w)"
            raise ShapeError(f"{self.network} takes images of shape {size}; got {data.shape} from {data}; use another network")
        (width,), outputs, (channels, height, across) = self.widths, _outputs(data), data.shape
        if self.network == "lenet":
            return lenet(width, outputs, seed, (channels, height, across)).to(dtype)
        made = resnet20 if self.network == "resnet20" else vgg11
        return made(self.norm, width, outputs, seed, channels).to(dtype)


def _outputs(data: Data) -> int:
    return int(data.targets.shape[1]) if data.classes is None else data.classes
