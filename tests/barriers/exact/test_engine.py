"""The exact engine against a straight evaluation in fractions, which shares no code with it."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("flint", reason="the exact engine needs the extra 'exact'")

from toykit.barriers.exact import exact_barrier_of_layers
from toykit.barriers.exact.pieces import ExactChord
from toykit.errors import InputError

F = Fraction
EIGHTHS = st.integers(-24, 24).map(lambda k: F(k, 8))
# 53 bits of mantissa, but no breakpoint 1e-230 from an end of the chord: the test fixes the engine's precision
FULL_MANTISSA = st.floats(-4, 4).map(lambda x: x if abs(x) > 2**-20 else 0.0)


HALF, RELU = F(1, 2), F(0)


def loss(layers_a, layers_b, inputs, targets, t, slope=RELU, factor=HALF):
    """The naive twin: mean factor * |z - y|^2 at one rational t, written for clarity only."""
    total = F(0)
    for x, y in zip(inputs, targets, strict=True):
        h = [F(v) for v in x]
        for layer, ((w_a, b_a), (w_b, b_b)) in enumerate(zip(layers_a, layers_b, strict=True)):
            rows = zip(w_a, w_b, b_a, b_b, strict=True)
            h = [
                sum((((1 - t) * F(p) + t * F(q)) * v for p, q, v in zip(r, s, h, strict=True)), (1 - t) * F(c) + t * F(d))
                for r, s, c, d in rows
            ]
            if layer < len(layers_a) - 1:
                h = [v if v > 0 else slope * v for v in h]
        total += sum(((v - F(u)) ** 2 for v, u in zip(h, y, strict=True)), F(0))
    return factor * total / len(inputs)


def gap(layers_a, layers_b, inputs, targets, t, **options):
    ends = [loss(layers_a, layers_b, inputs, targets, F(end), **options) for end in (0, 1)]
    return loss(layers_a, layers_b, inputs, targets, t, **options) - (1 - t) * ends[0] - t * ends[1]


def scalar_net(w, b, v):
    return [([[x] for x in w], list(b)), ([list(v)], [0])]


@st.composite
def chords(draw, numbers=EIGHTHS, depths=(1, 2, 3)):
    hidden = draw(st.sampled_from(depths)) - 1
    widths = [draw(st.integers(1, 2)), *(draw(st.integers(1, 3)) for _ in range(hidden)), draw(st.integers(1, 2))]

    def net():
        return [
            ([[draw(numbers) for _ in range(i)] for _ in range(o)], [draw(numbers) for _ in range(o)])
            for i, o in pairwise(widths)
        ]

    count = draw(st.integers(1, 3))
    rows = [[[draw(EIGHTHS) for _ in range(n)] for _ in range(count)] for n in (widths[0], widths[-1])]
    return net(), net(), *rows


def test_first_rational_instance_of_the_sheet():
    found = exact_barrier_of_layers(
        scalar_net((1, -1), (0, 1), (1, 1)), scalar_net((-1, 2), (1, -1), (2, 1)), [[1], [2], [-1]], [[1], [2], [2]]
    )
    assert found.lo == found.hi == F(103, 486)
    assert found.argmax == (F(1, 3), F(1, 3))
    assert (found.loss_a, found.loss_b) == (0, F(5, 6))
    assert [kink.lo for kink in found.kinks()] == [F(1, 4), F(1, 3), F(2, 5), F(2, 3)]
    assert found.kinks()[1].jump < 0, "the maximum sits at a concave kink"


def test_second_rational_instance_of_the_sheet():
    found = exact_barrier_of_layers(
        scalar_net((-1, -1), (0, 0), (-2, -1)), scalar_net((0, 2), (2, 1), (0, 0)), [[1], [-1]], [[1], [2]]
    )
    assert F("0.66522851269183") < found.lo <= found.hi < F("0.66522851269185")
    assert F("0.69670829118416") < found.argmax[0] <= found.argmax[1] < F("0.69670829118418")
    assert {kink.lo for kink in found.kinks()} == {F(1, 4), F(1, 3), F(1, 2)}


def test_fold_net_has_barrier_one_half():
    found = exact_barrier_of_layers(
        scalar_net((1, -1), (0, 0), (1, 1)), scalar_net((-1, 1), (0, 0), (1, 1)), [[1], [-1]], [[1], [1]]
    )
    assert found.lo == found.hi == F(1, 2)
    assert sum(kink.jump for kink in found.kinks()) == -4


@pytest.mark.parametrize("points", [11, 25, 50, 101])
def test_a_pair_that_every_grid_reads_as_zero_has_barrier_a_million(points):
    gap_of_grid = F(1, points - 1)
    width = F(1)
    while 2 * width >= gap_of_grid / 2:
        width /= 2
    start = F(int((gap_of_grid * (points // 2) + gap_of_grid / 4) * 2**20), 2**20)
    height = 1000 / width
    places = [start, start + width, start + 2 * width]
    nets = [([[0]] * 3, [end - p for p in places]) for end in (0, 1)]
    top = ([[height, -2 * height, height]], [0])
    data = ([[0]], [[0]])
    net_a, net_b = ([net, top] for net in nets)
    assert all(loss(net_a, net_b, *data, F(i, points - 1)) == 0 for i in range(points))
    found = exact_barrier_of_layers(net_a, net_b, *data, factor=F(1))
    assert found.lo == found.hi == 10**6
    assert found.argmax[0] == start + width


@settings(max_examples=60)
@given(chords(), st.sampled_from([F(0), F(1, 4), F(1)]))
def test_barrier_is_attained_and_no_rational_point_lies_above(case, slope):
    found = exact_barrier_of_layers(*case, slope=slope)
    assert 0 <= found.lo <= found.hi
    assert found.hi - found.lo <= F(1, 2**60) * (1 + found.hi)
    if found.argmax[0] == found.argmax[1]:
        assert gap(*case, found.argmax[0], slope=slope) == found.lo
    assert max(gap(*case, F(i, 37), slope=slope) for i in range(38)) <= found.hi
    assert (found.loss_a, found.loss_b) == tuple(loss(*case, F(end), slope=slope) for end in (0, 1))


@settings(max_examples=40)
@given(chords(numbers=FULL_MANTISSA, depths=(2, 3)), st.integers(0, 64))
def test_pieces_equal_the_straight_evaluation_on_full_mantissas(case, k):
    layers_a, layers_b, inputs, targets = case
    t = F(k, 64)
    chord = ExactChord(layers_a, layers_b, inputs, targets, F(0), 200)
    total = F(0)
    for example in range(chord.examples):
        pieces = chord.pieces(example)
        assert pieces[0].lo.lo == 0
        assert pieces[-1].hi.hi == 1
        piece = next(p for p in pieces if t <= F(int(p.hi.hi.p), int(p.hi.hi.q)))
        total += sum(F(int(c)) * t**power for power, c in enumerate(piece.polynomial.coeffs()))
    assert total / int(chord.scale) ** 2 / len(inputs) == loss(layers_a, layers_b, inputs, targets, t, factor=F(1))


def test_identical_networks_have_barrier_exactly_zero():
    net = scalar_net((1, -1), (0, 1), (1, 1))
    found = exact_barrier_of_layers(net, net, [[1], [2]], [[0], [3]])
    assert found.lo == found.hi == 0
    assert found.breakpoints == 0


def test_a_dead_unit_at_an_end_makes_no_break_inside():
    """p(0) = 0 (zero initial bias): the gate does not change inside the chord."""
    found = exact_barrier_of_layers(scalar_net((0,), (0,), (1,)), scalar_net((1,), (0,), (1,)), [[1]], [[0]])
    assert found.breakpoints == 0
    assert found.lo == 0


def test_thirds_are_read_as_thirds():
    net_a, net_b = scalar_net((F(1, 3),), (0,), (3,)), scalar_net((3,), (0,), (F(1, 3),))
    found = exact_barrier_of_layers(net_a, net_b, [[1]], [[1]])
    # product (1/3 + 8t/3)(3 - 8t/3): at t = 1/2 it is (5/3)^2, so g(1/2) = (25/9 - 1)^2 / 2
    assert found.lo == found.hi == F(16, 9) ** 2 / 2


def test_shapes_that_differ_are_refused_in_one_sentence():
    with pytest.raises(InputError, match="one architecture; got"):
        exact_barrier_of_layers(scalar_net((1,), (0,), (1,)), scalar_net((1, 1), (0, 0), (1, 1)), [[1]], [[1]])


def test_numbers_without_a_usable_denominator_are_refused():
    tiny = F(1, 3**5000)
    with pytest.raises(InputError, match="certified engine"):
        exact_barrier_of_layers(scalar_net((tiny,), (0,), (1,)), scalar_net((1,), (0,), (1,)), [[1]], [[1]])
