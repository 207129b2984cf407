"""A certified barrier on the exact pieces of a ReLU network, for cross-entropy and squared loss; needs the extra `exact`.

Its enclosures converge where `certified_barrier` cannot, since no gate is relaxed; it costs the exact break points of every
example, so it is for small networks.
"""

from __future__ import annotations

from toykit.arrays import to_numpy
from toykit.barriers.certified import Enclosed, enclose
from toykit.barriers.enclosed import dense, engine, exact_chord, outputs_loss
from toykit.errors import InputError
from toykit.landscape import Pair


def certified_barrier_on_pieces(
    pair: Pair, *, relative: float = 1e-4, seconds: float = 60.0, threshold: float | None = None
) -> Enclosed:
    """lo <= sup g <= hi for ReLU, leaky ReLU or linear networks; the options are those of `certified_barrier`.

    The weights and data are read as the exact numbers that they are; `seconds` do not include the pieces.

    Raises:
        InputError: the landscape is not of this kind, or its numbers have no usable common denominator.
        MissingExtra: python-flint is not installed.

    """
    exact, landscape = engine(), dense(pair)
    activation = landscape.activation
    if not activation.piecewise_linear:
        raise InputError(f"only piecewise-linear networks have pieces; got {activation.name}; use certified_barrier")
    loss, targets = outputs_loss(pair, landscape)
    given = exact_chord(pair)
    nothing = [[0.0] * len(given["layers_a"][-1][1])] * len(given["inputs"])
    table = exact.table_of_layers(**given, targets=nothing)
    chord = exact.PieceChord(table, to_numpy(targets), loss)
    return enclose(chord, relative=relative, seconds=seconds, threshold=threshold)
