"""The Coq proofs of the headline bounds, run through the kernel where `coqc` is installed; a weakened proof must fail."""

import shutil
import subprocess
from pathlib import Path

import pytest

from theory.catalogue import claims

PROOFS = Path(__file__).parents[2] / "theory" / "kernel" / "barrier.v"

optional = pytest.mark.skipif(shutil.which("coqc") is None, reason="the proof kernel is optional: install coq to run it")


@pytest.mark.parametrize("page", [page for page in claims() if page.kernel], ids=lambda page: page.slug)
def test_theorems_that_a_page_names_stand_in_its_family(page):
    source = (PROOFS.parent / f"{page.family}.v").read_text()
    assert [name for name in page.kernel if f"Theorem {name} " not in source] == []


def compiled(source, folder):
    (folder / "barrier.v").write_text(source)
    return subprocess.run(["coqc", "barrier.v"], cwd=folder, capture_output=True, text=True, timeout=300, check=False)


@optional
def test_kernel_accepts_the_proofs_and_they_assume_no_lemma_of_ours(tmp_path):
    run = compiled(PROOFS.read_text(), tmp_path)
    assert run.returncode == 0, run.stderr
    assumed = {line.split(":")[0].strip() for line in run.stdout.splitlines() if line and not line.startswith((" ", "Axioms"))}
    library = ("ClassicalDedekindReals.", "FunctionalExtensionality.", "Classical_Prop.")
    assert assumed, "Print Assumptions printed nothing"
    assert all(name.startswith(library) for name in assumed), assumed


@optional
@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("gap a <= Rmax 0 (- m) / 8.", "gap a <= Rmax 0 (- m) / 9."),
        ("gap a <= - m * M / (8 * (- m + M)).", "gap a <= - m * M / (16 * (- m + M))."),
        ("(- m - (f1 1 - f1 0 - m) ^ 2 / (M - m)).\nProof.", "(- m - 2 * (f1 1 - f1 0 - m) ^ 2 / (M - m)).\nProof."),
        ("= linear + kl zbar z - gain.", "= linear + 2 * kl zbar z - gain."),
        ("prob z i * (w i - z i)) = kl z w.", "prob z i * (w i - z i)) = kl w z."),
        ("<= M - error y - gain.", "<= M / 2 - error y - gain."),
        ("<= (1 - t) * loss n y z_a + t * loss n y z_b.", "<= (1 - t) * loss n y z_a + t / 2 * loss n y z_b."),
    ],
)
def test_kernel_refuses_a_changed_constant(right, wrong, tmp_path):
    source = PROOFS.read_text()
    assert source.count(right) == 1
    run = compiled(source.replace(right, wrong), tmp_path)
    assert run.returncode != 0
