r"""How much of the variance of the pre-activations is left in a combination, per layer: measured beside two predictions.

The ratio of layer l is sum_i E Var_x z_i (combination) / sum_i [(1-m) Var_x z^a_i + m Var_x z^b_i]
[combinability/variance_collapse].
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from toykit.arrays import to_numpy
from toykit.combining.draws import Mixing
from toykit.combining.renormalisation import Method, layered, preactivations64, predicted_moments, renormalise, unit_moments
from toykit.formula import evaluate
from toykit.landscape import Floats, Layered
from toykit.parameters import Parameters

SLUG = "combinability/variance_collapse"


@dataclass(frozen=True)
class LayerVariance:
    """Variance of layer l of a combination over that of its ends.

    `measured` is the mean over the draws; `from_ends` uses the statistics of the ends in each layer, as if the layers below
    had not collapsed: exact in layer 1; `product` is prod_{k<=l} kappa_k from the cosines of the ends' weights alone, a law
    of random networks about second moments. `renormalised` is the measured ratio after correction.
    """

    layer: int
    measured: float
    from_ends: float
    product: float
    renormalised: float | None = None


def collapse(mixed: Mixing, draws: int = 10, *, method: Method | None = None) -> tuple[LayerVariance, ...]:
    """The variance ratios of all layers; with a method also those after renormalising each draw.

    Raises:
        InputError: the pair has no layers.

    """
    net = layered(mixed)
    count = 1 if not mixed.law.variance else draws
    points = [mixed.centre + mixed.step(xi) for xi in mixed.deviations(count)] if mixed.law.variance else [mixed.centre]
    corrected = [renormalise(mixed, theta, method=method).theta for theta in points] if method else []
    found, product = [], 1.0
    for layer in range(1, net.depth + 1):
        parents = parent_variance(mixed, layer)
        product *= weight_factor(mixed, layer)
        found.append(
            LayerVariance(
                layer=layer,
                measured=_mean_variance(net, points, layer) / parents,
                from_ends=float((predicted_moments(mixed, layer).deviation ** 2).sum()) / parents,
                product=product,
                renormalised=_mean_variance(net, corrected, layer) / parents if method else None,
            )
        )
    return tuple(found)


def parent_variance(mixed: Mixing, layer: int) -> float:
    """sum_i (1-m) Var_x z^a_i + m Var_x z^b_i."""
    net, m = layered(mixed), mixed.law.mean
    first, second = (unit_moments(net, theta, layer).deviation for theta in (mixed.pair.theta_a, mixed.pair.theta_b))
    return float(((1 - m) * first**2 + m * second**2).sum())


def weight_letters(mixed: Mixing, layer: int) -> dict[str, float]:
    """t and v of lambda with |W^a_l|, |W^b_l| and their cosine, all entries of the layer as one vector."""
    first, second = (weights(layered(mixed), theta, layer) for theta in (mixed.pair.theta_a, mixed.pair.theta_b))
    norm_a, norm_b = float(np.linalg.norm(first)), float(np.linalg.norm(second))
    cosine = float((first * second).sum()) / (norm_a * norm_b) if norm_a * norm_b else 0.0
    return {"t": mixed.law.mean, "v": mixed.law.variance, "norm_a": norm_a, "norm_b": norm_b, "cosine": cosine}


def weight_factor(mixed: Mixing, layer: int) -> float:
    """kappa_l: mean square of the mixed weights of a layer over that of its ends, (|W_a|^2 + |W_b|^2)/2."""
    letters = weight_letters(mixed, layer)
    parents = (letters["norm_a"] ** 2 + letters["norm_b"] ** 2) / 2
    return float(evaluate(SLUG, "weights_2", letters)) / parents if parents else math.nan


def weights(net: Layered, theta: Parameters, layer: int) -> Floats:
    """W_l in float64 on the host, shape (n_l, n_{l-1})."""
    found: Floats = to_numpy(theta[net.weight_name(layer)]).astype(np.float64)
    return found


def _mean_variance(net: Layered, points: list[Parameters], layer: int) -> float:
    return float(np.mean([preactivations64(net, theta, layer).var(axis=0).sum() for theta in points]))
