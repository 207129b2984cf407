"""A network of the user by name: `package.module:factory`, a function that returns a torch module."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import torch
from torch import nn

from toykit.bridge.named import named_function
from toykit.errors import InputError
from toykit.seeds import seed as stable_seed


def module_from(name: str, seed: int = 0) -> nn.Module:
    """What the factory returns; what it draws from torch's global generator follows from `seed`, and that is put back.

    Naming a factory runs its module: name only what you would run yourself.

    Raises:
        InputError: there is no such function, it needs arguments, it raises, or it returns no module.

    """
    with torch.random.fork_rng():
        factory = named_function(name, "a factory")  # importing a module may draw as well
        _require_no_arguments(name, factory)
        torch.manual_seed(stable_seed(f"factory {name}", seed))
        found = _made(name, factory)
    if not isinstance(found, nn.Module):
        raise InputError(f"a factory returns a torch module; {name} returned {type(found).__name__}; return the network")
    return found


def _made(name: str, factory: Callable[[], object]) -> object:
    try:
        return factory()
    except Exception as error:  # whatever the user's code raises is told, not hidden
        told = (str(error).strip().splitlines() or ["no message"])[0]
        raise InputError(f"a factory returns a torch module; {name} raised {type(error).__name__} ({told}); mend it") from error


def _require_no_arguments(name: str, factory: object) -> None:
    if isinstance(factory, nn.Module):
        raise InputError(f"a factory is a function that returns a module; {name} is one; write def factory(): return ...")
    try:
        parameters = inspect.signature(factory).parameters.values()  # type: ignore[arg-type]
    except (TypeError, ValueError):  # some built-in classes show no signature
        return
    needed = [p.name for p in parameters if p.default is p.empty and p.kind not in {p.VAR_POSITIONAL, p.VAR_KEYWORD}]
    if needed:
        raise InputError(
            f"a factory is called without arguments; {name} needs {', '.join(needed)}; write a function that fills them in"
        )
