"""Cuts through single layers of trained networks: through the last layer they are convex, through the others they need not be."""

from __future__ import annotations

from matplotlib.figure import Figure

from experiments.figures.barrier._small_nets import trained_pairs
from experiments.figures.style import GREEN, LIGHT, RED, label, panels, style, zero_line
from toykit.checks.barrier._one_layer import with_layer
from toykit.chord import Profile, grid
from toykit.networks.mlp import MLP

PAIRS = 4


def draw() -> Figure:
    """The gap of each cut against its own ends, layer by layer, from either end of four pairs; green: never above 0."""
    ts = grid(101)
    with style():
        figure, axes = panels(1, 4, height=2.8, sharey=True)
        for layer, panel in enumerate(axes, start=1):
            zero_line(panel)
            for pair in trained_pairs(PAIRS):
                net = pair.landscape
                if not isinstance(net, MLP):
                    continue
                for start, source in ((pair.theta_a, pair.theta_b), (pair.theta_b, pair.theta_a)):
                    gap = Profile(ts, net.profile(start, with_layer(net, start, layer, source), ts)).gap
                    panel.plot(ts, gap, color=GREEN if gap.max() <= 0 else RED, linewidth=1.3)
            panel.set_xlim(0, 1)
            panel.set_xticks([0, 1])
            panel.set_title(f"layer {layer}" if layer < 4 else "last layer")
            panel.axhline(0, color=LIGHT, zorder=0)
        axes[0].set_ylabel("gap against its own ends")
        axes[0].set_xlabel("position on the cut")
        label(axes[3], "convex,\nalways", (0.5, 0.02), color=GREEN, ha="center", va="bottom")
    return figure
