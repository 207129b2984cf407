"""The vocabulary of traced graphs: an exported program of ATen calls as nodes under few names, with complete options."""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from torch import Tensor, fx
from torch.export import ExportedProgram
from torch.export.graph_signature import InputKind

from toykit.bridge.tracing.graph import Node
from toykit.bridge.tracing.options import options_of, shape_of

NAMES = {
    **dict.fromkeys(("view", "_unsafe_view", "flatten", "unflatten", "squeeze", "unsqueeze", "view_copy"), "reshape"),
    **dict.fromkeys(("transpose", "t", "movedim", "numpy_T", "mT", "swapaxes", "swapdims", "adjoint"), "permute"),
    **dict.fromkeys(("mm", "bmm", "mv", "dot", "vdot"), "matmul"),
    **dict.fromkeys(("concat", "concatenate"), "cat"),
    **dict.fromkeys(("_native_batch_norm_legit_no_training", "_native_batch_norm_legit", "native_batch_norm"), "batch_norm"),
    **{"constant_pad_nd": "pad", "native_layer_norm": "layer_norm", "_softmax": "softmax", "_log_softmax": "log_softmax"},
    **{f"_adaptive_avg_pool{n}d": f"adaptive_avg_pool{n}d" for n in (2, 3)},
    **{f"max_pool{n}d_with_indices": f"max_pool{n}d" for n in (1, 2, 3)},
}
"""ATen's name -> ours, where they differ. Other names stay as they are, known or not."""

ROLES = {"self": "input", "mat2": "other", "vec": "other", "tensor": "other"}
"""ATen's name of an argument -> ours."""

SAME = {"clone", "contiguous", "detach", "alias", "lift_fresh_copy", "lift_fresh", "feature_dropout", "positive", "conj"}
"""Operators that hand their input on: they leave no node."""

PARTED = {"split", "split_with_sizes", "chunk", "tensor_split", "unsafe_chunk", "unsafe_split", "unbind"}
"""Operators with a tuple of parts of their input: each part is a `slice` or a `select` of its own."""

SILENT = {"device", "layout", "pin_memory", "memory_format", "non_blocking", "copy", "cudnn_enabled", "cudnn_enable"}
"""Arguments that change no number."""

Value = tuple[str, str]  # ("node", its name) or ("state", a name of the state dict)


class Read(NamedTuple):
    """The nodes of a program, the names of its inputs and outputs, the constants, and the node behind each of its values."""

    nodes: tuple[Node, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    constants: dict[str, Tensor]
    behind: dict[str, str]


def normalised(program: ExportedProgram, names: Mapping[str, str]) -> Read:
    """A program in the vocabulary of `Node`, with `names` for tied arrays."""
    reader = _Reader(names)
    for spec, node in zip(program.graph_signature.input_specs, program.graph.find_nodes(op="placeholder"), strict=True):
        held = spec.kind in {InputKind.PARAMETER, InputKind.BUFFER} and spec.target in names
        if held:
            reader.values[node.name] = ("state", names[str(spec.target)])
        elif spec.kind == InputKind.USER_INPUT and isinstance(node.meta.get("val"), Tensor):
            reader.emit(Node(node.name, "input", (), {}, {}, shape_of(node)))
        elif spec.target in program.constants and isinstance(program.constants[str(spec.target)], Tensor):
            reader.constant(node, program.constants[str(spec.target)])
    inputs = tuple(node.name for node in reader.nodes if node.op == "input")
    for node in program.graph.nodes:
        if node.op == "get_attr" and isinstance(getattr(program.graph_module, str(node.target), None), Tensor):
            reader.constant(node, getattr(program.graph_module, str(node.target)))
        elif node.op == "call_function":
            reader.read(node)
    outputs = tuple(reader.named(name) for name in program.graph_signature.user_outputs if str(name) in reader.values)
    behind = {value: name for value, (kind, name) in reader.values.items() if kind == "node"}
    return Read(tuple(reader.nodes), inputs, outputs, reader.constants, behind)


class _Reader:
    """Turns calls into nodes one by one; `values` says what stands behind every name of the exported graph."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names
        self.nodes: list[Node] = []
        self.calls: Counter[str] = Counter()
        self.values: dict[str, Value] = {}
        self.constants: dict[str, Tensor] = {}

    def emit(self, node: Node) -> None:
        self.nodes.append(node)
        self.values[node.name] = ("node", node.name)

    def constant(self, node: fx.Node, value: Tensor) -> None:
        self.constants[node.name] = value.detach()
        self.emit(Node(node.name, "constant", (), {}, {}, tuple(value.shape)))

    def named(self, output: object) -> str:
        """The node of an output; an array handed out as it is gets a node of its own."""
        kind, name = self.values[str(output)]
        if kind == "state":
            self.emit(Node(f"output_{output}", "identity", (), {}, {"input": name}, ()))
            return f"output_{output}"
        return name

    def read(self, node: fx.Node) -> None:
        if node.target is operator.getitem:
            self._item(node)
            return
        name, arguments = _called(node)
        op = NAMES.get(name, name)
        if name.startswith(("_assert", "sym_", "_set_grad")) or name in PARTED:
            return
        tensors = {role: value for role, value in _tensors(arguments) if value.name in self.values}
        first = next(iter(tensors.values()), None)
        if first is not None and self._hands_on(name, node, first, arguments):
            self.values[node.name] = self.values[first.name]
            return
        options = {key: value for key, value in arguments.items() if key not in SILENT and not _holds_tensor(value)}
        self._add(node, *options_of(op, name, node, first, options, tensors), tensors)

    def _hands_on(self, name: str, node: fx.Node, first: fx.Node, arguments: Mapping[str, Any]) -> bool:
        """Whether the output is the input, number by number."""
        if name in SAME or (name == "dropout" and not arguments.get("train")):
            return True
        if name in {"to", "_to_copy", "type_as"}:
            return bool(node.meta["val"].dtype == first.meta["val"].dtype)
        whole = shape_of(node) == shape_of(first) and arguments.get("step", 1) == 1
        return whole and name in {"view", "reshape", "expand", "slice"}

    def _item(self, node: fx.Node) -> None:
        """A part of the outputs of a split, an unbind, or of an operator that returns more than its value."""
        whole, index = node.args
        if not isinstance(whole, fx.Node) or not isinstance(index, int):
            return
        name, arguments = _called(whole)
        source = dict(_tensors(arguments)).get("input")
        if name in PARTED and name != "unbind":
            axis = int(arguments.get("dim", 0)) % len(shape_of(source))
            start = sum(int(part.shape[axis]) for part in whole.meta["val"][:index])
            options = {"dim": axis, "start": start, "end": start + shape_of(node)[axis], "step": 1}
            self._add(node, "slice", options, {"input": source})
        elif name == "unbind":
            axis = int(arguments.get("dim", 0)) % len(shape_of(source))
            self._add(node, "select", {"dim": axis, "index": index}, {"input": source})
        elif index == 0 and NAMES.get(name, name) in {"batch_norm", "layer_norm", "max_pool1d", "max_pool2d", "max_pool3d"}:
            self.values[node.name] = self.values[whole.name]
        else:
            self._add(node, "item", {"index": index}, {"input": whole})

    def _add(self, node: fx.Node, op: str, options: Mapping[str, Any], tensors: Mapping[str, Any]) -> None:
        behind = {role: self.values[value.name] for role, value in tensors.items()}
        takes = {role: name for role, (kind, name) in behind.items() if kind == "node"}
        holds = {role: name for role, (kind, name) in behind.items() if kind == "state"}
        path = [str(entry[0]) for entry in (node.meta.get("nn_module_stack") or {}).values()]
        name = f"{op}.{self.calls[op]}"  # torch's own names of values differ between releases
        self.calls[op] += 1
        module = path[-1] if path else ""
        self.emit(Node(name, op, tuple(takes.values()), options, holds, shape_of(node), tuple(takes), module))
        self.values[node.name] = ("node", name)


def _called(node: fx.Node) -> tuple[str, dict[str, Any]]:
    """The name of an operator and all its arguments by name, defaults filled in."""
    schema = getattr(node.target, "_schema", None)
    if schema is None:  # an operator of higher order, as a branch on data
        return str(node.target), {f"argument.{i}": value for i, value in enumerate(node.args)}
    found: dict[str, Any] = {}
    for position, argument in enumerate(schema.arguments):
        value = node.args[position] if position < len(node.args) else node.kwargs.get(argument.name, argument.default_value)
        if value is None and "Tensor" in str(argument.type):
            continue  # an array that is not there, as the bias of a layer without one
        found[ROLES.get(argument.name, argument.name)] = value
    return str(schema.name).split("::")[1], found


def _tensors(arguments: Mapping[str, Any]) -> Iterator[tuple[str, fx.Node]]:
    for role, value in arguments.items():
        if isinstance(value, fx.Node):
            yield role, value
        elif isinstance(value, list | tuple):
            yield from ((f"{role}.{i}", part) for i, part in enumerate(value) if isinstance(part, fx.Node))


def _holds_tensor(value: object) -> bool:
    return isinstance(value, fx.Node) or (isinstance(value, list | tuple) and any(isinstance(part, fx.Node) for part in value))
