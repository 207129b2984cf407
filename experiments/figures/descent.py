"""Training for figures: small NumPy networks by full-batch gradient descent, the same on every machine."""

from __future__ import annotations

from toykit.networks.mlp import MLP
from toykit.parameters import Parameters


def descended(net: MLP, theta: Parameters, steps: int, rate: float) -> Parameters:
    """theta after `steps` steps theta <- theta - rate * grad L(theta)."""
    for _ in range(steps):
        theta = theta - net.gradient(theta) * rate
    return theta
