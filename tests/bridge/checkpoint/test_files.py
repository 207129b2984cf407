from __future__ import annotations

import argparse
import collections
import datetime
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from toykit.bridge.checkpoint import CheckpointError, load, read, write
from toykit.errors import NonFiniteError, ShapeError
from toykit.parameters import Parameters
from toykit.seeds import generator


def network() -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(16, 5))


def same(found: dict[str, torch.Tensor], expected: dict[str, torch.Tensor]) -> bool:
    return list(found) == list(expected) and all(
        found[name].dtype == array.dtype and found[name].shape == array.shape and torch.equal(found[name], array)
        for name, array in expected.items()
    )


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_a_state_dict_saved_by_torch_is_read_bit_for_bit(saved, protocol: int) -> None:
    state = network().state_dict()
    found = read(saved(state, pickle_protocol=protocol))
    assert same(found.arrays, state)
    assert found.notes == ()


def test_safetensors_are_written_and_read_in_order(tmp_path: Path) -> None:
    state = dict(reversed(network().state_dict().items()))
    write(tmp_path / "net.safetensors", state)
    assert same(read(tmp_path / "net.safetensors").arrays, state)
    write(tmp_path / "net.safetensors", Parameters({"w": np.array([1.5])}))
    assert read(tmp_path / "net.safetensors").arrays["w"].tolist() == [1.5]
    assert [path.name for path in tmp_path.iterdir()] == ["net.safetensors"]


DTYPES = (
    *(torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.complex64, torch.complex128),
    *(torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool),
)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_every_usual_dtype_is_read(saved, tmp_path: Path, dtype: torch.dtype) -> None:
    state = {
        "w": torch.arange(6).reshape(2, 3).to(dtype),
        "none": torch.empty((0, 3), dtype=dtype),
        "one": torch.ones((), dtype=dtype),
    }
    assert same(read(saved(state)).arrays, state)
    if not dtype.is_complex:
        write(tmp_path / "a.safetensors", state)
        assert same(read(tmp_path / "a.safetensors").arrays, state)


def strided(draw: st.DrawFn) -> torch.Tensor:
    """A view of a storage: some axes exchanged, cut and stepped through."""
    shape = draw(st.lists(st.integers(1, 4), min_size=1, max_size=3))
    numbers = torch.from_numpy(generator("a strided tensor", draw(st.integers(0, 99))).normal(size=tuple(shape)))
    cuts = tuple(slice(draw(st.integers(0, size - 1)), None, draw(st.integers(1, 2))) for size in shape)
    return numbers[cuts].permute(draw(st.permutations(range(len(shape)))))


@given(st.lists(st.composite(strided)(), min_size=1, max_size=4))
def test_views_are_read_as_they_are(tmp_path_factory: pytest.TempPathFactory, views: list[torch.Tensor]) -> None:
    path = tmp_path_factory.mktemp("views") / "checkpoint.pt"
    state = {f"{number}.weight": view for number, view in enumerate([*views, views[0]])}
    torch.save(state, path)
    found = read(path).arrays
    assert same(found, state)
    assert found["0.weight"].data_ptr() == found[f"{len(views)}.weight"].data_ptr()  # tied weights stay tied


def test_parameters_of_a_module_are_tensors(saved) -> None:
    net = network()
    found = read(saved(dict(net.named_parameters()))).arrays
    assert same(found, {name: p.detach() for name, p in net.named_parameters()})


def training(net: nn.Module) -> dict[str, object]:
    """What a training script saves."""
    optimizer = torch.optim.Adam(net.parameters())
    net(torch.ones(2, 3, 4, 4)).sum().backward()
    optimizer.step()
    return {
        "epoch": 3,
        "best": (0.5, None),
        "optimizer": optimizer.state_dict(),
        "args": argparse.Namespace(lr=0.1, sizes=[1, 2]),
        "accuracy": np.float64(0.25),
        "seen": {1, 2},
        "never": frozenset({3}),
        "history": np.arange(3.0),
        "numpy rng": generator("a checkpoint").bit_generator.state,
        "begun": datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC),
        "counts": collections.Counter("abc"),
        "by epoch": collections.defaultdict(list, {1: [0.5]}),
        "shape": torch.Size([2, 3]),
        "device": torch.device("cpu"),
        "dtype": torch.float32,
        "version": torch.__version__,
        "rng": torch.zeros(8, dtype=torch.uint8),
    }


@pytest.mark.parametrize("place", ["state_dict", "model", "net", "trainer.weights"])
@pytest.mark.parametrize("prefix", ["", "module.", "_orig_mod.", "module._orig_mod."])
@pytest.mark.parametrize("protocol", [2, 4])
def test_the_weights_of_a_training_checkpoint_are_found(saved, place: str, prefix: str, protocol: int) -> None:
    net = network()
    state = {f"{prefix}{name}": array for name, array in net.state_dict().items()}
    outer, _, inner = place.rpartition(".")
    whole = {**training(net), **({outer: {inner: state}} if outer else {inner: state})}
    found = read(saved(whole, pickle_protocol=protocol), net)
    assert same(found.arrays, net.state_dict())
    assert found.notes[0] == f"the state dict is the entry {place!r} of the checkpoint"
    assert len(found.notes) == 1 + bool(prefix)
    assert all(prefix in note for note in found.notes[1:])
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        theta = load(saved(whole), net)
    assert [str(warning.message).split(": ", 1)[1] for warning in told] == list(found.notes)
    assert same(dict(theta), net.state_dict())


def test_one_of_several_state_dicts_is_chosen_by_key_or_by_names(saved) -> None:
    net = network()
    slow = {name: array * 0 for name, array in net.state_dict().items()}
    path = saved({"model": net.state_dict(), "ema": slow, "critic": {"w": torch.ones(3)}})
    assert same(read(path, key="ema").arrays, slow)
    assert same(read(path).arrays, net.state_dict())
    assert read(path).notes == ("the state dict is the entry 'model' of the checkpoint; 'ema' is there as well",)
    assert read(path, net).notes == ("the state dict is the entry 'model' of the checkpoint; 'ema' would fit as well",)
    with pytest.raises(CheckpointError, match="got 'other'; this checkpoint has 'model', 'ema', 'critic'; name one"):
        read(path, key="other")
    critic = nn.ParameterDict({"w": nn.Parameter(torch.zeros(3))})
    assert read(path, critic).arrays["w"].tolist() == [1, 1, 1]
    with pytest.raises(CheckpointError, match="has one state dict; this one has 'generator', 'critic'; name one by key"):
        read(saved({"generator": net.state_dict(), "critic": slow}))


def test_a_state_dict_in_a_dictionary_with_a_default_is_found(saved) -> None:
    net = network()
    found = read(saved({"model": collections.defaultdict(list, net.state_dict())}), net)
    assert same(found.arrays, net.state_dict())


def test_kinds_of_eight_bits_are_read_or_refused(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    tiny = torch.tensor([1.0, 2.0]).to(torch.float8_e4m3fn)
    save_file({"w": tiny}, tmp_path / "a.safetensors")
    assert read(tmp_path / "a.safetensors").arrays["w"].float().tolist() == [1, 2]
    save_file({"w": (tiny.float() * torch.nan).to(torch.float8_e4m3fn)}, tmp_path / "a.safetensors")
    with pytest.raises(NonFiniteError, match=r"a.safetensors has 2 non-finite entries in w"):
        read(tmp_path / "a.safetensors")


def test_a_wrapped_module_keeps_its_own_prefix(saved) -> None:
    wrapped = nn.ModuleDict({"model": network()})
    assert same(read(saved(wrapped.state_dict()), wrapped).arrays, wrapped.state_dict())
    assert read(saved(wrapped.state_dict()), wrapped).notes == ()


def test_arrays_of_another_module_are_told_apart(saved) -> None:
    net = network()
    state = dict(net.state_dict())
    state["3.weights"] = state.pop("3.weight")
    state["0.bias"] = torch.zeros(7)
    state["extra"] = torch.zeros(1)
    with pytest.raises(ShapeError) as caught:
        load(saved(state), net)
    told = str(caught.value)
    assert (
        "missing: 3.weight; unexpected: 3.weights (for 3.weight?), extra; of another shape: 0.bias (7,) instead of (4,)" in told
    )
    assert told.endswith("does it belong to another one?")


def test_counters_of_batch_normalisation_may_be_missing(saved) -> None:
    net = network()
    state = {name: array for name, array in net.state_dict().items() if not name.endswith("num_batches_tracked")}
    assert same(dict(load(saved(state), net)), state)


def test_what_is_not_finite_is_refused_in_parameters(saved, tmp_path: Path) -> None:
    net = network()
    net.register_buffer("mask", torch.full((2, 2), -torch.inf))
    with pytest.raises(NonFiniteError, match="4 non-finite entries in mask"):
        read(saved(net.state_dict()))
    assert float(read(saved(net.state_dict()), net).arrays["mask"][0, 0]) == -torch.inf
    with torch.no_grad():
        net[0].bias[1] = torch.nan
    with pytest.raises(NonFiniteError, match=r"1 non-finite entries in 0\.bias"):
        load(saved(net.state_dict()), net)
    with pytest.raises(NonFiniteError, match=r"1 non-finite entries in 0\.bias"):
        write(tmp_path / "a.safetensors", dict(net.named_parameters()))


def test_files_that_are_missing_or_cannot_be_written_are_told(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"a readable file; .*No such file"):
        read(tmp_path / "missing.pt")
    with pytest.raises(CheckpointError, match=r"a readable file; .*Is a directory"):
        read(tmp_path)
    with pytest.raises(CheckpointError, match=r"written to a folder; .*No such file"):
        write(tmp_path / "nowhere" / "a.safetensors", {"w": torch.ones(1)})
    write(tmp_path / "a.safetensors", {"w": torch.ones(1)})
    with pytest.raises(CheckpointError, match="leave out key"):
        read(tmp_path / "a.safetensors", key="model")
