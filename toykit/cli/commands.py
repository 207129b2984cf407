"""The four commands. They print; those that judge return the exit code: 1 where a claim fails, else 0."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import click

from theory import catalogue
from theory.derivation import Derivation
from theory.derivation import derive as decide
from theory.evidence import Evidence
from toykit.hunt import Hunt, hunt
from toykit.verdict import Verdict

FAILS = {Evidence.REFUTED, Evidence.UNDECIDED}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="An array of objects with slug, title, kind, evidence, source.")
def claims(as_json: bool) -> None:
    """List the claims, each with the evidence of its derivation."""
    rows = [_row(decide(claim)) for claim in catalogue.claims()]
    if as_json:
        click.echo(json.dumps(rows, indent=1, ensure_ascii=False))
    else:
        _table(rows)


def _row(derivation: Derivation) -> dict[str, str]:
    claim = derivation.claim
    return {
        "slug": claim.slug,
        "title": claim.title,
        "kind": claim.kind.value,
        "evidence": derivation.evidence.word,
        "source": claim.source,
    }


def _table(rows: list[dict[str, str]]) -> None:
    columns = ("slug", "evidence", "kind", "title")
    widths = [max([len(column), *(len(row[column]) for row in rows)]) for column in columns]
    screen = shutil.get_terminal_size((130, 24)).columns
    for row in ({column: column.upper() for column in columns}, *rows):
        line = "  ".join(row[column].ljust(width) for column, width in zip(columns, widths, strict=True)).rstrip()
        click.echo(line if len(line) <= screen else line[: screen - 1] + "…")


@click.command()
@click.argument("slug")
@click.option("--format", "style", type=click.Choice(["text", "latex", "json", "html"]), default="text", show_default=True)
def derive(slug: str, style: str) -> int:
    """Print a claim's derivation: each step with its procedure and outcome, the wrong sibling, the trusted base."""
    found = decide(catalogue.claim(slug))
    match style:
        case "latex":
            click.echo(found.to_latex())
        case "json":
            click.echo(json.dumps(found.to_json(), indent=1, ensure_ascii=False))
        case "html":
            from toykit.report.rendering import derivation_page  # templates are loaded only where a page is asked for

            click.echo(derivation_page(found.to_json()))
        case _:
            click.echo(found.to_text())
    return int(found.evidence in FAILS or bool(found.wrong and not found.wrong_is_caught))


@click.command()
@click.argument("slug")
@click.option("--cases", type=click.IntRange(min=1), default=200, show_default=True, help="How many random toy pairs.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Another seed, other pairs.")
@click.option("--json", "as_json", is_flag=True, help="The outcome as one object.")
def check(slug: str, cases: int, seed: int, as_json: bool) -> int:
    """Hunt for a violation of a claim on toy networks."""
    found = hunt(slug, cases, seed)
    if as_json:
        click.echo(json.dumps(found.to_json(), indent=1, ensure_ascii=False, allow_nan=False))
    else:
        click.echo("\n".join(_hunted(found)))
    return int(found.verdict is Verdict.VIOLATED)


def _hunted(found: Hunt) -> list[str]:
    lines = [f"{found.slug}: {found.verdict}", f"cases: {found.cases} (seed {found.seed}), {_counts(found.verdicts)}"]
    lines += [f"largest ratio, {name}: {ratio:.6f}" for name, ratio in found.ratios.items()]
    if not found.ratios:
        lines.append("largest ratio: none, every comparison is an identity or has the bound 0")
    lines += [f"not applicable ({count}): {reason}" for reason, count in found.reasons.items()]
    return lines + [f"VIOLATED on {case['pair']}: {case['reason']}" for case in found.violations[:10]]


def _counts(verdicts: dict[str, int]) -> str:
    return ", ".join(f"{word} {count}" for word, count in verdicts.items())


_FOLDER: Any = click.Path(path_type=Path)


@click.command()
@click.option("--store", "folder", type=_FOLDER, default=Path("runs"), show_default=True, help="A run store.")
@click.option("--out", type=_FOLDER, default=Path("report"), show_default=True, help="The folder of the report.")
def report(folder: Path, out: Path) -> int:
    """Write the report of the last finished job of a run store; nothing is computed."""
    from toykit.report import findings, gather, write_report
    from toykit.store import Store

    with Store(folder, create=False) as store:
        content = gather(store)
        page = write_report(store, content, out)
    click.echo(f"wrote {page}: {len(content.claims)} claims, {len(content.pairs)} trained pairs")
    return int(any(finding.fails for finding in findings(content)))
