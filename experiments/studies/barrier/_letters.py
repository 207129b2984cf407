"""What is recorded of every pair, whatever the question: conventions, distances, letters, estimates, output terms, layers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from toykit.arrays import like, to_numpy
from toykit.barriers import barriers_with_evidence
from toykit.barriers.birth import ErrorBirth
from toykit.barriers.decomposition import known_loss, terms
from toykit.barriers.layers import LayerChord
from toykit.checks.barrier import bregman_identity
from toykit.checks.barrier._base import Base, seen_from_base
from toykit.checks.barrier.layerwise_barrier import merged
from toykit.chord import grid, profile
from toykit.curvature import curvature_range
from toykit.curvature.lanczos import top_eigenpairs
from toykit.errors import InputError
from toykit.formula import evaluate
from toykit.landscape import Floats, Landscape, Layered, Pair
from toykit.outputs import OutputChord
from toykit.parameters import Array, Parameters, chord_point
from toykit.seeds import generator

Record = dict[str, Any]
POINTS = 41
"""Positions of the grid and nodes of the range of phi''."""

PRODUCTS, RELATIVE, STEP = 24, 1e-2, 1e-4
"""Lanczos products for the smoothness constant, their relative accuracy, and the step of the difference of gradients."""

ESTIMATES = ("endpoint", "midpoint", "simpson")
"""Signed estimates, scored by g(1/2)."""

BOUNDS = ("ridge", "curvature", "smoothness")
"""Bounds, scored by B; all from sampled letters, so themselves estimates."""

BASELINES = ("Delta^2", "angle")
"""What a predictor must beat."""


def letters(pair: Pair, held_out: Landscape | None = None, *, smoothness: bool = True) -> Record:
    """Every letter of the pair as a JSON object; what does not exist on it is None.

    `held_out` is the same architecture on test data. The base of angle and radii is `theta_0` of the pair.
    """
    evidence = barriers_with_evidence(pair, ts=grid(POINTS), seconds=0)
    five = evidence.loss
    middle = pair.landscape.jet(pair.theta_a, pair.theta_b, 0.5)
    first, last = (pair.landscape.jet(pair.theta_a, pair.theta_b, t) for t in (0.0, 1.0))
    curvature = curvature_range(pair, POINTS)
    found: Record = {
        "L_a": first.value,
        "L_b": last.value,
        "d": abs(first.value - last.value),
        "error_a": pair.landscape.error(pair.theta_a),
        "error_b": pair.landscape.error(pair.theta_b),
        "B": five.barrier.value,
        "enclosure": five.barrier.to_json(),
        "half": five.half.value,
        "mean": five.mean.value,
        "max": five.max.value,
        "argmax": five.argmax.value,
        "error B": None if evidence.error is None else evidence.error.barrier.value,
        "grid": 1 / (POINTS - 1),
        "Delta^2": pair.delta.dot(pair.delta),
        **_base(pair),
        "s_0": first.slope,
        "s_1": last.slope,
        "h_0": first.curvature,
        "h_m": middle.curvature,
        "h_1": last.curvature,
        "m": curvature.lowest.value,
        "M": curvature.highest.value,
    }
    found |= predictors(found)
    found["smoothness"] = smoothness_bound(pair) if smoothness else None
    found |= output_letters(pair)
    if held_out is not None:
        test = profile(Pair(held_out, pair.theta_a, pair.theta_b), grid(POINTS))
        found["test"] = {"L_a": float(test.values[0]), "L_b": float(test.values[-1]), "B": float(test.gap.max())}
    return found


def predictors(known: Mapping[str, float]) -> dict[str, float]:
    """The estimates and bounds that follow from the letters s_0, s_1, h_0, h_m, h_1, m, M."""
    given = {**known, "a": 0.5, "sigma": known["s_1"] - known["s_0"]}
    constant = known["M"] - known["m"] <= np.finfo(float).eps * abs(known["M"])
    return {
        "endpoint": float(evaluate("barrier/endpoint_expansion", "estimate", given)),
        "midpoint": float(evaluate("barrier/midpoint_expansion", "estimate", given)),
        "simpson": float(evaluate("barrier/hessian_simpson", "estimate", given)),
        "curvature": float(evaluate("barrier/curvature_bound", "upper", given)),
        # with phi'' constant the ridge bound is the curvature bound
        "ridge": float(evaluate("barrier/curvature_bound" if constant else "barrier/ridge_bound", "upper", given)),
    }


def layer_letters(pair: Pair) -> dict[str, dict[str, float]]:
    """B_l^sym, its two bases and the block estimate of every layer [barrier/layerwise_barrier]."""
    chord, net = LayerChord(pair), pair.landscape
    line = (net.loss(pair.theta_a) + net.loss(pair.theta_b)) / 2
    found = {}
    for layer in chord.layers:
        row = merged(layer, *chord.cuts(layer), line)
        found[layer] = {"B_sym": row.measured, "base a": row.base_a, "base b": row.base_b, "estimate": row.estimate}
    return found


def smoothness_bound(pair: Pair) -> float:
    """beta |Delta|^2 / 8 with beta the largest Hessian eigenvalue at t = 0, 1/2, 1: what the gap of a smooth loss may be."""
    return float(
        evaluate(
            "barrier/curvature_bound",
            "smooth",
            {"beta": max(_sharpness(pair, t) for t in (0.0, 0.5, 1.0)), "Delta_norm": pair.delta.norm()},
        )
    )


def _sharpness(pair: Pair, t: float) -> float:
    """The largest eigenvalue, 0 at least; where the products do not suffice, the largest found: like all letters an estimate."""
    theta, net = chord_point(pair.theta_a, pair.theta_b, t), pair.landscape

    def product(vector: Floats) -> Floats:
        step = _unflat(vector, theta) * STEP
        change = net.gradient(theta + step) - net.gradient(theta - step)
        return _flat(change) / (2 * STEP)

    start = generator("bench/sharpness").normal(size=theta.count)
    found = top_eigenpairs(product, start, relative=RELATIVE, most=min(PRODUCTS, theta.count))
    return max(float(found.values[0]), 0.0)


def _flat(theta: Parameters) -> Floats:
    return np.concatenate([to_numpy(array).astype(np.float64).ravel() for array in theta.values()])


def _unflat(vector: Floats, theta: Parameters) -> Parameters:
    arrays: dict[str, Array] = {}
    start = 0
    for name, shape in theta.shapes.items():
        size = math.prod(shape)
        arrays[name] = like(vector[start : start + size].reshape(shape), theta[name])
        start += size
    return Parameters(arrays)


def _base(pair: Pair) -> Record:
    found = seen_from_base(pair)
    if isinstance(found, Base):
        return {"r_1": found.r_1, "r_2": found.r_2, "angle": math.degrees(found.angle)}
    return {"r_1": None, "r_2": None, "angle": None}


def output_letters(pair: Pair) -> Record:
    """The terms of `bregman_identity` at 1/2 with its residual, E|E|^2, and where the output error is born."""
    try:
        chord = OutputChord(pair)
    except InputError:
        return {}
    found, middle = Record(), chord.at(0.5)
    error = to_numpy(middle.error)
    found["error_2"] = float((error * error).sum(axis=1).mean())
    if known_loss(pair.landscape.traits).holds:
        split = terms(chord, middle, pair.landscape.traits)
        verdict = bregman_identity.check(pair).verdict
        found |= {**split.means(), "top share": split.top_share(), "identity": str(verdict)}
        if chord.labels is not None:
            found["by class"] = split.by_class(chord.labels)
    if isinstance(pair.landscape, Layered):
        birth = ErrorBirth(pair.landscape, pair.theta_a, pair.theta_b).at(0.5)
        found |= {name: value for name, value in birth.letters.items() if name != "t"}
    return found
