from __future__ import annotations

import hashlib
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toykit import tolerances
from toykit.seeds import generator, seed


@given(st.text(max_size=20), st.integers(0, 10**6))
def test_a_seed_is_the_digest_of_its_name(name: str, number: int) -> None:
    digest = hashlib.sha256(f"{name}#{number}".encode()).hexdigest()
    assert seed(name, number) == int(digest[:16], 16) // 2
    assert 0 <= seed(name, number) < 2**63


def test_seeds_differ_by_name_and_by_number() -> None:
    found = {seed(name, number) for name in ("digits", "toys", "digits2") for number in range(100)}
    assert len(found) == 300


@pytest.mark.parametrize("salt", ["0", "1"])
def test_another_process_draws_the_same_numbers(salt: str) -> None:
    program = "from toykit.seeds import generator; print(generator('digits', 3).integers(2**62))"
    run = subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONHASHSEED": salt}, capture_output=True, text=True, check=True
    )
    assert int(run.stdout) == generator("digits", 3).integers(2**62)


def test_the_global_state_is_untouched() -> None:
    before = str(np.random.get_state())  # noqa: NPY002
    generator("digits").normal(size=10)
    assert str(np.random.get_state()) == before  # noqa: NPY002


def test_every_tolerance_is_small_and_has_a_reason() -> None:
    found = {name: value for name, value in vars(tolerances).items() if name.isupper()}
    assert found["EXACT"] == 0
    assert all(0 <= value <= 0.01 for value in found.values() if isinstance(value, float))
    source = Path(tolerances.__file__).read_text(encoding="utf-8")
    for name in found:
        assert source.split(f"\n{name} = ")[1].splitlines()[1].startswith('"""'), f"{name} has no reason"


def test_a_sampled_mean_stays_within_its_tolerance() -> None:
    """Fair signs are the widest law on [-1, 1]; three standard errors are passed once in 370."""
    draws = generator("sampled").integers(0, 2, size=(400, 1000)) * 2 - 1
    outside = np.abs(draws.mean(axis=1)) > tolerances.sampled(1000)
    assert outside.sum() <= 5
    assert tolerances.sampled(100) == 3 / math.sqrt(100)
