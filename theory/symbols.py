"""The letters of the theory. A symbol is its name and its assumptions: take it from here, never make a second one.

Exports one module attribute per letter; `LETTERS` maps each name to its symbol.
"""

from __future__ import annotations

import sympy as sp


def _real(names: str) -> tuple[sp.Symbol, ...]:
    return tuple(sp.Symbol(name, real=True) for name in names.split())


# positions on the chord
a, t, u = _real("a t u")
# range and end values of the curvature phi''(t), and the end slopes
m, M, sigma, s_0, s_1, h_0, h_1, h_m = _real("m M sigma s_0 s_1 h_0 h_1 h_m")
# smoothness constants and lengths
beta, rho, K, Delta_norm = _real("beta rho K Delta_norm")
# losses at the endpoints
L_a, L_b = _real("L_a L_b")
# the law of lambda: mean is the letter of the position; variance and higher central moments
v, mu_3, mu_4, trace = _real("v mu_3 mu_4 trace")
# output-space letters: margin, scale, number of classes, target loss
margin, scale, classes, target = _real("margin scale classes target")

LETTERS: dict[str, sp.Symbol] = {s.name: s for s in list(globals().values()) if isinstance(s, sp.Symbol)}
