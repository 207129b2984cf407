import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from toykit.store import version
from toykit.store.version import code_version, fingerprint


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package `sandbox` that counts as one of ours."""
    folder = tmp_path / "sandbox"
    folder.mkdir()
    for name, text in {
        "__init__": "",
        "top": "from sandbox import middle\nfrom . import near\n",
        "middle": "import json\nfrom sandbox.deep import function\n",
        "deep": "def function(): ...\n",
        "near": "x = 1\n",
        "apart": "y = 1\n",
    }.items():
        (folder / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(version, "_OURS", ("sandbox",))
    _forget()
    yield folder
    _forget()
    sys.modules.pop("sandbox", None)


def _forget() -> None:
    importlib.invalidate_caches()
    version._uses.cache_clear()
    version._content.cache_clear()
    version._source.cache_clear()


@pytest.mark.parametrize(
    ("name", "changes"), [("top", True), ("middle", True), ("deep", True), ("near", True), ("__init__", True), ("apart", False)]
)
def test_only_files_that_are_used_change_the_version(package: Path, name: str, changes: bool) -> None:
    before = code_version(["sandbox.top"])
    assert code_version(["sandbox.top"]) == before
    with (package / f"{name}.py").open("a") as file:
        file.write("# changed\n")
    _forget()
    assert (code_version(["sandbox.top"]) != before) is changes


def test_a_slug_is_an_import_of_its_page(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(version, "_known_slugs", lambda: frozenset({"family/name"}))
    (package / "near.py").write_text('x = evaluate("family/name")\n')
    monkeypatch.setattr(version, "_OURS", ("sandbox", "theory"))
    _forget()
    assert "theory.family.name" in version._uses("sandbox.near", package / "near.py")


def test_the_fingerprint_names_what_changes_bits() -> None:
    found = fingerprint(dtype="float32")
    assert found["dtype"] == "float32"
    assert set(found) == {"threads", "device", "dtype", "blas", "machine", "versions"}
    assert found["versions"]["numpy"] != "absent"


def test_a_package_on_the_way_to_a_module_counts(package: Path) -> None:
    (package / "inner").mkdir()
    (package / "inner" / "__init__.py").write_text("")
    (package / "inner" / "leaf.py").write_text("x = 1\n")
    (package / "near.py").write_text("import sandbox.inner.leaf\n")
    _forget()
    before = code_version(["sandbox.near"])
    (package / "inner" / "__init__.py").write_text("y = 1\n")
    _forget()
    assert code_version(["sandbox.near"]) != before
