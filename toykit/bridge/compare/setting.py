"""What every section of a comparison measures: two endpoints on the landscape of one module, loss and data."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from toykit.bridge.landscapes.landscape import TorchLandscape
from toykit.bridge.landscapes.layered import landscape
from toykit.bridge.landscapes.statistics import has_batch_norm
from toykit.bridge.tracing.symmetries import symmetries
from toykit.bridge.training.recipe import LOSSES
from toykit.data import Data
from toykit.errors import InputError
from toykit.landscape import Pair
from toykit.parameters import Parameters
from toykit.seeds import generator
from toykit.symmetry import Symmetries

PRECISIONS = {"float64": torch.float64, "float32": torch.float32}
Source = nn.Module | Mapping[str, Tensor]


@dataclass(frozen=True)
class Setting:
    """A pair on its training data, the same module on held-out data, and how both were made.

    Batch statistics, where there are any, move with theta: theta_t has the interpolated running mean and variance.
    """

    module: nn.Module
    loss: nn.Module
    data: Data
    test: Data | None
    pair: Pair
    options: Mapping[str, Any]
    draws: int
    seed: int
    claim_seconds: float | None = None

    @property
    def batch_norm(self) -> bool:
        """Whether the module normalises by batch statistics."""
        return has_batch_norm(self.module)

    @cached_property
    def held_out(self) -> TorchLandscape | None:
        """The landscape of the held-out data; None where there are none."""
        return None if self.test is None else self.on(self.test)

    @cached_property
    def symmetries(self) -> Symmetries:
        """The permutations that leave the function of the module as it is, checked on a few examples."""
        with torch.no_grad():
            example = self.pair.landscape.data.inputs[:4].cpu()  # type: ignore[attr-defined]
        return symmetries(self.module, example, seed=self.seed)

    def on(self, data: Data, **changes: Any) -> TorchLandscape:
        """The landscape of other data, or with other options; it remembers, since sections and claims meet at the same points."""
        options = {**self.options, **changes}
        if self.batch_norm and "statistics" not in options:
            options["statistics"] = "move"
        return landscape(self.module, self.loss, data, mode="eval", **options).remember()

    def moved(self, theta_b: Parameters, name: str) -> Pair:
        """The pair with another second endpoint."""
        return dataclasses.replace(self.pair, theta_b=theta_b, name=name)


def setting(
    module: nn.Module,
    a: Source,
    b: Source,
    data: Data,
    *,
    test: Data | None = None,
    loss: str | nn.Module = "cross-entropy",
    examples: int | None = None,
    device: str = "cpu",
    dtype: torch.dtype | str = torch.float64,
    draws: int = 10,
    seed: int = 0,
    claim_seconds: float | None = None,
    name: str = "a and b",
) -> Setting:
    """The setting of two modules or state dicts `a` and `b` of the architecture of `module`, which is not changed.

    `claim_seconds` is the time for the check of one claim: 10 s, or that of 200 passes over the data where it is longer.

    `examples` limits training and held-out data to that many, drawn by the seed: every number then is one of this sample.

    Raises:
        InputError: loss, data, device or state dicts break a rule; the sentence says which.

    """
    if isinstance(loss, str):
        if loss not in LOSSES:
            raise InputError(f"a loss is one of {', '.join(LOSSES)}, or a torch module; got {loss!r}; choose one")
        loss = LOSSES[loss]()
    if draws < 2:
        raise InputError(f"a standard error needs at least 2 draws; got {draws}; use 10")
    if isinstance(dtype, str):
        if dtype not in PRECISIONS:
            raise InputError(f"a precision is one of {', '.join(PRECISIONS)}; got {dtype!r}; choose one")
        dtype = PRECISIONS[dtype]
    module = copy.deepcopy(module).eval()
    data, test = sampled(data, examples, seed), None if test is None else sampled(test, examples, seed)
    options = {"device": device, "dtype": dtype}
    made = Setting(module, loss, data, test, None, options, draws, seed, claim_seconds)  # type: ignore[arg-type]
    on_data = made.on(data)
    pair = Pair(on_data, on_data.parameters(a), on_data.parameters(b), name)
    return dataclasses.replace(made, pair=pair)


def sampled(data: Data, count: int | None, seed: int) -> Data:
    """`count` examples drawn without replacement, in their order; all where there are no more."""
    if count is None or count >= data.count:
        return data
    if count < 1:
        raise InputError(f"a comparison measures at least one example; got examples={count}; leave it out to use all")
    rows = generator(f"examples of {data.name}", seed).permutation(data.count)[:count]
    rows.sort()
    images = data.inputs[rows].reshape(count, *data.shape)
    return Data(images, data.targets[rows], data.classes, f"{data.name}, {count} examples")
