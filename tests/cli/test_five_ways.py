"""The table of five ways from the command line: asked for by name, for a chain of convolutions that is written as a class."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from torch import nn

from toykit.bridge import digits
from toykit.bridge.checkpoint import write
from toykit.bridge.compare import compare, comparing
from toykit.cli.main import run
from toykit.connectivity.comparison import WAYS

CONVOLUTIONS = """
import torch
from torch import nn
from torch.nn import functional

class Small(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.hidden, self.out = nn.Conv2d(1, 6, 3, padding=1), nn.Linear(24, 24), nn.Linear(24, 10)
    def forward(self, x):
        x = functional.max_pool2d(torch.relu(self.conv(x.view(-1, 1, 8, 8))), 4)
        return self.out(torch.relu(self.hidden(x.flatten(1))))
"""


def test_the_table_of_five_ways_is_made_for_convolutions_where_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A chain written as a class: it is traced, its channels are aligned, thinned and rebuilt, and the page shows the rows."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "convolutions_of_mine.py").write_text(CONVOLUTIONS)
    from convolutions_of_mine import Small  # type: ignore[import-not-found]

    for name in ("a", "b"):
        write(tmp_path / f"{name}.safetensors", dict(Small().state_dict()))
    chosen = ["--examples", "60", "--draws", "2", "--section", "ways", "--out", "page"]
    given = ["compare", "a.safetensors", "b.safetensors", "--model", "convolutions_of_mine:Small", "--data", "digits"]
    assert run([*given, *chosen]) == 0
    made = json.loads((tmp_path / "page" / "compare.json").read_text())["sections"]["ways"]
    assert made["state"] == "ok", made["reason"]
    rows = made["result"]["rows"]
    assert [row["way"] for row in rows] == list(WAYS)
    assert [row["maximum"]["evidence"] for row in rows] == ["ESTIMATED", "ESTIMATED", "EXACT", "EXACT", "ESTIMATED"]
    assert len(rows[3]["stages"]) == 4
    page = (tmp_path / "page" / "index.html").read_text()
    assert "Five ways" in page
    assert "The stages of the rebuilt path" in page


def test_the_table_is_not_made_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "SECTIONS", {name: comparing.SECTIONS[name] for name in ("ends", "ways")})
    module = nn.Sequential(nn.Linear(64, 4), nn.ReLU(), nn.Linear(4, 10))
    assert list(compare(module, module, module, digits("test"), examples=4).sections) == ["ends"]
