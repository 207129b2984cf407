"""Rigorous barriers of the error: the certified search encloses the exact steps, no grid lies above, and says why it stopped."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toykit import tolerances
from toykit.barriers import barriers
from toykit.barriers.certified import Stop
from toykit.barriers.deciding import Judge, Verdicts
from toykit.barriers.mistakes import _chord, certified_error, exact_error
from toykit.bridge import from_toy, translated
from toykit.chord import error_profile, grid
from toykit.data import Data, gaussian_clusters, teacher_student
from toykit.errors import InputError
from toykit.landscape import Pair
from toykit.losses import CrossEntropy, SquaredLoss
from toykit.networks.fixtures import p2
from toykit.networks.mlp import MLP
from toykit.parameters import chord_point
from toykit.seeds import generator
from toykit.verdict import Trust

NAMES = ("barrier", "half", "mean", "max", "argmax")


def drawn(widths, activation, number, loss=None, count=20, **options):
    data = gaussian_clusters(count, widths[0], widths[-1], number=number)
    net, draw = MLP(widths, activation, loss or CrossEntropy(), data, **options), generator("mistakes", number)
    return Pair(net, net.draw(draw), net.draw(draw), f"{activation} #{number}")


def torch_twin(pair):
    net = from_toy(pair.landscape)
    return Pair(net, *(translated(theta, pair.landscape, net) for theta in (pair.theta_a, pair.theta_b)), pair.name)


def jumping(height=1.0):
    """z_0 = 1/2, and z_1 = a tent over (258/512, 260/512) of the chord: misclassified on 1/512 of it if the tent is high."""
    net = MLP((1, 3, 2), "relu", CrossEntropy(), Data([[1.0]], np.array([0]), 2, "jumping"))
    places = np.array([258, 259, 260]) / 512
    top = height * np.array([[0.0, 0.0, 0.0], [512.0, -1024.0, 512.0]])
    ends = [net.point(np.zeros((3, 1)), end - places, top, np.array([0.5, 0.0])) for end in (0.0, 1.0)]
    return Pair(net, *ends, "jumping")


@settings(max_examples=12)
@given(st.integers(0, 10**6), st.sampled_from(["relu", "leaky_relu", "identity"]), st.sampled_from([(3, 6, 3), (3, 4, 4, 2)]))
def test_certified_encloses_exact_in_every_convention(number, activation, widths):
    pytest.importorskip("flint")
    pair = drawn(widths, activation, number)
    exact, found = exact_error(pair).barriers(), certified_error(pair, seconds=5)
    for name in NAMES:
        ours, theirs = getattr(exact, name), getattr(found.barriers, name)
        assert theirs.trust is Trust.CERTIFIED
        assert theirs.lo <= ours.hi + tolerances.ROUNDING
        assert ours.lo <= theirs.hi + tolerances.ROUNDING
    if found.stopped is Stop.TOLERANCE:
        assert found.barriers.barrier.hi - found.barriers.barrier.lo <= tolerances.printed(3)
        assert found.barriers.max.hi - found.barriers.max.lo <= tolerances.ROUNDING


@pytest.mark.parametrize("activation", ["relu", "tanh", "gelu"])
def test_no_position_of_a_fine_grid_lies_above(activation):
    pair = drawn((4, 8, 8, 3), activation, 3)
    found, fine = certified_error(pair), barriers(error_profile(pair, grid(801)))
    for name in NAMES:
        assert getattr(fine, name).value <= getattr(found.barriers, name).hi + tolerances.ROUNDING
    assert fine.barrier.value >= found.barriers.barrier.lo - tolerances.CELLS - 1 / 800


@pytest.mark.parametrize("twin", [lambda pair: pair, torch_twin], ids=["numpy", "torch"])
def test_an_error_that_jumps_between_grid_points_is_seen_by_both_engines(twin):
    pytest.importorskip("flint")
    pair = twin(jumping())
    for points in (11, 25, 51, 101):
        assert barriers(error_profile(pair, grid(points))).max.value == 0
    for found in (exact_error(pair).barriers(), certified_error(pair).barriers):
        for name in ("barrier", "mean", "max"):
            assert getattr(found, name).lo == pytest.approx(1)
    assert exact_error(twin(jumping(0.25))).peak[:2] == (0, 0)
    assert certified_error(twin(jumping(0.25))).barriers.barrier.hi == 0


def test_numpy_and_torch_give_the_same_enclosures_whatever_the_loss():
    for loss in (CrossEntropy(), SquaredLoss()):
        pair = drawn((4, 8, 3), "tanh", 7, loss)
        ours, theirs = (certified_error(p).barriers.to_json() for p in (pair, torch_twin(pair)))
        for name in NAMES:
            assert ours[name]["value"] == pytest.approx(theirs[name]["value"], abs=tolerances.TORCH64)


def test_a_degenerate_chord_has_no_barrier():
    pair = drawn((4, 8, 3), "tanh", 2)
    same = Pair(pair.landscape, pair.theta_a, pair.theta_a)
    found = certified_error(same)
    assert found.stopped is Stop.TOLERANCE
    for name in NAMES:
        assert getattr(found.barriers, name).lo == getattr(found.barriers, name).hi == 0


def test_a_spent_budget_is_an_enclosure_and_its_reason():
    pair = drawn((4, 16, 16, 3), "relu", 4, count=40)
    found, fine = certified_error(pair, seconds=0), barriers(error_profile(pair, grid(401)))
    assert found.stopped is Stop.BUDGET
    assert "budget" in found.barriers.barrier.note
    assert found.barriers.barrier.lo <= fine.barrier.value <= found.barriers.barrier.hi
    assert found.barriers.barrier.hi - found.barriers.barrier.lo > certified_error(pair).barriers.barrier.hi / 100


def test_outputs_that_tie_throughout_stay_undecided_and_the_exact_engine_decides_them():
    pytest.importorskip("flint")
    data = gaussian_clusters(12, 3, 2)
    net, draw = MLP((3, 4, 2), "relu", CrossEntropy(), data), generator("ties", 0)
    flat = [theta * 0 for theta in (net.draw(draw), net.draw(draw))]
    pair = Pair(net, *flat, "ties")
    found, exact = certified_error(pair, seconds=0.1), exact_error(pair)
    assert (found.stopped, found.barriers.barrier.lo, found.barriers.barrier.hi) == (Stop.BUDGET, 0, 1)
    assert exact.peak[:2] == (0, 0)
    assert float(exact.highest) == net.error(flat[0]), "the first of several equal outputs wins"


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_a_verdict_on_a_part_is_that_of_every_position_of_it(activation):
    """The judge alone: what it calls wrong or right on a part is so at positions drawn from it, and it decides something."""
    pair, stream = drawn((4, 8, 8, 3), activation, 5, count=60), generator("parts", 5)
    net, judge = pair.landscape, Judge(_chord(pair), pair.landscape.targets)
    for width in (0.01, 0.1):
        left = float(stream.uniform(0, 1 - width))
        part = judge(left, left + width, 0, np.arange(60))
        positions = stream.uniform(left, left + width, size=20)
        missed = [net.outputs(chord_point(pair.theta_a, pair.theta_b, t)).argmax(1) != net.targets for t in positions]
        decided = np.delete(np.array(missed), part.undecided, axis=1)
        assert (decided == decided[0]).all()
        assert decided[0].sum() == part.wrong
        assert len(part.undecided) < 40


def test_verdicts_are_kept_block_by_block():
    pair = drawn((4, 8, 3), "relu", 5)
    assert isinstance(_chord(pair).loss, Verdicts)


def test_what_cannot_be_judged_is_refused():
    for engine in (exact_error, certified_error):
        with pytest.raises(InputError, match=r"classes|layers"):
            engine(p2())
    net, draw = MLP((4, 4, 1), "relu", SquaredLoss(), teacher_student(count=5, number=1)), generator("none", 0)
    unlabelled = Pair(net, net.draw(draw), net.draw(draw), "unlabelled")
    for engine in (exact_error, certified_error):
        with pytest.raises(InputError, match=r"data with classes; unlabelled has none|chain of dense layers"):
            engine(unlabelled)
    pytest.importorskip("flint")
    with pytest.raises(InputError, match="exact steps; got tanh; use certified_error"):
        exact_error(drawn((3, 4, 2), "tanh", 1))
