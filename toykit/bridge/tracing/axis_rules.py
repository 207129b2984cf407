"""Operators that compute: which axes they tie, freeze and hand on. Contractions, normalisations, pooling, attention."""

from __future__ import annotations

import re
from collections.abc import Callable

from toykit.bridge.tracing.flow import Axes, Flow, called
from toykit.bridge.tracing.graph import Node
from toykit.symmetry.layouts import Part, product

Rule = Callable[[Flow, Node, dict[str, Axes]], Axes | None]

LINEAR_POINTWISE = set("add sub rsub neg copy identity zeros_like".split())
"""Entry by entry and linear: also commute with rotations of an axis that all operands share."""

POINTWISE = set(
    "relu relu6 leaky_relu elu celu selu gelu silu mish tanh sigmoid log_sigmoid hardtanh hardswish hardsigmoid softplus "
    "threshold hardshrink softshrink mul div pow exp exp2 expm1 log log2 log1p log10 sqrt rsqrt square reciprocal abs sign "
    "sin cos tan atan erf floor ceil round trunc clamp clamp_min clamp_max maximum minimum fmod remainder where masked_fill "
    "eq ne lt le gt ge logical_and logical_or logical_not logical_xor bitwise_and bitwise_or bitwise_not isnan isinf "
    "nan_to_num lerp addcmul addcdiv _weight_norm cast ones_like full_like softmax log_softmax".split()
)
"""Entry by entry, and softmax: permuting an axis of all operands permutes it in the output."""

REDUCTIONS = set("sum mean amax amin prod var std logsumexp linalg_vector_norm norm any all max min".split())
"""Functions of the entries of some axes in which their order does not matter."""


def linear(flow: Flow, node: Node, given: dict[str, Axes]) -> Axes:
    """x W^T + b."""
    x, weight = given["input"], given["weight"]
    flow.tie(node, x[-1], weight[1])
    if "bias" in given:
        flow.tie(node, weight[0], given["bias"][0])
        flow.bend(*x[:-1])  # the bias is the same in every row
    return (*x[:-1], weight[0])


def matmul(flow: Flow, node: Node, given: dict[str, Axes]) -> Axes:
    """The contraction of the last axis of one operand with the last but one of the other."""
    x, y = given["input"], given["other"]
    flow.tie(node, x[-1], y[-2] if len(y) > 1 else y[0])
    around = flow.broadcast(node, (x[:-2], y[:-2]))
    flow.bend(*around)
    return (*around, *x[-2:-1], *(y[-1:] if len(y) > 1 else ()))


def addmm(flow: Flow, node: Node, given: dict[str, Axes]) -> Axes:
    """beta b + alpha X Y, also with a batch axis."""
    names = ("mat1", "other") if "mat1" in given else ("batch1", "batch2")
    found = matmul(flow, node, {"input": given[names[0]], "other": given[names[1]]})
    return flow.broadcast(node, (found, given["input"]))


def einsum(flow: Flow, node: Node, given: dict[str, Axes]) -> Axes | None:
    """Axes with the same letter are tied."""
    equation = str(node.options["equation"]).replace(" ", "")
    if "." in equation or "->" not in equation:
        return None
    taken, out = equation.split("->")
    letters: dict[str, Part] = {}
    terms = taken.split(",")
    counts = "".join(terms) + out
    for place, term in enumerate(terms):
        for letter, part in zip(term, given[f"tensors.{place}"], strict=True):
            if part.size != 1:
                letters[letter] = flow.tie(node, letters.get(letter, part), part)
            letters.setdefault(letter, part)
            if counts.count(letter) != 2:  # a batch letter or a sum: no contraction of one pair
                flow.bend(part)
    return tuple(letters[letter] for letter in out)


def convolution(flow: Flow, node: Node, given: dict[str, Axes]) -> Axes:
    """Channels as in a dense layer, in `groups` equal runs; the window moves over all other axes."""
    x, weight, axes = given["input"], given["weight"], len(given["weight"]) - 2
    place = len(x) - axes - 1
    groups, reason = int(node.options["groups"]), f"the window of {called(node)} moves over it"
    flow.fix((*x[place + 1 :], *weight[2:]), reason)
    runs = Part(groups)
    if "transpose" in node.op:
        flow.tie(node, x[place], weight[0])
        if groups > 1:
            flow.tie(node, weight[0], product([runs, Part(weight[0].size // groups)]))
        out = product([runs, weight[1]])
    else:
        flow.tie(node, x[place], product([runs, weight[1]]))
        out = weight[0]
        if groups > 1:
            flow.tie(node, out, product([runs, Part(out.size // groups)]))
    if groups > 1:
        flow.bend(runs)
    if "bias" in given:
        flow.tie(node, out, given["bias"][0])
        flow.bend(*x[:place])
    return (*x[:place], out, *(flow.frozen(size, reason) for size in node.shape[place + 1 :]))


def channel_norm(flow: Flow, node: Node, given: dict[str, Axes]) -> Axes:
    """Every channel by its own statistics: batch and instance normalisation, and PReLU with a slope per channel."""
    x = given["input"]
    channel = x[1] if len(x) > 1 else x[0]
    for role, (part, *_) in given.items():
        if role != "input" and part.size != 1:
            flow.tie(node, channel, part)
    flow.bend(channel)
    return x


def layer_norm(flow: Flow, node: Node, given: dict[str, Axes]) -> Axes:
    """Mean and variance over the last axes do not see their order."""
    x = given["input"]
    for role, axes in given.items():
        if role != "input":
            flow.broadcast(node, (x, axes))
    flow.bend(*x[len(x) - len(node.options["normalized_shape"]) :])
    return x


def group_norm(flow: Flow, node: Node, given: dict[str, Axes]) -> Axes:
    """Whole groups change places, and the places inside a group, alike in every group."""
    x, groups = given["input"], int(node.options["num_groups"])
    flow.tie(node, x[1], product([Part(groups), Part(x[1].size // groups)]))
    if 1 < groups < x[1].size:
        flow.notes[f"{called(node)}: channels change places inside a group alike in every group; more orders exist"] = None
    return channel_norm(flow, node, given)


def pool(flow: Flow, node: Node, given: dict[str, Axes]) -> Axes:
    """Pooling and resampling of the last axes, channel by channel."""
    x, axes = given["input"], _spatial_axes(node)
    reason = f"the window of {called(node)} moves over it"
    flow.fix(x[-axes:], reason)
    flow.bend(*x[:-axes])
    return (*x[:-axes], *(flow.frozen(size, reason) for size in node.shape[-axes:]))


def embedding(flow: Flow, node: Node, given: dict[str, Axes]) -> Axes:
    """Rows of a table."""
    flow.fix(given["weight"][:1], f"the inputs choose rows of {called(node)}")
    return (*given["indices"], given["weight"][1])


def attention(flow: Flow, node: Node, given: dict[str, Axes]) -> Axes:
    """softmax(Q K^T) V: features of queries and keys tied, tokens of keys and values, heads of all three."""
    query, key, value = given["query"], given["key"], given["value"]
    tokens = flow.tie(node, key[-2], value[-2])
    flow.tie(node, query[-1], key[-1])
    if node.options.get("is_causal"):
        flow.fix((query[-2], tokens), f"the causal mask of {called(node)} orders it")
    heads = flow.broadcast(node, (key[:-2], value[:-2]))
    if node.options.get("enable_gqa") and query[-3].size != heads[-1].size:
        flow.tie(node, query[-3], product([heads[-1], Part(query[-3].size // heads[-1].size)]))
        heads = (*flow.broadcast(node, (query[:-3], heads[:-1])), query[-3])
    else:
        heads = flow.broadcast(node, (query[:-2], heads))
    if "attn_mask" in given:
        flow.broadcast(node, ((*heads, query[-2], tokens), given["attn_mask"]))
    flow.bend(*heads, query[-2], tokens)
    return (*heads, query[-2], value[-1])


def glu(flow: Flow, node: Node, given: dict[str, Axes]) -> Axes:
    """a * sigmoid(b) of the two halves (a, b) of an axis: both halves are permuted alike."""
    x, dim = given["input"], int(node.options["dim"])
    first, second = flow.cut(node, x[dim], x[dim].size // 2)
    flow.bend(*x, flow.tie(node, first, second))
    return (*x[:dim], first, *x[dim + 1 :])


def reduction(flow: Flow, node: Node, given: dict[str, Axes]) -> Axes | None:
    """Some axes summed away, or averaged, or their maximum taken."""
    if set(given) != {"input"} or (node.op in {"max", "min"} and "dim" in node.options):
        return None
    x, dim = given["input"], node.options.get("dim")
    gone = set(range(len(x))) if dim in {None, ()} else {dim} if isinstance(dim, int) else set(dim or ())
    if node.op not in {"sum", "mean"}:
        flow.bend(*x)
    flow.bend(*(x[axis] for axis in gone))
    kept = [Part(1) if axis in gone else part for axis, part in enumerate(x)]
    return tuple(kept) if node.options.get("keepdim") else tuple(p for axis, p in enumerate(kept) if axis not in gone)


def pointwise(flow: Flow, node: Node, given: dict[str, Axes]) -> Axes:
    """Entry by entry, with broadcasting."""
    found = flow.broadcast(node, given.values())
    if node.op in {"mul", "div"} and sum(any(part.size != 1 for part in axes) for axes in given.values()) <= 1:
        return found  # scaling by one number
    if node.op not in LINEAR_POINTWISE or "other" in node.options:
        flow.bend(*found)  # of the linear ones only the sum with a number, which no rotation keeps
    for axes in given.values():
        absent = len(found) - len(axes)
        flow.bend(*found[:absent], *(part for part, own in zip(found[absent:], axes, strict=True) if own.size != part.size))
    return found


def _spatial_axes(node: Node) -> int:
    found = re.search(r"(\d)d$", node.op)
    return int(found.group(1)) if found else 2


AXIS_RULES: dict[str, Rule] = {
    **dict.fromkeys(LINEAR_POINTWISE | POINTWISE, pointwise),
    **dict.fromkeys(REDUCTIONS, reduction),
    **dict.fromkeys([f"conv{n}d" for n in (1, 2, 3)] + [f"conv_transpose{n}d" for n in (1, 2, 3)], convolution),
    **{f"{kind}_pool{n}d": pool for kind in ("max", "avg", "adaptive_avg", "adaptive_max") for n in (1, 2, 3)},
    **dict.fromkeys(("upsample_nearest1d", "upsample_nearest2d", "upsample_bilinear2d", "upsample_bicubic2d"), pool),
    **{f"{kind}_pad{n}d": pool for kind in ("reflection", "replication") for n in (1, 2, 3)},
    **dict.fromkeys(("batch_norm", "instance_norm", "prelu", "_prelu_kernel"), channel_norm),
    **dict.fromkeys(("layer_norm", "rms_norm"), layer_norm),
    **dict.fromkeys(("addmm", "baddbmm"), addmm),
    "linear": linear,
    "matmul": matmul,
    "einsum": einsum,
    "group_norm": group_norm,
    "embedding": embedding,
    "scaled_dot_product_attention": attention,
    "glu": glu,
}
