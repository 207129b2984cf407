"""Relocation: permutations without alignment, at constant output, in the published numbers of segments."""

from __future__ import annotations

import numpy as np
import pytest

from toykit.chord import profile
from toykit.connectivity.certificate import typed, walk
from toykit.connectivity.join import cleaned, relocate
from toykit.connectivity.toys import point
from toykit.connectivity.units import Layers, units
from toykit.data import Data
from toykit.landscape import Pair
from toykit.losses import SquaredLoss
from toykit.networks import MLP
from toykit.parameters import Parameters
from toykit.paths import Path
from toykit.seeds import generator
from toykit.tolerances import ROUNDING


def network(width: int, used: int) -> tuple[MLP, Layers, Parameters]:
    """A net with two hidden layers of which the first `used` units are active."""
    draw = generator("relocation", width)
    data = Data(draw.normal(size=(9, 3)), draw.normal(size=(9, 2)))
    net = MLP((3, width, width, 2), "tanh", SquaredLoss(), data)
    theta = net.draw(draw)
    layers = Layers.of(net, theta)
    return net, layers, cleaned(layers, theta, {1: units(range(used)), 2: units(range(used))})


def chain(layers: Layers, theta: Parameters, steps: list[dict]) -> Path:
    path = relocate(layers, theta, steps[0])
    for moves in steps[1:]:
        path = path.then(relocate(layers, path.waypoints[-1], moves))
    return path


def test_a_used_half_is_permuted_in_four_segments() -> None:
    net, layers, theta = network(8, 4)
    out = {p: (units(range(4)), units(range(4, 8))) for p in (1, 2)}
    back = {p: (units(range(4, 8)), units([2, 0, 3, 1])) for p in (1, 2)}
    path = typed(net, chain(layers, theta, [out, back]))
    assert path.kinds == "CTCT"
    assert walk(net, path).drift <= ROUNDING
    end = path.waypoints[-1]
    moved = end["layers.1.weight"][[2, 0, 3, 1]]
    assert np.array_equal(moved, theta["layers.1.weight"][:4])
    assert abs(net.outputs(end) - net.outputs(theta)).max() <= ROUNDING


def test_two_units_swap_through_one_free_slot() -> None:
    net, layers, theta = network(5, 4)
    steps = [{layer: (units([source]), units([slot]))} for layer in (1, 2) for source, slot in ((0, 4), (1, 0), (4, 1))]
    path = typed(net, chain(layers, theta, steps))
    assert len(path.segments) == 12
    assert set(path.kinds) <= set("CTO")
    assert walk(net, path).drift <= ROUNDING
    end = path.waypoints[-1]
    assert np.array_equal(end["layers.1.weight"][[1, 0]], theta["layers.1.weight"][[0, 1]])
    assert abs(net.outputs(end) - net.outputs(theta)).max() <= ROUNDING
    chord = Pair(net, theta, end)
    assert profile(chord).gap.max() > 1e-3, "the chord between the same two points is no constant path"


@pytest.mark.parametrize("rows", [[4.0, 2.0]])
def test_copying_onto_a_used_unit_changes_the_output(rows: list[float]) -> None:
    net = MLP((1, 2, 1), "relu", SquaredLoss(), Data([[1.0]], [[4.0]]), bias=False)
    theta = point([np.array([[1.0], [3.0]]), np.ones((1, 2))])
    path = relocate(Layers.of(net, theta), theta, {1: (units([0]), units([1]))})
    assert [float(net.outputs(p)[0, 0]) for p in path.waypoints[:2]] == rows
    assert typed(net, path).kinds[0] == "?"
