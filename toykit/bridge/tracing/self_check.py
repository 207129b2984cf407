"""Does a network keep its outputs when its parameters are moved? Measured on random parameters and inputs in float64."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call

from toykit.bridge.tracing.example import Example, arguments
from toykit.bridge.tracing.traced import state_names
from toykit.parameters import Parameters
from toykit.seeds import generator
from toykit.symmetry.groups import Symmetries

ELEMENTS = 2
"""Random elements that are tried: one wrong axis among many is already seen by the first."""


def self_check(module: nn.Module, example_inputs: Example, symmetries: Symmetries, seed: int = 0) -> float:
    """max |z(P theta) - z(theta)| / max |z(theta)| over random elements P, permutations and rotations alike.

    theta are the arrays of the module with noise added, since biases that are all 0, scales that are all 1 and running
    statistics that have seen nothing hide a forgotten axis. Floating inputs are drawn anew; whole numbers are taken as given,
    and so is everything where the network refuses what was drawn.
    """
    draw = generator("self-check", seed)
    own = copy.deepcopy(module).double().eval().requires_grad_(False)
    device = next((tensor.device for tensor in own.parameters()), torch.device("cpu"))
    inputs = arguments(example_inputs, lambda example: _drawn(example, draw).to(device))
    theta = Parameters(_noisy(own, draw))
    try:
        before = _outputs(own, theta, inputs)
    except (IndexError, RuntimeError, ValueError):  # numbers with a meaning, as tokens that pass as floats
        inputs = arguments(
            example_inputs, lambda example: example.to(device, torch.float64 if example.is_floating_point() else None)
        )
        before = _outputs(own, theta, inputs)
    largest = max((float(part.abs().max()) for part in before if part.numel()), default=0.0) or 1.0
    changes = [0.0]
    for _ in range(ELEMENTS):
        moved = symmetries.permute(theta, symmetries.random(draw))
        sizes = {name: symmetries[name].size for name in symmetries.rotations}
        moved = symmetries.rotate(moved, {name: np.linalg.qr(draw.normal(size=(n, n)))[0] for name, n in sizes.items()})
        after = _outputs(own, moved, inputs)
        changes += [float((new - old).abs().max()) for old, new in zip(before, after, strict=True) if old.numel()]
    return float(np.max(changes)) / largest  # NaN stays NaN, which no tolerance lets pass


def _drawn(example: Tensor, draw: np.random.Generator) -> Tensor:
    return torch.from_numpy(draw.normal(size=tuple(example.shape))) if example.is_floating_point() else example


def _noisy(module: nn.Module, draw: np.random.Generator) -> dict[str, Tensor]:
    """The floating arrays of the state dict with noise, each under one name; a buffer without a negative entry keeps to that."""
    names, _ = state_names(module)
    parameters = {name for name, _ in module.named_parameters(remove_duplicate=False)}
    found: dict[str, Tensor] = {}
    for name, value in module.state_dict().items():
        if names.get(name) != name:
            continue
        found[name] = value
        if value.is_floating_point() and bool(torch.isfinite(value).all()):
            noise = torch.from_numpy(np.asarray(draw.normal(size=tuple(value.shape)))).to(value)
            positive = name not in parameters and bool((value >= 0).all())  # as a variance
            scale = 0.1 + 0.3 * float(value.abs().mean()) if value.numel() else 0.0
            found[name] = value * torch.exp(noise / 4) + noise.abs() / 10 if positive else value + noise * scale
    return found


def _outputs(module: nn.Module, theta: Parameters, inputs: tuple[tuple[Tensor, ...], dict[str, Tensor]]) -> list[Tensor]:
    with torch.no_grad():
        return [part.double() for part in _tensors(functional_call(module, dict(theta), *inputs))]


def _tensors(outputs: object) -> Iterator[Tensor]:
    if isinstance(outputs, Tensor):
        yield outputs
    elif isinstance(outputs, Mapping | list | tuple):
        for part in outputs.values() if isinstance(outputs, Mapping) else outputs:
            yield from _tensors(part)
