"""Render the pages and put them in place as a whole: a reader never meets half a report."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from toykit.report.content import Content
from toykit.report.findings import findings
from toykit.report.folder import Kind, replace_folder
from toykit.report.rendering import claim_path, environment, pair_path, study_path
from toykit.report.verdicts import SCHEMA, verdicts
from toykit.store import Store

Page = TypeVar("Page")
_OWN = frozenset({"index.html", "verdicts.json", "claims", "pairs", "studies", "figures"})
REPORT = Kind("a report", "verdicts.json", SCHEMA, _OWN)


def write_report(store: Store, content: Content, folder: Path) -> Path:
    """Write index.html, a page per claim, pair and study, figures and verdicts.json; an earlier report is replaced as a whole.

    Raises:
        InputError: the folder holds something other than a report, or cannot be written.
        StoreError: a figure in the store is damaged.

    """
    replace_folder(_files(store, content), folder, REPORT)
    return folder / "index.html"


def _files(store: Store, content: Content) -> dict[str, bytes]:
    """Every file of the report by its path inside the folder."""
    pages = environment()
    pages.globals["content"] = content
    found, slugs = findings(content), {page.slug for page in content.claims}
    asked = {page.slug for page in content.studies}
    files = {
        "index.html": pages.get_template("index.html").render(findings=found, slugs=slugs, asked=asked),
        "verdicts.json": json.dumps(verdicts(content), indent=1, allow_nan=False, ensure_ascii=False, sort_keys=True),
    }
    claim, pair = pages.get_template("claim.html"), pages.get_template("pair.html")
    for number, page in enumerate(content.claims):
        before, after = _neighbours(content.claims, number)
        files[claim_path(page.slug)] = claim.render(root="../", page=page, before=before, after=after)
    for number, trained in enumerate(content.pairs):
        earlier, later = _neighbours(content.pairs, number)
        files[pair_path(trained.name)] = pair.render(root="../", page=trained, before=earlier, after=later)
    study = pages.get_template("study.html")
    for number, page_of_study in enumerate(content.studies):
        previous, following = _neighbours(content.studies, number)
        files[study_path(page_of_study.slug)] = study.render(root="../", page=page_of_study, before=previous, after=following)
    return {name: text.encode() for name, text in files.items()} | _figures(store, content)


def _figures(store: Store, content: Content) -> dict[str, bytes]:
    parts = [*(page.figure for page in content.claims), *(page.figure for page in content.pairs)]
    parts += [part for page in content.studies for part in page.sizes.values()]
    return {f"figures/{digest}.svg": store.blobs.read(digest) for part in parts for digest in part.blobs.values()}


def _neighbours(pages: Sequence[Page], number: int) -> tuple[Page | None, Page | None]:
    return (pages[number - 1] if number else None, pages[number + 1] if number + 1 < len(pages) else None)
