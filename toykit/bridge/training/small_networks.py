"""Sub-networks trained by torch on cached features: mini-batches, for data that are too many for whole gradients.

Dense small networks see rows of numbers; where layer l+1 is a convolution, maps of the kept channels. The features stay where
they lie: what a training adds is one copy of them in float32, and the activations of one batch.
"""

from __future__ import annotations

import copy
import math
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from toykit.bridge.landscapes.channelled import ChannelTorch
from toykit.bridge.landscapes.criterion import criterion
from toykit.bridge.landscapes.examples import device_named
from toykit.bridge.models import mlp
from toykit.connectivity.above import deviations
from toykit.connectivity.separability import standardised
from toykit.connectivity.subnetwork import Subnetwork
from toykit.connectivity.task import Task
from toykit.data import Data
from toykit.errors import InputError
from toykit.landscape import Floats
from toykit.seeds import seed


class Fresh(NamedTuple):
    """A network at its seeded start and the features it sees, (F - mean)/deviation in float32; its weight layers in order."""

    net: nn.Module
    layers: list[nn.Linear | nn.Conv1d | nn.Conv2d | nn.Conv3d]
    inputs: Tensor
    mean: Floats | float
    deviation: Floats | float


def trained_by_adam(
    task: Task,
    data: Data,
    name: str,
    *,
    epochs: int = 100,
    batch_size: int = 256,
    learning_rate: float = 3e-3,
    device: str = "cpu",
) -> tuple[Subnetwork, int]:
    """floor(n_p/2) units in every layer above, Adam in float32 with a cosine schedule, and the epochs that it took.

    It ends once the mean loss of an epoch is half the target: the loss that counts is evaluated in float64 by the caller.
    The same name gives the same bits on the same machine and threads.

    Raises:
        InputError: layer l+1 is a convolution of a network that is none of torch.

    """
    where = device_named(device)
    fresh = _on_maps(task, data, name, where) if task.convolutional else _on_rows(task, data, name, where)
    targets = _targets(task, data, where)
    measure, draw = criterion(task.loss, None), torch.Generator().manual_seed(seed(f"{name}/batches"))
    optimizer = torch.optim.Adam(fresh.net.parameters(), lr=learning_rate)
    steps, done, total = 0, 0, epochs * math.ceil(len(targets) / batch_size)
    while done < epochs:
        losses = list[Tensor]()
        for rows in torch.split(torch.randperm(len(targets), generator=draw).to(where), batch_size):
            for group in optimizer.param_groups:
                group["lr"] = learning_rate * (1 + math.cos(math.pi * steps / total)) / 2
            loss = measure(fresh.net(fresh.inputs[rows]), targets[rows])
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            optimizer.step()
            losses.append(loss.detach())
            steps += 1
        done += 1
        if float(torch.stack(losses).mean()) <= task.target / 2:
            break
    return _folded(task, data, fresh), done


def _on_rows(task: Task, data: Data, name: str, where: torch.device) -> Fresh:
    """A dense network on standardised features (n, d)."""
    scaled, mean, deviation = standardised(data.inputs) if task.biased else (data.inputs, 0.0, 1.0)
    widths = (data.width, *_halves(task), task.outputs)
    slope = task.activation.negative_slope
    shape: str | nn.Module = nn.LeakyReLU(slope) if task.activation.name == "leaky_relu" else task.activation.name
    net = mlp(widths, shape, seed(name) % 2**31, task.biased, torch.float32).to(where)
    inputs = torch.as_tensor(np.array(scaled, dtype=np.float32), device=where)
    return Fresh(net, [part for part in net if isinstance(part, nn.Linear)], inputs, mean, deviation)


def _on_maps(task: Task, data: Data, name: str, where: torch.device) -> Fresh:
    """The operations above layer l with half of the units, on maps (n, k, ...) divided by the deviations of their channels.

    Means stay, since padding with zeros does not shift. Weights start normal of variance 2 / fan in, biases at 0.
    """
    maps, few = data.inputs.reshape(-1, *data.shape), slice(0, 2)  # the landscape is asked for its module alone
    sample = Data(maps[few], data.targets[few], data.classes, data.name)
    above = task.channels.network.above(task.layer, sample, _halves(task)) if task.channels is not None else None
    if not isinstance(above, ChannelTorch):
        raise InputError(
            f"maps of channels are trained by torch inside a ChannelTorch landscape; got {type(above).__name__}; "
            "use trained_by_lbfgs"
        )
    net = copy.deepcopy(above.module).float().requires_grad_()
    layers = [part for part in net.modules() if isinstance(part, nn.Linear | nn.Conv1d | nn.Conv2d | nn.Conv3d)]
    draw = torch.Generator().manual_seed(seed(name) % 2**31)
    with torch.no_grad():
        for part in layers:
            part.weight.normal_(0, (2 / part.weight[0].numel()) ** 0.5, generator=draw)
    deviation = deviations(maps)
    scaled = np.divide(maps, deviation, dtype=np.float32, casting="same_kind")
    return Fresh(net.to(where), layers, torch.as_tensor(scaled, device=where), 0.0, deviation)


def _folded(task: Task, data: Data, fresh: Fresh) -> Subnetwork:
    """The small network on the features as they are, `kept` numbered from 0; a missing bias is 0."""
    weights = [_numbers(part.weight) for part in fresh.layers]
    biases = [np.zeros(len(part.weight)) if part.bias is None else _numbers(part.bias) for part in fresh.layers]
    weights[0] = weights[0] / fresh.deviation
    if task.biased and not task.convolutional:
        biases[0] = biases[0] - weights[0] @ fresh.mean
    units = data.shape[0] if task.convolutional else data.width
    return Subnetwork(task.layer, tuple(range(units)), tuple(weights), tuple(biases), "trained")


def _halves(task: Task) -> list[int]:
    return [max(1, width // 2) for width in task.above]


def _targets(task: Task, data: Data, where: torch.device) -> Tensor:
    """Labels, as one-hot rows under the squared loss; vectors in float32."""
    if data.classes is None:
        return torch.as_tensor(data.targets.copy(), dtype=torch.float32, device=where)
    labels = torch.as_tensor(data.targets.copy(), device=where)
    return labels if task.factor is None else torch.nn.functional.one_hot(labels, data.classes).float()


def _numbers(tensor: Tensor) -> Floats:
    found: Floats = tensor.detach().double().cpu().numpy()
    return found
