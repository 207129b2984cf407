from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from toykit.bridge.factory import module_from
from toykit.errors import InputError

FACTORIES = """
from torch import nn
def network(width=3): return nn.Sequential(nn.Linear(2, width), nn.ReLU(), nn.Linear(width, 2))
def needs(depth, *, width, norm="batch"): return network(width)
def raises(): raise RuntimeError("no weights here\\nat all")
def nothing(): pass
class Own(nn.Linear):
    def __init__(self): super().__init__(2, 2)
ready = network()
class Outer:
    network = staticmethod(network)
"""


@pytest.fixture(autouse=True)
def _own_factories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own_factories.py").write_text(FACTORIES, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "own_factories", raising=False)


def test_a_factory_returns_a_network_drawn_from_the_seed() -> None:
    before = torch.get_rng_state()
    first, again, other = (module_from("own_factories:network", seed) for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(first[0].weight, again[0].weight)
    assert not torch.equal(first[0].weight, other[0].weight)
    assert isinstance(module_from("own_factories:Own"), nn.Linear)
    assert isinstance(module_from("own_factories:Outer.network"), nn.Sequential)
    assert isinstance(module_from("toykit.bridge.models:resnet20"), nn.Module)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("own_factories:needs", "called without arguments; own_factories:needs needs depth, width; write a function"),
        ("own_factories:raises", "own_factories:raises raised RuntimeError .no weights here.; mend it"),
        ("own_factories:nothing", "own_factories:nothing returned NoneType; return the network"),
        ("own_factories:ready", "own_factories:ready is one; write def factory"),
        ("own_factories:missing", "own_factories defines network, needs, raises, nothing, Own"),
        ("own_factories", "a factory is named package.module:function; got 'own_factories'"),
        ("nowhere:network", "nowhere cannot .ModuleNotFoundError: No module named 'nowhere'"),
    ],
)
def test_factories_that_do_not_work_get_one_sentence(name: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence) as caught:
        module_from(name)
    assert "\n" not in str(caught.value)
