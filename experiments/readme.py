"""The parts of the README that are computed: the table of claims between its two markers, and the figure.

Run it by `make readme`; a test fails when the table has fallen behind.
"""

from __future__ import annotations

import sys
from pathlib import Path

from experiments.figures.barrier.ridge_bound import draw
from experiments.figures.style import style
from theory.catalogue import claims
from theory.derivation import derive

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
FIGURE = ROOT / "docs" / "ridge_bound.svg"
BEGIN, END = "<!-- claims: written by make readme -->", "<!-- end of claims -->"


def table() -> str:
    """Every claim with its kind, the evidence of its derivation and its source, as a Markdown table."""
    rows = ["| claim | what it says | kind | evidence | source |", "|---|---|---|---|---|"]
    for claim in claims():
        page = f"[`{claim.slug}`](theory/{claim.slug}.py)"
        rows.append(f"| {page} | {claim.title} | {claim.kind} | {derive(claim).evidence.word} | {claim.source} |")
    return "\n".join(rows)


def with_table(text: str) -> str:
    """The README's text with the table between the markers written anew.

    Raises:
        ValueError: the markers are missing.

    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"the README marks its table by {BEGIN} and {END}; one of them is missing; put it back")
    return f"{before}{begin}\n{table()}\n{end}{after}"


def main() -> int:
    """Write the table and the figure; the exit code."""
    README.write_text(with_table(README.read_text(encoding="utf-8")), encoding="utf-8")
    FIGURE.parent.mkdir(exist_ok=True)
    with style():
        draw().savefig(FIGURE, metadata={"Date": None})
    print(f"wrote the claims of {README.name} and {FIGURE.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
