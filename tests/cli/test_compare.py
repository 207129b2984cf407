"""Comparing two checkpoints from the command line: what a user with two files does, and what goes wrong."""

import json
import signal
import time
from pathlib import Path

import pytest
import torch
from torch import nn

from toykit.bridge import Recipe, digits, train
from toykit.bridge.checkpoint import load, write
from toykit.bridge.compare import SECTIONS, compare
from toykit.bridge.models import mlp
from toykit.cli.main import run
from toykit.data import Data
from toykit.hunt import check_module
from toykit.report.comparison import SECTIONS as KNOWN
from toykit.tolerances import TORCH64

FACTORY = """
import torch
from torch import nn

def small():
    return nn.Sequential(nn.Linear(64, 20), nn.ReLU(), nn.Linear(20, 20), nn.ReLU(), nn.Linear(20, 10))

def normalised():
    return nn.Sequential(nn.Linear(64, 12), nn.BatchNorm1d(12), nn.ReLU(), nn.Linear(12, 10))

def needs(width):
    return nn.Linear(64, width)

def broken():
    raise RuntimeError("no weights today")

class Masked(nn.Sequential):
    def forward(self, x, *, mask):
        return super().forward(x) * mask

def masked():
    return Masked(*small())

class Hungry(nn.Sequential):
    def forward(self, x):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

def hungry():
    return Hungry(*small())

class Branching(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(64, 10)
    def forward(self, x):
        return self.layer(x) if x.sum() > 0 else self.layer(-x)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "networks_of_mine.py").write_text(FACTORY)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    recipe = Recipe((20, 20), epochs=3)
    for name, seed in (("a", 1), ("b", 2)):
        trained = train(recipe, digits("train"), seed)
        names = [f"{place}.{kind}" for place in (0, 2, 4) for kind in ("weight", "bias")]
        write(tmp_path / f"{name}.safetensors", dict(zip(names, trained.theta.values(), strict=True)))
    return tmp_path


def arguments(command: str, *more: str) -> list[str]:
    given = ["--model", "networks_of_mine:small", "--data", "digits", "--examples", "200", "--draws", "3"]
    return [command, "a.safetensors", "b.safetensors", *given, *more]


def test_compare_answers_keeps_and_writes_a_page(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = ("ends", "line", "alignment", "statistics", "renormalisation", "combinations")
    chosen = [part for name in names for part in ("--section", name)]
    assert run(arguments("compare", *chosen)) == 0
    said = capsys.readouterr().out
    assert "On the straight line the training loss has" in said
    assert "100 % of a planted permutation recovered" in said
    assert "statistics: does not apply" in said
    assert "With mean and deviation of hidden units set anew at 5 positions it is as they are:" in said
    page = (folder / "comparison" / "index.html").read_text()
    assert "CERTIFIED" in page
    assert "set to those between the ends in 2 layers, at 5 positions" in page
    assert "aligned, units set anew, train" in page
    assert "line.svg" in page
    assert (folder / "comparison" / "line.svg").read_bytes().startswith(b"<?xml")

    assert run(arguments("compare", *chosen, "--json")) == 0
    said_again = capsys.readouterr()
    found = json.loads(said_again.out)
    assert "line: kept" in said_again.err
    assert found["schema"] == "toykit-compare"
    assert json.loads((folder / "comparison" / "compare.json").read_text()) == found
    repaired = found["sections"]["renormalisation"]["result"]["pairs"]
    line = found["sections"]["alignment"]["result"]["splits"]["train"]
    assert repaired["aligned"]["loss"]["values"][0] == pytest.approx(line["loss"]["values"][0], rel=TORCH64)
    assert repaired["aligned"]["loss"]["values"][2] < line["loss"]["values"][12], "REPAIR lowers the loss of the midpoint"
    certified = found["sections"]["line"]["result"]["certified"]["number"]
    grid = found["sections"]["line"]["result"]["splits"]["train"]["loss"]["barriers"]["barrier"]["value"]
    assert certified["hi"] >= grid
    means = {
        name: pair["loss"]["midpoint"]["value"] for name, pair in found["sections"]["combinations"]["result"]["pairs"].items()
    }
    assert set(means) == {"as they are", "aligned", "re-shuffled"}
    assert means["aligned"] < means["re-shuffled"]
    barrier = found["sections"]["alignment"]["result"]["splits"]["train"]["loss"]["barriers"]["barrier"]["value"]
    assert barrier < grid


def test_align_writes_a_network_with_the_same_function(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments("align", "--out", "moved.safetensors")) == 0
    assert "planted units recovered 100 %" in capsys.readouterr().out
    module = nn.Sequential(nn.Linear(64, 20), nn.ReLU(), nn.Linear(20, 20), nn.ReLU(), nn.Linear(20, 10)).double()
    inputs = torch.tensor(digits("test").inputs)
    outputs = []
    for name in ("b", "moved"):
        module.load_state_dict(dict(load(f"{name}.safetensors", module)))
        outputs.append(module(inputs).detach())
    scale = float(outputs[0].abs().max())
    assert float((outputs[0] - outputs[1]).abs().max()) <= TORCH64 * scale
    assert not torch.equal(load("b.safetensors", module)["0.weight"], load("moved.safetensors", module)["0.weight"])


def test_connect_refuses_where_the_room_does_not_suffice(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(arguments("connect", "--out", "path"))
    said = capsys.readouterr()
    if code == 0:
        assert len(list((folder / "path").iterdir())) >= 2
        assert "rise above the worse end" in said.out
    else:
        assert code == 2
        assert "a path needs" in said.err


def test_combine_writes_what_it_measured(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments("combine", "--law", "constant(0.5)", "--out", "mid.safetensors", "--json")) == 0
    found = json.loads(capsys.readouterr().out)
    module = nn.Sequential(nn.Linear(64, 20), nn.ReLU(), nn.Linear(20, 20), nn.ReLU(), nn.Linear(20, 10))
    a, b, mid = (load(f"{name}.safetensors", module) for name in ("a", "b", "mid"))
    assert float(((a["0.weight"] + b["0.weight"]) / 2 - mid["0.weight"]).abs().max()) <= TORCH64
    assert found["written"] == pytest.approx(found["mean"], rel=TORCH64)


def test_batch_norm_is_reset(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, seed in (("a", 1), ("b", 2)):
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            module = nn.Sequential(nn.Linear(64, 12), nn.BatchNorm1d(12), nn.ReLU(), nn.Linear(12, 10))
            module(torch.tensor(digits("train").inputs).float())
        torch.save({"state_dict": module.state_dict(), "epoch": 3}, folder / f"{name}.pt")
    given = ["compare", "a.pt", "b.pt", "--model", "networks_of_mine:normalised", "--data", "digits", "--examples", "100"]
    chosen = [part for name in ("line", "alignment", "statistics", "renormalisation") for part in ("--section", name)]
    assert run([*given, *chosen, "--json"]) == 0
    said = capsys.readouterr()
    assert "the state dict is the entry 'state_dict'" in said.err
    sections = json.loads(said.out)["sections"]
    assert sections.pop("renormalisation")["state"] == "does not apply"
    assert {name: part["state"] for name, part in sections.items()} == dict.fromkeys(("line", "alignment", "statistics"), "ok")
    assert set(sections["statistics"]["result"]["pairs"]) == {"as they are", "aligned"}
    assert sections["alignment"]["result"]["sound"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"--model": "networks_of_mine:needs"}, "needs width"),
        ({"--model": "networks_of_mine:broken"}, "no weights today"),
        ({"--model": "networks_of_mine:nothing"}, "nothing"),
        ({"--model": "networks_of_mine"}, "package.module:function"),
        ({"--data": "digitz"}, "got 'digitz'"),
        ({"--loss": "hinge"}, "got 'hinge'"),
        ({"--device": "mps"}, "a device is 'cpu' or 'cuda'; got 'mps'"),
        ({"--model": "networks_of_mine:masked"}, "also needs mask; write a subclass"),
        ({"--model": "networks_of_mine:hungry"}, "needs more memory than there is for 4 of shape"),
        ({"--model": "networks_of_mine:normalised"}, "a state dict has the arrays of the module"),
    ],
)
def test_a_mistake_is_one_sentence(
    folder: Path, change: dict[str, str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = {"--model": "networks_of_mine:small", "--data": "digits", "--examples": "50"} | change
    assert run(["compare", "a.safetensors", "b.safetensors", *(part for pair in given.items() for part in pair)]) == 2
    said = capsys.readouterr().err.strip()
    assert sentence in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize(
    ("command", "place", "sentence"),
    [
        ("compare", "taken", "a comparison replaces only an earlier one"),
        ("align", "taken", "a network is written to a file"),
        ("align", "nowhere/b.safetensors", "a network is written to a file"),
        ("combine", "nowhere/b.safetensors", "a network is written to a file"),
        ("connect", "taken/mine.txt", "waypoints are written to a folder"),
    ],
)
def test_a_place_that_cannot_be_written_is_told_before_anything_is_measured(
    folder: Path,
    command: str,
    place: str,
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (folder / "taken").mkdir()
    (folder / "taken" / "mine.txt").write_text("mine")
    monkeypatch.setattr("toykit.bridge.factory.module_from", lambda name: pytest.fail("the networks were read first"))
    assert run(arguments(command, "--out", place)) == 2
    assert sentence in capsys.readouterr().err
    assert [path.name for path in (folder / "taken").iterdir()] == ["mine.txt"]


def test_an_unknown_section_and_a_missing_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments("compare", "--section", "weather")) == 2
    assert "got 'weather'" in capsys.readouterr().err
    assert run(["compare", "no.pt", "b.safetensors", "--model", "networks_of_mine:small", "--data", "digits"]) == 2
    assert "no.pt" in capsys.readouterr().err


def test_a_module_that_cannot_be_traced_loses_its_alignment_only(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write("c.safetensors", {"layer.weight": torch.zeros(10, 64), "layer.bias": torch.zeros(10)})
    given = ["compare", "c.safetensors", "c.safetensors", "--model", "networks_of_mine:Branching", "--data", "digits"]
    chosen = ["--examples", "50", "--section", "ends", "--section", "alignment", "--json"]
    assert run([*given, *chosen]) == 0
    sections = json.loads(capsys.readouterr().out)["sections"]
    assert sections["ends"]["state"] == "ok"
    assert sections["alignment"]["state"] == "does not apply"


def test_the_page_knows_every_section() -> None:
    assert tuple(SECTIONS) == KNOWN


def test_stale_batch_statistics_are_told_with_the_remedy() -> None:
    """A network as it was drawn: its running statistics are 0 and 1, whatever the data."""
    data = digits("test")
    far = Data(100 * data.inputs, data.targets, data.classes, "far")
    nets = []
    for seed in (1, 2):
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            nets.append(nn.Sequential(nn.Linear(64, 12), nn.BatchNorm1d(12), nn.ReLU(), nn.Linear(12, 10)))
    found = compare(nets[0], *nets, far, sections=["ends", "line", "statistics"], examples=100)
    (told,) = [sentence for sentence in found.answer if "stored batch statistics do not fit these data" in sentence]
    assert "reset_statistics" in told


def test_a_claim_that_takes_too_long_is_told_and_costs_no_other(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(pair: object) -> object:
        while True:
            time.sleep(0.01)

    monkeypatch.setattr("toykit.bridge.compare.claims.slugs", lambda: ["barrier/barrier_conventions", "barrier/bregman_identity"])
    module = check_module("barrier/bregman_identity")
    monkeypatch.setattr(module, "check", endless)
    net = mlp((64, 6, 10))
    found = compare(net, net, net, digits("test"), sections=["claims"], claim_seconds=1.0, examples=20)
    results = found.sections["claims"].result["claims"]
    assert results["barrier/bregman_identity"]["verdict"] == "NOT FINISHED"
    assert "--claim-seconds" in results["barrier/bregman_identity"]["reason"]
    assert results["barrier/barrier_conventions"]["verdict"] == "HOLDS"
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
