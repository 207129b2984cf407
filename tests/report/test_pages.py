import json
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import toykit.report.folder as folders
from toykit.errors import InputError, StoreError
from toykit.report import findings, gather, write_report
from toykit.report.rendering import number
from toykit.verdict import Number

NASTY = '<script>alert("x")</script> & "quotes"'
VOID = {"meta", "link", "img", "br", "hr", "input", "circle"}


class Balanced(HTMLParser):
    """Every element is closed in order; collects references and ids."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.references: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.references += [value or "" for name, value in attrs if name in {"href", "src"}]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open
        assert self.open.pop() == tag


def parsed(path: Path) -> Balanced:
    parser = Balanced()
    parser.feed(path.read_text(encoding="utf-8"))
    assert not parser.open
    return parser


@pytest.fixture
def report(job: Any, tmp_path: Path) -> Path:
    job.sound()
    return write_report(job.store, gather(job.store), tmp_path / "report").parent


def test_every_page_is_well_formed_and_every_reference_exists(report: Path) -> None:
    files = [*report.rglob("*.html")]
    assert {str(f.relative_to(report)) for f in files} == {"index.html", "claims/barrier.one.html", "pairs/digits-1.html"}
    for file in files:
        found = parsed(file)
        assert "script" not in found.tags
        assert {"html", "head", "title", "style", "main"} <= found.tags
        for reference in found.references:
            assert reference == "data:," or (file.parent / reference).is_file(), reference


def test_the_index_shows_both_sides(report: Path) -> None:
    index = (report / "index.html").read_text()
    assert "No derivation is refuted" in index
    assert "PROVED" in index
    assert "50 cases" in index
    assert "0.97" in index
    assert "0.75" in index  # the slack on the trained pair


def test_verdicts_for_programs(report: Path) -> None:
    found = json.loads((report / "verdicts.json").read_text())
    assert (found["schema"], found["version"]) == ("toykit-verdicts", 1)
    (row,) = found["verdicts"]
    assert (row["claim"], row["pair"], row["verdict"], row["evidence"]) == ("barrier/one", "digits 1", "HOLDS", "EXACT")
    assert (row["measured"]["value"], row["bound"]["value"], row["slack"]) == (0.25, 1.0, 0.75)
    assert found["claims"][0]["toy"]["cases"] == 50


def test_stored_text_cannot_inject(job: Any, tmp_path: Path) -> None:
    slug = "barrier/one"
    page = job.text(slug, title=NASTY, statement=NASTY + r" $\text{<img src=x onerror=alert(1)>}$", traps=[NASTY])
    job.claim(
        slug, page, derivation=job.put("d", job.derivation(slug, given=[NASTY], trusted_base=[NASTY])), toy=job.fail("t", NASTY)
    )
    job.pair(NASTY, {slug: job.put("c", job.result(slug, NASTY).to_json())})
    job.publish()
    folder = write_report(job.store, gather(job.store), tmp_path / "report").parent
    for file in folder.rglob("*.html"):
        assert "script" not in parsed(file).tags
        assert "<script" not in file.read_text()
        assert "<img src=x" not in file.read_text()
    assert "&lt;script&gt;" in (folder / "index.html").read_text()


def test_bad_news_stand_at_the_top(job: Any, tmp_path: Path) -> None:
    bad = [
        job.result("a/x", "p", measured=2.0),
        job.result("a/x", "q", measured=2.0, exact=False),
        job.result("a/x", "r", applies=False),
    ]
    refuted = job.derivation("a/x", evidence="REFUTED", wrong_is_caught=False)
    job.claim("a/x", derivation=job.put("d", refuted), toy=job.fail("t", "ValueError: the rule"))
    for count, found in enumerate(bad):
        job.pair(found.pair, {"a/x": job.put(f"c{count}", found.to_json())})
    job.publish()
    content = gather(job.store)
    said = [(f.fails, f.says) for f in findings(content)]
    assert said[0] == (True, "toy check FAILED: ValueError: the rule")
    assert (True, "the derivation is REFUTED") in said
    assert (True, "the wrong sibling of the derivation passes") in said
    assert (True, "VIOLATED on the trained p with EXACT numbers: barrier: 2 <= 1 fails") in said
    assert said[-1][0] is False
    assert "estimated numbers" in said[-1][1]
    assert len(said) == 5
    write_report(job.store, content, tmp_path / "report")
    index = (tmp_path / "report" / "index.html").read_text()
    assert "4 failures, 1 findings" in index
    assert "relu has kinks" in (tmp_path / "report" / "claims" / "a.x.html").read_text()


def test_missing_and_freed_parts_are_told_apart(job: Any, tmp_path: Path) -> None:
    job.claim("a/x", job.text("a/x", owes_not={"figure": "a lemma"}))
    job.publish()
    (page,) = gather(job.store).claims
    assert (page.figure.state, page.figure.reason) == ("not owed", "a lemma")
    assert page.toy.state == "missing"
    assert findings(gather(job.store)) == []
    write_report(job.store, gather(job.store), tmp_path / "report")


def test_a_study_has_a_page_and_a_failed_prediction_stands_at_the_top(job: Any, tmp_path: Path) -> None:
    job.study("barrier/falling")
    job.study("barrier/rising", "NOT REPRODUCED", "it rose to 3")
    job.publish()
    content = gather(job.store)
    assert [(f.where, f.fails, f.says) for f in findings(content)] == [
        ("barrier/rising", False, "NOT REPRODUCED (digits), falls: it rose to 3")
    ]
    folder = write_report(job.store, content, tmp_path / "report").parent
    page = folder / "studies" / "barrier.falling.html"
    for reference in parsed(page).references:
        assert reference == "data:," or (page.parent / reference).is_file(), reference
    for part in ("0.9 against 0.1", "shuffled pairs", "three pairs only", "barrier against k", "it does not", "0.5"):
        assert part in page.read_text()
    assert "studies/barrier.rising.html" in (folder / "index.html").read_text()
    (first, second) = json.loads((folder / "verdicts.json").read_text())["studies"]
    assert (first["digits"]["word"], second["digits"]["word"], first["full"]) == ("REPRODUCED", "NOT REPRODUCED", None)


def test_an_earlier_report_is_replaced_as_a_whole(job: Any, report: Path) -> None:
    (report / "claims" / "barrier.gone.html").write_text("of an earlier run")
    write_report(job.store, gather(job.store), report)
    assert not (report / "claims" / "barrier.gone.html").exists()
    assert [path.name for path in report.parent.iterdir()] == [
        path.name for path in report.parent.iterdir() if path.name[0] != "."
    ]


def test_other_peoples_files_are_never_deleted(job: Any, report: Path, tmp_path: Path) -> None:
    (report / "thesis.tex").write_text("mine")
    with pytest.raises(InputError, match=r"also holds thesis\.tex"):
        write_report(job.store, gather(job.store), report)
    home = tmp_path / "home"
    home.mkdir()
    (home / "index.html").write_text("my home page")
    with pytest.raises(InputError, match="replaces only an earlier one"):
        write_report(job.store, gather(job.store), home)
    assert (home / "index.html").read_text() == "my home page"


def test_a_failure_halfway_leaves_the_earlier_report(job: Any, report: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (report / "index.html").read_bytes()

    def full(fresh: Path, folder: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folders, "_exchange", full)
    with pytest.raises(InputError, match="No space left on device"):
        write_report(job.store, gather(job.store), report)
    assert (report / "index.html").read_bytes() == before
    assert not [path for path in report.parent.iterdir() if "unfinished" in path.name]


def test_a_file_where_the_folder_should_be(job: Any, report: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file")
    for folder in (tmp_path / "file", tmp_path / "file" / "report"):
        with pytest.raises(InputError, match="a report needs a folder that can be written"):
            write_report(job.store, gather(job.store), folder)


def test_a_damaged_figure_is_one_sentence(job: Any, report: Path) -> None:
    for blob in (job.store.folder / "blobs").iterdir():
        blob.write_bytes(b"damaged")
    with pytest.raises(StoreError, match="is damaged; run the job again"):
        write_report(job.store, gather(job.store), report)


def test_figures_are_the_stored_bytes(report: Path) -> None:
    (figure,) = (report / "figures").iterdir()
    assert ET.fromstring(figure.read_bytes()).tag.endswith("svg")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "–"),
        (0.123456, "0.1235"),
        (-0.0, "0"),
        (1e-7, "1e−7"),
        (Number.exact(-1.5), "−1.5"),
        (Number.certified(1.0, 1.000001), "[1, 1.000001]"),
        (Number.estimated(0.25, "grid", 0.001), "0.25 ± 0.001"),
    ],
)
def test_numbers_say_how_sure_they_are(value: Number | float | None, shown: str) -> None:
    text = number(value.to_json() if isinstance(value, Number) else value)
    assert re.sub("<[^>]*>", "", text) == shown
