"""Partitions: every coordinate lies in exactly one block, NumPy and torch spread the same lambda."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toykit.combining.granularity import GRANULARITIES, Blocks, blocks
from toykit.errors import InputError
from toykit.parameters import Parameters
from toykit.seeds import generator
from toykit.tolerances import ROUNDING, TORCH32

D, H, K = 3, 4, 2
SHAPES = {"layers.1.weight": (H, D), "layers.1.bias": (H,), "layers.2.weight": (K, H), "layers.2.bias": (K,)}
COUNTS = {
    "element": H * D + H + K * H + K,
    "row": H + K,
    "col": D + 1 + H + 1,
    "tensor": 4,
    "layer": 2,
    "neuron": H,
    "global": 1,
}


def theta(number: int = 0) -> Parameters:
    stream = generator("granularity", number)
    return Parameters({name: stream.standard_normal(shape) for name, shape in SHAPES.items()})


def numbered(partition: Blocks, like: Parameters) -> Parameters:
    return partition.spread(np.arange(partition.count, dtype=np.float64), like, fixed=-1.0)


@pytest.mark.parametrize("name", GRANULARITIES)
def test_every_block_is_met_and_counted(name: str) -> None:
    partition = blocks(name, theta())
    assert partition.count == COUNTS[name]
    met = {int(x) for array in numbered(partition, theta()).values() for x in np.ravel(array)}
    assert met - {-1} == set(range(partition.count))
    assert (-1 in met) == (name == "neuron")


def test_the_output_bias_alone_is_outside_the_neurons() -> None:
    met = numbered(blocks("neuron", theta()), theta())
    assert [name for name, array in met.items() if (array == -1).any()] == ["layers.2.bias"]


def test_what_shares_a_block() -> None:
    by = {name: numbered(blocks(name, theta()), theta()) for name in GRANULARITIES}
    row, col, layer, neuron = by["row"], by["col"], by["layer"], by["neuron"]
    assert np.array_equal(row["layers.1.weight"], np.repeat(row["layers.1.bias"][:, None], D, axis=1))
    assert np.array_equal(col["layers.1.weight"], np.tile(col["layers.1.weight"][:1], (H, 1)))
    assert len(np.unique(col["layers.1.bias"])) == 1
    assert layer["layers.1.weight"][0, 0] == layer["layers.1.bias"][0] != layer["layers.2.weight"][0, 0]
    assert np.array_equal(neuron["layers.1.bias"], neuron["layers.1.weight"][:, 0])
    assert np.array_equal(neuron["layers.1.bias"], neuron["layers.2.weight"][0])


@pytest.mark.parametrize("name", GRANULARITIES)
def test_inner_products_against_a_loop(name: str) -> None:
    delta, other, partition = theta(1), theta(2), blocks(name, theta())
    places = numbered(partition, delta)
    slow = np.zeros(partition.count)
    for key, array in delta.items():
        for index in np.ndindex(array.shape):
            if places[key][index] >= 0:
                slow[int(places[key][index])] += array[index] * other[key][index]
    assert partition.inner(delta, other) == pytest.approx(slow, rel=ROUNDING)


def test_a_convolution_has_one_row_per_output_channel() -> None:
    filters = Parameters({"conv.weight": np.ones((5, 2, 3, 3)), "conv.bias": np.ones(5), "scale": np.ones(())})
    assert {name: blocks(name, filters).count for name in ("row", "col", "tensor", "layer")} == {
        "row": 6,
        "col": 4,
        "tensor": 3,
        "layer": 2,
    }
    assert numbered(blocks("row", filters), filters)["conv.weight"][3].tolist() == np.full((2, 3, 3), 3.0).tolist()


@pytest.mark.parametrize("name", GRANULARITIES)
def test_torch_gets_the_same_lambda(name: str) -> None:
    torch = pytest.importorskip("torch")
    values = generator("lambda").random(COUNTS[name])
    like = theta().map(lambda array: torch.tensor(array, dtype=torch.float32))
    here, there = blocks(name, theta()).spread(values, theta()), blocks(name, like).spread(values, like)
    for key, array in there.items():
        assert array.dtype == torch.float32
        assert np.array_equal(array.numpy(), here[key].astype(np.float32))
    assert blocks(name, like).inner(like, like) == pytest.approx(blocks(name, theta()).inner(theta(), theta()), rel=TORCH32)


def test_bad_granularities_get_one_sentence() -> None:
    with pytest.raises(InputError, match=r"a granularity is one of .*; got 'rows'"):
        blocks("rows", theta())
    with pytest.raises(InputError, match="needs one hidden layer"):
        blocks("neuron", Parameters({"1.weight": np.ones((2, 2))}))


@given(
    st.lists(
        st.tuples(st.sampled_from(["1", "2", "3"]), st.lists(st.integers(1, 4), min_size=0, max_size=4)), min_size=1, max_size=5
    ),
    st.sampled_from([name for name in GRANULARITIES if name != "neuron"]),
)
@settings(deadline=None)
def test_any_shapes_are_partitioned(arrays: list[tuple[str, list[int]]], name: str) -> None:
    like = Parameters({f"{layer}.{i}": np.ones(shape) for i, (layer, shape) in enumerate(arrays)})
    partition = blocks(name, like)
    met = [int(x) for array in numbered(partition, like).values() for x in np.ravel(array)]
    assert set(met) == set(range(partition.count))
    assert partition.inner(like, like) == pytest.approx(np.bincount(met, minlength=partition.count))
