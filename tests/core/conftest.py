from __future__ import annotations

import pytest

from toykit.landscape import Pair
from toykit.networks.spline import Spline


@pytest.fixture
def well() -> Pair:
    """The symmetric double well phi = 16 t^2 (1-t)^2, whose barrier is 1."""
    return Spline([0, 1], [(0, 0, 16, -32, 16)], "well").pair()
