"""Modules as chains of dense layers: read off an `nn.Sequential`, or off the traced graph of any class of module."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from toykit.bridge.tracing import Node, Traced, trace
from toykit.errors import InputError
from toykit.landscape import Activation

InPlace = Callable[[Tensor], Tensor]
SKIPPED = (nn.Identity, nn.Dropout)
"""What does nothing between dense layers; an active dropout has been refused before."""
EXAMPLES = 5
"""Examples that are traced; a number that no other axis is likely to have."""


class Chain(NamedTuple):
    """The names of W_l and b_l (None: no bias), and the one activation between them: as a module, by traits, and in place."""

    weights: list[str]
    biases: list[str | None]
    nonlinearity: nn.Module
    activation: Activation
    in_place: InPlace


def dense_chain(module: nn.Module) -> Chain | None:
    """The dense layers of an `nn.Sequential` and their activation; None where the module is something else."""
    if type(module) is not nn.Sequential:
        return None
    own = dict(module.named_parameters())  # without the second name of a shared array
    names: list[str] = []
    after: list[nn.Module] = []  # what follows each Linear, Identity where nothing does
    for name, part in module._modules.items():  # named_children() would pass over the second use of one activation
        if type(part) is nn.Linear and f"{name}.weight" not in own:
            return None
        if type(part) is nn.Linear:
            names.append(name)
            after.append(nn.Identity())
        elif isinstance(part, nn.Flatten):
            if names or (part.start_dim, part.end_dim) != (1, -1):
                return None
        elif isinstance(part, SKIPPED):
            continue
        elif names and isinstance(after[-1], nn.Identity) and described(part) is not None:
            after[-1] = part
        else:
            return None
    hidden = after[:-1] or [nn.Identity()]
    known = described(hidden[0])
    if not names or not isinstance(after[-1], nn.Identity) or len(set(map(repr, hidden))) > 1 or known is None:
        return None
    biases = [f"{name}.bias" if f"{name}.bias" in own else None for name in names]
    return Chain([f"{name}.weight" for name in names], biases, hidden[0], *known)


def could_be_dense(module: nn.Module) -> bool:
    """Whether the shapes of the parameters allow a chain of dense layers, so that tracing may find one."""
    axes = [parameter.ndim for parameter in module.parameters()]
    return 0 < axes.count(2) and axes.count(1) <= axes.count(2) and set(axes) <= {1, 2}


def traced_chain(module: nn.Module, inputs: Tensor) -> Chain:
    """The dense layers of any module that is a chain of them, read off its graph on some of the inputs (n, ...).

    Raises:
        InputError: the module cannot be traced, or is no such chain: which operator, where, and why.

    """
    traced = trace(module, inputs[torch.arange(EXAMPLES, device=inputs.device) % len(inputs)])
    trained = {name for name, _ in module.named_parameters()}
    weights: list[str] = []
    biases: list[str | None] = []
    after: list[nn.Module] = []
    for node in line(traced, _refused):
        activation = activation_module(node)
        if node.op == "linear":
            names = [node.parameters.get("weight"), node.parameters.get("bias")]
            if len(node.shape) != 2 or names[0] is None or "bias" in node.roles:
                raise _refused(node, "a dense layer maps rows (n, d) by an array of the state dict")
            if any(name is not None and (name not in trained or name in {*weights, *biases}) for name in names):
                raise _refused(node, "every dense layer has parameters of its own")
            weights.append(names[0])
            biases.append(names[1])
            after.append(nn.Identity())
        elif activation is not None and after and isinstance(after[-1], nn.Identity):
            after[-1] = activation
        elif not weights and node.op == "reshape" and node.shape == (EXAMPLES, math.prod(inputs.shape[1:])):
            continue
        else:
            raise _refused(node, "between dense layers there is one activation, before the first one a flatten at most")
    if not after or not isinstance(after[-1], nn.Identity):
        raise _refused(traced[traced.outputs[0]], "the last operator is a dense layer")
    hidden = after[:-1] or [nn.Identity()]
    known = described(hidden[0])
    if len(set(map(repr, hidden))) > 1 or known is None:
        raise InputError(
            f"a layered network has one activation; got {', '.join(dict.fromkeys(map(repr, hidden)))}; "
            "use toykit.bridge.landscape(...), which takes any module"
        )
    return Chain(weights, biases, hidden[0], *known)


def line(traced: Traced, refused: Callable[[Node, str], InputError]) -> list[Node]:
    """The operators from the input to the output, where each takes nothing but what the one before gives.

    Raises:
        InputError: there are several inputs or outputs, or as `refused` says of the operator where the line ends.

    """
    if len(traced.inputs) != 1 or len(traced.outputs) != 1:
        raise InputError(f"a layered network has one input and one output; got {len(traced.inputs)} and {len(traced.outputs)}")
    found: list[Node] = []
    at = traced.inputs[0]
    while at != traced.outputs[0]:
        users = traced.users(at)
        if len(users) != 1 or len(users[0].inputs) != 1:
            culprit = users[-1] if users else traced[at]
            raise refused(culprit, "the layers form one line without branches")
        found.append(users[0])
        at = users[0].name
    return found


def _refused(node: Node, rule: str) -> InputError:
    where = f" in {node.module}" if node.module else ""
    return InputError(
        f"a layered network is a chain of dense layers: {rule}; got {node.op}{where} with outputs (n, "
        f"{', '.join(map(str, node.shape[1:]))}); use toykit.bridge.landscape(...), which takes any module"
    )


def activation_module(node: Node) -> nn.Module | None:
    """An activation of the graph as a module that `described` knows."""
    options = node.options
    match node.op:
        case "relu" | "tanh" | "sigmoid" | "silu":
            kinds: dict[str, type[nn.Module]] = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "silu": nn.SiLU}
            return kinds[node.op]()
        case "leaky_relu":
            return nn.LeakyReLU(float(options["negative_slope"]))
        case "gelu" if options["approximate"] == "none":
            return nn.GELU()
        case "softplus" if (options["beta"], options["threshold"]) == (1, 20):
            return nn.Softplus()
    return None


def described(part: nn.Module) -> tuple[Activation, InPlace] | None:
    """What the theory asks of an activation module, and the module as a function that overwrites its argument."""
    match part:
        case nn.Identity():
            return _activation("identity", True, linear=True, slope=1.0), lambda u: u
        case nn.ReLU():
            return _activation("relu", False, linear=True), torch.relu_
        case nn.LeakyReLU():
            slope = part.negative_slope
            return _activation("leaky_relu", False, linear=True, slope=slope), lambda u: functional.leaky_relu_(u, slope)
        case nn.Tanh():
            return _activation("tanh", True), torch.tanh_
        case nn.Sigmoid():
            return _activation("sigmoid", True), torch.sigmoid_
        case nn.Softplus(beta=1, threshold=20):
            return _activation("softplus", True), lambda u: u.copy_(functional.softplus(u))
        case nn.GELU(approximate="none"):
            return _activation("gelu", True), lambda u: u.copy_(functional.gelu(u))
        case nn.SiLU():
            return _activation("silu", True), lambda u: functional.silu(u, inplace=True)
    return None


def _activation(name: str, smooth: bool, linear: bool = False, slope: float = 0.0) -> Activation:
    return Activation(name, smooth=smooth, analytic=smooth, piecewise_linear=linear, negative_slope=slope)
