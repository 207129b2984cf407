"""The mountain and its ridge: the model, where each hypothesis holds and fails, runs against rays, and series over branching."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from toykit import tolerances
from toykit.barriers.measured import barrier
from toykit.checks.barrier import mountainside_ridge as module
from toykit.data import checkerboard
from toykit.formula import evaluate
from toykit.hunt import hunt
from toykit.landscape import Pair
from toykit.losses import SquaredLoss
from toykit.mountainside import Mountainside, mountainside, over_branching
from toykit.networks.fixtures import fold
from toykit.networks.fork import opening_fork
from toykit.networks.mlp import MLP
from toykit.networks.mountains import across_a_ridge, on_a_mountain, ridged
from toykit.networks.radial import at_angle, hill
from toykit.networks.valleys import ring
from toykit.parameters import Parameters
from toykit.seeds import generator
from toykit.verdict import Verdict


def held(found: Mountainside) -> dict[str, bool | None]:
    """The words by their first name."""
    return {name.split()[0]: word.holds for name, word in found.words.items()}


@pytest.mark.parametrize("degrees", [60, 90, 150])
def test_on_a_mountain_m2_and_m3_are_theorems(degrees: float) -> None:
    found = mountainside(on_a_mountain(math.radians(degrees)))
    assert found is not None
    assert held(found) == {"M2": True, "M3a": True, "M3b": True, "M4": held(found)["M4"], "M5": None}
    assert found.words["M2 climbing back"].value == pytest.approx(1, rel=tolerances.ROUNDING)


def test_below_eps_there_is_no_barrier_to_speak_of() -> None:
    """At 30 degrees the barrier is within one per cent of the descent: M2 is open, and M3a fails, as the chord is curved."""
    found = mountainside(on_a_mountain(math.radians(30)))
    assert found is not None
    assert 0 < found.barrier < found.eps
    assert (held(found)["M2"], held(found)["M3a"]) == (None, False)


def test_a_ring_at_a_right_angle() -> None:
    """rho_2 = 1, the ratio of M5 is 6 - 4 sqrt 2, and the walls are as sharp as a random direction of the plane."""
    result = module.check(at_angle(ring(), 1.0, 1.0, math.pi / 2))
    assert result.verdict is Verdict.HOLDS
    found = {c.name.split(":")[0]: c.measured.value for c in result.comparisons}
    assert found["M5"] == pytest.approx(6 - 4 * math.sqrt(2), rel=tolerances.ROUNDING)
    assert found["M4"] == pytest.approx(1, rel=tolerances.ROUNDING)


def test_the_ridge_makes_m2_and_m3b_fail() -> None:
    """rho_2 = 11/5, and the ridge rises outwards."""
    found = mountainside(across_a_ridge())
    assert found is not None
    assert (found.L_m, found.on_run) == pytest.approx((11 / 80, 1 / 16), rel=tolerances.ROUNDING)
    assert found.words["M2 climbing back"].value == pytest.approx(11 / 5, rel=tolerances.ROUNDING)
    words = held(found)
    assert (words["M2"], words["M3a"], words["M3b"]) == (False, True, False)
    letters = {"L_m": found.L_m, "L_bar": found.L_bar, "on_run": found.on_run}
    parts = [evaluate(module.SLUG, name, letters) for name in ("climb", "ridge")]
    assert sum(parts) == pytest.approx(found.L_m - found.L_bar, rel=tolerances.ROUNDING)
    assert found.words["M2 climbing back"].value == pytest.approx(1 + parts[1] / parts[0], rel=tolerances.ROUNDING)


def test_a_low_ridge_keeps_m2() -> None:
    low = mountainside(across_a_ridge(Fraction(1, 10)))
    assert low is not None
    assert held(low)["M2"] is True
    assert held(low)["M3b"] is True


def test_the_fork_has_a_transverse_ridge_that_rises() -> None:
    """The midpoint lies beyond the saddle: M3a holds, M3b fails."""
    pair = opening_fork(noise=0.0)
    found = mountainside(pair)
    assert found is not None
    assert (held(found)["M3a"], held(found)["M3b"]) == (True, False)
    assert module.check(pair).verdict is Verdict.INAPPLICABLE


def test_random_curvature_is_the_mean_over_directions() -> None:
    """On a ring the trace is 1 at a minimum: |Delta|^2/2 in the plane."""
    pair = at_angle(ring(), 1.0, 1.0, math.pi / 2)
    found = mountainside(pair, directions=2000)
    assert found is not None
    assert found.random_curvature == pytest.approx(found.Delta_norm**2 / 2, rel=tolerances.sampled(2000))


def test_runs_stand_in_for_rays() -> None:
    """A run that goes round the ridge is elsewhere at the distance of the midpoint; one that never gets there decides nothing."""
    pair = across_a_ridge()
    landscape = pair.landscape
    bent = [landscape.point(x_1=0.0, x_2=-0.2), landscape.point(x_1=0.0, x_2=-0.8), pair.theta_b]
    found = mountainside(pair, (bent, bent))
    assert found is not None
    assert found.on_run == landscape.loss(bent[1])
    assert found.run_slope is None
    short = mountainside(pair, (bent[:1], bent[:1]))
    assert short is not None
    assert held(short)["M2"] is None
    assert module.check(pair, (bent[:1], bent[:1])).comparisons == ()


def test_runs_at_the_bottom_decide_nothing() -> None:
    found = mountainside(across_a_ridge())
    assert found is not None
    assert held(replace(found, on_run=found.L_bar))["M2"] is None


def branches(steps: list[int], barriers: list[float], estimates: list[float]) -> list[Mountainside]:
    truth = mountainside(at_angle(ring(), 1.0, 1.0, 1.0))
    assert truth is not None
    # the estimate is (h_0 + h_1)/16 for equal slopes
    return [
        replace(truth, barrier=height, curvatures=(8 * estimate, -1.0, 8 * estimate), slopes=(0.0, 0.0))
        for _, height, estimate in zip(steps, barriers, estimates, strict=True)
    ]


def test_m1_and_m5_over_a_series() -> None:
    steps, angles = [0, 10, 100, 1000], [60.0, 50.0, 20.0, 3.0]
    words = over_branching(steps, angles, branches(steps, [0.5, 0.4, 0.3, 0.0], [2.0, 1.6, 1.2, 0.1]))
    assert words["M1 same side"].holds is True
    assert "step 1000 on" in words["M1 same side"].how
    assert words["M5 scale law"].value == pytest.approx(0, abs=tolerances.ROUNDING)
    assert words["M5 scale law"].holds is True
    rising = over_branching(steps, angles[::-1], branches(steps, [0.5, 0.4, 0.3, 0.2], [0.1, 1.6, 9.0, 0.5]))
    assert rising["M1 same side"].holds is False
    assert rising["M5 scale law"].holds is False
    assert over_branching(steps, angles, branches(steps, [0.0] * 4, [1.0] * 4))["M1 same side"].holds is None
    assert over_branching(steps[:2], angles[:2], branches(steps[:2], [0.5, 0.4], [1, 1]))["M5 scale law"].holds is None


def test_a_smaller_angle_means_a_smaller_barrier() -> None:
    heights = [barrier(on_a_mountain(angle)).value for angle in np.linspace(0.1, 3.0, 20)]
    assert (np.diff(heights) > 0).all()


def test_hunt() -> None:
    found = hunt(module.SLUG, 100)
    assert found.violations == []
    assert found.verdicts["HOLDS"] == 100


def test_necessity() -> None:
    for assumption, pair in module.necessity():
        result = module.check(pair)
        assert [name for name, outcome in result.assumptions.items() if outcome.holds is False] == [assumption]
        assert any(not c.holds for c in result.comparisons)


def test_a_wrong_angle_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    truth = module.seen_from_base
    monkeypatch.setattr(module, "seen_from_base", lambda pair: truth(pair)._replace(angle=0.99 * truth(pair).angle))
    assert module.check(at_angle(ring(), 1.0, 1.0, 1.0)).verdict is Verdict.VIOLATED


def test_without_a_base_nothing_is_said() -> None:
    pair = fold()
    assert module.check(pair).verdict is Verdict.INAPPLICABLE
    assert mountainside(Pair(pair.landscape, pair.theta_a, pair.theta_b, theta_0=pair.theta_b)) is None


def test_networks_are_inapplicable_with_the_five_words() -> None:
    net = MLP((2, 6, 1), "tanh", SquaredLoss(), checkerboard(count=40))
    draw = generator("mountainside of a network")
    base, ends = net.draw(draw), []
    for _ in range(2):
        theta: Parameters = base + net.draw(draw) * 0.2
        for _ in range(60):
            theta = theta - net.gradient(theta) * 0.3
        ends.append(theta)
    result = module.check(Pair(net, *ends, "branched", base))
    assert result.verdict is Verdict.INAPPLICABLE
    assert "M3b falling ridge" in result.reason
    assert set(result.extra["hypotheses"]) >= {"M2 climbing back", "M4 sharp walls", "M5 scale law"}
    assert len(result.comparisons) == 4


def test_hill_and_ridges_are_what_they_say() -> None:
    assert at_angle(hill(), 1.0, 1.0, 1.0).landscape.loss(hill().point(x_1=0.0, x_2=0.0)) == 1
    for sign in (1, -1):
        valley = ridged().point(x_1=sign / math.sqrt(2), x_2=1 / math.sqrt(2))
        assert ridged().loss(valley) == pytest.approx(0, abs=tolerances.ROUNDING)
        assert ridged().gradient(valley).norm() == pytest.approx(0, abs=tolerances.ROUNDING)
