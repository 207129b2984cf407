from __future__ import annotations

import sys

import numpy as np
import pytest

from toykit.bridge import digits
from toykit.errors import InputError, MissingExtra


def test_the_splits_part_the_digits() -> None:
    train, test, both = digits(), digits("test"), digits("all")
    assert (train.count, test.count, both.count, train.width, train.classes) == (1437, 360, 1797, 64, 10)
    assert train.inputs.min() == 0
    assert train.inputs.max() == 1
    rows = {data.name: {row.tobytes() for row in data.inputs} for data in (train, test, both)}
    assert rows["digits (train)"] | rows["digits (test)"] == rows["digits (all)"]
    assert not rows["digits (train)"] & rows["digits (test)"]
    shares = np.bincount(both.targets) * 0.8 - np.bincount(train.targets)
    assert abs(shares).max() < 1
    assert digits().digest == train.digest


def test_an_unknown_split_or_a_missing_library_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="choose one"):
        digits("validation")
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(MissingExtra, match="extra 'torch'"):
        digits()
