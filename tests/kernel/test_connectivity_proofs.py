"""The waypoint argument in Coq, run through the kernel where `coqc` is installed; a weakened hypothesis or bound must fail."""

import shutil
import subprocess
from pathlib import Path

import pytest

from theory.catalogue import claim

KERNEL = Path(__file__).parents[2] / "theory" / "kernel"

optional = pytest.mark.skipif(shutil.which("coqc") is None, reason="the proof kernel is optional: install coq to run it")


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """A folder with barrier.v compiled, which connectivity.v requires."""
    folder = tmp_path_factory.mktemp("kernel")
    shutil.copy(KERNEL / "barrier.v", folder)
    subprocess.run(["coqc", "barrier.v"], cwd=folder, capture_output=True, timeout=300, check=True)
    return folder


def compiled(source, folder):
    (folder / "connectivity.v").write_text(source)
    return subprocess.run(["coqc", "connectivity.v"], cwd=folder, capture_output=True, text=True, timeout=300, check=False)


@optional
def test_kernel_accepts_the_proofs_and_they_assume_no_lemma_of_ours(library):
    run = compiled((KERNEL / "connectivity.v").read_text(), library)
    assert run.returncode == 0, run.stderr
    assumed = {line.split(":")[0].strip() for line in run.stdout.splitlines() if line and not line.startswith((" ", "Axioms"))}
    axioms = ("ClassicalDedekindReals.", "FunctionalExtensionality.", "Classical_Prop.")
    assert assumed, "Print Assumptions printed nothing"
    assert all(name.startswith(axioms) for name in assumed), assumed


@optional
@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("<= Rmax (loss (Z 0)) (loss (Z 1)).\nProof.", "<= Rmin (loss (Z 0)) (loss (Z 1)).\nProof."),
        ("<= (1 - t) * loss z + t * loss w.", "<= (1 - t) * loss z + 2 * t * loss w."),
        ("loss (Z k t) <= top W n.", "loss (Z k t) <= top W (pred n)."),
        ("0 <= (1 - t) * a + t * b.\nProof.", "0 <= (1 - t) * a - t * b.\nProof."),
    ],
    ids=["the larger end", "convexity", "the last waypoint", "both margins"],
)
def test_kernel_refuses_a_changed_statement(right, wrong, library):
    source = (KERNEL / "connectivity.v").read_text()
    assert source.count(right) == 1
    assert compiled(source.replace(right, wrong), library).returncode != 0


def test_the_page_names_the_theorems():
    assert "path_below_waypoints" in claim("connectivity/waypoint_certificate").kernel
