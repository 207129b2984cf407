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
# bounds K_r = sup |phi^(r)| of higher derivatives on the chord, mean of the end curvatures
K_3, K_4, K_6, h_bar = _real("K_3 K_4 K_6 h_bar")
# grid: step, number of cells, bound on |phi' - (L_b - L_a)|, largest grid value, values at the ends of a cell, position in it
h, n, Lambda, g_max, g_left, g_right, x = _real("h n Lambda g_max g_left g_right x")
# inside the derivations of the barrier family: a value of phi'', the slope jump of a kink, a level of the kernel, its width
kappa, J, c, ell = _real("kappa J c ell")
# five conventions of the barrier: sup g, g(1/2), above the mean and the larger end, g(argmax phi); |L_a - L_b|, sup phi, min end
B, B_half, B_mean, B_max, B_arg = _real("B B_half B_mean B_max B_arg")
d, top, high, low, value = _real("d top high low value")
# solvable models: position on a branch of the hyperbola, and the radii and the angle of two displacements from a common base
s_a, s_b = _real("s_a s_b")
angle, r_1, r_2, R, dbar_norm = _real("angle r_1 r_2 R dbar_norm")
# solvable models: mean over examples of |Delta V Delta W x|^2, factor of the squared loss, mean of |y|^2
bent, factor, targets_2 = _real("bent factor targets_2")
# output space: the three terms of the gap, as means over the examples
linear, cost, gain = _real("linear cost gain")
# cross-entropy: means of <p_t - e_y, E>, of max_k E_k - E_y, of range(E), of range(E)^2 and of |E|^2
tilted, rise, spread, spread_2, error_2 = _real("tilted rise spread spread_2 error_2")
# squared loss: means of |z_a - z_b|^2, of <rbar, E> and of |rbar|^2
apart_2, coupling, residual_2 = _real("apart_2 coupling residual_2")
# one example: its margins at the ends, the largest rise of a rival class, the range of E; errors at the ends
margin_a, margin_b, rival, reach, error_a, error_b = _real("margin_a margin_b rival reach error_a error_b")
# layers: mean over examples of |z - z'|^2 for two networks that differ in one layer
(moved,) = _real("moved")
# memorisers: inputs per point, groups, points per group, widths of the hidden layers, smallest gap, largest residual
q, groups, group_size, d_1, d_2, point_gap, residual = _real("q groups group_size d_1 d_2 point_gap residual")
# layers: B_l^sym and its sum, losses of layer-swapped networks, Moebius terms by base and by size, commutator and gate parts
B_sym, B_layers, hybrids, from_a, from_b = _real("B_sym B_layers hybrids from_a from_b")
singles, pairs, rest, commuted, gated = _real("singles pairs rest commuted gated")
# thinning: kept units, mean over examples of the unit variance S^2 and of tr(H C), measured excess
kept, scatter, bending, best = _real("kept scatter bending best")
# thinned halves: largest loss of a thinned endpoint, and its largest excess over its own endpoint
thinned, instability = _real("thinned instability")
# narrow layers: smallest singular value of the targets and of U^T Z V, examples, signs of det(U^T F) at the ends
sigma_r, count, sign_a, sign_b, narrowest = _real("sigma_r count sign_a sign_b narrowest")
# interpolation: numbers of parameters, constraints and hidden units, rank of the Jacobian, smallest over largest singular value
parameters, constraints, hidden, rank, sharpness = _real("parameters constraints hidden rank sharpness")
# the Gauss-Newton and the functional part of phi'', as values at one position
gauss_newton, functional = _real("gauss_newton functional")
# labelled subspaces: their number, components of their union, smallest and largest dimension
subspaces, components, dimension_min, dimension_max = _real("subspaces components dimension_min dimension_max")
# widths of order sqrt(N): those of the last two hidden layers, and their halves rounded down
n_left, n_right, R_left, R_right = _real("n_left n_right R_left R_right")
# positive and negative part of the kernel minus its level, at one position
above, below = sp.Symbol("G_+", real=True), sp.Symbol("G_-", real=True)
# whole neurons: loss of the averaged outputs; sum_k G_kk, sum_k (2 h_k + (1-2p) G_kk)^2 and sum_{k<l} G_kl^2
L_p, units_2, slopes_2, cross_2 = _real("L_p units_2 slopes_2 cross_2")
# matching: sum_k E|phi^a_k|^2 + E|phi^b_k|^2, sum_k <phi^a_k, phi^b_perm[k]>, and <phi^a_i, phi^b_j> summed over all i and j
sizes_2, matched, coupled = _real("sizes_2 matched coupled")
# the loss over vertices: influence, the weights sum c_i^2 and sum c_S^2, probability kept; mean, variance, level of a loss
influence, first_2 = _real("influence first_2")
M_mean, V_loss, level = _real("M_mean V_loss level")
# deep linear networks: tr S_L = mean of |f|^2, and the mean of <y, f> at the mean parameters
output_2, aimed = _real("output_2 aimed")
# matching weights: <theta_a, P theta_b> for the permutation found, for none, and the largest over all permutations
aligned, unaligned, best_aligned = _real("aligned unaligned best_aligned")
# re-shuffling: units chosen, shuffled parts on both sides of a tensor, its inner products straight and with sides averaged
chosen, shuffled_out, shuffled_in = _real("chosen shuffled_out shuffled_in")
straight, over_rows, over_columns, over_both = _real("straight over_rows over_columns over_both")
# three networks: distances and cosines of two to their common reference, cosine of the two matched to each other
eps_a, eps_b, rho_a, rho_b, rho_direct = _real("eps_a eps_b rho_a rho_b rho_direct")
# wide first layer: its units n_1, smallest singular value of the fresh features [F,1], smallest pivot |c_j| of an exchange
n_1, sigma_N, pivot = _real("n_1 sigma_N pivot")
# variance of units: means over the examples at the ends, and sum_j Delta_ij^2 Cv_jj, what random lambda stirs up per unit of v
mu_a, mu_b, stirred = _real("mu_a mu_b stirred")
# noisy descent: growth rate off a ridge, time on the trunk, noise, chance to cross; rate, steps, an eigenvalue; x at branching
mu, tau, varsigma, p, eta, k, lamda, x_tau = _real("mu tau varsigma p eta k lamda x_tau")
# a bent valley: largest offset of the curve from the chord, by its length and by the chord
offset, offset_chord = _real("offset offset_chord")
# a mountainside: loss of a run at the distance of the midpoint, its slope there; loss at the midpoint; mean end loss
on_run, run_slope, L_m, L_bar = _real("on_run run_slope L_m L_bar")
# matching weights: largest inner products of one matrix with another that is turned on both sides, on one side, re-ordered
spectra, nuclear, ordered = _real("spectra nuclear ordered")
# matching neurons: mean squared and mean distance of matched ones; largest |v|, |x|, slope, bend and size of the activation
transport_2, transport, lipschitz = _real("transport_2 transport lipschitz")
outgoing, input_norm, steepest, most_bent, activity = _real("outgoing input_norm steepest most_bent activity")
# several networks: their number, sum of |x_p - mean|^2, sums of the pairwise and of the factored objectives, Dirichlet parameter
models, about_mean_2, pairwise_best, factored, alpha = _real("models about_mean_2 pairwise_best factored alpha")
# outputs of random combinations: mean |mu - y|^2, mean trace of the covariance; of the noise of a unit: sum of E|.|^3, variance
missed_2, output_variance, third_abs, noise_2 = _real("missed_2 output_variance third_abs noise_2")
# contributions phi = psi/n of whole neurons: E|psi|^2 at both ends, <E psi_a, E psi_b>, and n^2 times the largest |phi_k|^2
psi_a2, psi_b2, psi_ab, psi_max = _real("psi_a2 psi_b2 psi_ab psi_max")
# point masses of phi'' at one position: what concave kinks add to the gap, what convex ones take, the most that is added
concave, convex, most_concave = _real("concave convex most_concave")
# one unit of a network with kinks: its pre-activation at the ends, its output weight where its gate changes
p_a, p_b, out_weight = _real("p_a p_b out_weight")
# two classifiers: both wrong, both wrong with one label, disagreement; an ensemble: mean loss, loss of the mean, spread about it
both_wrong, same_wrong, disagreement = _real("both_wrong same_wrong disagreement")
mean_loss, ensemble_loss, ambiguity = _real("mean_loss ensemble_loss ambiguity")
# the profile itself, as an undefined function: what is proved with it holds for every profile
phi = sp.Function("phi")

LETTERS: dict[str, sp.Symbol] = {s.name: s for s in list(globals().values()) if isinstance(s, sp.Symbol)}
