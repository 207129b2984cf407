"""Weight matching over groups: the dense special case, tied axes, planted elements, blocks and windows."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from toykit.errors import InputError
from toykit.landscape import Layered, Pair
from toykit.matching import weight_matching
from toykit.matching.weight import GroupAlignment
from toykit.networks.fixtures import m4
from toykit.parameters import Parameters
from toykit.seeds import generator
from toykit.symmetry import Axis, Group, Symmetries
from toykit.tolerances import ROUNDING, SOLVED


def of_layers(net: Layered) -> Symmetries:
    """One group per hidden layer, named by its number."""
    groups = []
    for layer, width in enumerate(net.widths, start=1):
        bias = net.bias_name(layer)
        axes = [Axis(net.weight_name(layer), 0), Axis(net.weight_name(layer + 1), 1)]
        groups.append(Group(str(layer), width, (*axes, *([Axis(bias, 0)] if bias else []))))
    return Symmetries(tuple(groups))


TIED = Symmetries((
    Group("stream", 5, (Axis("in", 0), Axis("block", 0), Axis("block", 1), Axis("norm", 0), Axis("out", 1))),
    Group("heads", 2, (Axis("packed", 0, 0, 2), Axis("packed", 0, 4, 2), Axis("project", 1, 0, 2))),
))
SHAPES = {"in": (5, 3), "block": (5, 5), "norm": (5,), "out": (2, 5), "packed": (8, 3), "project": (3, 4), "free": (7,)}


def drawn(name: str) -> Parameters:
    stream = generator(name)
    return Parameters({tensor: stream.normal(size=shape) for tensor, shape in SHAPES.items()})


def test_dense_layers_are_the_special_case() -> None:
    pair = m4()
    assert isinstance(pair.landscape, Layered)
    dense, grouped = weight_matching(pair), weight_matching(pair, symmetries=of_layers(pair.landscape))
    bias = pair.landscape.bias_name(pair.landscape.depth)
    fixed = 0.0 if bias is None else float(pair.theta_a[bias] @ pair.theta_b[bias])  # a bias that no permutation moves
    assert grouped.objective + fixed == pytest.approx(dense.objective, rel=ROUNDING)
    assert {name: order.tolist() for name, order in grouped.perm.items()} == {
        str(layer): order.tolist() for layer, order in dense.perm.items()
    }
    assert (grouped.theta - dense.theta).norm() == 0
    assert grouped.sound


def test_gains_are_the_objective_of_one_group_with_the_others_fixed() -> None:
    a, b = drawn("a"), drawn("b")
    found = GroupAlignment(TIED, a, b)
    start = TIED.random(generator("start"))
    gains = found.gains("heads", start)
    for order in itertools.permutations(range(2)):
        other = {**start, "heads": np.array(order)}
        step = sum(gains[unit, order[unit]] - gains[unit, start["heads"][unit]] for unit in range(2))
        assert found.objective(other) - found.objective(start) == pytest.approx(step, rel=ROUNDING)


def test_the_objective_is_the_inner_product_with_the_permuted_network() -> None:
    a, b = drawn("a"), drawn("b")
    found, element = GroupAlignment(TIED, a, b), TIED.random(generator("element"))
    moved = TIED.permute(b, element)
    assert found.objective(element) == pytest.approx(a.dot(moved) - float(a["free"] @ b["free"]), rel=ROUNDING)


def test_a_tied_group_never_falls_and_ends_where_no_assignment_helps() -> None:
    a, b = drawn("a"), drawn("b")
    found = GroupAlignment(TIED, a, b)
    assert "stream" in found.neighbours("stream")
    assert "heads" not in found.neighbours("heads")
    for number in range(20):
        descent = found.descend(TIED.random(generator("start", number)), ["stream", "heads"])
        assert all(later >= earlier for earlier, later in itertools.pairwise(descent.trace))


def test_more_restarts_never_end_lower_and_none_ends_above_the_optimum() -> None:
    a, b = drawn("a"), drawn("b")
    found = GroupAlignment(TIED, a, b)
    all_elements = (
        {"stream": np.array(s), "heads": np.array(h)}
        for s in itertools.permutations(range(5))
        for h in itertools.permutations(range(2))
    )
    optimum = max(found.objective(element) for element in all_elements)
    ends = [descent.objective for descent in found.search(TIED.identity(), 20, generator("search"))]
    assert ends[0] <= max(ends) <= optimum + ROUNDING * abs(optimum)
    assert max(ends) > found.objective(TIED.identity())


def test_a_planted_element_comes_back() -> None:
    a = drawn("a")
    planted = TIED.random(generator("planted"))
    found = GroupAlignment(TIED, a, TIED.permute(a, planted))
    best = max(found.search(TIED.identity(), 20, generator("search")), key=lambda descent: descent.objective)
    undone = TIED.inverse(planted)
    assert all(np.array_equal(best.perm[name], order) for name, order in undone.items())


def test_nothing_to_permute_is_one_sentence() -> None:
    pair = m4()
    with pytest.raises(InputError, match=r"no axis of .* may be permuted"):
        weight_matching(pair, symmetries=Symmetries(()))
    with pytest.raises(InputError, match="restarts=0"):
        weight_matching(pair, symmetries=of_layers(pair.landscape), restarts=0)  # type: ignore[arg-type]


def test_a_start_by_group_name() -> None:
    pair: Pair = m4()
    groups = of_layers(pair.landscape)  # type: ignore[arg-type]
    best = weight_matching(pair, symmetries=groups)
    again = weight_matching(replace(pair, theta_b=best.theta), symmetries=groups, restarts=1, start=groups.identity())
    assert again.moved == 0


NESTED = Symmetries((
    Group("heads", 3, (Axis("packed", 0, 0, 2), Axis("project", 1, 0, 2))),
    Group(
        "inside", 2, (*(Axis("packed", 0, 2 * head, 1) for head in range(3)), *(Axis("project", 1, 2 * h, 1) for h in range(3)))
    ),
))


def test_the_order_inside_a_head_is_seen_from_the_order_of_the_heads() -> None:
    stream = generator("nested")
    a, b = (Parameters({"packed": stream.normal(size=(6, 4)), "project": stream.normal(size=(5, 6))}) for _ in range(2))
    found = GroupAlignment(NESTED, a, b)
    assert set(found.neighbours("inside")) == {"heads"}
    for number in range(5):
        start = NESTED.random(generator("start inside", number))
        for key, size in NESTED.sizes.items():
            gains = found.gains(key, start)
            for order in itertools.permutations(range(size)):
                other = {**start, key: np.array(order)}
                step = sum(gains[unit, order[unit]] - gains[unit, start[key][unit]] for unit in range(size))
                assert found.objective(other) - found.objective(start) == pytest.approx(step, rel=SOLVED, abs=SOLVED)


def test_batch_statistics_are_permuted_and_have_no_say() -> None:
    groups = Symmetries((Group("g", 5, (Axis("w", 0), Axis("norm.running_mean", 0))),))
    stream = generator("statistics")
    a, b = (
        Parameters({"w": stream.normal(size=(5, 3)), "norm.running_mean": stream.normal(size=5) * size}) for size in (1.0, 1000.0)
    )
    found = GroupAlignment(groups, a, b)
    element = groups.random(generator("element"))
    assert found.objective(element) == pytest.approx(a.only(["w"]).dot(groups.permute(b, element)), rel=ROUNDING)
    best = found.descend(groups.identity(), ["g"]).perm
    assert np.array_equal(best["g"], GroupAlignment(groups, a.only(["w"]), b).descend(groups.identity(), ["g"]).perm["g"])
