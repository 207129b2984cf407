r"""REPAIR: mean and deviation of every hidden unit of a combination set back to the mean of those of its two ends.

With unit statistics mu, s over the examples and the targets mu* = (1-m) mu_a + m mu_b, s* = (1-m) s_a + m s_b,
W <- diag(s*/s) W and b <- (b - mu) s*/s + mu*, layer after layer from the input, each measured after the layers below it
were corrected [combinability/variance_collapse]. Use training data: the statistics are fitted to what is measured on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

import numpy as np

from toykit.arrays import like, to_numpy
from toykit.combining.draws import Mixing
from toykit.combining.linear_moments import noise
from toykit.errors import InputError
from toykit.landscape import Floats, Layered
from toykit.parameters import Parameters

Method = Literal["repair", "rescale", "gain"]
"""`repair`: mean and deviation; `rescale`: the deviation alone, about the unit's own mean, z <- (z - mu) s*/s + mu;
`gain`: z <- (s*/s) z, which scales the mean along and needs no bias."""

Source = Literal["data", "closed form"]
"""Where s of the combination comes from: measured on it, or predicted from the two ends without running it."""

STILL = 1e-8
"""A unit varies over the examples if s is above this: below it, s*/s would blow up rounding errors."""


class UnitMoments(NamedTuple):
    """Mean and standard deviation of the pre-activations of one layer over the examples, shape (n_l,) each."""

    mean: Floats
    deviation: Floats


@dataclass(frozen=True)
class Renormalised:
    """theta with corrected units; `skipped` units do not vary and were left alone, `layers` are those corrected."""

    theta: Parameters
    method: Method
    source: Source
    layers: tuple[int, ...]
    skipped: int


def preactivations64(net: Layered, theta: Parameters, layer: int) -> Floats:
    """Z_l in float64 on the host, shape (n, n_l)."""
    return to_numpy(net.preactivations(theta, layer)).astype(np.float64)


def unit_moments(net: Layered, theta: Parameters, layer: int) -> UnitMoments:
    """mu and s of Z_l over the examples, with the biased variance."""
    found = preactivations64(net, theta, layer)
    return UnitMoments(found.mean(axis=0), found.std(axis=0))


def target_moments(mixed: Mixing, layer: int) -> UnitMoments:
    """mu* = (1-m) mu_a + m mu_b and s* = (1-m) s_a + m s_b."""
    net, m = layered(mixed), mixed.law.mean
    first, second = (unit_moments(net, theta, layer) for theta in (mixed.pair.theta_a, mixed.pair.theta_b))
    return UnitMoments(*((1 - m) * left + m * right for left, right in zip(first, second, strict=True)))


def predicted_moments(mixed: Mixing, layer: int) -> UnitMoments:
    """mu and s of the combination from its ends alone, as if its units had the features of the ends below them.

    s^2 = Var[(1-m) z_a + m z_b] + v sum_b Delta_b Cv Delta_b^T over the blocks of a row, with Cv the mean covariance of the
    features of the ends. Exact in layer 1, in the mean over lambda; deeper it is too large, since collapse accumulates.
    """
    net, m = layered(mixed), mixed.law.mean
    ends = (mixed.pair.theta_a, mixed.pair.theta_b)
    first, second = (preactivations64(net, theta, layer) for theta in ends)
    between = (1 - m) * first + m * second
    variance = between.var(axis=0)
    if mixed.law.variance:
        below = [np.cov(to_numpy(net.features(theta, layer - 1)).astype(np.float64).T, bias=True) for theta in ends]
        variance = variance + mixing_noise(mixed, layer, (1 - m) * np.atleast_2d(below[0]) + m * np.atleast_2d(below[1]))
    return UnitMoments(between.mean(axis=0), np.sqrt(variance))


def mixing_noise(mixed: Mixing, layer: int, below: Floats) -> Floats:
    """v sum_b Delta_b Cv Delta_b^T per unit, shape (n_l,), for features of covariance Cv below: what random lambda adds."""
    change = to_numpy(mixed.delta[layered(mixed).weight_name(layer)]).astype(np.float64)
    augmented = np.zeros((change.shape[0] + 1, change.shape[1] + 1))  # the bias of a unit does not vary over the examples
    augmented[:-1, :-1] = change
    covariance = np.zeros((change.shape[1] + 1,) * 2)
    covariance[:-1, :-1] = below
    blocks = {"neuron": "row" if layer == 1 else "col", "global": "layer"}.get(mixed.blocks.granularity, mixed.blocks.granularity)
    found: Floats = mixed.law.variance * np.diag(noise(blocks, augmented, covariance))[:-1]
    return found


def renormalise(
    mixed: Mixing,
    theta: Parameters | None = None,
    *,
    method: Method = "repair",
    source: Source = "data",
    layers: tuple[int, ...] | None = None,
) -> Renormalised:
    """The combination theta, by default the one at the mean of lambda, with its hidden units set to the mean of the ends'.

    The output layer is left alone unless `layers` names it. NumPy and torch; no argument is changed.

    Raises:
        InputError: the pair has no layers, method or source is unknown, or the shift has no bias to go to.

    """
    for what, value, allowed in (("a method", method, Method), ("a source", source, Source)):
        if value not in get_args(allowed):
            raise InputError(f"{what} of renormalisation is one of {', '.join(get_args(allowed))}; got {value!r}; choose one")
    net = layered(mixed)
    found, skipped = mixed.centre if theta is None else theta, 0
    chosen = tuple(range(1, net.depth)) if layers is None else tuple(sorted(layers))
    for layer in chosen:
        if not 1 <= layer <= net.depth:
            raise InputError(f"the layers of this network are 1..{net.depth}; got {layer}; leave it out")
        now = unit_moments(net, found, layer) if source == "data" else predicted_moments(mixed, layer)
        wanted = target_moments(mixed, layer)
        still = now.deviation < STILL
        skipped += int((still & (wanted.deviation >= STILL)).sum())
        ratio = np.where(still, 1.0, wanted.deviation / np.where(still, 1.0, now.deviation))
        shift = {"repair": wanted.mean, "rescale": now.mean, "gain": ratio * now.mean}[method] - ratio * now.mean
        found = found.replace(_corrected(net, found, layer, ratio, np.where(still, 0.0, shift)))
    return Renormalised(found, method, source, chosen, skipped)


def _corrected(net: Layered, theta: Parameters, layer: int, ratio: Floats, shift: Floats) -> Parameters:
    """W_l and b_l of z <- ratio * z + shift."""
    weight, name = theta[net.weight_name(layer)], net.bias_name(layer)
    arrays = {net.weight_name(layer): weight * like(ratio, weight)[:, None]}
    if name is not None:
        arrays[name] = theta[name] * like(ratio, weight) + like(shift, weight)
    elif shift.any():
        raise InputError(f"setting the mean of a unit needs a bias; layer {layer} has none; use method='gain'")
    return Parameters(arrays)


def layered(mixed: Mixing) -> Layered:
    """The landscape of the pair, whose units have statistics.

    Raises:
        InputError: it is not a network with dense layers.

    """
    net = mixed.pair.landscape
    if not isinstance(net, Layered):
        raise InputError(
            f"renormalisation corrects units of dense layers; {mixed.pair.name} is a {type(net).__name__}; "
            "for batch normalisation use toykit.bridge.reset_statistics"
        )
    return net
