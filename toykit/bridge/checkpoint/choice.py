"""Which part of a checkpoint is the state dict: training scripts wrap it and put prefixes before its names."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Generic, NamedTuple, TypeVar

from toykit.bridge.checkpoint.limits import DEPTH, NAME, NODES, PLACES, CheckpointError
from toykit.bridge.checkpoint.values import View

USUAL = ("", "state_dict", "model_state_dict", "model", "net", "network", "module", "params", "weights", "ema", "model_ema")
"""Where scripts put the weights, the commonest first; "" is the checkpoint itself."""
PREFIXES = {"module.": "DataParallel", "_orig_mod.": "torch.compile", "model.": "a training framework", "network.": "a wrapper"}
"""What wrappers put before every name."""
WRAPPERS = PREFIXES | {
    outer + inner: f"{PREFIXES[outer]} around {PREFIXES[inner]}" for outer in PREFIXES for inner in PREFIXES if outer != inner
}
"""One wrapper, or one around another."""

Item = TypeVar("Item")


class Chosen(NamedTuple, Generic[Item]):
    """A state dict under the names that the module has for it, and what was decided, in words."""

    items: dict[str, Item]
    notes: tuple[str, ...]


def state_dicts(value: object) -> dict[str, dict[str, View]]:
    """Every dictionary with tensors inside the value, by the keys that lead to it; those of an optimizer are among them.

    Raises:
        CheckpointError: there is none, or the value is nested without end.

    """
    found = {}
    for place, views in _walked(value):
        if views:
            found[".".join(place)] = views
        if len(found) > PLACES:
            raise CheckpointError(
                f"a checkpoint holds at most {PLACES} state dicts; this one holds more; save model.state_dict()"
            )
    if not found:
        raise CheckpointError("a checkpoint holds tensors by name; this one holds none; save model.state_dict()")
    return found


def chosen(found: Mapping[str, dict[str, Item]], expected: Collection[str] | None, key: str | None = None) -> Chosen[Item]:
    """The state dict at `key`; else the one with the expected names; else the one at the commonest place.

    Raises:
        CheckpointError: there is nothing at the key, several places are equally likely, or a name has control characters.

    """
    likely = [place for place in USUAL if place in found]
    if key is not None:
        if key not in found:
            raise CheckpointError(f"a key leads to a state dict; got {key!r}; this checkpoint has {_listed(found)}; name one")
        places = [key]
    else:
        places = [*likely, *(place for place in found if place not in likely and not place.startswith("optim"))]
    fitting = [place for place in places if expected is not None and _prefix(found[place], expected) is not None]
    if not fitting and not likely and len(places) > 1:
        raise CheckpointError(f"a checkpoint has one state dict; this one has {_listed(found)}; name one by key=...")
    place = (fitting or places or list(found))[0]
    notes = []
    if place and key is None:
        others = [other for other in fitting or likely if other != place]
        also = f"; {_listed(others)} {'would fit as well' if fitting else 'is there as well'}" if others else ""
        notes.append(f"the state dict is the entry {place!r} of the checkpoint{also}")
    prefix = None if expected is None else _prefix(found[place], expected)
    if prefix:
        notes.append(f"the prefix {prefix!r} of {WRAPPERS[prefix]} was taken off every name")
    unreadable = next((name for name in found[place] if not name.isprintable()), None)
    if unreadable is not None:
        raise CheckpointError(f"names of tensors can be printed; got {unreadable[:80]!a}; save the checkpoint anew")
    return Chosen({name.removeprefix(prefix or ""): item for name, item in found[place].items()}, tuple(notes))


def _prefix(names: Collection[str], expected: Collection[str]) -> str | None:
    """The prefix whose removal makes the names the expected ones, "" where they are; None where none does."""
    wanted = {name for name in expected if not name.endswith("num_batches_tracked")}
    for prefix in ("", *WRAPPERS):
        bare = {name.removeprefix(prefix) for name in names if name.startswith(prefix)}
        if len(bare) == len(names) and wanted <= bare:
            return prefix
    return None


def _walked(value: object) -> Iterator[tuple[tuple[str, ...], dict[str, View]]]:
    """Every dictionary within dictionaries, level by level, with its own tensors by name."""
    level: list[tuple[tuple[str, ...], Any]] = [((), value)]
    seen = 0
    for _ in range(DEPTH):
        below: list[tuple[tuple[str, ...], Any]] = []
        for place, one in level:
            if type(one) is not dict:
                continue
            seen += len(one)
            if seen > NODES:
                raise CheckpointError(f"a checkpoint has at most {NODES} entries; this one has more; save model.state_dict()")
            named = {name: item for name, item in one.items() if type(name) is str and len(name) <= NAME}
            yield place, {name: item for name, item in named.items() if type(item) is View}
            below += [((*place, name), item) for name, item in named.items() if type(item) is dict]
        level = below


def _listed(places: Collection[str]) -> str:
    names = [repr(place)[:60] if place else "the checkpoint itself" for place in places]
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
