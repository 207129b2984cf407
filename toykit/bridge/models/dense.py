"""Dense torch networks whose first weights come from a generator of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import nn

from toykit.errors import InputError
from toykit.seeds import seed as stable_seed

MODULES: dict[str, Callable[[], nn.Module]] = {
    "identity": nn.Identity,
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "tanh": nn.Tanh,
    "softplus": nn.Softplus,
    "gelu": nn.GELU,
    "sigmoid": nn.Sigmoid,
    "silu": nn.SiLU,
}


def mlp(
    widths: Sequence[int],
    activation: str | nn.Module = "relu",
    seed: int = 0,
    bias: bool | Sequence[bool] = True,
    dtype: torch.dtype = torch.float64,
) -> nn.Sequential:
    """Linear(d, n_1), activation, ..., Linear(n_{L-1}, k) for widths (d, n_1, .., k); one bias flag, or one per layer.

    Weights and biases are uniform on +-1/sqrt(fan in), as torch draws them, from a generator seeded by `seed`: the global
    generator is neither used nor changed.

    Raises:
        InputError: a width is below 1, there is no layer, the flags do not fit, or the activation is unknown.

    """
    flags = (bias,) * (len(widths) - 1) if isinstance(bias, bool) else tuple(bias)
    if len(widths) < 2 or min(widths) < 1 or len(flags) != len(widths) - 1:
        raise InputError(
            f"a network has widths (d, .., k) of at least 1 and one bias flag per layer; got {tuple(widths)} and {flags}"
        )
    if isinstance(activation, str) and activation not in MODULES:
        raise InputError(f"an activation is one of {', '.join(MODULES)}; got {activation!r}; or give a torch module")
    draw = torch.Generator().manual_seed(stable_seed("mlp", seed))
    layers: list[nn.Module] = []
    for (fan_in, out), flag in zip(pairwise(widths), flags, strict=True):
        # built without numbers, then given memory: the usual constructor would draw from the global generator
        linear = nn.Linear(fan_in, out, bias=flag, dtype=dtype, device="meta").to_empty(device="cpu")
        with torch.no_grad():
            for parameter in linear.parameters():
                parameter.uniform_(-(fan_in**-0.5), fan_in**-0.5, generator=draw)
        layers += [linear, MODULES[activation]() if isinstance(activation, str) else activation]
    return nn.Sequential(*layers[:-1])
