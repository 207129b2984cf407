"""Both sides of the robustness law: the mean squared distance over re-shufflings of a matched network against its formula.

theta_b is first matched to theta_a by weights, unless the fact `order` is `as given`. Up to 200 re-shufflings are all visited,
else 100 are drawn, with an error bar of five standard errors. A network with one hidden layer is also asked for the distance
of contributions, which is linear in the part re-shuffled. For information, the loss at the midpoint over the first draws.

Facts that break an assumption on purpose: `drawn` is `deranged` or `tied`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from toykit.combining.whole_neurons import hidden
from toykit.data import Data
from toykit.errors import InputError
from toykit.formula import evaluate
from toykit.landscape import Floats, Layered, Pair
from toykit.losses import SquaredLoss
from toykit.matching.contribution import contribution_products
from toykit.matching.matching import layered
from toykit.matching.rebasin import identity, rebasin
from toykit.matching.reshuffling import chosen, count_of, every_reshuffling, expected_aligned, part, reshuffling
from toykit.matching.search import Permutation
from toykit.matching.weight import weight_matching
from toykit.networks.fixtures import f10, m4
from toykit.networks.mlp import MLP
from toykit.parameters import chord_point
from toykit.seeds import generator
from toykit.tolerances import ROUNDING, TORCH32
from toykit.verdict import Comparison, Number, Outcome, Relation, Result

SLUG = "combinability/robustness_law"
PARTS = (0.1, 0.3, 0.5, 0.75, 1.0)
FEW, DRAWS, MIDPOINTS = 200, 100, 5

Perm = dict[int, Permutation]


def check(pair: Pair, *, parts: tuple[float, ...] = PARTS, draws: int = DRAWS, midpoints: int = MIDPOINTS) -> Result:
    """E |theta_a - P theta_b|^2 for several parts of the units, and E sum_k |phi^a_k - phi^b_k|^2 of one hidden layer."""
    try:
        net = layered(pair)
    except InputError as refusal:
        return Result(SLUG, pair.name, (), {}, {"DENSE": Outcome(False, str(refusal))})
    if pair.facts.get("order") != "as given":
        pair = replace(pair, theta_b=weight_matching(pair).theta)
    counts = {tuple(found.items()): found for found in (chosen(net, p) for p in parts)}
    letters = {"norm_a": pair.theta_a.norm(), "norm_b": pair.theta_b.norm()}
    comparisons: list[Comparison] = []
    losses: dict[str, float] = {"0": _midpoint(pair, net, identity(net))}
    for found in counts.values():
        name = f"{'-'.join(map(str, found.values()))} of {'-'.join(map(str, net.widths))} units"
        perms, exact = _perms(pair, net, found, draws)
        letters["aligned"] = expected_aligned(net, pair.theta_a, pair.theta_b, found)
        comparisons.append(_distances(f"squared distance, {name}", pair, net, perms, exact, letters))
        if net.depth == 2:
            letters |= _contributions(net, pair, found)
            comparisons.append(_units(f"distance of contributions, {name}", pair, net, perms, exact, letters))
        few = perms[:: max(1, len(perms) // midpoints)][:midpoints]
        losses[name] = float(np.mean([_midpoint(pair, net, perm) for perm in few]))
    extra = {"mean loss at the midpoint": losses, "midpoints": midpoints}
    return Result(SLUG, pair.name, tuple(comparisons), letters, _assumptions(pair, net), extra)


def _perms(pair: Pair, net: Layered, counts: Mapping[int, int], draws: int) -> tuple[list[Perm], bool]:
    drawn, stream = pair.facts.get("drawn", ""), generator("re-shuffled units")
    deranged = drawn == "deranged" and min(counts.values()) > 1
    exact = count_of(net, counts) <= FEW
    if exact:
        perms = list(every_reshuffling(net, counts, deranged=deranged))
    else:
        perms = [reshuffling(net, counts, stream, deranged=deranged) for _ in range(draws)]
    if drawn == "tied":
        perms = [dict.fromkeys(perm, perm[1]) for perm in perms]
    return perms, exact


def _distances(name: str, pair: Pair, net: Layered, perms: list[Perm], exact: bool, letters: dict[str, float]) -> Comparison:
    values = [(pair.theta_a - rebasin(net, pair.theta_b, perm)).norm() ** 2 for perm in perms]
    bound = Number.exact(evaluate(SLUG, "distance_2", letters))
    scale = max(1.0, letters["norm_a"] ** 2 + letters["norm_b"] ** 2)
    return Comparison(name, _mean(values, exact), Relation.EQUAL, bound, _relative(net) * scale)


def _units(name: str, pair: Pair, net: Layered, perms: list[Perm], exact: bool, letters: dict[str, float]) -> Comparison:
    table, rows = _apart(pair, net), np.arange(net.widths[0])
    values = [float(table[rows, perm[1]].sum()) for perm in perms]
    bound = Number.exact(evaluate(SLUG, "units", letters))
    return Comparison(name, _mean(values, exact), Relation.EQUAL, bound, _relative(net) * max(1.0, letters["sizes_2"]))


def _apart(pair: Pair, net: Layered) -> Floats:
    """E_x|phi^a_i - phi^b_j|^2, shape (h, h)."""
    first, second = hidden(net, pair.theta_a), hidden(net, pair.theta_b)
    own = [np.diag(side.inner(side)) for side in (first, second)]
    found: Floats = own[0][:, None] + own[1][None, :] - 2 * contribution_products(pair)
    return found


def _contributions(net: Layered, pair: Pair, counts: Mapping[int, int]) -> dict[str, float]:
    table = contribution_products(pair)
    sizes = sum(float(np.trace(part_of.inner(part_of))) for part_of in (hidden(net, pair.theta_a), hidden(net, pair.theta_b)))
    return {
        "sizes_2": sizes,
        "matched": float(np.trace(table)),
        "coupled": float(table.sum()),
        "shuffled_out": part(net, 1, counts[1]),
        "chosen": float(counts[1]),
        "n": float(net.widths[0]),
    }


def _mean(values: list[float], exact: bool) -> Number:
    found = np.array(values)
    if exact:
        return Number.exact(float(found.mean()), f"all {len(found)} re-shufflings")
    error = 5 * float(found.std(ddof=1)) / math.sqrt(len(found))
    return Number.estimated(float(found.mean()), f"{len(found)} random re-shufflings, five standard errors", error)


def _midpoint(pair: Pair, net: Layered, perm: Perm) -> float:
    return float(net.loss(chord_point(pair.theta_a, rebasin(net, pair.theta_b, perm), 0.5)))


def _relative(net: Layered) -> float:
    return TORCH32 if net.traits.precision == "float32" else ROUNDING


def _assumptions(pair: Pair, net: Layered) -> dict[str, Outcome]:
    drawn = pair.facts.get("drawn", "")
    return {
        "DENSE": Outcome(True, f"dense layers with the hidden widths {tuple(net.widths)}"),
        "UNIFORM": Outcome(
            drawn != "deranged", "no chosen unit may stay" if drawn == "deranged" else "uniform sets and permutations"
        ),
        "INDEPENDENT": Outcome(
            drawn != "tied", "one permutation serves every layer" if drawn == "tied" else "each layer is drawn by itself"
        ),
    }


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """In turn: one hidden layer of five units; two of three; a noisy copy, nearly matched; more units, which are sampled."""
    for number in range(count):
        stream = generator(f"re-shuffling case {seed}", number)
        widths = ((5,), (3, 3), (3, 2), (6, 5))[number % 4]
        data = Data(stream.standard_normal((6, 3)), stream.standard_normal((6, 2)))
        net = MLP((3, *widths, 2), ("relu", "tanh")[number // 4 % 2], SquaredLoss(), data, bias=number % 3 > 0)
        first, second = net.draw(stream), net.draw(stream)
        if number % 4 == 2:
            second = first + 10.0 ** stream.uniform(-6, 0) * second
        yield Pair(net, first, second, f"{net.activation.name} {'-'.join(map(str, net.sizes))} #{number}")


def extremal() -> Iterator[Pair]:
    """The law is an identity: the toys with two hidden layers and with one, as given and matched."""
    yield replace(m4(), facts={"order": "as given"})
    yield m4()
    yield f10()


def necessity() -> Iterator[tuple[str, Pair]]:
    """M4 with no chosen unit in its place; M4 with one permutation for both of its layers."""
    yield "UNIFORM", replace(m4(), facts={"drawn": "deranged"})
    yield "INDEPENDENT", replace(m4(), facts={"drawn": "tied"})
