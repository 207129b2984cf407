"""Exact and certified barriers of pairs: the engines agree with each other, with formulas, and refuse what they cannot do."""

from fractions import Fraction as F

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toykit.activations import NumpyActivation
from toykit.barriers import certified_barrier, exact_barrier
from toykit.barriers.certified import Stop
from toykit.barriers.measured import barrier
from toykit.data import Data, gaussian_clusters, teacher_student
from toykit.errors import InputError
from toykit.landscape import Pair
from toykit.losses import CrossEntropy, SquaredLoss
from toykit.networks.fixtures import f10, fold, grid_evader, p2
from toykit.networks.mlp import MLP
from toykit.seeds import generator
from toykit.verdict import Trust

pytest.importorskip("flint", reason="the exact engine needs the extra 'exact'")


def pair(widths, activation, loss, data, number, **options):
    net, draw = MLP(widths, activation, loss, data, **options), generator("enclosed", number)
    return Pair(net, net.draw(draw), net.draw(draw), f"{activation} #{number}")


def test_fixtures_have_their_exact_barriers():
    assert exact_barrier(fold()).lo == exact_barrier(fold()).hi == F(1, 2)
    assert exact_barrier(grid_evader()).lo == 500000
    assert barrier(grid_evader(), points=11).value < 500000, "even a refined grid misses it"


def test_an_exact_barrier_is_an_exact_number():
    assert exact_barrier(f10()).number.trust is Trust.EXACT


@settings(max_examples=8)
@given(st.integers(0, 10**6), st.sampled_from(["relu", "leaky_relu", "identity"]), st.booleans())
def test_exact_lies_in_certified_and_above_the_grid(number, activation, bias):
    p = pair((4, 5, 3, 1), activation, SquaredLoss(), teacher_student(count=6, number=number), number, bias=bias)
    exact, certified, grid = exact_barrier(p), certified_barrier(p, relative=1e-3, seconds=10), barrier(p)
    assert certified.lo <= exact.hi
    assert exact.lo <= certified.hi
    assert grid.value <= exact.number.hi + np.spacing(abs(float(exact.loss_a + exact.loss_b)) * 64)


def test_labels_stand_for_unit_rows_under_squared_loss():
    data = gaussian_clusters(count=9, width=2, classes=3)
    vectors = Data(data.inputs, np.eye(3)[data.targets])
    on_labels, on_vectors = (pair((2, 3, 3), "relu", SquaredLoss(), d, 5) for d in (data, vectors))
    assert exact_barrier(on_labels).lo == exact_barrier(on_vectors).lo


def test_cross_entropy_is_certified_and_refused_by_the_exact_engine():
    p = pair((5, 8, 3), "tanh", CrossEntropy(), gaussian_clusters(), 1)
    found = certified_barrier(p)
    assert found.stopped is Stop.TOLERANCE
    assert found.lo <= barrier(p).value * (1 + 1e-3)
    assert barrier(p).value <= found.hi
    with pytest.raises(InputError, match=r"piecewise-linear activation with squared loss; got tanh"):
        exact_barrier(p)


def test_what_has_no_rule_is_named_with_the_list_of_rules():
    sine = NumpyActivation("sine", smooth=True, analytic=True, piecewise_linear=False, value=np.sin, first=np.cos, second=np.sin)
    with pytest.raises(InputError, match="identity, relu, leaky_relu, tanh, gelu, sigmoid, silu, softplus; got sine"):
        certified_barrier(pair((5, 3, 3), sine, CrossEntropy(), gaussian_clusters(), 1))


def test_a_landscape_without_layers_is_refused():
    for engine in (exact_barrier, certified_barrier):
        with pytest.raises(InputError, match="chain of dense layers; got Polynomial"):
            engine(p2())
