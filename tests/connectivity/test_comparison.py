"""Five ways in one table: what each row says agrees with the way itself, and the three words are earned, never given."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pytest

from toykit.connectivity.bezier import Bezier, straight
from toykit.connectivity.built import build
from toykit.connectivity.certificate import typed
from toykit.connectivity.comparison import WAYS, comparison
from toykit.connectivity.counted import counted
from toykit.connectivity.stages import passes, solve, solve_all, tasks, weakest
from toykit.connectivity.task import Task
from toykit.connectivity.toys import exact_instance, random_nets, separable_nets, small_nets
from toykit.data import Data, gaussian_clusters
from toykit.errors import InputError
from toykit.landscape import Layered, Pair
from toykit.losses import CrossEntropy
from toykit.networks.mlp import MLP
from toykit.paths import Path
from toykit.seeds import generator, seed
from toykit.tolerances import ROUNDING
from toykit.verdict import Trust


def shifted(net: MLP) -> MLP:
    """The same network on other examples."""
    other = gaussian_clusters(30, net.sizes[0], net.sizes[-1], net.sizes[-1], number=77)
    return MLP(net.sizes, net.activation, net.criterion, other, net.biased)


def test_separable_features_are_certified_by_theorem() -> None:
    pair = separable_nets(0)
    test = shifted(pair.landscape)
    rows = comparison(pair, test, curve=straight, draws=6)
    assert [row.way for row in rows] == list(WAYS)
    table = {row.way: row for row in rows}
    rebuilt = table["rebuilt path"]
    assert rebuilt.word == "certified by theorem"
    assert rebuilt.excess == pytest.approx(0, abs=ROUNDING)
    assert rebuilt.maximum.trust is Trust.EXACT
    assert rebuilt.segments == 17
    for way in ("straight line", "aligned straight line", "Bezier curve"):
        assert table[way].word == "not certified"
        assert table[way].maximum.trust is Trust.ESTIMATED
    dropout = table["dropout-stable path"]
    assert dropout.word == "not certified"
    assert dropout.maximum.trust is Trust.EXACT
    assert dropout.note.startswith("the path rises by")
    assert table["straight line"].maximum.value > 1


def test_every_figure_is_that_of_the_way_taken() -> None:
    pair = small_nets(3)
    net, test = pair.landscape, shifted(pair.landscape)
    worse = max(net.loss(pair.theta_a), net.loss(pair.theta_b))
    for row in comparison(pair, test, curve=straight, draws=3, points=9):
        taken, count = row.way_taken, 9 if row.segments <= 1 else 2 * row.segments + 1
        ts = np.linspace(0, 1, count)
        if isinstance(taken, Path):
            assert typed(net, taken).kinds.count("?") == (row.segments == 1)
            assert len(taken.segments) == row.segments
        assert row.maximum.value == pytest.approx(max(net.loss(taken.point(float(t))) for t in ts), rel=1e3 * ROUNDING)
        assert row.excess == pytest.approx(row.maximum.value - worse)
        assert row.test_loss == pytest.approx(max(test.loss(taken.point(float(t))) for t in ts))
        assert row.test_error == max(test.error(taken.point(float(t))) for t in ts)
        assert row.seconds > 0
        assert row.to_json()["way"] == row.way


def test_squared_loss_is_trained_not_proved() -> None:
    rows = {row.way: row for row in comparison(exact_instance(), draws=2)}
    assert rows["straight line"].excess == pytest.approx(5 / 128, abs=ROUNDING)
    assert rows["rebuilt path"].word == "certified by training"
    assert rows["rebuilt path"].excess == pytest.approx(0, abs=ROUNDING)
    assert rows["dropout-stable path"].excess == pytest.approx(1 / 2)
    assert rows["dropout-stable path"].test_error is None


def test_the_chord_of_a_point_with_itself_is_certified() -> None:
    pair = small_nets(1)
    rows = {row.way: row for row in comparison(Pair(pair.landscape, pair.theta_a, pair.theta_a), draws=2)}
    assert rows["straight line"].word == "certified by training"
    assert rows["straight line"].excess == 0


def test_passes_are_counted() -> None:
    pair = small_nets(0)
    assert isinstance(pair.landscape, Layered)
    under = counted(pair.landscape)
    assert isinstance(under, Layered)
    assert under.loss(pair.theta_a) == pair.landscape.loss(pair.theta_a)
    under.profile(pair.theta_a, pair.theta_b, np.linspace(0, 1, 7))
    under.losses([pair.theta_a, pair.theta_b])
    under.gradient(pair.theta_a)
    under.features(pair.theta_a, 1)
    assert under.passes == 1 + 7 + 2 + 3 + 1
    rows = {row.way: row for row in comparison(pair, curve=lambda a, b: Bezier(a, a, b, passes=30.0), draws=1, points=5)}
    assert rows["straight line"].passes == 5
    assert rows["Bezier curve"].passes == 35


def trained_task(target: float) -> Task:
    """A tanh network, which nothing passes, so that every stage below the last is trained."""
    data = gaussian_clusters(30, 3, 2, 4)
    net = MLP((3, 8, 8, 2), "tanh", CrossEntropy(), data)
    pair = Pair(net, net.draw(generator("stages", 1)), net.draw(generator("stages", 2)))
    return tasks(pair, draws=4, name="stages", target=target)["a", 1]


def test_draws_and_seeds_are_recorded() -> None:
    task = trained_task(1e-9)
    stage = solve(task)
    assert len(stage.tried) == 3  # the finalists: none reaches so low a loss
    assert stage.loss == min(stage.tried.values()) == stage.tried[stage.draw]
    assert stage.small.seed == (seed(task.name, stage.draw) if stage.draw else None)
    assert stage.small.kept == task.halves()[stage.draw]
    if stage.draw:
        order = generator(task.name, stage.draw).permutation(8)
        assert stage.small.kept == tuple(sorted(order[:4].tolist()))
    assert stage.evaluations > 3
    assert passes(stage, 10**6) == pytest.approx(3 * stage.evaluations * (4 * 4 + 4 + 2 * 4 + 2) / 10**6)


def test_a_training_stops_at_its_target() -> None:
    far, near = solve(trained_task(1e-9)), solve(trained_task(0.3))
    assert near.word == "certified by training"
    assert near.loss <= 0.3
    assert near.evaluations < far.evaluations
    assert len(near.tried) == 1  # no further half is worked out


def test_the_word_of_a_path_is_its_weakest() -> None:
    stages = [solve(trained_task(0.3)), solve(trained_task(1e-9))]
    assert weakest(stages[:1]) == "certified by training"
    assert weakest(stages) == "not certified"


def test_processes_give_the_same_bits() -> None:
    pair = random_nets(9)
    given = tasks(pair, draws=2, name="processes")
    alone, together = solve_all(given), solve_all(given, jobs=2)
    assert alone.keys() == together.keys()
    for place, stage in alone.items():
        assert together[place].word == stage.word
        assert together[place].tried == stage.tried
        pieces = (*stage.small.weights, *stage.small.biases), (*together[place].small.weights, *together[place].small.biases)
        assert all(np.array_equal(x, y) for x, y in zip(*pieces, strict=True))


def test_the_path_of_the_stages_has_the_predicted_maximum() -> None:
    for number in (1, 4, 7):
        pair = random_nets(number)
        stages = solve_all(tasks(pair, draws=2, name="predicted"))
        parts = [{layer: s.small for (x, layer), s in stages.items() if x == e} for e in "ab"]
        built = build(pair, *parts)
        ends = [pair.landscape.loss(theta) for theta in (pair.theta_a, pair.theta_b)]
        predicted = max(*ends, *(stage.loss for stage in stages.values()))
        assert built.maximum.value == pytest.approx(predicted, rel=ROUNDING * 1e3)


def test_a_curve_is_the_chord_where_its_bend_is_the_midpoint() -> None:
    pair = small_nets(2)
    curve = straight(pair.theta_a, pair.theta_b)
    for t in (0.0, 0.3, 1.0):
        assert (curve.point(t) - Path.chord(pair.theta_a, pair.theta_b).point(t)).norm() < ROUNDING * 100
    assert (curve.point(0.0) - pair.theta_a).norm() == (curve.point(1.0) - pair.theta_b).norm() == 0
    with pytest.raises(InputError, match="lies in"):
        curve.point(-0.1)
    assert curve.profile(pair.landscape).values[0] == pair.landscape.loss(pair.theta_a)
    errors = curve.error_profile(pair.landscape, np.array([0.0, 0.5, 1.0]))
    assert errors.values[1] == pair.landscape.error(curve.point(0.5))
    vectors = MLP((1, 2, 1), "relu", exact_instance().landscape.criterion, Data([[1.0]], [[1.0]]))
    with pytest.raises(InputError, match="needs data with classes"):
        straight(vectors.draw(generator("a")), vectors.draw(generator("b"))).error_profile(vectors)


def test_trained_halves_of_digits_stay_at_the_ends() -> None:
    """The setting of the study, small: the rebuilt path stays at the worse endpoint, the chord and the thinned path do not."""
    torch = pytest.importorskip("torch")
    pytest.importorskip("sklearn")
    from toykit.bridge import Recipe, digits, independent_pair
    from toykit.bridge.training.bezier import train_bezier

    torch.set_num_threads(1)
    train = digits("train")
    few = Data(train.inputs[:300], train.targets[:300], 10)
    pair = independent_pair(Recipe((42, 42), epochs=60, batch_size=32), few)
    rows = {row.way: row for row in comparison(pair, curve=partial(train_bezier, pair.landscape, epochs=20), draws=4)}
    assert rows["rebuilt path"].word != "not certified"
    assert rows["rebuilt path"].excess <= ROUNDING
    assert rows["dropout-stable path"].excess > 0.1
    assert rows["straight line"].excess > 0.1
    assert math.isfinite(rows["Bezier curve"].excess)
    assert rows["Bezier curve"].excess < rows["straight line"].excess
