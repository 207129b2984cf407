"""The certified engine end to end: inclusion against the exact engine, honesty about budgets, NumPy and torch alike."""

from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toykit.barriers.certified import DenseChord, Stop, enclose, engine
from toykit.barriers.certified.activations import piecewise_linear, tanh
from toykit.barriers.certified.losses import cross_entropy, squared
from toykit.barriers.certified.models import Model
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


def test_torch_runs_the_same_arithmetic():
    torch = pytest.importorskip("torch", reason="the extra 'torch' is the second backend")
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
