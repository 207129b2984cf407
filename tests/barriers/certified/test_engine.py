"""The certified engine end to end: inclusion against the exact engine, honesty about budgets, NumPy and torch alike."""

from dataclasses import replace
from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toykit.barriers.certified import DenseChord, Stop, enclose, engine, search
from toykit.barriers.certified.activations import piecewise_linear, tanh
from toykit.barriers.certified.losses import cross_entropy, squared
from toykit.barriers.certified.models import Model
from toykit.errors import InputError
from toykit.seeds import generator


def net(draw, widths, scale=1.0):
    return [(scale * draw.normal(size=(o, i)) / np.sqrt(i), scale * draw.normal(size=o)) for i, o in pairwise(widths)]


def chord(seed, widths=(3, 6, 5, 2), n=12, activation=None, loss="squared", kind=np.asarray):
    draw = generator("certified", seed)
    a, b = net(draw, widths, 2.0), net(draw, widths, 2.0)
    x = draw.normal(size=(n, widths[0]))
    targets = draw.normal(size=(n, widths[-1])) if loss == "squared" else draw.integers(0, widths[-1], size=n)
    layers = [[(kind(w), kind(c)) for w, c in layers] for layers in (a, b)]
    of_outputs = partial(squared, factor=0.5) if loss == "squared" else cross_entropy
    return DenseChord(*layers, kind(x), kind(targets), activation or piecewise_linear(0.0), of_outputs)


def loss_at(c, t, activation, labels=None, targets=None):
    h = c.inputs
    for index, ((w_a, b_a), (w_b, b_b)) in enumerate(zip(c.layers_a, c.layers_b, strict=True)):
        h = h @ ((1 - t) * w_a + t * w_b).T + (1 - t) * b_a + t * b_b
        if index < len(c.layers_a) - 1:
            h = activation(h)
    if targets is not None:
        return 0.5 * ((h - targets) ** 2).sum(axis=1).mean()
    top = h.max(axis=1)
    return (np.log(np.exp(h - top[:, None]).sum(axis=1)) + top - h[np.arange(len(h)), labels]).mean()


@settings(max_examples=12)
@given(st.integers(0, 10**6), st.sampled_from([(2, 4, 1), (2, 3, 3, 2)]))
def test_enclosure_contains_the_exact_barrier(seed, widths):
    pytest.importorskip("flint", reason="the exact engine is the oracle")
    from toykit.barriers.exact import exact_barrier_of_layers

    c = chord(seed, widths, n=5)
    exact = exact_barrier_of_layers(
        *([(w.tolist(), b.tolist()) for w, b in layers] for layers in (c.layers_a, c.layers_b)),
        c.inputs.tolist(),
        c.targets.tolist(),
    )
    found = enclose(c, relative=1e-3, seconds=10)
    assert found.stopped is Stop.TOLERANCE
    assert found.lo <= exact.hi
    assert exact.lo <= found.hi


@pytest.mark.parametrize("loss", ["squared", "cross-entropy"])
@pytest.mark.parametrize("name", ["relu", "tanh"])
def test_enclosure_contains_a_fine_grid(name, loss):
    activation, of_arrays = {"relu": (piecewise_linear(0.0), lambda h: np.maximum(h, 0)), "tanh": (tanh, np.tanh)}[name]
    c = chord(7, activation=activation, loss=loss)
    data = {"labels" if loss == "cross-entropy" else "targets": c.targets}
    ts = np.linspace(0, 1, 2001)
    values = np.array([loss_at(c, t, of_arrays, **data) for t in ts])
    barrier = (values - (1 - ts) * values[0] - ts * values[-1]).max()
    found = enclose(c, relative=1e-4, seconds=20)
    assert found.stopped is Stop.TOLERANCE
    assert barrier <= found.hi
    # the grid's own error is at most its largest second difference
    assert found.lo <= barrier + np.abs(np.diff(values, 2)).max()


def scaled(seed, scale=1.0):
    """A chord without biases, its inputs and targets times `scale`: g is scale^2 times that of scale 1."""
    c = chord(seed)
    layers = [[(w, 0 * b) for w, b in ends] for ends in (c.layers_a, c.layers_b)]
    return DenseChord(*layers, scale * c.inputs, scale * c.targets, c.activation, c.loss)


@pytest.mark.parametrize("seed", [10, 31])
def test_the_lower_end_is_attained_at_its_position(seed):
    c = scaled(seed)
    found = enclose(c, relative=1e-4)
    at_a, at_b, there = (loss_at(c, t, lambda h: np.maximum(h, 0), targets=c.targets) for t in (0.0, 1.0, found.argmax))
    assert 0 < found.lo <= there - (1 - found.argmax) * at_a - found.argmax * at_b <= found.hi


@pytest.mark.parametrize("scale", [2.0**500, 2.0**506])
def test_what_overflows_is_never_certified_away(scale):
    """Up to 2^506 the losses of the ends are finite, and what lies between them may not be."""
    small, found = enclose(scaled(10), relative=1e-3), enclose(scaled(10, scale), relative=1e-3)
    assert 0 < small.lo
    assert found.lo <= scale**2 * small.hi
    assert scale**2 * small.lo <= found.hi
    assert found.stopped is not Stop.TOLERANCE or found.hi < np.inf


def test_losses_beyond_float64_are_refused():
    with pytest.raises(InputError, match="losses of the ends within float64; got inf"):
        enclose(scaled(10, 2.0**600))


@pytest.mark.parametrize("relative", [0.0, -1e-3, np.nan, np.inf])
def test_a_relative_width_is_a_positive_number(relative):
    with pytest.raises(InputError, match="relative width of an enclosure is a positive number"):
        enclose(chord(3), relative=relative)


def test_a_chord_of_one_network_is_certified_connected():
    c = chord(3)
    same = DenseChord(c.layers_a, c.layers_a, c.inputs, c.targets, c.activation, c.loss)
    found = enclose(same, threshold=1e-9)
    assert found.lo == 0
    assert found.hi <= 1e-9


def test_an_exhausted_budget_is_an_enclosure_with_its_reason():
    found = enclose(chord(5), relative=1e-12, seconds=0.0)
    assert found.stopped is Stop.BUDGET
    assert found.lo < found.hi
    assert "budget" in found.number.note


@pytest.mark.parametrize("hosted", [True, False], ids=["on NumPy views", "on its own arrays"])
def test_torch_runs_the_same_arithmetic(monkeypatch, hosted):
    """On the host its products alone are torch's; on a device all of it is."""
    torch = pytest.importorskip("torch", reason="the extra 'torch' is the second backend")
    if not hosted:
        monkeypatch.setattr(engine, "hosted", lambda array: array)
    ours, theirs = (enclose(chord(11, kind=kind), relative=1e-3) for kind in (np.asarray, torch.as_tensor))
    assert ours.evaluations == theirs.evaluations
    assert max(ours.lo, theirs.lo) <= min(ours.hi, theirs.hi)


def test_blocks_of_examples_add_up(monkeypatch):
    whole = chord(13, loss="cross-entropy").curves()(0.3, 0.05)
    monkeypatch.setattr(engine, "BLOCK", 6 * 5)
    parts = chord(13, loss="cross-entropy").curves()(0.3, 0.05)
    assert np.abs(whole.coefficients - parts.coefficients).sum() <= whole.remainder + parts.remainder
    assert round(parts.remainder / whole.remainder, 3) == 1


def test_torch_keeps_double_precision_in_a_leaky_slope():
    """Of two numbers alone torch makes single precision: 0.1 became 0.1 + 1.5e-9, outside of the enclosure."""
    torch = pytest.importorskip("torch", reason="the extra 'torch' is the second backend")
    model = Model(*(torch.full((1, 1), number, dtype=torch.float64) for number in (-2.0, 0.5, 0.25, 0.0)))
    found = piecewise_linear(0.1)(model)
    assert abs(float(found.c0) + 0.2) <= float(found.remainder)


def test_a_slow_network_is_asked_few_times():
    """Without a budget: both ends, two parts at most, and the positions that they promise."""
    found = enclose(chord(5), relative=1e-12, seconds=0.0)
    assert found.evaluations <= 4
    assert found.hi >= enclose(chord(5), relative=1e-3).hi * (1 - 1e-3)


def test_the_outputs_of_several_blocks_meet_the_loss_together(monkeypatch):
    """A block of one example each: the loss takes groups of as many blocks as the widest layer is wider than the outputs."""
    sizes, c = [], chord(13, loss="cross-entropy")
    counting = replace(c, loss=lambda outputs, labels: sizes.append(len(labels)) or cross_entropy(outputs, labels))
    monkeypatch.setattr(engine, "BLOCK", 6)
    counting.curves()(0.3, 0.05)
    assert sizes == [3, 3, 3, 3]


def test_an_upper_end_that_says_nothing_says_why():
    """Twelve wide layers, no time: the bound is sound and useless, and the note does not pass it off as an answer."""
    deep = chord(17, (3, *[24] * 12, 2))
    found = enclose(deep, seconds=0.0)
    assert not found.telling
    assert "NOT CERTIFIED from above" in found.number.note
    assert f"{found.remainder:.2g}" in found.note
    assert enclose(chord(5), relative=1e-3).note.startswith("stopped by tolerance")
    assert enclose(chord(5), relative=1e-3).telling


def test_hopeless_parts_are_halved_without_an_evaluation(monkeypatch):
    """What neighbours and parents said spares evaluations, and changes nothing in what is certified: here sup g = 1/4."""

    def gap(t):
        return t * (1 - t)

    def bound(left, right):
        halves = [max(gap(min(max(0.5, x), y)) for x, y in (ends,)) for ends in pairwise((left, (left + right) / 2, right))]
        remainder = 200 * (right - left) ** 2
        return search.Part(max(halves) + remainder, min(max(0.5, left), right), max(halves), remainder, tuple(halves))

    asked = {"scale": 0.1, "relative": 1e-4, "seconds": 10.0}
    guided = search.maximise(bound, gap, **asked)
    monkeypatch.setattr(search._Search, "useless", lambda *_: False)
    plain = search.maximise(bound, gap, **asked)
    assert guided.evaluations < plain.evaluations
    for found in (guided, plain):
        assert found.stopped is Stop.TOLERANCE
        assert found.lo == 0.25 <= found.hi
