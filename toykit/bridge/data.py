"""Real data: the scikit-learn digits, which need no download."""

from __future__ import annotations

import numpy as np

from toykit.data import Data
from toykit.errors import InputError, missing_extra
from toykit.seeds import seed

SPLITS = ("train", "test", "all")


def digits(split: str = "train") -> Data:
    """The 1,797 digits of 8x8 pixels, divided by 16: 1,437 in the train split, 360 in the test split, stratified by class.

    Raises:
        InputError: the split is unknown.
        MissingExtra: scikit-learn is not installed.

    """
    if split not in SPLITS:
        raise InputError(f"a split of the digits is one of {', '.join(SPLITS)}; got {split!r}; choose one")
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
