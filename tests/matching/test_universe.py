"""Many networks in one frame: ground truth of three, slow twin, both searches, gradient by differences, both backends."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from toykit.bridge import TorchLandscape, lenet
from toykit.bridge.tracing import symmetries
from toykit.checks.combinability.cycle_consistency import three_deep, three_swaps
from toykit.errors import InputError, ShapeError
from toykit.landscape import Floats, Layered, Pair
from toykit.matching import around, cycle_error, exhaustive_matching, frank_wolfe, identity, merge_many, pairwise, rebasin
from toykit.matching.frank_wolfe import _inner, _turned, gradients, highest
from toykit.matching.matching import layers64
from toykit.matching.rebasin import inverse
from toykit.matching.universe import composed, mean, pair_objective
from toykit.parameters import Parameters
from toykit.seeds import generator
from toykit.symmetry import Axis, Group, Symmetries
from toykit.tolerances import DIFFERENCE, ROUNDING, TORCH64, printed

Draw = Callable[..., Pair]


def triple(pair: Pair) -> tuple[Layered, tuple[Parameters, ...]]:
    """The landscape and the three networks of a pair with one other."""
    return pair.landscape, (pair.theta_a, pair.theta_b, *pair.others)


def flat(theta: Parameters) -> Floats:
    """All numbers of theta in one row."""
    return np.concatenate([array.reshape(-1) for array in theta.values()])


def best_factored(net: Layered, thetas: tuple[Parameters, ...]) -> float:
    """The largest sum over the pairs of three networks: the first stays, all permutations of the others are tried."""
    orders = itertools.product(*(itertools.permutations(range(width)) for width in net.widths))
    perms = [dict(enumerate(map(np.array, order), start=1)) for order in orders]
    second, third = (np.array([flat(rebasin(net, theta, perm)) for perm in perms]) for theta in thetas[1:])
    first = flat(thetas[0])
    return float(((second @ first)[:, None] + (third @ first)[None, :] + second @ third.T).max())


def test_three_networks_with_two_hidden_layers() -> None:
    net, thetas = triple(three_deep())
    pairs = {(p, q): exhaustive_matching(Pair(net, thetas[p], thetas[q])) for p, q in ((0, 1), (0, 2), (1, 2))}
    assert [found.objective for found in pairs.values()] == pytest.approx([8.916119, 11.469752, 5.797389], abs=printed(6))
    assert math.fsum(found.objective for found in pairs.values()) == pytest.approx(26.183260295, abs=printed(9))
    assert best_factored(net, thetas) == pytest.approx(23.238857809, abs=printed(9))
    back = composed(inverse(pairs[1, 2].perm), inverse(pairs[0, 1].perm))
    direct = inverse(pairs[0, 2].perm)
    assert sum(int((back[layer] != direct[layer]).sum()) for layer in back) == 5
    assert cycle_error(around({key: found.perm for key, found in pairs.items()}, (0, 1, 2))) == 5 / 8
    for found in (merge_many(net, thetas), frank_wolfe(net, thetas), frank_wolfe(net, thetas, polish=False)):
        assert found.objective == pytest.approx(23.238857809, abs=printed(9))


def test_three_swaps() -> None:
    net, thetas = triple(three_swaps())
    found = pairwise(net, thetas)
    assert [matching.objective for matching in found.values()] == [0, 0, 0]
    assert around({key: matching.perm for key, matching in found.items()}, (0, 1, 2))[1].tolist() == [1, 0]
    assert merge_many(net, thetas).objective == best_factored(net, thetas) == -1


@given(hidden=st.lists(st.integers(2, 3), min_size=1, max_size=2), number=st.integers(0, 99))
@settings(max_examples=20)
def test_both_searches_against_the_slow_twin(drawn: Draw, hidden: list[int], number: int) -> None:
    net = drawn(*hidden).landscape
    thetas = tuple(drawn(*hidden, number=3 * number + k).theta_a for k in range(3))
    best = best_factored(net, thetas)
    near = ROUNDING * max(1.0, abs(best))
    for found in (merge_many(net, thetas), frank_wolfe(net, thetas)):
        assert found.objective <= best + near
        assert found.objective == pytest.approx(pair_objective(found.thetas), abs=near)
        cycle = composed(composed(found.between(0, 1), found.between(1, 2)), found.between(2, 0))
        assert cycle_error(cycle) == 0


def test_most_small_optima_are_found(drawn: Draw) -> None:
    hits = {"merging": 0, "Frank-Wolfe": 0}
    for number in range(20):
        thetas = tuple(drawn(4, 3, number=3 * number + k).theta_a for k in range(3))
        net = drawn(4, 3).landscape
        best = best_factored(net, thetas)
        for found in (merge_many(net, thetas, restarts=8), frank_wolfe(net, thetas)):
            hits[found.method] += found.objective >= best - ROUNDING * abs(best)
    assert hits["merging"] >= 17
    assert hits["Frank-Wolfe"] >= 10


@pytest.mark.parametrize("search", [merge_many, frank_wolfe])
def test_permuted_copies_come_together(drawn: Draw, search: Callable[..., object]) -> None:
    net, theta, stream = drawn(6, 5).landscape, drawn(6, 5).theta_a, generator("copies in one frame")
    copies = [rebasin(net, theta, {1: stream.permutation(6), 2: stream.permutation(5)}) for _ in range(5)]
    found = search(net, copies)
    assert all((moved - found.thetas[0]).norm() == 0 for moved in found.thetas)
    assert found.change <= ROUNDING
    assert (found.barycentre - found.thetas[0]).norm() <= ROUNDING * theta.norm()


def test_merging_never_falls_and_may_when_it_forgets(drawn: Draw) -> None:
    falls = 0
    for number in range(12):
        thetas = [drawn(5, 5, number=3 * number + k).theta_a for k in range(3)]
        net = drawn(5, 5).landscape
        warm, cold = (merge_many(net, thetas, restarts=1, warm=flag) for flag in (True, False))
        near = ROUNDING * sum(theta.norm() ** 2 for theta in thetas)
        assert min(np.diff(warm.trace)) >= -near
        assert warm.trace[-1] == pytest.approx(warm.objective, abs=near)
        falls += min(np.diff(cold.trace)) < -near
    assert falls >= 3


def test_the_gradient_by_differences(drawn: Draw) -> None:
    net = drawn(4, 3).landscape
    layers = [layers64(net, drawn(4, 3, number=k).theta_a) for k in range(3)]
    stream = generator("soft permutations")
    soft = [[np.eye(3), stream.random((4, 4)), stream.random((3, 3)), np.eye(2)] for _ in layers]

    def objective(network: int, layer: int, step: Floats) -> float:
        moved = [list(each) for each in soft]
        moved[network][layer] = moved[network][layer] + step
        placed = [_turned(own, each, each) for own, each in zip(layers, moved, strict=True)]
        return _inner(placed, placed) / 2

    placed = [_turned(own, each, each) for own, each in zip(layers, soft, strict=True)]
    slopes = gradients(layers, soft, placed)
    for network, layer in itertools.product(range(3), (1, 2)):
        step = stream.standard_normal(soft[network][layer].shape) * DIFFERENCE
        measured = (objective(network, layer, step) - objective(network, layer, -step)) / 2
        assert measured == pytest.approx(float((slopes[network][layer - 1] * step).sum()), rel=DIFFERENCE)


def test_the_trace_of_frank_wolfe_is_its_objective(drawn: Draw) -> None:
    net, thetas = drawn(4, 3).landscape, [drawn(4, 3, number=k).theta_a for k in range(3)]
    found = frank_wolfe(net, thetas, steps=3, polish=False)
    assert len(found.trace) == 5
    assert min(np.diff(found.trace[:4])) >= 0
    assert found.trace[-1] == pytest.approx(found.objective, rel=ROUNDING)


def test_the_highest_point_of_a_polynomial() -> None:
    assert highest(0.0, 1.0, -1.0, 0.0, 0.0) == pytest.approx((0.5, 0.25))
    assert highest(1.0, 2.0, 0.0, 0.0, 0.0) == (1, 3)
    assert highest(1.0, -1.0, 0.0, 0.0, 0.0) == (0, 1)
    assert highest(2.0, 0.0, 0.0, 0.0, 0.0)[1] == 2


def test_one_weight_per_unit_is_always_consistent() -> None:
    stream = generator("sorting")
    for _ in range(20):
        rows = stream.standard_normal((3, 5))
        orders = {(p, q): np.argsort(rows[q])[np.argsort(np.argsort(rows[p]))] for p, q in ((0, 1), (0, 2), (1, 2))}
        assert cycle_error(around({key: {1: order} for key, order in orders.items()}, (0, 1, 2))) == 0


def test_torch_and_numpy_find_the_same(drawn: Draw) -> None:
    torch = pytest.importorskip("torch")
    from toykit.bridge.landscapes.layered import from_toy, translated

    net, thetas = drawn(5, 4).landscape, [drawn(5, 4, number=k).theta_a for k in range(3)]
    there = from_toy(net)
    moved = [translated(theta, net, there) for theta in thetas]
    for search in (merge_many, frank_wolfe):
        here, far = search(net, thetas), search(there, moved)
        assert all(np.array_equal(a[layer], b[layer]) for a, b in zip(here.perms, far.perms, strict=True) for layer in a)
        assert isinstance(far.thetas[0][there.weight_name(1)], torch.Tensor)
        assert isinstance(far.barycentre[there.weight_name(1)], torch.Tensor)


def test_bad_input(drawn: Draw) -> None:
    pair = drawn(3)
    with pytest.raises(InputError, match="at least 2 networks; got 1"):
        merge_many(pair.landscape, [pair.theta_a])
    with pytest.raises(ShapeError, match="one shape"):
        frank_wolfe(pair.landscape, [pair.theta_a, drawn(4).theta_a])
    with pytest.raises(InputError, match="at least once"):
        merge_many(pair.landscape, [pair.theta_a, pair.theta_b], restarts=0)
    assert identity(pair.landscape)[1].tolist() == [0, 1, 2]
    assert (mean([pair.theta_a, pair.theta_a]) - pair.theta_a).norm() == 0


def test_groups_of_dense_layers_are_merged_alike_and_a_tied_stream_comes_together(drawn: Draw) -> None:
    pair, other = drawn(5, 4), drawn(5, 4, number=1)
    net, thetas = pair.landscape, (pair.theta_a, pair.theta_b, other.theta_a)
    groups = []
    for layer, width in enumerate(net.widths, start=1):
        axes = (Axis(net.weight_name(layer), 0), Axis(net.weight_name(layer + 1), 1), Axis(net.bias_name(layer), 0))
        groups.append(Group(str(layer), width, axes))
    dense, grouped = merge_many(net, thetas), merge_many(net, thetas, symmetries=Symmetries(tuple(groups)))
    assert grouped.trace == pytest.approx(dense.trace, rel=ROUNDING)
    assert (grouped.barycentre - dense.barycentre).norm() <= ROUNDING * dense.barycentre.norm()
    for p, q in ((0, 1), (2, 0)):
        assert {int(name): order.tolist() for name, order in grouped.between(p, q).items()} == {
            layer: order.tolist() for layer, order in dense.between(p, q).items()
        }
    found = {cycle: grouped.between(*cycle) for cycle in ((0, 1), (0, 2), (1, 2))}
    assert cycle_error(around(found, (0, 1, 2))) == 0
    with pytest.raises(InputError, match="may be permuted"):
        merge_many(net, thetas, symmetries=Symmetries(()))


def test_permuted_copies_of_a_convolutional_network_come_together() -> None:
    inputs = torch.from_numpy(generator("merged images").normal(size=(4, 1, 12, 12)))
    module = lenet(shape=(1, 12, 12))
    net = TorchLandscape(module, nn.CrossEntropyLoss(), (inputs, torch.arange(4)))
    groups, theta = symmetries(module, inputs[:2], check=False), net.parameters()
    copies = [theta, *(groups.permute(theta, groups.random(generator("copies", number))) for number in range(2))]
    matchings = pairwise(net, copies, symmetries=groups, restarts=2)
    assert cycle_error(around({key: match.perm for key, match in matchings.items()}, (0, 1, 2))) == 0
    cold = merge_many(net, copies, symmetries=groups, restarts=2)
    assert all(later >= earlier for earlier, later in itertools.pairwise(cold.trace))
    start = [groups.identity(), matchings[0, 1].perm, groups.identity()]
    found = merge_many(net, copies, symmetries=groups, restarts=1, start=start)
    assert found.objective == pytest.approx(3 * theta.dot(theta), rel=ROUNDING)
    assert found.change <= TORCH64
    assert all((moved - found.thetas[0]).norm() == 0 for moved in found.thetas)
