"""Certified barriers: a rigorous enclosure [lo, hi] of B on a chord of dense networks, in float64, without a grid."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from array_api_compat import array_namespace, device, is_torch_array

from toykit.arrays import to_numpy
from toykit.barriers.certified.losses import Curve, together, upper_bound
from toykit.barriers.certified.models import Layer, Model, affine, input_charge, input_layer, layer
from toykit.barriers.certified.rounding import TINY, UNIT, product
from toykit.barriers.certified.search import Enclosed, Part, maximise
from toykit.errors import InputError
from toykit.parameters import Array

BLOCK = 1 << 15
"""Numbers in one coefficient of a block's widest layer: 256 KiB, so that a block's models share the second-level cache."""


@dataclass(frozen=True)
class DenseChord:
    """The chord of two dense networks: (W_l, b_l) per layer at both ends, float64 arrays of one kind and device.

    `activation` maps a model of pre-activations to one of features; `loss` a model of outputs and its targets to the mean
    loss. Examples are taken in blocks that stay in the cache, since most of the work is element-wise.
    """

    layers_a: Sequence[tuple[Array, Array | None]]
    layers_b: Sequence[tuple[Array, Array | None]]
    inputs: Array
    targets: Array
    activation: Callable[[Model], Model]
    loss: Callable[[Model, Array], Curve]

    def curves(self) -> Callable[[float, float], Curve]:
        """A function (m, h) -> enclosure of the mean loss on t = m + h s, |s| <= 1; the first layer is computed once."""
        (w_a, b_a), (w_b, b_b) = self.layers_a[0], self.layers_b[0]
        xp = array_namespace(w_a)
        x = self.inputs
        start, slope = x @ w_a.T, x @ (w_b - w_a).T
        magnitude = xp.abs(x) @ (xp.abs(w_a) + xp.abs(w_b)).T
        if b_a is not None and b_b is not None:
            start, slope = start + b_a, slope + (b_b - b_a)
            magnitude = magnitude + xp.abs(b_a) + xp.abs(b_b)
        charge = input_charge(start, slope, 2 * product(x.shape[1]) * magnitude + TINY)

        start, slope, charge, targets = (hosted(array) for array in (start, slope, charge, self.targets))
        count, widest = x.shape[0], max(weight.shape[0] for weight, _ in self.layers_a)
        block = max(1, BLOCK // widest)
        ends = zip(self.layers_a, self.layers_b, strict=True)
        blurs = [(row_blur(w, v), row_blur(b, c)) for (w, b), (v, c) in ends]
        cuts = [slice(at, min(at + block, count)) for at in range(0, count, block)]
        several, space = max(1, widest // self.layers_a[-1][0].shape[0]), array_namespace(start)

        @np.errstate(over="ignore", invalid="ignore")  # what has overflowed is infinite in the end, as torch has it
        def curve(m: float, h: float) -> Curve:
            layers = [self._layer(index, m, h, *blurs[index]) for index in range(1, len(self.layers_a))]
            outputs = []
            for rows in cuts:
                model = input_layer(start[rows], slope[rows], charge[rows], m, h)
                for by in layers:
                    model = affine(self.activation(model), by)
                outputs.append(model)
            parts = []
            for first in range(0, len(cuts), several):  # a block's outputs alone are few, and the loss has many steps
                models, rows = outputs[first : first + several], slice(cuts[first].start, cuts[first : first + several][-1].stop)
                joined = models[0] if len(models) == 1 else Model(*(space.concat(group) for group in zip(*models, strict=True)))
                parts.append((self.loss(joined, targets[rows]), (rows.stop - rows.start) / count))
            return together(parts)

        return curve

    def _layer(self, index: int, m: float, h: float, blur: Array | float, bias_blur: Array | float) -> Layer:
        """W, b at the middle and their steps; without steps where h is 0."""
        (left, bias_left), (right, bias_right) = self.layers_a[index], self.layers_b[index]
        step, bias, bias_step = right - left, None, None
        if bias_left is not None and bias_right is not None:
            bias_step = bias_right - bias_left
            bias, bias_step = bias_left + m * bias_step, h * bias_step
        made = layer(left + m * step, bias, h * step if h > 0 else None, bias_step if h > 0 else None, blur, bias_blur)
        rows = {name: hosted(getattr(made, name)) for name in ("bias", "bias_step", "blur", "offset")}
        return made._replace(**rows)


def hosted(array: Any) -> Any:
    """A NumPy view of what lies in the memory of the host: a call costs a third of one of torch, of which there are many."""
    return to_numpy(array) if is_torch_array(array) and str(device(array)) == "cpu" else array


def row_blur(start: Array | None, end: Array | None) -> Array | float:
    """What rounding does to any entry of a row of start + t (end - start), shape (rows,); 0 where there is no array."""
    if start is None or end is None:
        return 0.0
    xp = array_namespace(start)
    blur: Array = 4 * UNIT * (xp.abs(start) + xp.abs(end))
    return xp.max(blur, axis=1) if blur.ndim == 2 else blur


class KnowsCurves(Protocol):
    """What can enclose its mean loss on any part of a chord."""

    def curves(self) -> Callable[[float, float], Curve]:
        """A function (m, h) -> enclosure of the mean loss on t = m + h s, |s| <= 1."""


def enclose(chord: KnowsCurves, *, relative: float = 1e-4, seconds: float = 60.0, threshold: float | None = None) -> Enclosed:
    """lo <= sup_t g(t) <= hi for the chord [RIGOR of numbers: every rounding is charged to the upper or lower bound].

    Stops at the relative width, at hi <= threshold (a certificate of connectivity), or when the seconds are spent; an
    exhausted budget is an enclosure with its reason, not an error.

    Raises:
        InputError: the relative width is not a positive number, or a loss of an end is beyond float64.

    """
    if not 0 < relative < math.inf:
        raise InputError(f"the relative width of an enclosure is a positive number; got {relative}; try 1e-4")
    curve = chord.curves()
    at_a, at_b = _point(curve, 0.0), _point(curve, 1.0)
    if not all(map(math.isfinite, (*at_a, *at_b))):
        raise InputError(
            f"a certificate needs losses of the ends within float64; got {at_a[1]:.3g} and {at_b[1]:.3g}; scale the data down, "
            "or take the exact engine"
        )
    blur = (at_a[1] - at_a[0]) + (at_b[1] - at_b[0])

    def bound(left: float, right: float) -> Part:
        middle, half = (left + right) / 2, (right - left) / 2 * (1 + 8 * UNIT)
        line = ((1 - middle) * at_a[0] + middle * at_b[0], half * (at_b[0] - at_a[0]))
        found = curve(middle, half)
        peak = upper_bound(found, line)
        return Part(peak.upper + blur, middle + half * peak.position, peak.value, found.remainder, peak.halves)

    def at(t: float) -> float:
        lowest, highest = _point(curve, t)
        ceiling = (1 - t) * at_a[1] + t * at_b[1]
        return lowest - ceiling - 8 * UNIT * (abs(lowest) + abs(highest) + abs(ceiling))

    scale = max(abs(at_a[1]), abs(at_b[1]), TINY)
    return maximise(bound, at, scale=scale, relative=relative, seconds=seconds, threshold=threshold)


def _point(curve: Callable[[float, float], Curve], t: float) -> tuple[float, float]:
    found = curve(t, 0.0)
    return float(found.coefficients[0]) - found.remainder, float(found.coefficients[0]) + found.remainder
