"""Convolutional torch networks whose channels are the units of paths: convolutions, pools, a flatten, dense layers."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from toykit.bridge.landscapes.channel_chain import ChannelChain, Stage, channel_chain, sized
from toykit.bridge.landscapes.criterion import Criterion, MeanLoss
from toykit.bridge.landscapes.landscape import TorchLandscape
from toykit.bridge.landscapes.traced_channels import traced_channels
from toykit.data import Data
from toykit.errors import InputError
from toykit.landscape import Activation
from toykit.losses import Loss
from toykit.parameters import Parameters


class ChannelTorch(TorchLandscape):
    """The landscape of any module that is a chain of convolutions, pools, one activation, a flatten and dense layers.

    It takes what `TorchLandscape` takes; a `chain` that is known already need not be found again. Batch normalisation is
    folded before, by `toykit.bridge.folded`.

    Raises:
        InputError: the module is not of this form; which part or operator is not.

    """

    def __init__(
        self,
        module: nn.Module,
        loss: MeanLoss | nn.Module | Criterion | Loss,
        data: object,
        *,
        chain: ChannelChain | None = None,
        **options: Any,
    ) -> None:
        super().__init__(module, loss, data, **options)
        found = chain or channels_of(self._module, self.data.inputs)
        if isinstance(found, str):
            raise InputError(
                f"units of a module are moved where it is a chain of convolutions and dense layers; {found}; "
                "use toykit.bridge.landscape(...), which takes any module"
            )
        self._chain = found

    @property
    def depth(self) -> int:
        """L, the number of weight layers."""
        return len(self._chain.stages)

    @property
    def widths(self) -> tuple[int, ...]:
        """n_1..n_{L-1}, channels of convolutions and units of dense layers."""
        return tuple(stage.units for stage in self._chain.stages[:-1])

    @property
    def activation(self) -> Activation:
        """The activation of the hidden layers."""
        return self._chain.activation

    @property
    def module(self) -> nn.Module:
        """The network whose landscape this is, a copy of what was handed in: not to be written into."""
        return self._module

    def weight_name(self, layer: int) -> str:
        """The name of W_l, shape (n_l, s_l n_{l-1}, ...), l = 1..L."""
        return self._chain.stages[layer - 1].weight

    def bias_name(self, layer: int) -> str | None:
        """The name of b_l, shape (n_l,); None where the layer has no bias."""
        return self._chain.stages[layer - 1].bias

    def spread(self, layer: int) -> int:
        """s_l, the columns of W_l per unit of layer l-1: a*b where maps of a x b pixels are flattened, else 1."""
        return self._chain.spread(layer)

    def features(self, theta: Parameters, layer: int) -> Tensor:
        """F_l as layer l+1 takes it, shape (n, s_{l+1} n_l, ...), l = 0..L-1."""
        point = self._point(theta)
        with torch.no_grad():
            return torch.cat([self._up_to(layer, point, self.data.inputs[rows]) for rows in self._chunks()])

    def above(self, layer: int, data: Data, widths: Sequence[int]) -> ChannelTorch:
        """The operations after layer l with m_{l+1}..m_{L-1} units, on data whose inputs are features (n, s_{l+1} k, ...)."""
        parts, below = list[nn.Module](), data.shape[0]
        for p, rows in enumerate((*widths, self._chain.stages[-1].units), start=layer + 1):
            stage = self._chain.stages[p - 1]
            columns = below if p == layer + 1 else below * self.spread(p)
            parts += [sized(stage.part, columns, rows), *copy.deepcopy(stage.after)]
            below = rows
        options: dict[str, Any] = {"device": self.device, "dtype": self.dtype, "chunk": self._chunk, "mode": "eval"}
        return ChannelTorch(nn.Sequential(*parts), self.criterion, data, **options)

    def _up_to(self, layer: int, point: Parameters, rows: Tensor) -> Tensor:
        for part in self._chain.head:
            rows = part(rows)
        for stage in self._chain.stages[:layer]:
            rows = functional_call(stage.part, _own(stage, point), (rows,))
            for part in stage.after:
                rows = part(rows)
        return rows


def _own(stage: Stage, point: Parameters) -> dict[str, Tensor]:
    return {"weight": point[stage.weight], **({} if stage.bias is None else {"bias": point[stage.bias]})}


def channels_of(module: nn.Module, inputs: Tensor) -> ChannelChain | str:
    """The chain read off the parts of an `nn.Sequential`, else off the graph of the module; or in words why it is none."""
    found = channel_chain(module)
    if isinstance(found, ChannelChain):
        return found
    traced = traced_channels(module, inputs)
    # the parts of a sequence are named more plainly than the operators of its graph
    return found if isinstance(traced, str) and type(module) is nn.Sequential else traced
