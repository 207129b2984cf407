"""Block traces and Taylor terms: sampled against exact, against a full Hessian, against the numbers of P2."""

from __future__ import annotations

import numpy as np
import pytest

from toykit.combining.draws import mixing
from toykit.combining.granularity import GRANULARITIES
from toykit.combining.taylor import terms
from toykit.combining.trace import block_hessian, block_trace, exact_trace, sampled_trace
from toykit.networks.fixtures import p2, t9
from toykit.tolerances import ROUNDING


def test_p2_terms() -> None:
    found = terms(mixing(p2()))
    # at (1, 1/2), Delta = (2, 1): H_xx = 2y^2 + 6x, H_yy = 2x^2 + 4, D3 = 6 in x, D4 = 4 for (x, x, y, y)
    assert (found.trace, found.third, found.quartic, found.mixed) == (4 * 6.5 + 6, 8 * 6, 0, 2 * 4 * 4)


@pytest.mark.parametrize("granularity", [name for name in GRANULARITIES if name != "neuron"])
def test_the_block_hessian_against_polarisation_of_single_coordinates(granularity: str) -> None:
    pair = t9()
    full = block_hessian(mixing(pair))  # one coordinate per block
    mixed = mixing(pair, granularity=granularity)
    eye = np.eye(mixed.blocks.count)
    ones = pair.theta_a.map(np.ones_like)
    members = np.array([np.concatenate([a.ravel() for a in mixed.blocks.spread(row, ones).values()]) for row in eye])
    assert block_hessian(mixed) == pytest.approx(members @ full @ members.T, abs=10 * ROUNDING)
    assert exact_trace(mixed).value == pytest.approx(np.trace(members @ full @ members.T), abs=10 * ROUNDING)


def test_all_blocks_together_are_the_chord() -> None:
    mixed = mixing(t9())
    along = mixed.pair.landscape.curvature(mixed.centre, mixed.delta)
    assert block_hessian(mixed).sum() == pytest.approx(along, rel=100 * ROUNDING)


def test_sampled_trace_against_exact() -> None:
    mixed = mixing(t9())
    exact, found = exact_trace(mixed), sampled_trace(mixed, 400)
    assert abs(found.value - exact.value) < 4 * found.error < 0.5 * abs(exact.value)
    assert sampled_trace(mixed, 40) == sampled_trace(mixed, 40) != sampled_trace(mixed, 40, number=1)
    assert block_trace(mixed) == exact


def test_random_signs_are_exact_where_blocks_do_not_interact() -> None:
    mixed = mixing(t9(), granularity="global")
    assert sampled_trace(mixed, 5).error == pytest.approx(0, abs=ROUNDING)
