"""Loss and error of a trained module on data, in batches that fit into memory."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import nn

from toykit.bridge.evaluating.precision import full_precision
from toykit.bridge.landscapes.examples import examples
from toykit.bridge.training.recipe import LOSSES
from toykit.errors import InputError

CHUNK = 1024
"""Examples that pass through the module at a time."""


class Evaluation(NamedTuple):
    """The mean loss, and the fraction of misclassified examples; None where the data have no classes."""

    loss: float
    error: float | None


@full_precision()
def evaluate(module: nn.Module, data: object, loss: str = "cross-entropy", *, chunk: int = CHUNK) -> Evaluation:
    """Mean loss and error of the module in eval mode, on the device and in the dtype of its parameters; sums in float64.

    Raises:
        InputError: the loss is unknown, or the data are no data.

    """
    if loss not in LOSSES:
        raise InputError(f"a loss is one of {', '.join(LOSSES)}; got {loss!r}; choose one")
    like = next(module.parameters())
    given = examples(data, torch.device("cpu"), like.dtype)
    classes = int(given.classes or 0)
    was_training, total, wrong = module.training, 0.0, 0
    module.eval()
    try:
        with torch.no_grad():
            for start in range(0, len(given.inputs), chunk):
                inputs, targets = (part[start : start + chunk].to(like.device) for part in (given.inputs, given.targets))
                outputs = module(channels_last(inputs))
                if given.labelled:
                    wrong += int((outputs.argmax(1) != targets).sum())
                fitting = targets
                if given.labelled and loss == "squared":
                    fitting = nn.functional.one_hot(targets, max(classes, outputs.shape[1])).to(outputs.dtype)
                total += float(LOSSES[loss]()(outputs.double(), fitting.double() if loss == "squared" else fitting)) * len(inputs)
    finally:
        module.train(was_training)
    count = len(given.inputs)
    return Evaluation(total / count, wrong / count if given.labelled else None)


def channels_last(inputs: torch.Tensor) -> torch.Tensor:
    """Images with the channels of a pixel side by side in memory, in which convolutions on a CPU are several times faster."""
    return inputs.contiguous(memory_format=torch.channels_last) if inputs.ndim == 4 else inputs
