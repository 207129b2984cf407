"""The error as an exact step function against a straight evaluation in fractions, which shares no code with it."""

from fractions import Fraction as F
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("flint", reason="the exact engine needs the extra 'exact'")

from toykit.barriers.exact import ErrorSteps, error_steps_of_layers
from toykit.errors import InputError
from toykit.verdict import Trust

SMALL = st.integers(-2, 2).map(F)  # few values, so that outputs tie, break points coincide and units are dead
EIGHTHS = st.integers(-24, 24).map(lambda k: F(k, 8))


def error(layers_a, layers_b, inputs, labels, t, slope=F(0)):
    """The naive twin: the share of examples whose first largest output is not that of their class."""
    missed = 0
    for x, label in zip(inputs, labels, strict=True):
        h = [F(v) for v in x]
        for layer, ((w_a, b_a), (w_b, b_b)) in enumerate(zip(layers_a, layers_b, strict=True)):
            rows = zip(w_a, w_b, b_a, b_b, strict=True)
            h = [
                sum((((1 - t) * F(p) + t * F(q)) * v for p, q, v in zip(r, s, h, strict=True)), (1 - t) * F(c) + t * F(d))
                for r, s, c, d in rows
            ]
            if layer < len(layers_a) - 1:
                h = [v if v > 0 else slope * v for v in h]
        missed += h.index(max(h)) != label
    return F(missed, len(labels))


@st.composite
def chords(draw):
    numbers, hidden = draw(st.sampled_from([SMALL, EIGHTHS])), draw(st.integers(0, 2))
    widths = [draw(st.integers(1, 2)), *(draw(st.integers(1, 3)) for _ in range(hidden)), draw(st.integers(2, 3))]

    def net():
        return [
            ([[draw(numbers) for _ in range(i)] for _ in range(o)], [draw(numbers) for _ in range(o)])
            for i, o in pairwise(widths)
        ]

    count = draw(st.integers(1, 4))
    rows = [[draw(numbers) for _ in range(widths[0])] for _ in range(count)]
    return net(), net(), rows, [draw(st.integers(0, widths[-1] - 1)) for _ in range(count)]


def places(steps: ErrorSteps):
    """Rational positions that between them see every constant piece and every rational step."""
    yield from (lo for lo, hi in steps.breaks if lo == hi)
    yield from ((left[1] + right[0]) / 2 for left, right in pairwise(steps.breaks))


@settings(max_examples=60)
@given(chords(), st.sampled_from([F(0), F(1, 4), F(1)]))
def test_steps_are_the_error_of_the_straight_evaluation(case, slope):
    steps = error_steps_of_layers(*case, slope=slope)
    for t in {*places(steps), *(F(k, 23) for k in range(24))}:
        if not any(lo <= t <= hi and lo != hi for lo, hi in steps.breaks):
            assert steps.error(t) == error(*case, t, slope=slope)


@settings(max_examples=40)
@given(chords())
def test_conventions_are_those_of_the_straight_evaluation(case):
    steps = error_steps_of_layers(*case)
    found, peak = steps.barriers(), steps.peak
    assert peak.hi - peak.lo <= F(1, 2**60)
    first, last = (error(*case, F(end)) for end in (0, 1))
    values = {t: error(*case, t) for t in (*places(steps), *(F(k, 23) for k in range(24)))}
    gaps = {t: value - (1 - t) * first - t * last for t, value in values.items()}
    assert max(gaps.values()) <= peak.hi
    if peak.attained and peak.position[0] == peak.position[1]:
        assert gaps[peak.position[0]] == peak.lo
    if not peak.attained and peak.position[0] == peak.position[1]:
        near = [peak.position[0] + step for step in (-F(1, 2**40), F(1, 2**40))]
        beside = [error(*case, t) - (1 - t) * first - t * last for t in near if 0 <= t <= 1]
        assert peak.lo - F(1, 2**40) <= max(beside) < peak.lo, "approached, not attained"
    algebraic = any(lo != hi for lo, hi in steps.breaks)
    top = max(values.values())
    assert top == steps.highest or (algebraic and top < steps.highest)
    assert found.half.value == float(gaps[F(1, 2)])
    assert found.max.value == float(steps.highest - max(first, last))
    assert found.mean.value == float(steps.highest - (first + last) / 2)
    assert found.max.lo <= found.argmax.hi <= found.barrier.hi
    assert {number.trust for number in vars(found).values()} == {Trust.EXACT}


def linear(*numbers):
    return [([[F(0)] for _ in numbers], [F(number) for number in numbers])]


def test_an_error_that_jumps_between_grid_points_is_seen():
    """z_0 = 1/2, and z_1 = a tent of height 1 over (258/512, 260/512): wrong on 1/512 of the chord, right on every grid."""
    places = [F(258, 512), F(259, 512), F(260, 512)]
    nets = [([[0]] * 3, [end - p for p in places]) for end in (0, 1)]
    top = ([[0, 0, 0], [512, -1024, 512]], [F(1, 2), 0])
    net_a, net_b = ([net, top] for net in nets)
    assert all(error(net_a, net_b, [[0]], [0], F(i, points - 1)) == 0 for points in (11, 25, 50, 101) for i in range(points))
    steps = error_steps_of_layers(net_a, net_b, [[0]], [0])
    # the first of equal outputs wins, so at the two ties the example is still right, and B = 1 is attained between them
    assert steps.peak == (1, 1, (F(517, 1024), F(519, 1024)), True)
    assert steps.barriers().barrier.value == steps.barriers().argmax.value == 1
    assert steps.barriers().half.value == 0


@pytest.mark.parametrize(("label", "attained"), [(1, True), (0, False)])
def test_a_tie_decides_whether_the_supremum_is_attained(label, attained):
    """The margin is 1/2 - t: wrong beyond 1/2, and at 1/2 only if the other class comes first."""
    ends = ([1, 0], [0, 1]) if label == 0 else ([0, 1], [1, 0])
    steps = error_steps_of_layers(*(linear(*end) for end in ends), [[0]], [label])
    assert steps.peak == (F(1, 2), F(1, 2), (F(1, 2), F(1, 2)), attained)
    assert ("not attained" in steps.barriers().barrier.note) is not attained


def test_two_labels_of_one_input_are_always_half_wrong_also_at_an_irrational_tie():
    """z_0 - z_1 = t^2 - 1/2; at the tie the first class wins, so that one of the two examples is wrong there too."""
    net_a = [([[1]], [-1]), ([[0], [0]], [0, F(1, 2)])]  # relu(1 + (t - 1)) = t, read out with t
    net_b = [([[1]], [0]), ([[1], [0]], [0, F(1, 2)])]
    steps = error_steps_of_layers(net_a, net_b, [[1], [1]], [0, 1])
    assert [hi - lo > 0 for lo, hi in steps.breaks] == [False, False, True, False]
    assert set(steps.at) | set(steps.between) == {1}
    assert steps.peak.lo == steps.peak.hi == 0
    lo, hi = steps.breaks[2]
    assert lo**2 < F(1, 2) < hi**2


def test_a_unit_that_dies_at_an_irrational_position_leaves_a_tie():
    """The second hidden unit is 1/2 - t^2, with outputs -1 and 1 times it: no class wins once it is dead."""
    net_a = [([[1]], [-1]), ([[0]], [F(1, 2)]), ([[-1], [1]], [0, 0])]
    net_b = [([[1]], [0]), ([[-1]], [F(1, 2)]), ([[-1], [1]], [0, 0])]
    for label, wrong in ((1, [0, 1]), (0, [1, 0])):
        steps = error_steps_of_layers(net_a, net_b, [[1]], [label])
        (lo, hi) = next(place for place in steps.breaks if place[0] != place[1])
        assert lo**2 < F(1, 2) < hi**2
        assert [steps.error(F(1, 2)), steps.error(F(3, 4))] == wrong


def test_identical_networks_have_one_error():
    net = [([[1], [-1]], [0, 1])]
    steps = error_steps_of_layers(net, net, [[1], [2], [F(1, 2)]], [0, 1, 1])
    assert steps.between == (2, 2), "the tie at 1/2 goes to class 0"
    assert steps.peak[:2] == (0, 0)
    assert all(number.value == 0 for number in vars(steps.barriers()).values())


def test_one_output_and_positions_outside_are_refused():
    net = [([[1]], [0])]
    with pytest.raises(InputError, match="needs two outputs at least; got 1"):
        error_steps_of_layers(net, net, [[1]], [0])
    steps = error_steps_of_layers(linear(1, 0), linear(1, 0), [[0]], [0])
    with pytest.raises(InputError, match=r"positions of \[0, 1\]"):
        steps.error(F(3, 2))
