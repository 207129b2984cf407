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
# sums of higher derivatives over blocks, and Delta^T H Delta along the whole chord
third, quartic, mixed, along = _real("third quartic mixed along")
# radius of a random combination, cosine of the endpoints, their norms, sum of |Delta_b|^4
r, cosine, norm_a, norm_b, norm_m, Delta_4 = _real("r cosine norm_a norm_b norm_m Delta_4")
# gap at the mean and mixing excess
gap_m, excess = _real("gap_m excess")
# output-space letters: margin, scale, number of classes, target loss
margin, scale, classes, target = _real("margin scale classes target")

# paths: depth, last stage of the descent, waypoint maximum, excess over the worse endpoint, largest rebuilt loss
depth, entry, path_max, path_excess, rebuilt = _real("depth entry path_max path_excess rebuilt")
# paths: number of segments, drift of constant segments, largest weight, units to spare
segment_count, drift, largest_weight, spare = _real("segment_count drift largest_weight spare")
# inside the derivations of the barrier family: a value of phi'', the slope jump of a kink, a level of the kernel, its width
kappa, J, c, ell = _real("kappa J c ell")
# positive and negative part of the kernel minus its level, at one position
above, below = sp.Symbol("G_+", real=True), sp.Symbol("G_-", real=True)
# the profile itself, as an undefined function: what is proved with it holds for every profile
phi = sp.Function("phi")

LETTERS: dict[str, sp.Symbol] = {s.name: s for s in list(globals().values()) if isinstance(s, sp.Symbol)}
