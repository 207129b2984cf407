"""The check of variance collapse: ground truths of F10, the depth product by simulation and exactly, necessity, hunts."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest

from toykit.checks.combinability import _random_weights
from toykit.checks.combinability import variance_collapse as subject
from toykit.combining.laws import law
from toykit.formula import evaluate
from toykit.hunt import hunt
from toykit.landscape import Pair
from toykit.networks.fixtures import d3, f10, m4, p2
from toykit.seeds import generator
from toykit.tolerances import ROUNDING, TORCH64, printed, sampled
from toykit.verdict import Verdict

SLUG = subject.SLUG


def test_f10_unit_by_unit() -> None:
    """Unit 0: signal, noise and the mean over its 2^4 patterns of lambda."""
    pair = f10()
    x = pair.landscape.inputs
    first, second = pair.theta_a["layers.1.weight"], pair.theta_b["layers.1.weight"]
    z_a, z_b = x @ first[0], x @ second[0]
    letters = {
        "t": 0.5,
        "v": 0.25,
        "s_a": z_a.std(),
        "s_b": z_b.std(),
        "rho": np.corrcoef(z_a, z_b)[0, 1],
        "stirred": float((second[0] - first[0]) ** 2 @ x.var(axis=0)),
    }
    patterns = np.array(list(itertools.product((0.0, 1.0), repeat=4)))
    every = (x @ (first[0] + patterns * (second[0] - first[0])).T).var(axis=0)
    assert evaluate(SLUG, "line", letters) == pytest.approx(0.072190960984, abs=printed(12))
    assert evaluate(SLUG, "mixed", letters) - evaluate(SLUG, "line", letters) == pytest.approx(1.243988404680, abs=printed(12))
    assert every.mean() == pytest.approx(1.316179365664, abs=printed(12))


def test_f10() -> None:
    result = subject.check(f10())
    assert result.verdict is Verdict.HOLDS
    signal, total = (comparison.measured.value for comparison in result.comparisons[:2])
    assert signal / total == pytest.approx(0.161189001, abs=printed(9))
    assert result.extra["midpoint"]["layer 1"][0] == pytest.approx(result.extra["midpoint"]["layer 1"][1], abs=printed(6))


def test_the_number_that_everyone_knows() -> None:
    assert evaluate(SLUG, "line", {"t": 0.5, "s_a": 1, "s_b": 1, "rho": 0.4}) == pytest.approx(0.70, abs=ROUNDING)


def test_the_depth_product_of_random_networks() -> None:
    """Entries of correlation 0.4, widths 8-16-16-16, 20,000 networks on one input."""
    count, widths, stream = 20_000, (8, 16, 16, 16), generator("depth product")
    features = {name: np.ones((count, 8)) for name in ("constant(0.5)", "uniform", "bernoulli(0.5)", "ends")}
    expected = {"constant(0.5)": (0.7, 0.49, 0.343), "uniform": (0.8, 0.64, 0.512), "bernoulli(0.5)": (1.0, 1.0, 1.0)}
    for layer, (below, here) in enumerate(itertools.pairwise(widths)):
        a, other = stream.standard_normal((2, count, here, below)).astype(np.float32) / math.sqrt(below)
        b = 0.4 * a + math.sqrt(1 - 0.4**2) * other
        squares = {}
        for name in features:
            mixed = a if name == "ends" else a + law(name).draw(stream, a.size).reshape(a.shape) * (b - a)
            z = np.einsum("nij,nj->ni", mixed, features[name])
            squares[name] = np.square(z).sum(axis=1).mean()
            features[name] = np.maximum(z, 0)
        for name, ratios in expected.items():
            assert squares[name] / squares["ends"] == pytest.approx(ratios[layer], rel=sampled(count))


def test_the_depth_product_exactly() -> None:
    """A ReLU net 1-1-1 with entries (a, b) = +-(1, 1) and +-(1, -1), at the midpoint, over all sixteen sign patterns."""
    correlation, mean = 0.5, 0.0
    pairs = [((1 + correlation) / 4, 1, 1), ((1 + correlation) / 4, -1, -1), ((1 - correlation) / 4, 1, -1)]
    pairs.append(((1 - correlation) / 4, -1, 1))
    for (p, a, b), (q, c, d) in itertools.product(pairs, repeat=2):
        mean += p * q * ((c + d) / 2 * max((a + b) / 2, 0)) ** 2
    kappa = (1 + correlation) / 2
    assert mean == pytest.approx(kappa**2 / 2, rel=ROUNDING)


@pytest.mark.parametrize("make", [m4, d3])
def test_fixtures_hold(make: object) -> None:
    for spec in ("bernoulli(0.5)", "uniform", "constant(0.3)"):
        assert subject.check(make(), spec=spec).verdict is Verdict.HOLDS  # type: ignore[operator]


def test_a_wrong_formula_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = subject.evaluate
    for module, wrong in ((subject, "line"), (subject, "mixed"), (_random_weights, "weights_2")):
        factor = 3 if wrong == "weights_2" else 1.001
        monkeypatch.setattr(
            module,
            "evaluate",
            lambda slug, name, letters, w=wrong, f=factor: (f if name == w else 1) * honest(slug, name, letters),
        )
        assert subject.check(f10()).verdict is Verdict.VIOLATED
        monkeypatch.setattr(module, "evaluate", honest)
    monkeypatch.setattr(subject, "renormalise", lambda mixed, point, method: _unchanged(mixed, point))
    assert subject.check(f10()).verdict is Verdict.VIOLATED


def _unchanged(mixed: object, point: object) -> object:
    from toykit.combining.renormalisation import Renormalised

    return Renormalised(point, "repair", "data", (1,), 0)  # type: ignore[arg-type]


def test_a_loss_without_layers_is_inapplicable() -> None:
    assert subject.check(p2()).reason == "SHARED: Polynomial is not a network with layers"


def test_necessity() -> None:
    met = []
    for name, pair in subject.necessity():
        result = subject.check(pair)
        assert [n for n, o in result.assumptions.items() if o.holds is False] == [name]
        assert any(not c.holds for c in result.comparisons)
        met.append(name)
    assert met == ["SHARED", "INDEPENDENT", "SYMMETRIC", "VARYING"]


def test_hunt() -> None:
    assert hunt(SLUG, 60, seed=3).verdicts == {"HOLDS": 60}


def test_torch_gives_the_same_numbers() -> None:
    pytest.importorskip("torch")
    from toykit.bridge.landscapes.layered import from_toy, translated

    here = m4()
    there = from_toy(here.landscape)
    ends: list[Pair] = [translated(theta, here.landscape, there) for theta in (here.theta_a, here.theta_b)]  # type: ignore[misc]
    right = subject.check(replace(here, landscape=there, theta_a=ends[0], theta_b=ends[1]))
    assert right.verdict is Verdict.HOLDS
    for mine, its in zip(subject.check(here).comparisons[:-1], right.comparisons[:-1], strict=True):
        assert its.measured.value == pytest.approx(mine.measured.value, rel=TORCH64)
        assert its.bound.value == pytest.approx(mine.bound.value, rel=TORCH64)
