"""Training of a Bezier curve: its one bend moves down the mean loss over uniform positions and mini-batches.

E_{t, batch} L_batch(theta(t)) has the gradient 2t(1-t) grad L_batch(theta(t)) in the bend [garipov2018, Algorithm 1].
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.func import functional_call

from toykit.bridge.evaluating.precision import full_precision
from toykit.bridge.landscapes.landscape import TorchLandscape
from toykit.connectivity.bezier import Bezier, straight
from toykit.connectivity.counted import GRADIENT
from toykit.errors import InputError
from toykit.parameters import Parameters
from toykit.seeds import generator
from toykit.seeds import seed as stable_seed


@full_precision()
def train_bezier(
    landscape: TorchLandscape,
    theta_a: Parameters,
    theta_b: Parameters,
    *,
    epochs: int = 60,
    batch_size: int = 128,
    learning_rate: float = 1e-2,
    seed: int = 0,
) -> Bezier:
    """The curve after `epochs` of Adam on the bend, from the midpoint, with a cosine schedule; the history is per epoch.

    The same seed gives the same bits on the same machine and threads; no global generator is used.

    Raises:
        InputError: a number of the recipe is out of range.

    """
    if epochs < 1 or batch_size < 1 or not learning_rate > 0:
        raise InputError(
            f"a curve is trained for epochs >= 1 with batches >= 1 and a rate > 0; got {epochs}, {batch_size}, {learning_rate}"
        )
    curve = straight(landscape.parameters(theta_a), landscape.parameters(theta_b))
    bend = {name: array.clone().requires_grad_() for name, array in curve.bend.items()}
    optimizer = torch.optim.Adam(list(bend.values()), lr=learning_rate)
    draw = torch.Generator().manual_seed(stable_seed("bezier", seed))
    positions, history, steps = generator("bezier positions", seed), list[float](), 0
    per_epoch = math.ceil(landscape.count / batch_size)
    for _ in range(epochs):
        losses = list[Tensor]()
        for rows in torch.split(torch.randperm(landscape.count, generator=draw), batch_size):
            for group in optimizer.param_groups:
                group["lr"] = learning_rate * (1 + math.cos(math.pi * steps / (epochs * per_epoch))) / 2
            t = float(positions.uniform())
            point = {n: (1 - t) ** 2 * curve.theta_a[n] + 2 * t * (1 - t) * bend[n] + t**2 * curve.theta_b[n] for n in bend}
            loss = _batch_loss(landscape, point, rows.to(landscape.device))
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            optimizer.step()
            losses.append(loss.detach())
            steps += 1
        history.append(float(torch.stack(losses).mean()))
    found = Parameters({name: array.detach() for name, array in bend.items()})
    found.require_finite("the bend of the curve")
    return Bezier(curve.theta_a, found, curve.theta_b, tuple(history), GRADIENT * epochs)


def _batch_loss(landscape: TorchLandscape, point: dict[str, Tensor], rows: Tensor) -> Tensor:
    """The loss of the landscape on some of its rows; the landscape itself always sees all of them."""
    with torch.enable_grad():
        outputs = functional_call(landscape._module, point, (landscape.data.inputs[rows],))
        return landscape.criterion(outputs, landscape._fitted[rows])
