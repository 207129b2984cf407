"""Five ways from a to b in one table, for dense layers and for convolutions: asked for by name, since it trains networks."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from toykit.bridge.compare.found import Found
from toykit.bridge.compare.setting import Setting
from toykit.bridge.training.bezier import train_bezier
from toykit.bridge.training.small_networks import trained_by_adam
from toykit.connectivity.comparison import comparison
from toykit.connectivity.units import refusal
from toykit.errors import InputError
from toykit.landscape import Channelled, Layered

POINTS, PER_SEGMENT, EPOCHS = 25, 2, 20
"""Positions on lines and on the curve, on each segment of a built path, and epochs of the small networks and of the curve."""


def ways(setting: Setting, before: Mapping[str, Found]) -> Found:
    """Straight line, aligned line, path of thinned units, path of rebuilt units, trained curve: maximum, evidence and cost."""
    pair, network = setting.pair, setting.pair.landscape
    if not isinstance(network, Layered | Channelled):
        raise InputError(f"ways are compared where units move one by one; {refusal(network)}; see the straight line instead")
    device = str(setting.options["device"])
    rows = comparison(
        pair,
        setting.held_out,
        curve=partial(train_bezier, network, epochs=EPOCHS, seed=setting.seed),  # type: ignore[arg-type]  # of torch, as made
        points=POINTS,
        per_segment=PER_SEGMENT,
        draws=setting.draws,
        trainer=partial(trained_by_adam, epochs=EPOCHS, device=device),
    )
    return Found({"rows": [row.to_json() for row in rows]})
