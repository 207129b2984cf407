"""Published figures for networks with normalisation, beside which this project's are printed; none of them was measured here."""

from __future__ import annotations

from typing import NamedTuple

from experiments.studies.study import Table


class Reference(NamedTuple):
    """Test accuracies in %: mean of the ends, and of the midpoint as trained, permuted, renormalised, and both."""

    network: str
    norm: str
    width: int
    ends: float | None
    unaligned: float | None
    permuted: float | None
    renormalised: float | None
    both: float | None
    barrier: float | None = None
    """Test loss at the midpoint less the mean of the ends, permuted and renormalised."""


_BATCH = (
    (1, 93.58, 12.65, 67.63, 0.993),
    (2, 95.22, 16.14, 85.45, 0.337),
    (4, 96.12, 34.80, 92.08, 0.113),
    (8, 96.58, 32.25, 94.35, 0.062),
    (16, 96.86, 16.11, 95.41, 0.045),
    (32, 96.93, 13.24, 95.95, 0.028),
)
_LAYER = (
    (1, 92.36, 50.72, 68.75, 0.767),
    (2, 94.47, 79.45, 84.95, 0.386),
    (4, 95.47, 88.50, 91.34, 0.154),
    (8, 96.02, 90.33, 93.21, 0.109),
    (16, 96.24, 92.58, 94.93, 0.048),
    (32, 96.41, 92.29, 94.80, 0.070),
)
SERIES = tuple(
    Reference("resnet20", norm, 16 * width, ends, None, permuted, None, both, barrier)
    for norm, rows in (("batch", _BATCH), ("layer", _LAYER))
    for width, ends, permuted, both, barrier in rows
)
"""ResNet-20 on CIFAR-10 [jordan2022]; width is that of the first stage, 16 for the usual network."""

OTHERS = (
    Reference("resnet18", "batch", 64, 95.56, 10.0, 65.97, 26.6, 94.07),
    Reference("vgg11", "(norm not stated)", 64, None, None, 61.33, None, 88.18),
)
"""The same source; ResNet-18 is the only network there with all four midpoints."""

DIFFERENCES = (
    "Beside the published figures, width: the published series begins at 16 channels in the first layer, and at that end a third "
    "of the way from chance to the ends is still missing; the networks here have 4 or 8 channels and lie before its "
    "steep part",
    "Beside the published figures, training: published ends reach 93 % and more; here 10,000 of the 50,000 training images are "
    "seen 3 or 5 times, so shares of the way from chance to the ends are compared, not accuracies, and losses are not comparable",
    "Beside the published figures, matching: there by the correlation of activations, here by weights",
    "Beside the published figures, scatter: here a single pair per network; the printed standard errors are those of the test "
    "sample alone and know nothing of the scatter between trainings",
)
"""What sets the two apart."""


def share(midpoint: float, ends: float, chance: float) -> float:
    """Where the midpoint is on the way from chance (0) to the mean of the ends (1), in accuracies of one unit."""
    return (midpoint - chance) / (ends - chance)


def published_table() -> Table:
    """The reference figures."""
    rows = tuple(
        (f"{each.network} {each.norm}", each.width, *each[3:8], each.barrier, None if each.ends is None else _shares(each))
        for each in (*SERIES, *OTHERS)
    )
    columns = ("ends", "as they are", "aligned", "renormalised", "aligned and renormalised", "loss barrier", "shares")
    caption = (
        "Published: CIFAR-10 test accuracies in % at the midpoint [Jordan et al. 2022]; shares are aligned, and renormalised"
    )
    return Table(caption, ("network", "width", *columns), rows)


def _shares(each: Reference) -> str:
    ends = each.ends or 100.0
    return ", ".join("–" if value is None else f"{share(value, ends, 10.0):.2f}" for value in (each.permuted, each.both))
