"""Polygonal paths: positions, length, profile, saving, and what they refuse."""

from __future__ import annotations

import json
from pathlib import Path as File

import numpy as np
import pytest

from toykit.connectivity.join import relocate
from toykit.connectivity.toys import exact_instance, separable_nets, small_nets
from toykit.connectivity.units import Layers, units
from toykit.data import Data
from toykit.errors import InputError, ShapeError
from toykit.landscape import Pair
from toykit.networks.mlp import MLP
from toykit.parameters import Parameters
from toykit.paths import Path, Segment
from toykit.seeds import generator
from toykit.tolerances import ROUNDING


def square() -> Path:
    corners = ([0.0, 0.0], [3.0, 0.0], [3.0, 4.0])
    return Path(tuple(Parameters({"w": np.array(c)}) for c in corners), (Segment("O", "right"), Segment("C", "up")))


def test_points_length_and_largest_weight() -> None:
    path = square()
    assert path.length == 7.0
    assert path.largest_weight == 4.0
    assert path.point(0.25)["w"].tolist() == [1.5, 0.0]
    assert path.point(0.75)["w"].tolist() == [3.0, 2.0]
    assert path.point(0.0)["w"].tolist() == [0.0, 0.0]
    assert path.point(1.0)["w"].tolist() == [3.0, 4.0]
    assert path.kinds == "OC"
    assert path.reversed().kinds == "CO"
    assert path.then(path.reversed()).length == 14.0


def test_the_profile_passes_through_every_waypoint() -> None:
    pair = exact_instance()
    path = Path((pair.theta_a, pair.theta_b, pair.theta_a), (Segment(), Segment()))
    profile = path.profile(pair.landscape, 5)
    assert profile.ts.tolist() == [i / 8 for i in range(9)]
    assert profile.values[[0, 4, 8]] == pytest.approx(0.0, abs=ROUNDING)
    assert profile.values[[2, 6]] == pytest.approx(5 / 128, rel=ROUNDING)


def test_saving_keeps_every_bit(tmp_path: File) -> None:
    pair = separable_nets(0)
    path = relocate(Layers.of(pair.landscape, pair.theta_a), pair.theta_a, {2: (units([0, 3]), units([4, 1]))})
    path.save(tmp_path / "path.npz")
    again = Path.load(tmp_path / "path.npz")
    assert again.kinds == path.kinds
    assert [s.label for s in again.segments] == ["copy", "shift"]
    assert [a.tolist() for a in again.segments[1].moves[2]] == [[0, 3], [4, 1]]
    for ours, theirs in zip(path.waypoints, again.waypoints, strict=True):
        assert list(ours) == list(theirs)
        assert all(np.array_equal(ours[name], theirs[name]) for name in ours)


@pytest.mark.parametrize("content", [b"", b"no zip at all", b"PK\x03\x04 broken", b"\x93NUMPY\x01\x00"])
def test_a_foreign_file_is_one_sentence(tmp_path: File, content: bytes) -> None:
    file = tmp_path / "foreign.npz"
    file.write_bytes(content)
    with pytest.raises(InputError, match=r"written by Path\.save"):
        Path.load(file)


def stored(file: File, **index: object) -> None:
    """A saved path with some entries of its index exchanged."""
    square().save(file)
    with np.load(file) as whole:
        arrays = dict(whole)
    arrays["index"] = np.array(json.dumps({**json.loads(str(arrays["index"])), **index}))
    np.savez(file, **arrays)


@pytest.mark.parametrize(
    "index",
    [
        {"moves": [{"1": [[0], [10**30]]}, {}]},
        {"moves": [{"1": [[0], [float("inf")]]}, {}]},
        {"moves": [{"1": []}, {}]},
        {"moves": [{"1": [[0], [0]]}, {}]},
        {"kinds": "OX"},
        {"labels": ["right"]},
    ],
)
def test_an_index_that_makes_no_sense_is_one_sentence(tmp_path: File, index: dict[str, object]) -> None:
    file = tmp_path / "path.npz"
    stored(file)
    assert Path.load(file).kinds == "OC"
    stored(file, **index)
    with pytest.raises(InputError, match=r"written by Path\.save"):
        Path.load(file)


def test_endless_brackets_and_damaged_files_are_one_sentence(tmp_path: File) -> None:
    file = tmp_path / "path.npz"
    np.savez(file, index=np.array("[" * 100_000))
    with pytest.raises(InputError, match=r"written by Path\.save"):
        Path.load(file)
    square().save(file)
    whole, draw, refused = file.read_bytes(), generator("damaged path", 0), 0
    for _ in range(300):
        damaged = bytearray(whole)
        for place in draw.integers(len(whole), size=3):
            damaged[place] = draw.integers(256)
        file.write_bytes(damaged)
        try:
            Path.load(file)
        except InputError:
            refused += 1
    assert refused > 100


def test_a_file_that_cannot_be_written_is_one_sentence(tmp_path: File) -> None:
    with pytest.raises(InputError, match="a path is written to a file; got No such file or directory"):
        square().save(tmp_path / "nowhere" / "path.npz")


def test_an_array_of_another_kind_is_refused(tmp_path: File) -> None:
    file = tmp_path / "array.npy"
    np.save(file, np.zeros(3))
    with pytest.raises(InputError, match=r"written by Path\.save"):
        Path.load(file)


def test_a_pickle_is_never_loaded(tmp_path: File) -> None:
    file = tmp_path / "pickle.npz"
    np.savez(file, index=np.array([{"names": []}], dtype=object))
    with pytest.raises(InputError, match=r"written by Path\.save"):
        Path.load(file)


def test_norms_are_those_of_the_waypoints_and_nothing_between_exceeds_them() -> None:
    path = square()
    assert path.norms.tolist() == [0.0, 3.0, 5.0]
    assert max(path.point(t).norm() for t in np.linspace(0, 1, 33)) == 5.0


def classified() -> tuple[Path, Pair]:
    pair = small_nets(0)
    assert pair.landscape.error(pair.theta_a) is not None
    return Path.chord(pair.theta_a, pair.theta_b), pair


def test_loss_and_error_along_a_path_on_other_data() -> None:
    path, pair = classified()
    net = pair.landscape
    other = Data(net.inputs[::-1] + 0.3, net.targets, net.data.classes)
    test = MLP(net.sizes, net.activation, net.criterion, other, net.biased)
    losses, errors = path.profile(test, 4), path.error_profile(test, 4)
    assert errors.quantity == "error"
    for t, loss, error in zip(losses.ts, losses.values, errors.values, strict=True):
        assert loss == pytest.approx(test.loss(path.point(float(t))), rel=ROUNDING)
        assert error == test.error(path.point(float(t)))
    with pytest.raises(InputError, match="needs data with classes"):
        path.error_profile(exact_instance().landscape)


def test_a_plot_is_one_call() -> None:
    path, pair = classified()
    axes = path.plot(pair.landscape, pair.landscape, per_segment=5)
    assert [line.get_label() for line in axes.lines][::2] == ["training loss", "test loss"]
    assert axes.lines[0].get_ydata() == pytest.approx(path.profile(pair.landscape, 5).values)
    assert path.plot(pair.landscape, axes=axes) is axes


@pytest.mark.parametrize(
    "moves", [{1: ([0], [0])}, {1: ([0, 1], [1, 2])}, {1: ([0, 1], [2, 2])}, {1: ([0, 1], [2])}, {0: ([0], [1])}]
)
def test_no_unit_hands_over_to_itself_or_shares_a_slot(moves: dict[int, tuple[list[int], list[int]]]) -> None:
    """With unit 0 handing over to itself any change of its outgoing column would pass as a constant segment."""
    with pytest.raises(InputError, match="a slot of its own"):
        Segment("T", "shift", {p: (units(sources), units(slots)) for p, (sources, slots) in moves.items()})


def test_refusals() -> None:
    path = square()
    with pytest.raises(InputError, match="one waypoint more than segments"):
        Path(path.waypoints, path.segments[:1])
    with pytest.raises(InputError, match="one of the types"):
        Segment("X")
    with pytest.raises(InputError, match="where one ends and the next begins"):
        path.then(path)
    with pytest.raises(InputError, match="lies in"):
        path.point(1.5)
    with pytest.raises(ShapeError):
        Path((path.waypoints[0], Parameters({"w": np.zeros(3)})), (Segment(),))
