"""Run the sections one after the other, keep each as soon as it is done, and say in sentences what they mean."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from torch import nn

from toykit.bridge.compare.answer import answer
from toykit.bridge.compare.found import Found
from toykit.bridge.compare.sections import ON_REQUEST, SECTIONS
from toykit.bridge.compare.setting import Setting, Source, setting
from toykit.bridge.evaluating.memory import out_of_memory
from toykit.data import Data
from toykit.errors import InputError
from toykit.parameters import Parameters


class Keeper(Protocol):
    """Where finished sections are kept: a crash loses only the one that was running."""

    def kept(self, section: str) -> Done | None:
        """What an earlier run of the same comparison has left."""

    def keep(self, section: str, done: Done) -> None:
        """Keep a finished section."""


@dataclass(frozen=True)
class Done:
    """One section: what it found, or the reason why it does not apply or failed."""

    state: str
    result: Mapping[str, Any]
    arrays: Mapping[str, Parameters]
    seconds: float

    @property
    def reason(self) -> str:
        """Why there is no result; empty where there is one."""
        return "" if self.state == "ok" else str(self.result["reason"])


@dataclass(frozen=True)
class Compared:
    """All sections of a comparison by name, and what they say together."""

    name: str
    facts: Mapping[str, str]
    sections: Mapping[str, Done]

    @property
    def answer(self) -> tuple[str, ...]:
        """Sentences: are the networks connected, how sure is that, what did alignment change, what did the theory predict."""
        return answer({name: done.result for name, done in self.sections.items() if done.state == "ok"})

    @property
    def seconds(self) -> float:
        """The time of all sections."""
        return sum(done.seconds for done in self.sections.values())

    def to_json(self) -> dict[str, Any]:
        """One JSON object; arrays are left out."""
        parts = {
            name: {"state": done.state, "seconds": done.seconds, "reason": done.reason}
            | ({"result": dict(done.result)} if done.state == "ok" else {})
            for name, done in self.sections.items()
        }
        return {
            "schema": "toykit-compare",
            "version": 1,
            "name": self.name,
            "facts": dict(self.facts),
            "answer": list(self.answer),
        } | {"sections": parts}


def compare(
    module: nn.Module,
    a: Source,
    b: Source,
    data: Data,
    *,
    test: Data | None = None,
    sections: Sequence[str] | None = None,
    keeper: Keeper | None = None,
    say: Callable[[str], None] | None = None,
    **options: Any,
) -> Compared:
    """Compare two modules or state dicts of one architecture on data; nothing that is handed in is changed.

    `sections` are names of `toykit.bridge.compare.SECTIONS`, by default all but `ways`; the other options are those of `setting`:
    loss, examples, device, dtype, draws, seed, claim_seconds, name.

    Raises:
        InputError: the networks, the data or an option break a rule; the sentence says which.

    """
    return compared(setting(module, a, b, data, test=test, **options), sections, keeper, say)


def compared(
    made: Setting,
    sections: Sequence[str] | None = None,
    keeper: Keeper | None = None,
    say: Callable[[str], None] | None = None,
) -> Compared:
    """Run the sections of a setting. What does not apply has its reason; what fails does not stop the others.

    Raises:
        InputError: a section is unknown.

    """
    wanted = [name for name in SECTIONS if name not in ON_REQUEST] if sections is None else list(sections)
    unknown = [name for name in wanted if name not in SECTIONS]
    if unknown:
        raise InputError(f"a comparison has the sections {', '.join(SECTIONS)}; got {unknown[0]!r}; name some of them")
    done: dict[str, Done] = {}
    for name in (name for name in SECTIONS if name in wanted):
        earlier = keeper.kept(name) if keeper is not None else None
        done[name] = earlier or _run(name, made, done)
        if earlier is None and keeper is not None:
            keeper.keep(name, done[name])
        if say is not None:
            told = f": {done[name].reason}" if done[name].reason else ""
            say(f"{name}: {'kept' if earlier else done[name].state}, {done[name].seconds:.1f} s{told}")
    return Compared(made.pair.name, _facts(made), done)


def _run(name: str, made: Setting, done: Mapping[str, Done]) -> Done:
    before = {key: Found(part.result, part.arrays) for key, part in done.items() if part.state == "ok"}
    began = time.perf_counter()
    try:
        found = SECTIONS[name](made, before)
    except InputError as error:
        return Done("does not apply", {"reason": str(error)}, {}, time.perf_counter() - began)
    except Exception as error:  # a section that fails must not cost what the others found
        told, count = f"{type(error).__name__}: {error}", made.data.count
        if out_of_memory(error):
            told = (
                f"the section {name!r} needs more memory than there is for {count} examples; try --examples {max(1, count // 4)}"
            )
        return Done("failed", {"reason": told}, {}, time.perf_counter() - began)
    return Done("ok", found.result, found.arrays, time.perf_counter() - began)


def _facts(made: Setting) -> dict[str, str]:
    traits = made.pair.landscape.traits
    found = {
        "architecture": type(made.module).__name__,
        "parameters": f"{made.pair.theta_a.count:,}",
        "loss": traits.loss,
        "training data": _told(made.data),
        "precision": traits.precision,
        "device": str(made.options["device"]),
        "seed": str(made.seed),
    }
    return found | ({} if made.test is None else {"held-out data": _told(made.test)})


def _told(data: Data) -> str:
    """The name, and the number of examples where the name of a part does not say it already."""
    return data.name if data.name.endswith(" examples") else f"{data.name}, {data.count:,} examples"
