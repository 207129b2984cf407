"""Real data by name: the scikit-learn digits, which need no download, official image sets, and data of the user."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from toykit.bridge.datasets.official import cifar10, mnist, mnist1d
from toykit.bridge.datasets.own import from_loader, from_npz
from toykit.bridge.datasets.splits import require_split
from toykit.data import Data
from toykit.errors import InputError, missing_extra
from toykit.seeds import seed


def digits(split: str = "train") -> Data:
    """The 1,797 digits of 8x8 pixels, divided by 16: 1,437 in the train split, 360 in the test split, stratified by class.

    Raises:
        InputError: the split is unknown.
        MissingExtra: scikit-learn is not installed.

    """
    require_split(split, "the digits")
    try:
        from sklearn.datasets import load_digits
        from sklearn.model_selection import train_test_split
    except ImportError as error:
        raise missing_extra("the digits data set", "torch") from error
    pixels, labels = load_digits(return_X_y=True)
    rows = np.arange(len(labels))
    if split != "all":
        fixed = seed("digits split") % 2**32  # scikit-learn takes 32 bits
        train, test = train_test_split(rows, test_size=0.2, stratify=labels, random_state=fixed)
        rows = np.sort(train if split == "train" else test)
    return Data(pixels[rows] / 16, labels[rows], classes=10, name=f"digits ({split})")


NAMED: dict[str, Callable[[str], Data]] = {
    "digits": digits,
    "mnist": mnist,
    "mnist-unit": partial(mnist, standardised=False),
    "cifar10": cifar10,
    "cifar10-unit": partial(cifar10, standardised=False),
    "mnist1d": mnist1d,
}
"""What a user may write; the images of `-unit` have pixels from 0 to 1, the others are standardised by the usual constants."""


def data(spec: str, split: str = "train") -> Data:
    """The data set that `spec` names: one of `NAMED`, a path ending in .npz, or package.module:loader.

    Raises:
        InputError: the name or the split is unknown, or the data cannot be read.
        MissingExtra: the data need an extra that is not installed.

    """
    if spec in NAMED:
        return NAMED[spec](split)
    if spec.endswith(".npz"):
        return from_npz(spec, split)
    if ":" in spec:
        return from_loader(spec, split)
    raise InputError(f"data are {', '.join(NAMED)}, a .npz file with x and y, or package.module:loader; got {spec!r}; give one")
