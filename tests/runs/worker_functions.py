"""Functions that workers import by name."""

import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from toykit.runs import Outcome


def square(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    note(config)
    time.sleep(config.get("sleep", 0.0))
    return Outcome({"square": config["x"] ** 2}, {"text": str(config["x"]).encode()})


def length(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    return Outcome({"length": len(inputs["text"])})


def diverge(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    raise ArithmeticError(f"loss is {config['x']}")


def not_finite(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    return Outcome({"loss": float("nan")})


def die(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    note(config)
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def die_once(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    marker = Path(config["marker"])
    if not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return Outcome({"survived": True})


def fail_once(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    marker = Path(config["marker"])
    if not marker.exists():
        marker.touch()
        raise MemoryError("no memory just now")
    return Outcome({"survived": True})


def threads(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    return Outcome({"threads": os.environ["OMP_NUM_THREADS"], "blas": os.environ["OPENBLAS_NUM_THREADS"]})


def note(config: Mapping[str, Any]) -> None:
    """Leave a trace on disk of every execution, to count repetitions."""
    if "trace" in config:
        with Path(config["trace"]).open("a", encoding="utf-8") as file:
            file.write(f"{config['x']}\n")
