"""Both sides of the control of wide networks: distances of unaligned neurons, the worst and the best pairing, wider networks.

The neurons of a pair stand for their law: wider networks take theirs from them at random, each contribution scaled to
1/width, 64 networks. Facts: `scaling` = `root` scales to 1/sqrt(width) instead; `drawn` = `together` gives both networks
the same neurons in the same order.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import linprog

from toykit.arrays import to_numpy
from toykit.checks.combinability import _neurons
from toykit.checks.combinability.contribution_alignment import planted
from toykit.combining.whole_neurons import hidden
from toykit.data import Data
from toykit.formula import evaluate
from toykit.landscape import Floats, Layered, Pair
from toykit.losses import SquaredLoss
from toykit.matching.search import assignment
from toykit.networks.fixtures import f10
from toykit.networks.mlp import MLP
from toykit.parameters import Parameters
from toykit.seeds import generator
from toykit.tolerances import SOLVED, TORCH32, TORCH64
from toykit.verdict import Comparison, Number, Outcome, Relation, Result

SLUG = "combinability/wide_crossover"
DRAWS, WIDER = 64, 4
TRANSPORT = 8
"""Neurons up to which the transport between the two networks is solved as a linear program as well."""


@dataclass(frozen=True)
class _Neurons:
    """T[i, j] = E_x|phi^b_j - phi^a_i|^2 of all pairs, shape (n, n), and the letters of the claim."""

    apart: Floats
    letters: dict[str, float]

    @property
    def width(self) -> int:
        return len(self.apart)


def check(pair: Pair, *, draws: int = DRAWS) -> Result:
    """Mean over all pairings, mean of wider networks, worst and best pairing against the formulas."""
    layers = _neurons.one_layer(pair)
    net = pair.landscape
    if not (layers.holds and isinstance(net, Layered)):
        return Result(SLUG, pair.name, (), {}, {"ONE_LAYER": layers})
    root, together = pair.facts.get("scaling") == "root", pair.facts.get("drawn") == "together"
    found = _neurons_of(net, pair)
    assumptions = {
        "ONE_LAYER": layers,
        "MEAN_FIELD": Outcome(not root, f"contributions scaled to 1/{'sqrt(width)' if root else 'width'}"),
        "INDEPENDENT": Outcome(not together, "one draw for both networks" if together else "two draws of neurons"),
    }
    comparisons = tuple(_compared(net, found, root, together, draws))
    rows, given = np.arange(found.width), float(np.trace(found.apart))
    best = float(found.apart[rows, assignment(-found.apart)].sum())
    expected = float(evaluate(SLUG, "unaligned", found.letters))
    extra = {"as given": given, "best pairing": best, "best over unaligned": best / expected if expected else 0.0}
    return Result(SLUG, pair.name, comparisons, found.letters, assumptions, extra)


def _neurons_of(net: Layered, pair: Pair) -> _Neurons:
    first, second = (hidden(net, theta) for theta in (pair.theta_a, pair.theta_b))
    own = [np.diag(one.inner(one)) for one in (first, second)]
    apart = np.maximum(own[0][:, None] + own[1][None] - 2 * first.inner(second), 0.0)
    outputs = [_without_bias(net, theta) for theta in (pair.theta_a, pair.theta_b)]
    n = float(len(apart))
    letters = {
        "n": n,
        "psi_a2": n * float(own[0].sum()),
        "psi_b2": n * float(own[1].sum()),
        "psi_ab": float((outputs[0] * outputs[1]).sum(axis=1).mean()),
        "psi_max": n**2 * float(max(part.max() for part in own)),
    }
    return _Neurons(apart, letters)


def _without_bias(net: Layered, theta: Parameters) -> Floats:
    """The outputs without their bias, (n, k): the sum of all contributions."""
    name = net.bias_name(2)
    bias = 0.0 if name is None else to_numpy(theta[name]).astype(np.float64)
    found: Floats = to_numpy(net.outputs(theta)).astype(np.float64) - bias
    return found


def _compared(net: Layered, found: _Neurons, root: bool, together: bool, draws: int) -> Iterator[Comparison]:
    letters, n = found.letters, found.width
    size = max(1.0, letters["psi_a2"] + letters["psi_b2"]) / n
    allowed = (TORCH32 if net.traits.precision == "float32" else TORCH64) * size * n
    expected = Number.exact(evaluate(SLUG, "unaligned", letters), "mean squares and outputs")
    mean = Number.exact(float(found.apart.mean()) * n, "every neuron with every other")
    yield Comparison("mean over all pairings", mean, Relation.EQUAL, expected, allowed)
    wide = letters | {"n": float(WIDER * n)}
    bound = Number.exact(evaluate(SLUG, "unaligned", wide), f"{WIDER * n} neurons")
    measured = _wider(found, WIDER * n, root, together, draws)
    yield Comparison(f"mean of networks {WIDER} times as wide", measured, Relation.EQUAL, bound, allowed)
    rows = np.arange(n)
    worst = Number.exact(float(found.apart[rows, assignment(found.apart)].sum()), "assignment")
    yield Comparison("worst pairing", worst, Relation.AT_MOST, Number.exact(evaluate(SLUG, "largest", letters)), allowed)
    best = Number.exact(float(found.apart[rows, assignment(-found.apart)].sum()), "assignment")
    yield Comparison("best pairing", best, Relation.AT_MOST, expected, allowed)
    if n <= TRANSPORT:
        cost = Number.exact(transport(found.apart), "linear program over couplings")
        yield Comparison("best pairing, as a transport", best, Relation.EQUAL, cost, allowed + SOLVED * size)


def _wider(found: _Neurons, width: int, root: bool, together: bool, draws: int) -> Number:
    """Mean of sum_k G_kk over networks of that width, neuron k paired with neuron k."""
    stream, n = generator("wider networks"), found.width
    first = stream.integers(0, n, (draws, width))
    second = first if together else stream.integers(0, n, (draws, width))
    scale = n / width if root else (n / width) ** 2
    totals = scale * found.apart[first, second].sum(axis=1)
    error = 5 * float(totals.std(ddof=1)) / math.sqrt(draws)
    return Number.estimated(float(totals.mean()), f"{draws} networks", error)


def transport(cost: Floats) -> float:
    """n W_2^2 between two laws of n equal atoms: min sum_ij P_ij T_ij over doubly stochastic P, as a linear program.

    Raises:
        RuntimeError: the solver found none, although there always is one.

    """
    n, low, span = len(cost), float(cost.min()), float(np.ptp(cost))
    if not span:
        return n * low
    # the solver's tolerance is absolute, so that costs which hardly differ are stretched to [0, 1] first
    sums = np.vstack([np.kron(np.eye(n), np.ones(n)), np.kron(np.ones(n), np.eye(n))])
    solved = linprog((cost.reshape(-1) - low) / span, A_eq=sums, b_eq=np.ones(2 * n), bounds=(0, None))
    if solved.fun is None:
        raise RuntimeError(f"a transport between {n} atoms has a solution; the solver says: {solved.message}")
    return n * low + span * float(solved.fun)


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Random networks with one hidden layer; every fourth a noisy permuted copy, every fourth nearly opposite in its outputs."""
    for number, pair in enumerate(_neurons.cases(SLUG, count, seed)):
        if number % 4 == 1:
            yield planted(pair, 0.1, number)
        elif number % 4 == 3:
            yield opposite(3 + number % 5, 10.0 ** (-(number % 7)), seed * 1_000_000 + number)
        else:
            yield pair


def opposite(width: int, unlike: float = 0.0, number: int = 0) -> Pair:
    """Neurons of one size whose contributions have the other sign in the second network, up to a relative difference."""
    net = MLP((1, width, 1), "relu", SquaredLoss(), Data([[1.0]], [[0.0]], name="one"), bias=False)
    sizes = 1 - unlike * generator("opposite neurons", number).random((2, width))
    ends = [net.point(np.ones((width, 1)), sign * row[None] / width) for sign, row in zip((1.0, -1.0), sizes, strict=True)]
    return Pair(net, ends[0], ends[1], f"{width} opposite neurons")


def uniform_family(width: int, number: int = 0) -> Pair:
    """Contributions u_k/n with u_k uniform on [0, 1], for one example and one output."""
    net = MLP((1, width, 1), "relu", SquaredLoss(), Data([[1.0]], [[0.0]], name="one"), bias=False)
    draw = generator("uniform family", number)
    ends = [net.point(np.ones((width, 1)), draw.random((1, width)) / width) for _ in range(2)]
    return Pair(net, ends[0], ends[1], f"uniform family, {width} neurons")


def extremal() -> Iterator[Pair]:
    """Opposite neurons, which meet 4C/n; the fixture of ten units, on which the means are identities."""
    yield opposite(4)
    yield f10()


def necessity() -> Iterator[tuple[str, Pair]]:
    """Contributions of size 1/sqrt(n); two networks with the same neurons in the same order."""
    yield "MEAN_FIELD", replace(uniform_family(8), facts={"scaling": "root"})
    same = uniform_family(8)
    yield "INDEPENDENT", replace(same, theta_b=same.theta_a, facts={"drawn": "together"})
