"""Pickles made to run code, to fill the memory or to take forever: one sentence, at once, and nothing is run."""

from __future__ import annotations

import os
import pickle  # the attacks are written with it; nothing here is read with it
import tempfile
import time
import zipfile
from pathlib import Path

import pytest
import torch
from torch import nn

RUN = Path(tempfile.gettempdir()) / f"toykit-was-run-{os.getpid()}"
"""What every attack creates; the fixture `untouched` looks for it."""


class Attack:
    """A value whose unpickling calls a function."""

    def __init__(self, function: object, *arguments: object) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return self.call


def pickled(value: object, protocol: int = 2) -> bytes:
    return pickle.dumps(value, protocol)


def test_the_attack_is_real() -> None:
    pickle.loads(pickled(Attack(os.system, f"touch {RUN}")))  # noqa: S301 - what a reader that unpickles would do
    assert RUN.exists()
    RUN.unlink()


CALLS = {
    "os.system": Attack(os.system, f"touch {RUN}"),
    "exec": Attack(exec, f"open({str(RUN)!r}, 'w')"),
    "getattr": Attack(getattr, "text", "upper"),
    "open": Attack(open, str(RUN), "w"),
    "torch load": Attack(torch.load, str(RUN)),
    "module": nn.Linear(2, 2),
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("protocol", [2, 4])
def test_nothing_is_called(refused, zipped, name: str, protocol: int) -> None:
    refused(
        zipped(pickled({"w": CALLS[name]}, protocol)), "read without running anything; this one needs .*save model.state_dict"
    )


def test_a_whole_model_is_refused_with_what_to_do(refused, saved) -> None:
    refused(
        saved(nn.Linear(2, 2)), r"needs torch.nn.modules.linear.Linear, which is no plain tensor; save model.state_dict\(\) alone"
    )


OPCODES = {
    "instance": (b"(cos\nsystem\n.", "instruction INST|refused|needs"),
    "object": (b"(cposix\nsystem\nU\x01ao.", "needs posix.system"),
    "extension": (b"\x82\x01.", "instruction EXT1"),
    "persistent text": (b"Pname\n.", "instruction PERSID"),
    "long text": (b"\x8a\xff" + b"\x01" * 255 + b".", "damaged|none"),
    "no stop": (b"}", "damaged"),
    "empty": (b"", "damaged"),
    "two values": (b"}}.", "something is left"),
    "no value": (b".", "a value is missing"),
    "no mark": (b"}u.", "a mark is missing"),
    "mark as value": (b"(.", "a value is missing"),
    "unknown memo": (b"h\x05.", "KeyError"),
    "set in a list": (b"](K\x01K\x02u.", "no dictionary"),
    "append to a dictionary": (b"}K\x01a.", "no list"),
    "call of a number": (b"K\x01)R.", "call of no function"),
    "call of a storage": (b"ctorch\nFloatStorage\n)R.", "other than usual values"),
    "storage of a number": (b"K\x01Q.", "reference to no storage"),
    "attributes of a list": (b"]}b.", "attributes"),
    "ordered from a list": (b"ccollections\nOrderedDict\n](K\x01K\x02e\x85R.", "other than usual values"),
    "global without a space": (b"cos\nsystem", "damaged"),
    "global of tuples": (b")(]]t\x93.", "a global without a name"),
    "unknown byte": (b"\xff.", "damaged"),
    "tensor of nothing": (b"ctorch._utils\n_rebuild_tensor_v2\n)R.", "another form"),
}


@pytest.mark.parametrize("name", OPCODES)
def test_strange_pickles_get_one_sentence(refused, zipped, name: str) -> None:
    refused(zipped(OPCODES[name][0]), OPCODES[name][1])


def doubling(instruction: bytes, levels: int = 60) -> bytes:
    """Tuples of twice the tuple before: 2^60 values in a few hundred bytes."""
    return b")" + b"".join(b"q" + bytes([n]) + b"h" + bytes([n]) + instruction for n in range(levels))


def test_values_that_double_at_each_step_are_not_walked_through(refused, zipped) -> None:
    tower = doubling(b"\x86")
    for tail, sentence in ((b".", "holds none"), (b"0.", "instruction POP"), (tower[1:] + b"\x93.", "without a name|missing")):
        refused(zipped(tower + tail), sentence)
    refused(zipped(b"}" + tower + b"K\x01s."), "holds none")  # as a key, whose hash would take forever
    refused(zipped(tower + b"]\x93."), "a global without a name")
    path = zipped(b"}q\x00X\x01\0\0\0ah\x00s.")  # a dictionary inside itself
    refused(path, "holds none")


def branching(levels: int) -> bytes:
    """A dictionary of twenty times the same dictionary, and so on: 20^levels entries."""
    if levels == 0:
        return b"}q\x00"
    keys = [b"X\x01\0\0\0" + bytes([97 + number]) for number in range(20)]
    again = b"".join(key + b"h" + bytes([levels - 1]) for key in keys[1:])
    return b"}(" + keys[0] + branching(levels - 1) + again + b"uq" + bytes([levels])


def test_dictionaries_inside_dictionaries_end(refused, zipped) -> None:
    refused(zipped(branching(2) + b"."), "holds none")
    refused(zipped(branching(7) + b"."), "at most 1000000 entries")


def test_older_and_other_formats_are_named(refused, saved, tmp_path: Path) -> None:
    refused(saved({"w": torch.ones(2)}, _use_new_zipfile_serialization=False), "is an older pickle, which cannot be read without")
    plain = tmp_path / "plain.pt"
    plain.write_bytes(pickled(Attack(os.system, f"touch {RUN}")))
    refused(plain, "an older pickle")
    script = tmp_path / "script.pt"
    with pytest.warns(DeprecationWarning, match="torch.jit"):
        torch.jit.save(torch.jit.trace(nn.Linear(2, 2), torch.ones(1, 2)), script)
    refused(script, "TorchScript")
    with zipfile.ZipFile(
        script, "a", zipfile.ZIP_DEFLATED
    ) as archive:  # its debug tables are compressed, and grow with the stack
        archive.writestr("script/code/long.debug_pkl", b"0" * 1_000_000)
    refused(script, "TorchScript")
    refused(saved({"epoch": 3}), "this one holds none")
    refused(saved([torch.ones(2)]), "this one holds none")
    refused(saved({"w": torch.ones(2).to(torch.float8_e4m3fn)}), "needs torch")
    plain.write_bytes(b"")
    refused(plain, "safetensors format or a .pt archive; got 0 other bytes, which begin with nothing")


def text(content: str) -> bytes:
    raw = content.encode("utf-8", "surrogatepass")
    return b"X" + len(raw).to_bytes(4, "little") + raw


@pytest.mark.parametrize("name", ["a\nb", "\x1b[31mred", "half a pair \ud800"])
def test_text_from_the_file_stays_on_its_line(refused, saved, zipped, name: str) -> None:
    """A sentence that a file can break in two, or that no terminal can print, could say anything."""
    refused(saved({name: torch.ones(2)}), "names of tensors can be printed")
    refused(zipped(b"\x80\x04" + text(name) + text(name) + b"\x93."), "needs .*, which is no plain tensor")
    key = b"(" + text("storage") + b"ctorch\nFloatStorage\n" + text(name) + text("cpu") + b"K\x01tQ"
    tensor = b"ctorch._utils\n_rebuild_tensor_v2\n(" + key + b"K\x00K\x01\x85K\x01\x85\x89}tR"
    refused(zipped(b"}" + text("w") + tensor + b"s."), "each storage is one entry of its size")


def test_numbers_that_collide_as_keys_cost_nothing(refused, zipped) -> None:
    """All multiples of 2^61 - 1 have the hash 0; a dictionary of 50,000 of them takes half a minute."""
    numbers = (number * (2**61 - 1) for number in range(1, 50_000))
    body = b"".join(b"\x8a\x0c" + number.to_bytes(12, "little", signed=True) + b"N" for number in numbers)
    before = time.perf_counter()
    refused(zipped(b"}(" + body + b"u."), "holds none")
    assert time.perf_counter() - before < 5


def test_a_view_with_attributes_is_named(refused, saved) -> None:
    refused(saved({"w": torch.ones(2, dtype=torch.complex64).conj()}), "needs a view with attributes, as a conjugated one has")
    refused(saved({"w": torch.eye(2).to_sparse()}), "_rebuild_sparse_tensor, which is no plain tensor")
