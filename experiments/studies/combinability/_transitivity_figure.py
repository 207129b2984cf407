"""The figures of transitivity: barriers by way of a third network, and the index beside its control."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from experiments.figures.style import BLACK, BLUE, GREEN, GREY, ORANGE, RED, SKY, panels, style
from experiments.studies.claims import svg
from experiments.studies.combinability._matchers import MATCHED
from experiments.studies.combinability._networks import architecture
from experiments.studies.combinability._transitivity_findings import cases
from experiments.studies.study import Figure

Part = Mapping[str, Any]
BARS = (("unaligned", "unaligned", GREY), ("via", "both matched to $C$", ORANGE), ("direct", "matched directly", GREEN))


def draw_bars(parts: Sequence[Part]) -> Figure:
    """Three bars per architecture, one panel per matcher."""
    with style():
        figure, axes = panels(1, len(MATCHED), height=3.0, sharey=True)
        for panel, matcher in zip(axes, MATCHED, strict=True):
            own = [(part, means) for part, name, means in cases(parts) if name == matcher]
            for shift, (way, name, color) in enumerate(BARS):
                heights = [means["barriers"][way] for _, means in own]
                panel.bar(np.arange(len(own)) + 0.27 * (shift - 1), heights, 0.25, color=color, label=name)
            panel.set_xticks(range(len(own)), [architecture(part["config"]) for part, _ in own], rotation=45, ha="right")
            panel.set_title(f"matched by {matcher}")
        axes[0].set_ylabel("barrier (nats, test)")
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    caption = "The barrier between two networks: unaligned, both matched to a third, and matched to each other, per architecture"
    return Figure(caption, svg(figure))


def draw_index(parts: Sequence[Part]) -> Figure:
    """Cosines against the null, and the index of every triple beside that of a scrambled reference."""
    with style():
        figure, (panel, index) = panels(1, 2, height=3.0)
        for (matcher, color), row in zip(zip(MATCHED, (BLUE, GREEN, ORANGE), strict=True), range(3), strict=True):
            rows = [each for part in parts for each in part["result"]["triples"][matcher]]
            options: dict[str, Any] = {"color": color, "s": 14, "linewidths": 0}
            panel.scatter([each["null"] for each in rows], [each["cosine"] for each in rows], label=matcher, **options)
            known = [each for each in rows if each["index"] is not None]
            spread = np.linspace(-0.25, 0.25, len(known)) if len(known) > 1 else np.zeros(len(known))
            index.scatter(row + spread, [each["index"] for each in known], **options)
            scrambled_ones = [part["result"]["scrambled"][matcher]["index"] for part in parts]
            alone = [each for each in scrambled_ones if each is not None]
            index.scatter([row] * len(alone), alone, c=RED, marker="x")
        top = max(panel.get_xlim()[1], 0.02)
        panel.plot([0, top], [0, top], color=GREY, linewidth=1.0)
        panel.legend(loc="lower right")
        panel.set_xlabel(r"$\cos(A', C)\,\cos(B', C)$: what $C$ alone explains")
        panel.set_title(r"cosine of $A'$ and $B'$")
        index.axhline(0.0, color=BLACK, linewidth=0.8)
        index.axhline(1.0, color=SKY, linewidth=0.8, linestyle="--")
        index.set_xticks(range(3), MATCHED)
        index.set_title("transitivity index $T$")
    caption = (
        "Left: two networks matched to $C$ against what a common reference explains by itself (the diagonal). Right: the index "
        r"$T$, 0 on the diagonal and 1 (dashed) where going by way of $C$ costs nothing; crosses: $C$ scrambled"
    )
    return Figure(caption, svg(figure))
