"""Is every operation of a module smooth? Read from its traced graph; what is not known to be smooth counts as not smooth."""

from __future__ import annotations

import operator
from typing import Any, NamedTuple

import torch
from torch import fx, nn
from torch.nn import functional

from toykit.bridge.landscapes.statistics import Normalised

ANALYTIC = (
    *(nn.Linear, nn.Bilinear, nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.Embedding, nn.Flatten, nn.Unflatten, nn.Identity, nn.Dropout),
    *(nn.Tanh, nn.Sigmoid, nn.GELU, nn.SiLU, nn.Mish, nn.LogSigmoid, nn.Softmax, nn.LogSoftmax),
    *(nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d, nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d),
    *(nn.LayerNorm, nn.GroupNorm, Normalised),
)
SMOOTH = (nn.Softsign, nn.CELU)  # C^1 with a Lipschitz derivative, whose second derivative jumps at 0
KINKED = (
    *(nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.PReLU, nn.RReLU, nn.Hardtanh, nn.Hardsigmoid, nn.Hardswish, nn.Threshold, nn.SELU),
    *(nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d, nn.AdaptiveMaxPool1d, nn.AdaptiveMaxPool2d, nn.AdaptiveMaxPool3d),
    *(nn.Hardshrink, nn.Softshrink),
)
FUNCTIONS: set[Any] = {
    *(operator.add, operator.sub, operator.mul, operator.matmul, operator.neg, operator.getitem, getattr),
    *(torch.add, torch.sub, torch.mul, torch.matmul, torch.neg, torch.cat, torch.stack, torch.flatten, torch.reshape),
    *(torch.mean, torch.sum, torch.transpose, torch.permute, torch.tanh, torch.sigmoid, torch.exp, torch.sin, torch.cos),
    *(torch.square, torch.einsum, torch.bmm, torch.softmax),
    *(functional.linear, functional.conv1d, functional.conv2d, functional.gelu, functional.silu, functional.mish),
    *(functional.tanh, functional.sigmoid, functional.logsigmoid, functional.softmax, functional.log_softmax),
    *(functional.avg_pool1d, functional.avg_pool2d, functional.adaptive_avg_pool1d, functional.adaptive_avg_pool2d),
    *(functional.layer_norm, functional.group_norm, functional.dropout),
}
METHODS = set(
    "add sub mul matmul neg flatten reshape view transpose permute mean sum tanh sigmoid exp sin cos square contiguous "
    "squeeze unsqueeze size dim softmax log_softmax t expand".split()
)


class Smoothness(NamedTuple):
    """What was found, with a note where the answer is no."""

    smooth: bool
    analytic: bool
    notes: tuple[str, ...] = ()


def smoothness(module: nn.Module) -> Smoothness:
    """Whether a module is C^1 with Lipschitz derivative, and analytic, in inputs and parameters."""
    kinked = [type(part).__name__ for part in module.modules() if isinstance(part, KINKED)]
    if kinked:
        return Smoothness(False, False, (f"{kinked[0]} has a kink",))
    try:
        graph = _Tracer().trace(module)
    except Exception as error:  # a tracer meets whatever the user's forward raises on symbolic values
        return Smoothness(False, False, (f"not known to be smooth: the module cannot be traced ({type(error).__name__})",))
    parts, analytic = dict(module.named_modules()), True
    for node in graph.nodes:
        match node.op:
            case "call_module":
                part = parts[str(node.target)]
                if _softplus(part) or isinstance(part, SMOOTH) or (isinstance(part, nn.ELU) and part.alpha == 1):
                    analytic = analytic and _softplus(part)
                    continue
                known, what = isinstance(part, ANALYTIC), type(part).__name__
            case "call_function":
                known, what = node.target in FUNCTIONS, getattr(node.target, "__name__", str(node.target))
            case "call_method":
                known, what = node.target in METHODS, str(node.target)
            case _:
                continue
        if not known:
            return Smoothness(False, False, (f"not known to be smooth: {what}",))
    return Smoothness(True, analytic)


class _Tracer(fx.Tracer):
    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        """Also the parts of our own are judged by type, not looked into."""
        return isinstance(m, Normalised) or super().is_leaf_module(m, module_qualified_name)


def _softplus(part: nn.Module) -> bool:
    """Above its threshold torch's softplus is the identity, off by exp(-threshold)/beta: a rounding at the default only."""
    return isinstance(part, nn.Softplus) and part.threshold >= 20
