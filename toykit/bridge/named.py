"""Python functions by name, `package.module:function`: the user's own loaders and factories. Naming a module runs it."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from toykit.errors import InputError


def named_function(name: str, what: str) -> Callable[..., Any]:
    """The function of that name; modules are also looked for in the current folder.

    Raises:
        InputError: the name has another form, the module cannot be imported, or it has no such function.

    """
    module_name, colon, attribute = name.partition(":")
    if not colon or not all(part.isidentifier() for part in (*module_name.split("."), *attribute.split("."))):
        raise InputError(f"{what} is named package.module:function; got {name!r}; name it so")
    try:
        found: Any = _imported(module_name)
    except Exception as error:  # importing runs the user's code, which may raise anything
        told = (str(error).strip().splitlines() or ["no message"])[0]
        raise InputError(
            f"{what} lies in a module that can be imported; {module_name} cannot ({type(error).__name__}: {told}); "
            "run where Python finds it"
        ) from error
    for part in attribute.split("."):
        if not hasattr(found, part):
            functions = ((key, value) for key, value in vars(found).items() if callable(value))
            own = [key for key, value in functions if getattr(value, "__module__", "") == module_name]
            raise InputError(
                f"{what} is a function of its module; {name} is not there; {module_name} defines {', '.join(own[:8]) or 'none'}; "
                "name one"
            )
        found = getattr(found, part)
    if not callable(found):
        raise InputError(f"{what} is a function; {name} is {type(found).__name__}; name a function")
    function: Callable[..., Any] = found
    return function


def _imported(name: str) -> Any:
    """A console command does not look into the current folder as `python -m` does: here it is looked into last."""
    here = str(Path.cwd())
    if here in sys.path or "" in sys.path:
        return importlib.import_module(name)
    sys.path.append(here)
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(here)
