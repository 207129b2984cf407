"""Between ends that interpolate the gap is the mean squared output error; elsewhere the two part."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.style import BLACK, BLUE, RED, SKY, label, panels, style, zero_line
from toykit.barriers.measured import gap
from toykit.checks.barrier.squared_loss_gap import letters
from toykit.data import Data
from toykit.formula import evaluate
from toykit.landscape import Floats, Pair
from toykit.losses import SquaredLoss
from toykit.networks.mlp import MLP
from toykit.outputs import OutputChord

SLUG = "barrier/squared_loss_gap"
POSITIONS = np.linspace(0, 1, 61)
UNITS = 4


def draw() -> Figure:
    """Left: two tanh networks with permuted units on their own targets. Right: on targets that both miss."""
    with style():
        figure, (fits, misses) = panels(1, 2, height=3.0)
        gaps, form, _ = _curves(fits, permuted(shift=0.0))
        label(fits, r"gap $=$ mean of $c|E|^2$", (0.5, 1.03 * float(gaps.max())), ha="center", va="bottom")
        fits.set_ylim(-0.05 * float(gaps.max()), 1.25 * float(gaps.max()))
        fits.set_title("both ends fit their data")
        gaps, form, remainder = _curves(misses, permuted(shift=0.3))
        label(misses, "gap", (0.5, 1.05 * float(gaps[30])), ha="center", va="bottom")
        label(misses, "mean of $c|E|^2$", (0.5, float(form[30]) * 1.04), color=RED, ha="center", va="bottom")
        label(
            misses, "allowed by\nthe end losses", (0.5, 0.97 * float((form + remainder)[30])), color=BLUE, ha="center", va="top"
        )
        misses.set_title("both ends miss by 0.3")
        return figure


def permuted(shift: float) -> Pair:
    """A tanh network and its copy with the hidden units in reverse order, on its own outputs plus `shift` as targets."""
    xs = np.linspace(-2, 2, 40)[:, None]
    weight, bias = np.linspace(1, 2.5, UNITS)[:, None], np.linspace(-2, 2, UNITS)
    out = np.linspace(1.0, -0.6, UNITS)[None, :]
    targets = np.tanh(xs @ weight.T + bias) @ out.T + shift
    net = MLP((1, UNITS, 1), "tanh", SquaredLoss(), Data(xs, targets, name="own outputs"), bias=(True, False))
    theta_b = net.point(weight[::-1], bias[::-1], out[:, ::-1])
    return Pair(net, net.point(weight, bias, out), theta_b, "reversed units")


def _curves(axes: Axes, pair: Pair) -> tuple[Floats, Floats, Floats]:
    """The gap, the interpolating form and its remainder."""
    chord = OutputChord(pair)
    ends = {"factor": 0.5, "L_a": pair.landscape.loss(pair.theta_a), "L_b": pair.landscape.loss(pair.theta_b)}
    rows = [ends | letters(chord.at(float(t)), chord.target_rows) for t in POSITIONS]
    form, remainder = (np.array([evaluate(SLUG, name, row) for row in rows]) for name in ("interpolating", "remainder"))
    gaps = gap(pair, POSITIONS)
    zero_line(axes)
    if remainder.max() > 0:
        axes.fill_between(POSITIONS, form - remainder, form + remainder, color=SKY, alpha=0.25, linewidth=0)
    axes.plot(POSITIONS, form, color=RED, linewidth=4.5, alpha=0.45)
    axes.plot(POSITIONS, gaps, color=BLACK)
    axes.set_xlim(0, 1)
    axes.set_xlabel("position $t$ on the chord")
    return gaps, form, remainder
