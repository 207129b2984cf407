"""Loss and error along the chord of a trained pair: the straight line between the ends is dashed, the barrier is marked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.style import BLUE, GREY, RED, label, panels, style
from toykit.chord import Profile

_PAPER = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1.5}  # the curve may pass behind the label


def draw(profile: Mapping[str, Any]) -> Figure:
    """The figure of `{"ts", "loss", "error"}`; without an error curve there is one panel."""
    ts = np.asarray(profile["ts"], dtype=np.float64)
    curves = [(name, color) for name, color in (("loss", BLUE), ("error", RED)) if profile.get(name)]
    with style():
        figure, axes = panels(1, len(curves), height=2.6)
        for panel, (name, color) in zip(axes, curves, strict=True):
            _curve(panel, Profile(ts, np.asarray(profile[name], dtype=np.float64), name), color)
    return figure


def _curve(axes: Axes, profile: Profile, color: str) -> None:
    at = int(profile.gap.argmax())
    axes.plot(profile.ts, profile.line, color=GREY, linestyle="--", linewidth=1.0)
    axes.plot(profile.ts, profile.values, color=color, marker="o", markersize=3)
    if profile.gap[at] > 0:
        t, low, high = profile.ts[at], profile.line[at], profile.values[at]
        axes.plot([t, t], [low, high], color=color, linewidth=1.0)
        label(axes, f" barrier {profile.gap[at]:.3g}", (t, (low + high) / 2), color=color, va="center", bbox=_PAPER)
    axes.set_xlabel("position $t$ on the chord")
    axes.set_title(f"{profile.quantity} along the chord")
    axes.set_ylim(bottom=0)
    axes.margins(y=0.12)
