from __future__ import annotations

import io
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from toykit.bridge.data import data
from toykit.bridge.datasets import from_loader, from_npz, own
from toykit.bridge.landscapes.examples import examples
from toykit.data import Data, gaussian_clusters
from toykit.errors import InputError, NonFiniteError

X, Y = np.arange(24.0).reshape(6, 4), np.array([0, 1, 2, 0, 1, 2])


def saved(path: Path, **arrays: object) -> str:
    np.savez(path / "mine.npz", **arrays)  # type: ignore[arg-type]
    return str(path / "mine.npz")


def test_arrays_of_a_file_are_data(tmp_path: Path) -> None:
    path = saved(tmp_path, x=X, y=Y, x_test=X[:2] + 1, y_test=np.array([3, 0], np.uint8))
    train, test, both = (data(path, split) for split in ("train", "test", "all"))
    assert train.name == "mine.npz (train)"
    assert (train.inputs == X).all()
    assert (train.targets == Y).all()
    assert (train.classes, test.classes) == (4, 4)  # the largest label of either split
    assert (both.inputs == np.concatenate([X, X[:2] + 1])).all()


def test_images_and_float32_are_kept(tmp_path: Path) -> None:
    images = np.arange(6 * 12, dtype=np.float32).reshape(6, 3, 2, 2)
    found = from_npz(saved(tmp_path, x=images, y=Y))
    assert found.shape == (3, 2, 2)
    assert found.inputs.dtype == np.float32
    given = examples(found, torch.device("cpu"), torch.float64).inputs
    assert given.shape == (6, 3, 2, 2)
    assert (given.numpy() == images).all()
    assert from_npz(saved(tmp_path, x=images, y=Y), "all").digest == found.digest
    assert Data(images.reshape(6, 12), Y, 3).digest != found.digest


def test_target_vectors_are_a_regression(tmp_path: Path) -> None:
    found = from_npz(saved(tmp_path, x=X, y=X[:, :2]))
    assert found.classes is None
    assert found.targets.shape == (6, 2)


@pytest.mark.parametrize(
    ("arrays", "split", "sentence"),
    [
        ({"x": X}, "train", "needs x and y; .* has x; add y"),
        ({"a": X, "b": Y}, "train", "has none of them; add x"),
        ({"a": X}, "all", "has none of them; add x"),
        ({"x": X, "y": Y}, "test", "needs x_test and y_test; .* has x, y; add x_test or use split='train'"),
        ({"x": X, "y": Y[:3]}, "train", "each example has one target"),
        ({"x": X, "y": Y - 1}, "train", "labels are whole numbers from 0 to 1; got -1"),
        ({"x": X, "y": Y + 0.5}, "train", "labels .n,. or vectors .n, k.; .* has float64 of shape .6,."),
        ({"x": X, "y": Y * 0}, "train", "at least two classes; .* has only the label 0"),
        ({"x": X[:0], "y": Y[:0]}, "train", "at least one example"),
        ({"x": X[:, 0], "y": Y}, "train", "inputs have the shape"),
        ({"x": X * np.nan, "y": Y}, "train", "24 of 24 inputs are NaN"),
        ({"x": np.array(3.0), "y": Y}, "train", "one shape"),
        ({"x": X.astype(str), "y": Y}, "train", "data are real numbers; got inputs of the type <U"),
        ({"x": X + 1j, "y": Y}, "train", "data are real numbers; got inputs of the type complex128"),
        ({"x": X, "y": Y, "x_test": X[:, :2], "y_test": Y}, "all", "one shape"),
        ({"x": np.array([{"a": 1}] * 6), "y": Y}, "train", "plain arrays x and y; .* cannot be read so"),
        ({"x": X, "y": Y}, "validation", "choose one"),
    ],
)
def test_files_that_do_not_fit_get_one_sentence(tmp_path: Path, arrays: dict[str, object], split: str, sentence: str) -> None:
    path = saved(tmp_path, **arrays)
    with pytest.raises(InputError, match=sentence) as caught:
        from_npz(path, split)
    assert "\n" not in str(caught.value)


def test_other_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mine.npz"
    with pytest.raises(InputError, match="there is no"):
        from_npz(path)
    whole = Path(saved(tmp_path, x=X, y=Y)).read_bytes()
    for content in (b"", b"no zip", whole[: len(whole) // 2], whole[:200] + bytes(50) + whole[250:]):
        path.write_bytes(content)
        with pytest.raises(InputError, match="cannot be read so"):
            from_npz(path)
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (1 << 50,)})
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.npy", header.getvalue())
        archive.writestr("y.npy", b"")
    with pytest.raises(InputError, match="cannot be read so"):
        from_npz(path)
    path.write_bytes(whole)
    monkeypatch.setattr(own, "LARGEST", 100)
    with pytest.raises(InputError, match="unpacks to at most 100 bytes"):
        from_npz(path)


LOADERS = """
import numpy as np, torch
from torch.utils.data import DataLoader, TensorDataset
from toykit.data import Data
X, Y = np.arange(24.0).reshape(6, 4), np.array([0, 1, 2, 0, 1, 2])
def arrays(): return X, Y
def splits(split="train"): return (X, Y) if split == "train" else (X + 1, Y)
def tensors(split): return torch.as_tensor(X, dtype=torch.float32), torch.as_tensor(Y)
def loader(split): return DataLoader(TensorDataset(torch.as_tensor(X), torch.as_tensor(Y)), batch_size=4)
def whole(split): return Data(X, Y, 5, "own name")
def raises(split): raise KeyError("no\\nsuch split")
def nothing(split): return None
def one(split): return X, Y * 0
number = 3
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "own_loaders.py").write_text(LOADERS, encoding="utf-8")
    (tmp_path / "broken_loaders.py").write_text("import nothing_of_this_name", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "own_loaders", raising=False)
    return "own_loaders"


def test_loaders_return_pairs_loaders_or_data(module: str) -> None:
    before = list(sys.path)
    for name in ("arrays", "splits", "tensors", "loader"):
        found = data(f"{module}:{name}")
        assert found.name == f"{module}:{name} (train)"
        assert (found.inputs == X).all()
        assert (found.targets == Y).all()
        assert found.classes == 3
        assert found.inputs.dtype == (np.float32 if name == "tensors" else np.float64)
    assert data(f"{module}:whole").name == "own name"
    assert (data(f"{module}:splits", "test").inputs == X + 1).all()
    assert sys.path == before


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("own_loaders:missing", "own_loaders:missing is not there; own_loaders defines arrays, splits, tensors"),
        ("own_loaders:number", "is a function; own_loaders:number is int"),
        ("own_loaders:raises", "own_loaders:raises raised KeyError .*no.*; mend it"),
        ("own_loaders:nothing", "got NoneType"),
        ("own_loaders:one", "at least two classes"),
        ("no_module_of_this_name:f", "no_module_of_this_name cannot .ModuleNotFoundError"),
        ("broken_loaders:f", "No module named 'nothing_of_this_name'"),
        ("own_loaders:", "is named package.module:function"),
        ("own loaders:f", "is named package.module:function"),
        ("own_loaders", "got 'own_loaders'; give one"),
        ("fashion", "data are digits, mnist, mnist-unit, cifar10"),
    ],
)
def test_loaders_that_do_not_work_get_one_sentence(module: str, name: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence) as caught:
        data(name)
    assert "\n" not in str(caught.value)


def test_a_loader_without_splits_has_only_the_first(module: str) -> None:
    with pytest.raises(InputError, match="takes none; write def loader"):
        from_loader("own_loaders:arrays", "test")


def test_data_loaders_keep_their_own_precision() -> None:
    pair = (torch.zeros((4, 2), dtype=torch.float16), torch.zeros((4, 1), dtype=torch.float64))
    found = examples(DataLoader(TensorDataset(*pair), batch_size=3), torch.device("cpu"))
    assert (found.inputs.dtype, found.targets.dtype) == (torch.float16, torch.float64)


def test_rows_stay_rows_for_the_toys() -> None:
    flat = gaussian_clusters()
    assert flat.shape == (flat.width,)
    cubes = Data(np.zeros((3, 2, 2, 2)), [0, 1, 0], 2)
    assert (cubes.inputs.shape, cubes.width, cubes.shape) == ((3, 8), 8, (2, 2, 2))
    with pytest.raises(NonFiniteError):
        Data(np.full((1, 2, 2), np.inf), [0], 1)
