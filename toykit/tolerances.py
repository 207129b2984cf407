"""Every tolerance of the project, with its reason. Code and tests import them; nobody types one in place."""

from __future__ import annotations

import math

EXACT = 0.0
"""Rational or symbolic results: no slack at all."""

ROUNDING = 1e-12
"""Relative; float64 sums of up to about 1e4 terms of one size, a thousand times the unit roundoff per term."""

SOLVED = 1e-8
"""Relative; the outcome of a float64 solver (linear program, least squares, root) at its default accuracy."""

QUADRATURE = 1e-10
"""Relative; Gauss-Legendre with enough nodes on an analytic integrand."""

TORCH64 = 1e-10
"""Relative; the same formula in NumPy and in torch float64, summed in another order."""

TORCH32 = 1e-5
"""Relative; float32 has 24 bits, and a mean over 1e3 examples loses about two digits of them."""

DIFFERENCE = 1e-5
"""Relative; central second differences in float64 with the step that balances truncation and rounding."""


def sampled(count: int) -> float:
    """Relative half width allowed for a mean of `count` bounded draws: three standard errors, 3/sqrt(count)."""
    return 3 / math.sqrt(count)
