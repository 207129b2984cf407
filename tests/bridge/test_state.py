from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from toykit.bridge import TorchLandscape
from toykit.bridge.state import SHOWN, difference, require_state
from toykit.errors import ShapeError

NAMES = st.sampled_from(["a", "b", "c", "bn.num_batches_tracked"])
SHAPES = st.dictionaries(NAMES, st.sampled_from([(1,), (2,)]))


@given(SHAPES, SHAPES, st.sets(NAMES))
def test_the_difference_is_that_of_sets(given_: dict, expected: dict, optional: set[str]) -> None:
    found = difference(given_, expected, optional)
    free = optional | {"bn.num_batches_tracked"}
    assert set(found.missing) == expected.keys() - given_.keys() - free
    assert set(found.unexpected) == given_.keys() - expected.keys() - free
    both = (expected.keys() & given_.keys()) - {"bn.num_batches_tracked"}
    assert found.shapes == {
        name: (given_[name], expected[name]) for name in expected if name in both and given_[name] != expected[name]
    }
    assert bool(found) == bool(found.missing or found.unexpected or found.shapes)
    assert (str(found) == "") != bool(found)


def test_near_names_of_the_same_shape_are_suggested() -> None:
    expected = {"encoder.layer1.weight": (3, 2), "encoder.layer1.bias": (3,), "encoder.layer2.weight": (3, 3)}
    given_ = {"encoder.layers1.weight": (3, 2), "encoder.layer1.bias": (4,), "encoder.layer2.weights": (5, 5), "head": (3, 2)}
    found = difference(given_, expected)
    assert found.near == {"encoder.layers1.weight": "encoder.layer1.weight"}
    assert str(found) == (
        "missing: encoder.layer1.weight, encoder.layer2.weight; unexpected: encoder.layers1.weight (for encoder.layer1.weight?), "
        "encoder.layer2.weights, head; of another shape: encoder.layer1.bias (4,) instead of (3,)"
    )


def test_long_lists_are_cut_but_kept() -> None:
    found = difference({}, {f"layer{number}": (1,) for number in range(50)})
    assert len(found.missing) == 50
    assert str(found) == f"missing: layer0, layer1, layer2, layer3 and {50 - SHOWN} more"


def test_the_sentence_names_where_the_arrays_come_from() -> None:
    require_state({"a": (1,)}, {"a": (1,)}, "here")
    with pytest.raises(ShapeError, match=r"a.pt differs \(unexpected: a\); does it belong to another one"):
        require_state({"a": (1,)}, {}, "a.pt")


def test_a_landscape_tells_the_whole_difference() -> None:
    net = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.ReLU(), nn.Linear(3, 2)).eval()
    data = torch.zeros(4, 2), torch.tensor([0, 1, 0, 1])
    found = TorchLandscape(net, nn.CrossEntropyLoss(), data, statistics="move")
    other = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 2), nn.Linear(2, 2))
    with pytest.raises(ShapeError) as caught:
        found.parameters(other)
    assert "unexpected: 4.weight, 4.bias; of another shape: 0.weight (4, 2) instead of (3, 2)" in str(caught.value)
    without = {name: array for name, array in net.state_dict().items() if "num_batches" not in name}
    assert list(found.parameters(without)) == list(without)
    fixed = TorchLandscape(net, nn.CrossEntropyLoss(), data, statistics="fixed")
    assert list(fixed.parameters(net)) == [name for name, _ in net.named_parameters()]
