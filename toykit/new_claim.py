"""Start a claim: `make claim NAME=family/slug` writes a page, a check, a figure and a test that fail with what to write."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from string import Template

from theory.catalogue import FAMILIES
from toykit.errors import InputError

ROOT = Path(__file__).parents[1]

_PAGE = '''r"""$title: the claim in one plain sentence, its formula, and where equality holds."""

from __future__ import annotations

from theory.claim import Claim, Kind, Origin

CLAIM = Claim(
    page=__name__,
    title="$title",
    kind=Kind.UPPER,
    origins=(Origin("here"),),
    statement="",
    equality="",
    necessity="",
    letters=(),  # Letter(symbol from theory.symbols, what it means)
    assumptions=(),  # Assumption(name, what it says, how a check decides it)
    steps=(),  # the derivation, from theory.steps
    wrong=(),  # its wrong sibling: a constant changed or an assumption dropped, which must not be proved
    formulas={},  # closed expressions in the letters, which the check evaluates
)
'''

_CHECK = '''r"""$title: how the letters are measured, and what is compared with what."""

from __future__ import annotations

from collections.abc import Iterator

from toykit.landscape import Pair
from toykit.verdict import Result

SLUG = "$slug"


def check(pair: Pair) -> Result:
    """Both sides of the claim on a pair, toy or trained."""
    raise NotImplementedError("write check(pair): measure the letters, evaluate the formulas, compare")


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """`count` random toy pairs that satisfy the assumptions, some of them close to equality."""
    raise NotImplementedError("write cases(count, seed): random toy pairs that satisfy the assumptions")


def extremal() -> Iterator[Pair]:
    """Pairs on which a comparison is met with equality."""
    raise NotImplementedError("write extremal(): pairs on which a comparison is met with equality")


def necessity() -> Iterator[tuple[str, Pair]]:
    """For assumptions by name, a pair on which that one alone is false and a comparison fails."""
    raise NotImplementedError("write necessity(): (assumption, pair) on which it alone is false and a comparison fails")
'''

_FIGURE = '''r"""$title: what the figure teaches in one sentence."""

from __future__ import annotations

from matplotlib.figure import Figure


def draw() -> Figure:
    """One teaching figure: measured and bound side by side."""
    raise NotImplementedError("write draw(): one figure that teaches the claim")
'''

_TEST = """from __future__ import annotations

import pytest


def test_ground_truth() -> None:
    pytest.fail("write what only this claim can say: its ground-truth numbers, a naive twin of its measurement")
"""

STUBS = {
    "theory/$family/$name.py": _PAGE,
    "toykit/checks/$family/$name.py": _CHECK,
    "experiments/figures/$family/$name.py": _FIGURE,
    "tests/checks/$family/test_$name.py": _TEST,
}


def stubs(slug: str) -> dict[str, str]:
    """The path of each stub of a claim and its text.

    Raises:
        InputError: the slug is not family/name.

    """
    family, _, name = slug.partition("/")
    if family not in FAMILIES or not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name):
        raise InputError(
            f"a slug is family/name with a family of {', '.join(FAMILIES)} and a name like ridge_bound; got {slug!r}; "
            "run: make claim NAME=barrier/my_claim"
        )
    words = {"family": family, "name": name, "slug": slug, "title": name.replace("_", " ").capitalize()}
    return {Template(path).substitute(words): Template(text).substitute(words) for path, text in STUBS.items()}


def write(slug: str, root: Path = ROOT) -> list[Path]:
    """Write the stubs of a claim below `root`; nothing that exists is touched.

    Raises:
        InputError: the slug is not family/name, or one of the files exists.

    """
    found = stubs(slug)
    existing = [path for path in found if (root / path).exists()]
    if existing:
        raise InputError(f"a new claim has a new slug; got {slug!r}, but {', '.join(existing)} exists; edit it or choose another")
    for path, text in found.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return [root / path for path in found]


def main(arguments: list[str]) -> int:
    """Write the stubs of the slug on the command line; the exit code."""
    try:
        written = write(arguments[0] if arguments else "")
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    for path in written:
        print(f"wrote {path.relative_to(ROOT)}")
    print("now fill them in; python -m toykit.conformance lists what is lacking, CONTRIBUTING.md says how")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
