"""The detour through a constant output: a typed path between any two networks of one architecture, whatever it costs."""

from __future__ import annotations

import numpy as np

from toykit.connectivity.units import Draft, Layers
from toykit.parameters import Parameters
from toykit.paths import Path, Segment


def through_constant(layers: Layers, theta_a: Parameters, theta_b: Parameters) -> Path:
    """Switch the output layer off, move all hidden layers unread, switch it on again: three segments, types O, C, O.

    Its maximum is max(L_a, L_b, loss of the zero output): why no excess needs to be above chance for long.
    """
    rows, columns = np.arange(layers.sizes[-1]), layers.cols(layers.depth, np.arange(layers.sizes[-2]))
    silent = []
    for theta in (theta_a, theta_b):
        draft = Draft(layers, theta)
        draft.write_rows(layers.depth, rows, columns, np.zeros((len(rows), len(columns))), np.zeros(len(rows)))
        silent.append(draft.freeze())
    segments = (Segment("O", "switch off"), Segment("C", "move unread"), Segment("O", "switch on"))
    return Path((theta_a, *silent, theta_b), segments)
