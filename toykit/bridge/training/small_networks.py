"""Sub-networks trained by torch on cached features: mini-batches, for data that are too many for whole gradients."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from toykit.bridge.landscapes.criterion import criterion
from toykit.bridge.landscapes.examples import device_named
from toykit.bridge.models import mlp
from toykit.connectivity.separability import standardised
from toykit.connectivity.subnetwork import Subnetwork
from toykit.connectivity.task import Task
from toykit.data import Data
from toykit.errors import InputError
from toykit.landscape import Floats
from toykit.seeds import seed


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
        InputError: layer l+1 is a convolution.

    """
    if task.convolutional:
        raise InputError(f"Adam trains dense networks here; layer {task.layer + 1} is a convolution; use trained_by_lbfgs")
    scaled, mean, deviation = standardised(data.inputs) if task.biased else (data.inputs, 0.0, 1.0)
    widths = (data.width, *(max(1, width // 2) for width in task.above), task.outputs)
    where, number = device_named(device), seed(name) % 2**31
    slope = task.activation.negative_slope
    shape: str | torch.nn.Module = torch.nn.LeakyReLU(slope) if task.activation.name == "leaky_relu" else task.activation.name
    net = mlp(widths, shape, number, task.biased, torch.float32).to(where)
    inputs = torch.as_tensor(np.array(scaled, dtype=np.float32), device=where)
    targets = _targets(task, data, where)
    measure, draw = criterion(task.loss, None), torch.Generator().manual_seed(seed(f"{name}/batches"))
    optimizer = torch.optim.Adam(net.parameters(), lr=learning_rate)
    steps, done, total = 0, 0, epochs * math.ceil(len(inputs) / batch_size)
    while done < epochs:
        losses = list[Tensor]()
        for rows in torch.split(torch.randperm(len(inputs), generator=draw).to(where), batch_size):
            for group in optimizer.param_groups:
                group["lr"] = learning_rate * (1 + math.cos(math.pi * steps / total)) / 2
            loss = measure(net(inputs[rows]), targets[rows])
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            optimizer.step()
            losses.append(loss.detach())
            steps += 1
        done += 1
        if float(torch.stack(losses).mean()) <= task.target / 2:
            break
    linears = [part for part in net if isinstance(part, torch.nn.Linear)]
    weights = [_numbers(linear.weight) for linear in linears]
    biases = [_numbers(linear.bias) if task.biased else _numbers(linear.weight[:, 0] * 0) for linear in linears]
    weights[0] = weights[0] / deviation
    if task.biased:
        biases[0] = biases[0] - weights[0] @ mean
    return Subnetwork(task.layer, tuple(range(data.width)), tuple(weights), tuple(biases), "trained"), done


def _targets(task: Task, data: Data, where: torch.device) -> Tensor:
    """Labels, as one-hot rows under the squared loss; vectors in float32."""
    if data.classes is None:
        return torch.as_tensor(data.targets.copy(), dtype=torch.float32, device=where)
    labels = torch.as_tensor(data.targets.copy(), device=where)
    return labels if task.factor is None else torch.nn.functional.one_hot(labels, data.classes).float()


def _numbers(tensor: Tensor) -> Floats:
    found: Floats = tensor.detach().double().cpu().numpy()
    return found
