"""One thread, two Hypothesis profiles, and global generators that start from the name of each test."""

from __future__ import annotations

import os
import random
import sys

for _library in ("OPENBLAS", "OMP", "MKL"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

from toykit.seeds import seed

# a busy machine draws slowly: that says nothing about the strategy
slow = [HealthCheck.too_slow]
settings.register_profile("ci", derandomize=True, database=None, deadline=None, suppress_health_check=slow)
settings.register_profile("nightly", parent=settings.get_profile("ci"), derandomize=False, max_examples=2000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.fixture(autouse=True)
def _global_generators(request: pytest.FixtureRequest) -> None:
    """Modules of torch draw their first weights from the global generator; each test starts it from its own name."""
    number = seed(request.node.nodeid)
    random.seed(number)
    np.random.seed(number % 2**32)  # noqa: NPY002 - the legacy state itself is what must be fixed
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(number)
