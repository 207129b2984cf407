"""What the certified engine does not take, said before anything is computed: which operator, where, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from toykit.bridge.certified.operators import LINEAR, SUPPORTED
from toykit.bridge.tracing.graph import Node, Traced
from toykit.errors import InputError


def require_certifiable(traced: Traced, examples: int) -> frozenset[str]:
    """The names of the nodes that depend on the data, whose first axis is that of the examples.

    Raises:
        InputError: an operator has no rule, or none in this form; the sentence names it.

    """
    if len(traced.inputs) != 1 or len(traced.outputs) != 1:
        raise _refused(f"one input and one output; got {len(traced.inputs)} and {len(traced.outputs)}")
    data: set[str] = set()
    for node in traced.nodes:
        if node.op in {"input", "constant"}:
            data |= {node.name} if node.op == "input" else set()
            continue
        depends = any(name in data for name in node.inputs)
        reason = None if node.op in SUPPORTED else f"operators among {', '.join(SUPPORTED)}"
        for rule in (*RULES.get(node.op, ()), _examples_stay_first(examples) if depends else None):
            reason = reason or (None if rule is None else rule(node))
        if reason is None and node.op == "expand" and not depends and node.shape[:1] == (examples,):
            reason = "operators that do not copy arrays for every example"
        if reason is None and node.op in LINEAR and not depends:
            reason = "linear maps of what depends on the data"
        if reason is not None:
            raise _refused(f"{reason}; got {called(node)}")
        data |= {node.name} if depends else set()
    out = traced[traced.outputs[0]]
    if len(out.shape) != 2 or out.name not in data:
        raise _refused(f"outputs of shape (n, k); got {out.shape[1:]} per example from {called(out)}")
    return frozenset(data)


def called(node: Node) -> str:
    """An operator and where it is called."""
    return f"{node.op} in {node.module}" if node.module else node.op


def _refused(sentence: str) -> InputError:
    return InputError(f"the certified engine takes {sentence}; see the barrier on a grid instead")


def _examples_stay_first(examples: int) -> Callable[[Node], str | None]:
    def rule(node: Node) -> str | None:
        dims: Any = node.options.get("dim", node.options.get("dims"))
        first = dims in {0, None, ()} if not isinstance(dims, tuple) else (0 in dims and node.op != "permute")
        touched = node.op in {"mean", "sum", "cat", "slice", "select"} and first
        touched = touched or (node.op == "layer_norm" and len(node.options["normalized_shape"]) >= len(node.shape))
        touched = touched or (node.op == "permute" and node.options["dims"][0] != 0)
        touched = touched or (node.op == "pad" and len(node.options["pad"]) >= 2 * len(node.shape))
        if touched or node.shape[:1] != (examples,):
            return "operators that keep the examples apart, on the first axis"
        return None

    return rule


def _option(name: str, allowed: Callable[[Any], bool], sentence: str) -> Callable[[Node], str | None]:
    def rule(node: Node) -> str | None:
        value = node.options.get(name)
        return None if allowed(value) else f"{sentence} (got {name}={value!r})"

    return rule


def _weights_are_parameters(node: Node) -> str | None:
    held: Mapping[str, str] = node.parameters
    kept = "weight" in held and set(node.roles) == {"input"}
    return None if kept else "dense layers and convolutions whose weights are arrays of the state dict"


def _divided_by_a_number(node: Node) -> str | None:
    plain = bool(node.options.get("other")) and not node.options.get("rounding_mode")
    return None if plain else "division by a number other than 0 alone"


def _whole_arrays(node: Node) -> str | None:
    kept = set(node.parameters) <= {"weight", "bias", "running_mean", "running_var"} and "running_var" in node.parameters
    return None if kept and set(node.roles) == {"input"} else "batch normalisation with kept statistics"


RULES: dict[str, tuple[Callable[[Node], str | None], ...]] = {
    **dict.fromkeys(LINEAR, (_weights_are_parameters,)),
    "batch_norm": (
        _whole_arrays,
        _option("training", lambda value: not value, "batch normalisation in evaluation mode"),
        _option("eps", lambda value: value > 0, "batch normalisation with eps > 0"),
    ),
    "layer_norm": (_option("eps", lambda value: value > 0, "layer normalisation with eps > 0"),),
    "softplus": (
        _option("beta", lambda value: value > 0, "softplus with beta > 0"),
        _option("threshold", lambda value: value >= 0, "softplus with a threshold of at least 0"),
    ),
    "gelu": (_option("approximate", lambda value: value == "none", "GELU in its exact form x Phi(x)"),),
    "leaky_relu": (_option("negative_slope", lambda value: 0 <= value <= 1, "leaky ReLU with a slope in [0, 1]"),),
    "div": (_divided_by_a_number,),
    "pad": (_option("value", lambda value: not value, "padding by 0"),),
    **dict.fromkeys(("mean", "sum"), (_option("dtype", lambda value: value is None, "sums in the precision of their terms"),)),
}
