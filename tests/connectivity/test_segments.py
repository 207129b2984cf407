"""Type tests: the published sequences, exact proofs that can fail, and NumPy and torch alike."""

from __future__ import annotations

import numpy as np
import pytest

from toykit.checks.connectivity.separable_features import check
from toykit.connectivity.certificate import maximum, typed, walk
from toykit.connectivity.detour import through_constant
from toykit.connectivity.join import connect, relocate
from toykit.connectivity.rebuilding import Halves
from toykit.connectivity.segments import Stack, folding, influence, kind_of
from toykit.connectivity.toys import double_well, exact_instance, random_nets, separable_nets
from toykit.connectivity.units import Layers, units
from toykit.errors import InputError
from toykit.paths import Path
from toykit.tolerances import ROUNDING
from toykit.verdict import Trust

PAIR = separable_nets(0)
LAYERS = Layers.of(PAIR.landscape, PAIR.theta_a)


def built(number: int, *, clean: bool = True) -> Path:
    pair = random_nets(number)
    halves = Halves.of(pair, pair.landscape)
    ends = (halves.stages(theta, "test", draws=1) for theta in (pair.theta_a, pair.theta_b))
    return typed(pair.landscape, connect(halves.layers, pair.theta_a, pair.theta_b, *ends, clean=clean))


@pytest.mark.parametrize(("clean", "kinds"), [(True, "OCOCOCCTCOCCOCOCO"), (False, "OCOCOCTCOCOCOCO")])
def test_types_of_the_published_toy(clean: bool, kinds: str) -> None:
    result = check(PAIR, keep={1: 20, 2: 37, 3: 37}, clean=clean)
    assert result.extra["kinds"] == kinds


@pytest.mark.parametrize("number", range(12))
def test_every_built_path_is_typed_and_drifts_by_rounding(number: int) -> None:
    path, network = built(number), random_nets(number).landscape
    assert "?" not in path.kinds
    found = walk(network, path)
    assert found.drift <= ROUNDING * max(1.0, path.largest_weight)
    top = maximum(network, path)
    assert top.trust is Trust.EXACT
    assert found.losses.max() <= top.value + ROUNDING * max(1.0, path.largest_weight)


def test_one_read_weight_destroys_the_type() -> None:
    path = built(0)
    number = path.kinds.index("C")
    before, after = path.waypoints[number : number + 2]
    layers = Layers.of(random_nets(0).landscape, before)
    left, right = Stack.of(layers, before), Stack.of(layers, after)
    assert influence(layers, left, right)
    moved = np.flatnonzero(left.moved(right, layers.depth - 1))
    name = layers.weights[-1]
    touched = []
    for point in (before, after):
        weight = point[name].copy()
        weight[0, moved[0]] = 1e-300
        touched.append(point.replace({name: weight}))
    assert kind_of(layers, *touched, {}) == "?"


def test_the_folding_test_needs_equal_rows() -> None:
    theta = PAIR.theta_a
    moves = {1: (units([0]), units([1])), 2: (units([3]), units([5]))}
    path = relocate(LAYERS, theta, moves)
    copied, shifted = (Stack.of(LAYERS, p) for p in path.waypoints[1:])
    assert folding(LAYERS, copied, shifted, moves)
    assert not folding(LAYERS, Stack.of(LAYERS, theta), shifted, moves)
    assert not folding(LAYERS, copied, shifted, {1: moves[1]})
    weight = path.waypoints[2][LAYERS.weights[1]].copy()
    weight[0, 1] = np.nextafter(weight[0, 1], np.inf)
    assert not folding(LAYERS, copied, Stack.of(LAYERS, path.waypoints[2].replace({LAYERS.weights[1]: weight})), moves)


def test_a_chord_has_no_type_and_an_estimated_maximum() -> None:
    pair = exact_instance()
    chord = typed(pair.landscape, Path.chord(pair.theta_a, pair.theta_b))
    assert chord.kinds == "?"
    found = maximum(pair.landscape, chord)
    assert found.trust is Trust.ESTIMATED
    assert found.value == 5 / 128


def test_a_loss_that_is_not_convex_gives_no_certificate() -> None:
    pair = double_well()
    found = maximum(pair.landscape, Path.chord(pair.theta_a, pair.theta_b))
    assert found.trust is Trust.ESTIMATED
    assert "double well is not convex" in found.note


def test_the_detour_is_typed_for_any_two_networks() -> None:
    path = typed(PAIR.landscape, through_constant(LAYERS, PAIR.theta_a, PAIR.theta_b))
    assert path.kinds == "OCO"
    assert maximum(PAIR.landscape, path).value == pytest.approx(np.log(3), rel=ROUNDING)


@pytest.mark.parametrize("pair", [PAIR, random_nets(5)], ids=lambda pair: pair.name)
def test_building_changes_no_endpoint(pair) -> None:
    kept = [{name: array.copy() for name, array in theta.items()} for theta in (pair.theta_a, pair.theta_b)]
    halves = Halves.of(pair, pair.landscape)
    stages = [halves.stages(theta, "test", draws=1) for theta in (pair.theta_a, pair.theta_b)]
    path = connect(halves.layers, pair.theta_a, pair.theta_b, *stages)
    for theta, before in zip((path.waypoints[0], path.waypoints[-1]), kept, strict=True):
        assert all(np.array_equal(theta[name], before[name]) for name in before)


@pytest.mark.parametrize("moves", [(9, 0, 1), (LAYERS.depth, 0, 1), (0, 0, 1), (1, 0, LAYERS.sizes[1]), (1, -1, 0)])
def test_moves_of_units_that_the_network_does_not_have_are_refused(moves: tuple[int, int, int]) -> None:
    here, (layer, source, slot) = Stack.of(LAYERS, PAIR.theta_a), moves
    with pytest.raises(InputError, match=f"numbered from 0; got .* in layer {layer}"):
        folding(LAYERS, here, here, {layer: (units([source]), units([slot]))})
