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

PROBE32 = 1e-2
"""Relative; second derivatives of few examples in float32, where terms cancel; a wrong rule is farther off."""

DIFFERENCE = 1e-5
"""Relative; central second differences in float64 with the step that balances truncation and rounding."""

SEPARATED = 1e-9
"""Relative to 1 + max_k sum_j |w_kj| max|f_j|; a margin above it is positive beyond the rounding of its own evaluation."""

CELLS = 1e-6
"""Relative; a step function on 2,000 equal cells in place of a function of t, four times the squared width of a cell."""


def printed(digits: int) -> float:
    """Absolute; one unit of the last of `digits` printed decimals, since a printed number may be cut or rounded."""
    return float(10) ** -digits


def sampled(count: int) -> float:
    """Relative half width allowed for a mean of `count` bounded draws: three standard errors, 3/sqrt(count)."""
    return 3 / math.sqrt(count)
