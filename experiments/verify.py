"""The main job: derive every claim, hunt it on toys, check it on pairs of networks trained on digits, write the report.

    python -m experiments.verify [--report report] [--store runs] [--jobs 2] [--retry-failed]

It may be interrupted at any time; finished work is kept, and the same command resumes. The exit code is 1 if a
derivation is refuted or undecided, a wrong sibling passes, a claim is violated, or a task failed; 2 for bad input.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from experiments.command import Options, exit_code
from experiments.studies import claims, digits_pairs, study
from experiments.study import recorded
from theory.catalogue import claim, slugs
from toykit.bridge.training import pair_tasks
from toykit.report import Content, describe, findings, gather, write_report
from toykit.runs import Runner, worker_fingerprint
from toykit.store import Record, Store

JOB = "verify"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job; the exit code."""
    parser = Options("verify", (__doc__ or "").split("\n")[0])
    parser.add_argument("--report", type=Path, default=Path("report"), help="folder of the report (default: report)")
    options = parser.parse_args(arguments)
    return exit_code("verify", options.store, lambda: _run(options))


def _run(options: argparse.Namespace) -> int:
    with Store(options.store) as store:
        return verify(store, options.report, options.jobs, retry=options.retry_failed)


def verify(
    store: Store,
    report: Path,
    jobs: int,
    plans: Sequence[pair_tasks.Plan] = digits_pairs.PLANS,
    *,
    studies: Sequence[str] | None = None,
    retry: bool = False,
) -> int:
    """Run what is missing (all studies, unless some are named), write the report, print the summary; 1 if something fails."""
    parts = {slug: claims.tasks(slug) for slug in slugs()}
    with Runner(store, jobs, say=_say, retry=retry) as runner:
        trainings = [pair_tasks.training_task(plan) for plan in plans]
        on_claims = [task for tasks in parts.values() for task in tasks.values()]
        records = runner.run([*trainings, *on_claims], "claims and trainings")
        trained = dict(zip((plan.name for plan in plans), records, strict=False))
        keys = iter(record.key for record in records[len(plans) :])
        entries = [
            {"slug": slug, "text": describe(claim(slug)), **{part: next(keys) for part in tasks}} for slug, tasks in parts.items()
        ]
        usable = {name: record for name, record in trained.items() if record.status == "ok"}
        checks = {(name, slug): pair_tasks.check_task(slug, record) for name, record in usable.items() for slug in _checked()}
        figures = {name: digits_pairs.figure_task(record) for name, record in usable.items()}
        found = runner.run([*checks.values(), *figures.values()], "checks on trained pairs")
        studied = _studies(runner, study.slugs() if studies is None else studies)
    done = dict(zip([*checks, *figures], found, strict=True))
    pairs = [
        {
            "name": name,
            "training": record.key,
            "figure": done[name].key if name in done else None,
            "checks": {slug: done[name, slug].key if (name, slug) in done else None for slug in parts},
        }
        for name, record in trained.items()
    ]
    store.publish(JOB, {"claims": entries, "pairs": pairs, "studies": studied, "made": _made([*records, *found])})
    content = gather(store, JOB)
    page = write_report(store, content, report)
    return _summary(content, page, runner)


def _studies(runner: Runner, asked: Sequence[str]) -> list[dict[str, Any]]:
    """Studies at laptop size, the parts of all of them side by side; with each what a run at full size has left."""
    parts = {slug: study.parts(slug, "digits") for slug in asked}
    records = iter(runner.run([task for tasks in parts.values() for task in tasks], "parts of studies"))
    conclusions = {slug: study.summary(slug, "digits", [next(records) for _ in tasks]) for slug, tasks in parts.items()}
    kept = {slug: task for slug in parts if (task := recorded(slug)) is not None}
    found = iter(runner.run([*conclusions.values(), *kept.values()], "conclusions of studies"))
    digits = {slug: next(found).key for slug in conclusions}
    full = {slug: next(found).key for slug in kept}
    return [{"slug": slug, "text": study.described(slug), "digits": digits[slug], "full": full.get(slug)} for slug in parts]


def _checked() -> list[str]:
    """The claims that have a check and owe it on trained pairs."""
    return [slug for slug in slugs() if claims.has_check(slug) and "trained check" not in claim(slug).owes_not]


def _made(records: Sequence[Record]) -> dict[str, Any]:
    return {
        "command": "python -m experiments.verify",
        "version": importlib.metadata.version("toykit"),
        "seconds": sum(record.seconds for record in records),
        "tasks": len(records),
        "fingerprint": dict(worker_fingerprint()),
    }


def _say(line: str) -> None:
    print(line, flush=True)


def _summary(content: Content, page: Path, runner: Runner) -> int:
    """Print the table claim x (evidence, toys, trained pairs) and what went wrong; the exit code."""
    rows = [("CLAIM", "DERIVATION", "TOYS", "TRAINED PAIRS")]
    for entry in content.claims:
        toy = entry.toy
        ratios = toy.result.get("ratios") or {}
        hunted = f"{toy.result['verdict']} in {toy.result['cases']} cases" if toy.ok else toy.state.upper()
        hunted += f", ratio {max(ratios.values()):.3f}" if ratios else ""
        rows.append((entry.slug, entry.evidence, hunted, _counts(entry.verdicts)))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    print()
    for row in rows:
        print("  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]]))
    found = findings(content)
    print()
    for finding in found:
        print(f"{'FAILED' if finding.fails else 'FINDING'}  {finding.where}: {finding.says}")
    failures = sum(finding.fails for finding in found)
    print(
        f"{len(content.claims)} claims, {len(content.pairs)} trained pairs: {failures} failures, {len(found) - failures} findings"
    )
    print(f"{runner.done} tasks run, {runner.kept} kept from an earlier run; report: {page}")
    return int(failures > 0)


def _counts(verdicts: Mapping[str, int]) -> str:
    return ", ".join(f"{word} {count}" for word, count in sorted(verdicts.items())) or "none"


if __name__ == "__main__":
    sys.exit(main())
