"""Many pairs from one file: every combination of a recipe's values, a shard at a time, resumed and merged.

    name = "widths"
    data = ["digits"]                  # what toykit.bridge.data understands
    seeds = [[1, 2], [3, 4]]           # one pair each
    trunk = [0, 10]                    # epochs shared before branching; 0: independent pairs
    claims = ["barrier/ridge_bound"]   # checked on every pair

    [recipe]                           # fields of toykit.bridge.Recipe; a list is varied
    widths = [[64], [64, 64]]
    activation = ["relu", "tanh"]
    epochs = 60

Every shard may run elsewhere, in a store of its own; `merge` brings stores together, `rows` reads what came out.
"""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from theory.catalogue import claim
from toykit.bridge.training.pair_tasks import Plan, check_task, training_task
from toykit.bridge.training.recipe import Recipe
from toykit.errors import InputError
from toykit.runs import Runner
from toykit.store import Record, Store
from toykit.store.identity import canonical, digest

KEYS = {"name", "data", "seeds", "trunk", "claims", "recipe"}


@dataclass(frozen=True)
class Sweep:
    """The pairs of a sweep in the order that numbers them, and the claims to check on each."""

    name: str
    plans: tuple[Plan, ...]
    claims: tuple[str, ...]
    digest: str

    @property
    def job(self) -> str:
        """The name under which a store knows the sweep: the same file, the same job."""
        return f"sweep {self.name} {self.digest[:12]}"

    def shard(self, number: int, count: int) -> dict[int, Plan]:
        """The pairs number-1, number-1+count, ... by their place in the sweep.

        Raises:
            InputError: it is not 1 <= number <= count.

        """
        if not 1 <= number <= count:
            raise InputError(f"a shard is k/n with 1 <= k <= n; got {number}/{count}; the first of four is 1/4")
        return {place: plan for place, plan in enumerate(self.plans) if place % count == number - 1}


def read_sweep(path: Path) -> Sweep:
    """The sweep that a TOML file describes.

    Raises:
        InputError: the file cannot be read, has an unknown key, or describes a recipe or claim that does not exist.

    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(
            f"a sweep is a TOML file; could not read {path}: {error}; see toykit.bridge.training.sweep for one"
        ) from None
    unknown = sorted(content.keys() - KEYS) + sorted(content.get("recipe", {}).keys() - {field.name for field in fields(Recipe)})
    if unknown or "name" not in content:
        raise InputError(
            f"a sweep has a name and the keys {', '.join(sorted(KEYS))}; {path} has "
            + (f"the unknown {unknown[0]!r}; correct it" if unknown else "no name; give it one")
        )
    claims = tuple(claim(slug).slug for slug in content.get("claims", []))
    return Sweep(str(content["name"]), tuple(_plans(content)), claims, digest(canonical(content)))


def _plans(content: Mapping[str, Any]) -> Iterable[Plan]:
    recipe = {name: _values(name, value) for name, value in content.get("recipe", {}).items()}
    varied = [name for name, values in recipe.items() if len(values) > 1]
    pairs = _values("seeds", content.get("seeds", [[1, 2]]))
    if not all(isinstance(seeds, list) and len(seeds) == 2 for seeds in pairs):
        raise InputError(f"seeds is a list of pairs, one per pair of networks; got {pairs}; write [[1, 2], [3, 4]]")
    others = itertools.product(_values("data", content.get("data", "digits")), _values("trunk", content.get("trunk", 0)), pairs)
    for data, trunk, seeds in others:
        for values in itertools.product(*recipe.values()):
            chosen = dict(zip(recipe, values, strict=True))
            given: dict[str, Any] = {name: tuple(value) if name == "widths" else value for name, value in chosen.items()}
            made = Recipe(**given)
            words = [data, *(f"{name} {_said(chosen[name])}" for name in varied), f"trunk {trunk}" if trunk else "independent"]
            name = ", ".join([*words, f"seeds {seeds[0]} and {seeds[1]}"])
            yield Plan(name, made, trunk or None, (int(seeds[0]), int(seeds[1])), data)


def _values(name: str, value: Any) -> list[Any]:
    """The values of a key: `widths` and `seeds` are lists themselves, so theirs are lists of lists."""
    if not isinstance(value, list):
        return [value]
    nested = name in {"widths", "seeds"}
    found = [value] if nested and value and not isinstance(value[0], list) else value
    if not found:
        raise InputError(f"a value that is varied has at least one entry; {name} has none; leave it out")
    return found


def _said(value: Any) -> str:
    return "-".join(map(str, value)) if isinstance(value, list) else str(value)


def run_sweep(sweep: Sweep, runner: Runner, number: int = 1, count: int = 1) -> None:
    """Train and check the pairs of one shard, skip what the store has, and publish which records they are."""
    shard = sweep.shard(number, count)
    trainings = runner.run([training_task(plan) for plan in shard.values()], f"pairs of {sweep.name}, shard {number}/{count}")
    usable = {place: record for place, record in zip(shard, trainings, strict=True) if record.status == "ok"}
    wanted = [(place, slug) for place in usable for slug in sweep.claims]
    checked = runner.run([check_task(slug, usable[place]) for place, slug in wanted], "checks")
    entries: dict[str, Any] = {
        str(place): {"training": record.key, "checks": {}} for place, record in zip(shard, trainings, strict=True)
    }
    for (place, slug), record in zip(wanted, checked, strict=True):
        entries[str(place)]["checks"][slug] = record.key
    _publish(runner.store, sweep, entries)


def _publish(store: Store, sweep: Sweep, entries: Mapping[str, Any]) -> None:
    known = store.job(sweep.job)["pairs"] if store.has(sweep.job) else {}
    store.publish(sweep.job, {"sweep": sweep.name, "pairs": {**known, **entries}})


def merge(sweep: Sweep, sources: Sequence[Store], into: Store) -> int:
    """Copy the sweep's records with their files from other stores; how many of its pairs are in `into` then.

    Raises:
        StoreError: a source has no such sweep, or a record in it is damaged; what was copied stays.

    """
    for source in sources:
        entries = source.job(sweep.job)["pairs"]
        for entry in entries.values():
            for key in (entry["training"], *entry["checks"].values()):
                into.copy(source, key)
        _publish(into, sweep, entries)
    return len(into.job(sweep.job)["pairs"])


def rows(sweep: Sweep, store: Store) -> list[dict[str, Any]]:
    """One object per pair that is done: its plan, barriers and ends, and the verdict, measured and bound of every claim."""
    found = []
    for place, entry in sorted(store.job(sweep.job)["pairs"].items(), key=lambda item: int(item[0])):
        record = store.record(entry["training"])
        row: dict[str, Any] = {"pair": sweep.plans[int(place)].name, "status": record.status}
        if record.status == "ok":
            row |= {name: record.result[name] for name in ("ends", "certified")} | {"barriers": record.result["barriers"]["loss"]}
            row["claims"] = {slug: _verdict(store.record(key)) for slug, key in entry["checks"].items()}
        else:
            row["reason"] = record.result["reason"]
        found.append(row)
    return found


def _verdict(record: Record) -> dict[str, Any]:
    if record.status != "ok":
        return {"verdict": record.status.upper(), "reason": record.result["reason"]}
    first = record.result["comparisons"][0] if record.result["comparisons"] else {}
    headline = {name: first.get(name) for name in ("measured", "relation", "bound", "slack")}
    return {"verdict": record.result["verdict"], "reason": record.result["reason"], **headline}
