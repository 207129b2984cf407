from __future__ import annotations

import pytest
import torch
from torch import nn

from toykit.bridge import TorchLandscape, evaluate, lenet, mlp
from toykit.bridge.training.evaluation import channels_last
from toykit.data import Data, gaussian_clusters, teacher_student
from toykit.errors import InputError
from toykit.seeds import generator
from toykit.tolerances import ROUNDING, TORCH32


@pytest.mark.parametrize("chunk", [1, 7, 90, 1000])
@pytest.mark.parametrize("loss", ["cross-entropy", "squared"])
def test_chunks_change_nothing(loss: str, chunk: int) -> None:
    data, module = gaussian_clusters(count=90), mlp((5, 8, 3))
    whole = TorchLandscape(module, nn.CrossEntropyLoss() if loss == "cross-entropy" else nn.MSELoss(), data)
    found = evaluate(module, data, loss, chunk=chunk)
    assert found.loss == pytest.approx(whole.loss(whole.parameters()), rel=ROUNDING)
    assert found.error == whole.error(whole.parameters())


def test_target_vectors_have_no_error() -> None:
    data, module = teacher_student(), mlp((4, 8, 1))
    whole = TorchLandscape(module, nn.MSELoss(), data)
    assert evaluate(module, data, "squared") == (pytest.approx(whole.loss(whole.parameters()), rel=ROUNDING), None)


def test_the_mode_of_the_module_is_put_back_and_statistics_stay() -> None:
    module = nn.Sequential(nn.Linear(5, 4), nn.BatchNorm1d(4), nn.Dropout(0.5), nn.Linear(4, 3)).train()
    before = module[1].running_mean.clone()
    assert evaluate(module, gaussian_clusters()) == evaluate(module, gaussian_clusters())
    assert module.training
    assert torch.equal(module[1].running_mean, before)


def test_images_pass_through_in_float32() -> None:
    pixels = generator("images to evaluate").normal(size=(20, 1, 28, 28)).astype("float32")
    data, module = Data(pixels, [0, 1] * 10, 10), lenet()
    whole = TorchLandscape(module, nn.CrossEntropyLoss(), data, dtype=torch.float32)
    assert evaluate(module, data, chunk=6).loss == pytest.approx(whole.loss(whole.parameters()), rel=TORCH32)
    assert channels_last(torch.ones(2, 3, 4, 5)).stride() == (60, 1, 15, 3)
    assert channels_last(torch.ones(2, 3)).stride() == (3, 1)


def test_an_unknown_loss_is_told() -> None:
    with pytest.raises(InputError, match="one of cross-entropy, squared; got 'hinge'"):
        evaluate(mlp((5, 3)), gaussian_clusters(), "hinge")
