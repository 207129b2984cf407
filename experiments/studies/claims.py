"""Tasks on one claim: derive it, hunt it on toys, try its extremal instances and what its assumptions are for, draw it."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from theory.catalogue import claim
from theory.derivation import derive
from toykit.conformance import met_with_equality
from toykit.hunt import check_module, hunt
from toykit.report.content import PARTS
from toykit.runs import Outcome, Task
from toykit.verdict import Comparison

CASES = 100
"""Random toy pairs per claim, fixed beforehand; `toykit check` hunts on as many as it is asked to."""


def tasks(slug: str) -> dict[str, Task]:
    """The tasks of a claim by the part they make; a part whose module or function does not exist has none."""
    page, checks, figure = (_module(root, slug) for root in ("theory", "toykit.checks", "experiments.figures"))
    on_toys = {"derivation": derivation, "toy": toy, "extremal": extremal, "necessity": necessity}
    needed = {"toy": "cases", "extremal": "extremal", "necessity": "necessity"}
    defined = _defines(checks)
    made = {
        part: Task(
            f"{PARTS[part]} of {slug}",
            {"slug": slug, "cases": CASES, "seed": 0} if part == "toy" else {"slug": slug},
            function,
            code=(page, checks) if part in needed else (page,),
        )
        for part, function in on_toys.items()
        if part not in needed or {"check", needed[part]} <= defined
    }
    if "draw" in _defines(figure):
        made["figure"] = Task(f"figure of {slug}", {"module": figure}, drawing, code=(figure,))
    return made


def has_check(slug: str) -> bool:
    """Whether the claim can be checked on a pair at all."""
    return "check" in _defines(_module("toykit.checks", slug))


def _module(root: str, slug: str) -> str:
    return f"{root}.{slug.replace('/', '.')}"


def _defines(module: str) -> set[str]:
    """The names that a module's source defines at top level, without running it: a broken module fails in its own task."""
    try:
        found = importlib.util.find_spec(module)
    except ModuleNotFoundError:  # the folder of its family does not exist
        return set()
    if found is None or found.origin is None:
        return set()
    names: set[str] = set()
    for node in ast.parse(Path(found.origin).read_text(encoding="utf-8")).body:
        match node:
            case ast.FunctionDef(name=name):
                names.add(name)
            case ast.ImportFrom(names=aliases):
                names |= {alias.asname or alias.name for alias in aliases}
            case ast.Assign(targets=targets):
                names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return names


def derivation(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    """Every step of the claim, its wrong sibling and its examples, decided."""
    return Outcome(derive(claim(config["slug"])).to_json())


def toy(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    """The claim on `cases` random toy pairs."""
    return Outcome(hunt(config["slug"], config["cases"], config["seed"]).to_json())


def extremal(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    """On each extremal pair the comparison that is met with equality, or that comes closest."""
    module, cases = check_module(config["slug"]), []
    for pair in module.extremal():
        result = module.check(pair)
        best = min(result.comparisons, key=lambda c: (not met_with_equality(c), abs(c.slack)), default=None)
        met = best is not None and result.verdict not in {"VIOLATED", "INAPPLICABLE"} and met_with_equality(best)
        cases.append({"pair": pair.name, "equality": met, "comparison": _json(best), "reason": result.reason})
    return Outcome({"cases": cases})


def necessity(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    """On each pair with exactly the named assumption false, the comparison that fails without it."""
    module, cases = check_module(config["slug"]), []
    for name, pair in module.necessity():
        result = module.check(pair)
        false = [other for other, outcome in result.assumptions.items() if outcome.holds is False]
        failing = next((comparison for comparison in result.comparisons if not comparison.holds), None)
        reason = "" if failing else "every comparison still holds"
        if false != [name]:
            reason = f"the check finds false: {', '.join(false) or 'nothing'}"
        cases.append({
            "assumption": name,
            "pair": pair.name,
            "breaks": not reason,
            "reason": reason,
            "comparison": _json(failing),
        })
    return Outcome({"cases": cases})


def _json(comparison: Comparison | None) -> dict[str, Any] | None:
    return None if comparison is None else comparison.to_json()


def drawing(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    """The figure of a module with `draw()`, as SVG; its caption is the module's first paragraph."""
    module = importlib.import_module(config["module"])
    caption = " ".join((module.__doc__ or "").split("\n\n")[0].split())
    return Outcome({"caption": caption}, {"figure": svg(module.draw())})


def svg(figure: Any) -> bytes:
    """The same drawing gives the same bytes: no date, and ids from a fixed salt (experiments.figures.style)."""
    from experiments.figures.style import style

    buffer = io.BytesIO()
    with style():
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()
