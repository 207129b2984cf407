"""Check of connectivity/interpolation_dimension at both endpoints: the spectrum of J against curvatures found apart from it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from toykit.activations import NumpyActivation
from toykit.connectivity.interpolation import RANKED, Interpolation
from toykit.connectivity.toys import point, random_nets
from toykit.data import Data
from toykit.formula import evaluate
from toykit.landscape import Floats, Layered, Pair
from toykit.losses import SquaredLoss
from toykit.networks.mlp import MLP
from toykit.seeds import generator
from toykit.tolerances import ROUNDING
from toykit.verdict import Comparison, Number, Outcome, Relation, Result

SLUG = "connectivity/interpolation_dimension"
FLAT = 3
HOMOGENEOUS = {"relu", "leaky_relu", "identity"}

SQUARE = NumpyActivation("square", True, True, False, value=lambda u: u**2, first=lambda u: 2 * u, second=lambda u: 0 * u + 2)
CUBIC = NumpyActivation(
    "cubic", True, True, False, value=lambda u: u**2 + u**3, first=lambda u: 2 * u + 3 * u**2, second=lambda u: 2 + 6 * u
)


def check(pair: Pair, *, examples: int | None = None) -> Result:
    """Rank and kernel dimension of J, and the curvature of |z-Y|^2/2 along its singular vectors and along its kernel.

    Letters are those of endpoint a. The fact `targets = "own"` keeps the targets of the pair, and with them a residual.
    """
    network = pair.landscape
    if not isinstance(network, Layered):
        return Result(SLUG, pair.name, (), {}, {"LAYERS": Outcome(False, f"{type(network).__name__} shows no dense layers")})
    own = pair.facts.get("targets") == "own"
    ends = {"a": pair.theta_a, "b": pair.theta_b}
    found = {e: Interpolation.of(network, theta, examples, own_targets=own) for e, theta in ends.items()}
    first = found["a"]
    letters = {
        "parameters": float(first.theta.count),
        "constraints": float(first.constraints),
        "hidden": float(sum(network.widths)),
        "rank": float(first.rank),
    }
    values, _ = first.spectrum
    letters["sharpness"] = float(values[-1] / values[0]) if values[0] else 0.0
    kink = min(at.nearest_kink for at in found.values())
    smooth = "the activation is smooth" if network.activation.smooth else f"the nearest kink is {kink:.3g} away"
    assumptions = {
        "LAYERS": Outcome(True, f"{network.depth} dense layers"),
        "RANK": _rank(found),
        "SMOOTH": Outcome(network.activation.smooth or kink > 0, smooth),
        "INTERPOLATES": Outcome(not own, "the targets of the pair" if own else "the targets are the outputs"),
    }
    comparisons = [c for e, at in found.items() for c in _compared(at, e, letters)]
    if network.activation.name in HOMOGENEOUS:
        comparisons += [_homogeneous(at, e, letters) for e, at in found.items()]
    spectra = {e: at.spectrum[0].tolist() for e, at in found.items()}
    return Result(SLUG, pair.name, tuple(comparisons), letters, assumptions, {"singular_values": spectra})


def _compared(at: Interpolation, end: str, letters: dict[str, float]) -> Iterator[Comparison]:
    values, right = at.spectrum
    rank, size = at.rank, float(values[0] ** 2)
    curved = Number.exact(evaluate(SLUG, "hessian_rank", letters), "NK")
    yield Comparison(f"rank of the Hessian, endpoint {end}", Number.exact(rank), Relation.EQUAL, curved, 0.0)
    dimension = Number.exact(evaluate(SLUG, "dimension", letters), "p - NK")
    kernel = Number.exact(at.theta.count - rank, "columns minus rank")
    yield Comparison(f"flat directions, endpoint {end}", kernel, Relation.EQUAL, dimension, 0.0)
    # each curvature is a sum over NK terms of the size of the largest
    tolerance = ROUNDING * size * max(1, at.constraints)
    for name, index in (("steepest", 0), ("weakest", rank - 1)):
        measured = Number.exact(at.curvature(right[index]), "Taylor numbers")
        square = Number.exact(float(values[index] ** 2), "square of the singular value")
        yield Comparison(f"curvature along the {name} direction, endpoint {end}", measured, Relation.EQUAL, square, tolerance)
    flat = [at.flat(generator(f"{SLUG}/{end}", number)) for number in range(FLAT)]
    curvatures = [at.curvature(direction) for direction in flat if direction is not None]
    if curvatures:
        measured = Number.exact(max(curvatures, key=abs), f"largest of {len(curvatures)} random kernel directions")
        yield Comparison(
            f"curvature along flat directions, endpoint {end}", measured, Relation.EQUAL, Number.exact(0.0), tolerance
        )


def _homogeneous(at: Interpolation, end: str, letters: dict[str, float]) -> Comparison:
    """rank J <= p - hidden units, where each unit can grow inside and shrink outside."""
    bound = Number.exact(evaluate(SLUG, "homogeneous", letters), "p minus hidden units")
    measured, trivial = Number.exact(at.rank), float(min(at.theta.count, at.constraints))
    return Comparison(f"rank of homogeneous units, endpoint {end}", measured, Relation.AT_MOST, bound, 0.0, trivial)


def _rank(found: dict[str, Interpolation]) -> Outcome:
    def said(end: str, at: Interpolation) -> str:
        values, _ = at.spectrum
        beyond = f", the next {values[at.rank] / values[0]:.2g}" if at.rank < len(values) else ""
        last = values[at.rank - 1] / values[0] if values[0] else 0.0
        return f"{end}: rank {at.rank} of {at.constraints}, smallest over largest singular value {last:.2g}{beyond}"

    holds = all(at.rank == at.constraints for at in found.values())
    return Outcome(holds, "; ".join(said(e, at) for e, at in found.items()) + f" (threshold {RANKED:g})")


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Random nets of three activations, and two-layer nets with s(u) = u^2 + u^3."""
    for number in range(seed * count, (seed + 1) * count):
        if number % 4:
            yield random_nets(number)
        else:
            draw = generator("cubic units", number)
            hidden, width = (int(n) for n in draw.integers(2, 4, size=2))
            yield polynomial(CUBIC, hidden, width, int(draw.integers(1, 4)), number)


def extremal() -> Iterator[Pair]:
    """Six parameters and three or four examples."""
    return (polynomial(CUBIC, 2, 2, count) for count in (3, 4))


def necessity() -> Iterator[tuple[str, Pair]]:
    """Quadratic forms on R^2, of which there are three dimensions only; a tanh network with a residual."""
    yield "RANK", polynomial(SQUARE, 2, 2, 4)
    pair = random_nets(2)
    yield "INTERPOLATES", Pair(pair.landscape, pair.theta_a, pair.theta_b, "with a residual", facts={"targets": "own"})


def polynomial(activation: NumpyActivation, hidden: int, width: int, count: int, number: int = 0) -> Pair:
    """sum_h a_h s(w_h.x), no biases, at two points with small rational weights, on examples with small rational inputs."""
    draw = generator("rational nets", number)

    def rational(*shape: int) -> Floats:
        found: Floats = draw.integers(16, 96, size=shape) * draw.choice([-1.0, 1.0], size=shape) / 64  # exact in binary
        return found

    data = Data(rational(count, width), np.zeros((count, 1)), name="rational inputs")
    net = MLP((width, hidden, 1), activation, SquaredLoss(), data, bias=False)
    a, b = (point([rational(hidden, width), rational(1, hidden)]) for _ in "ab")
    return Pair(net, a, b, f"{activation.name} units ({hidden}, {width}, {count}) #{number}")
