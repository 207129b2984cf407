"""What a result depends on besides its configuration: the source files that its code uses, and the machine's arithmetic."""

from __future__ import annotations

import ast
import importlib.metadata
import importlib.util
import os
import platform
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from theory.catalogue import slugs
from toykit.store.identity import canonical, digest

_OURS = ("theory", "toykit", "experiments")
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_VERSIONS = ("numpy", "scipy", "sympy", "torch", "scikit-learn", "z3-solver")


def code_version(modules: Iterable[str]) -> str:
    """SHA-256 over the source files of these modules and all of ours that they import, directly or not.

    A slug `family/name` written in a file counts as an import of that claim's page, since claims are looked up by slug.
    """
    seen: dict[str, str] = {}
    waiting = sorted(modules)
    while waiting:
        module = waiting.pop()
        path = _source(module)
        if module in seen or path is None:
            continue
        seen[module] = _content(path)
        waiting += _uses(module, path)
    return digest(canonical(seen))


@cache
def _content(path: Path) -> str:
    return digest(path.read_bytes())


@cache
def _uses(module: str, path: Path) -> tuple[str, ...]:
    found = {module.rpartition(".")[0]}  # a package runs its __init__ first
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = importlib.util.resolve_name("." * node.level + (node.module or ""), package) if node.level else node.module
            found |= {str(base)} | {f"{base}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in _known_slugs():
            found.add("theory." + node.value.replace("/", "."))
    return tuple(sorted(name for name in found if name.split(".")[0] in _OURS))


@cache
def _known_slugs() -> frozenset[str]:
    return frozenset(slugs())


@cache
def _source(module: str) -> Path | None:
    """The file of one of our modules; None for a name that is not a module (a function imported from one)."""
    root = importlib.util.find_spec(module.split(".")[0]) if module.split(".")[0] in _OURS else None
    if root is None or root.origin is None:
        return None
    base = Path(root.origin).parent.joinpath(*module.split(".")[1:])
    return next((path for path in (base / "__init__.py", base.with_suffix(".py")) if path.is_file()), None)


def fingerprint(device: str = "cpu", dtype: str = "float64") -> dict[str, Any]:
    """What changes the last bits of a result: equal fingerprints give equal bits."""
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return {
        "threads": {name: os.environ.get(name, "unset") for name in _THREADS},
        "device": device,
        "dtype": dtype,
        "blas": f"{blas.get('name', 'unknown')} {blas.get('version', '')}".strip(),
        "machine": f"{platform.system()} {platform.machine()}",
        "versions": {"python": ".".join(map(str, sys.version_info[:3])), **{name: _version(name) for name in _VERSIONS}},
    }


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "absent"
