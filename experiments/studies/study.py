"""A study: one question to trained networks, predictions fixed beforehand, what would refute them, and what came out.

A module experiments/studies/<family>/<name>.py exports

    STUDY                                          the question and the predictions
    configs(size) -> list of JSON objects          one per independent part, size "digits" or "full"
    part(config, inputs) -> Outcome                trains and measures; runs in a worker process, kept once finished
    summarise(config, inputs) -> Outcome           config["parts"] has config and result of every part; returns `answered(...)`

and is found by its name. The main job runs the size "digits"; `python -m experiments.study NAME --size full` runs the
other and keeps what came out in experiments/results, where the report finds it.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from types import ModuleType
from typing import Any

from toykit.errors import InputError
from toykit.runs import Outcome, Task
from toykit.store import Record

FAMILIES = ("barrier", "connectivity", "combinability")
SIZES = ("digits", "full")


class Word(StrEnum):
    """What became of a prediction."""

    REPRODUCED = "REPRODUCED"
    QUALIFIED = "QUALIFIED"
    NOT_REPRODUCED = "NOT REPRODUCED"


@dataclass(frozen=True)
class Prediction:
    """What the theory says will be measured, and the measurement that would refute it."""

    name: str
    says: str
    refuted_if: str


@dataclass(frozen=True)
class Study:
    """The page of a study before anything is measured. `source` is where the predictions come from."""

    slug: str
    title: str
    question: str
    predictions: tuple[Prediction, ...]
    protocol: str
    source: str
    controls: tuple[str, ...] = ()


@dataclass(frozen=True)
class Finding:
    """The word on one prediction, by its name, with the numbers that decide it."""

    prediction: str
    word: Word
    says: str


@dataclass(frozen=True)
class Table:
    """Rows of text, numbers, numbers' JSON (`Number.to_json`) or None."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True)
class Figure:
    """A drawing as SVG, with the sentence that explains it."""

    caption: str
    svg: bytes = field(repr=False)


def answered(
    study: Study, findings: Sequence[Finding], tables: Sequence[Table], figures: Sequence[Figure] = (), notes: Sequence[str] = ()
) -> Outcome:
    """The outcome of a study; its word is computed from its findings, of which there is one for every prediction.

    Raises:
        InputError: a prediction has no finding or several, or a row has another length than its header.

    """
    named = [finding.prediction for finding in findings]
    if sorted(named) != sorted(prediction.name for prediction in study.predictions):
        raise InputError(f"a study has one finding per prediction; {study.slug} got {named}; give each its word")
    for table in tables:
        if any(len(row) != len(table.columns) for row in table.rows):
            raise InputError(f"a row has one entry per column; one of {table.caption!r} has not; mend it")
    words = {finding.word for finding in findings}
    word = words.pop() if len(words) == 1 else Word.QUALIFIED
    blobs = {f"figure {number}": figure.svg for number, figure in enumerate(figures, start=1)}
    result = {
        "word": str(word),
        "findings": [asdict(finding) for finding in findings],
        "tables": [asdict(table) for table in tables],
        "captions": {name: figure.caption for name, figure in zip(blobs, figures, strict=True)},
        "notes": list(notes),
    }
    return Outcome(result, blobs)


def slugs() -> list[str]:
    """Every study, family by family."""
    found = []
    for family in FAMILIES:
        package = importlib.import_module(f"experiments.studies.{family}")
        names = sorted(entry.name for entry in pkgutil.iter_modules(package.__path__) if not entry.name.startswith("_"))
        found += [f"{family}/{name}" for name in names]
    return found


def module(slug: str) -> ModuleType:
    """The module of a study.

    Raises:
        InputError: there is none of that name.

    """
    if slug not in slugs():
        raise InputError(f"a study is one of {', '.join(slugs())}; got {slug!r}; choose one")
    return importlib.import_module(f"experiments.studies.{slug.replace('/', '.')}")


def parts(slug: str, size: str) -> list[Task]:
    """The independent parts of a study as tasks."""
    found = module(slug)
    configs: list[Mapping[str, Any]] = found.configs(size)
    return [Task(f"{slug} ({size}) {number + 1}/{len(configs)}", config, found.part) for number, config in enumerate(configs)]


def summary(slug: str, size: str, records: Sequence[Record]) -> Task:
    """The task that draws the conclusion from the parts that came out; those that did not are named in its configuration."""
    made = [{"config": dict(record.identity.config), "result": record.result} for record in records if record.status == "ok"]
    lost = [str(record.result["reason"]) for record in records if record.status != "ok"]
    conclude = module(slug).summarise if made else nothing
    return Task(f"{slug} ({size})", {"size": size, "parts": made, "lost": lost}, conclude)


def nothing(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    """No part came out.

    Raises:
        InputError: always, with the reason of the first part.

    """
    raise InputError(f"a study concludes from its parts; none came out: {config['lost'][0]}; mend that, then --retry-failed")


def described(slug: str) -> dict[str, Any]:
    """The page of a study as JSON."""
    study: Study = module(slug).STUDY
    return {**asdict(study), "family": slug.split("/", maxsplit=1)[0]}
