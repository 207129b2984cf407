"""Rigorous barriers of a pair: exact for piecewise linear chains with squared loss, certified for those and traced modules.

Both take any pair on a `Layered` landscape, toy or trained; a grid only ever gives a lower bound [barrier/exact_relu_barrier].
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from array_api_compat import array_namespace

from toykit.barriers.certified import DenseChord, Enclosed, enclose
from toykit.barriers.certified.activations import RULES, rule
from toykit.barriers.certified.engine import KnowsCurves
from toykit.barriers.certified.losses import Curve, cross_entropy, squared
from toykit.barriers.certified.models import Model
from toykit.barriers.certified.search import FEWEST
from toykit.errors import InputError, missing_extra
from toykit.landscape import Landscape, Layered, Pair
from toykit.parameters import Array, Parameters

if TYPE_CHECKING:
    from toykit.barriers.exact import ExactBarrier, ExactProfile


def exact_barrier(pair: Pair, *, processes: int = 1) -> ExactBarrier:
    """B = sup g of a ReLU, leaky ReLU or linear network with squared loss, as rationals; needs the extra `exact`.

    The examples are shared by `processes`; a second one takes most of a second to start, and changes nothing but the time.

    >>> from toykit.networks.fixtures import grid_evader
    >>> found = exact_barrier(grid_evader())  # every position i/10 reads 0
    >>> found.lo, found.argmax[0]
    (Fraction(500000, 1), Fraction(35, 64))

    Raises:
        InputError: the landscape is not of this kind, or its numbers have no usable common denominator.
        MissingExtra: python-flint is not installed.
        WorkerError: one of several processes was killed.

    """
    found: ExactBarrier = engine().exact_barrier_of_layers(**_exactly(pair), processes=processes)
    return found


def exact_profile(pair: Pair) -> ExactProfile:
    """phi of a ReLU, leaky ReLU or linear network with squared loss, piece by piece as rationals; needs the extra `exact`.

    >>> from toykit.networks.fixtures import fold
    >>> exact_profile(fold()).kinks()
    [(Fraction(1, 2), Fraction(-4, 1))]

    Raises:
        InputError: the landscape is not of this kind, or its numbers have no usable common denominator.
        MissingExtra: python-flint is not installed.

    """
    found: ExactProfile = engine().exact_profile_of_layers(**_exactly(pair))
    return found


def engine() -> ModuleType:
    """The exact engine.

    Raises:
        MissingExtra: python-flint is not installed.

    """
    try:
        from toykit.barriers import exact
    except ModuleNotFoundError as error:
        if error.name != "flint":
            raise
        raise missing_extra("the exact barrier", "exact") from None
    return exact


def _exactly(pair: Pair) -> dict[str, Any]:
    """What the exact engine is given: layers and data as lists of numbers, the factor and the slope as fractions."""
    landscape = dense(pair)
    traits, activation = landscape.traits, landscape.activation
    if traits.factor is None or not activation.piecewise_linear:
        raise InputError(
            f"the exact engine takes a piecewise-linear activation with squared loss; got {activation.name} with "
            f"{traits.loss}; use certified_barrier"
        )
    return {**exact_chord(pair), "targets": _vectors(pair, landscape).tolist(), "factor": Fraction(traits.factor)}


def exact_chord(pair: Pair) -> dict[str, Any]:
    """Layers and inputs as lists of numbers, and the slope as a fraction, as the exact engine takes them."""
    landscape = dense(pair)
    layers_a, layers_b = ([_numbers(*layer) for layer in _layers(landscape, end)] for end in (pair.theta_a, pair.theta_b))
    slope = Fraction(landscape.activation.negative_slope)
    return {"layers_a": layers_a, "layers_b": layers_b, "inputs": landscape.inputs.tolist(), "slope": slope}


class KnowsPace(KnowsCurves, Protocol):
    """What also knows how long it takes: networks of any size come this way."""

    def pace(self) -> float:
        """About how many seconds of CPU time one evaluation takes."""


@runtime_checkable
class KnowsChord(Protocol):
    """A landscape that can enclose its loss on any part of a chord by itself."""

    def certified_chord(self, theta_a: Parameters, theta_b: Parameters) -> KnowsPace:
        """What is enclosed on the chord of two points."""


def certified_barrier(pair: Pair, *, relative: float = 1e-4, seconds: float = 60.0, threshold: float | None = None) -> Enclosed:
    """lo <= sup g <= hi for squared loss and cross-entropy, on chains of dense layers and on what `KnowsChord`.

    Stops at `relative` width, when hi <= `threshold` (a certificate of connectivity), or after `seconds` of CPU time;
    whatever stopped it, the enclosure is rigorous in float64. Where the shortest search of a traced module would take
    longer than `seconds`, it does not begin: [0, inf], with that reason.

    Raises:
        InputError: an operator, the activation or the loss has no rule, or the landscape is not in float64.

    """
    landscape = pair.landscape
    require_float64(landscape)
    if isinstance(landscape, KnowsChord) and not isinstance(landscape, Layered):
        traced = landscape.certified_chord(pair.theta_a, pair.theta_b)
        least = FEWEST * traced.pace()
        if least > seconds > 0:
            return Enclosed.unasked(least)
        chord: KnowsCurves = traced
    else:
        chord = dense_chord(pair, outputs_loss)
    return enclose(chord, relative=relative, seconds=seconds, threshold=threshold)


def require_float64(landscape: Landscape) -> None:
    """Refuse a landscape whose rounding the certified engine does not charge.

    Raises:
        InputError: the landscape is not in float64.

    """
    if landscape.traits.precision != "float64":
        raise InputError(f"a certificate needs float64; got {landscape.traits.precision}; build the landscape in float64")


def dense_chord(pair: Pair, judged: Callable[[Pair, Layered], tuple[Callable[[Model, Array], Any], Array]]) -> DenseChord:
    """The chord of a chain of dense layers; `judged` gives what is made of a model of outputs, and the targets for it.

    Raises:
        InputError: there are no layers, or the activation has no rule.

    """
    landscape = dense(pair)
    activation = rule(landscape.activation)
    if activation is None:
        raise InputError(
            f"certified activations are {', '.join(RULES)}; got {landscape.activation.name}; there is no rule for it"
        )
    loss, targets = judged(pair, landscape)
    layers_a, layers_b = (_layers(landscape, end) for end in (pair.theta_a, pair.theta_b))
    return DenseChord(layers_a, layers_b, landscape.inputs, targets, activation, loss)


def outputs_loss(pair: Pair, landscape: Layered) -> tuple[Callable[[Model, Array], Curve], Array]:
    """The loss on models with its targets.

    Raises:
        InputError: it is neither squared nor plain cross-entropy.

    """
    traits = landscape.traits
    if traits.factor is not None:
        return partial(squared, factor=traits.factor), _vectors(pair, landscape)
    plain = traits.chance is not None  # label smoothing and class weights make it another function of the outputs
    if traits.loss == "cross-entropy" and landscape.targets.ndim == 1 and plain:
        return cross_entropy, landscape.targets
    raise InputError(f"certified losses are squared and plain cross-entropy with labels; got {traits.loss}; use one of them")


def dense(pair: Pair) -> Layered:
    """The landscape of the pair as a chain of dense layers.

    Raises:
        InputError: it is none.

    """
    if not isinstance(pair.landscape, Layered):
        raise InputError(f"a rigorous barrier needs a chain of dense layers; got {type(pair.landscape).__name__}")
    return pair.landscape


def _layers(landscape: Layered, theta: Parameters) -> list[tuple[Array, Array | None]]:
    names = ((landscape.weight_name(layer), landscape.bias_name(layer)) for layer in range(1, landscape.depth + 1))
    return [(theta[weight], theta[bias] if bias else None) for weight, bias in names]


def _numbers(weight: Array, bias: Array | None) -> tuple[list[list[float]], list[float]]:
    return weight.tolist(), [0.0] * int(weight.shape[0]) if bias is None else bias.tolist()


def _vectors(pair: Pair, landscape: Layered) -> Array:
    """The targets as vectors (n, k); a label stands for the row e_y of the identity."""
    targets, inputs = landscape.targets, landscape.inputs
    if targets.ndim == 2:
        return targets
    xp = array_namespace(inputs)
    outputs = pair.theta_a[landscape.weight_name(landscape.depth)].shape[0]
    classes = xp.arange(outputs, dtype=targets.dtype, device=targets.device)
    return xp.astype(targets[:, None] == classes[None, :], inputs.dtype)
