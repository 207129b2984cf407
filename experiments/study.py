"""Run studies on trained networks, by hand and at full size, and keep what came out.

    python -m experiments.study [NAME ...] --size full [--store runs] [--jobs 2]

Without a name all studies run. The full size reads MNIST and CIFAR-10 from the folder TOYKIT_DATA and takes from minutes to
hours; it may be interrupted, and the same command goes on. What came out is written to experiments/results, where the
next report finds it.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from experiments.command import Options, exit_code
from experiments.studies import study
from toykit.errors import InputError
from toykit.runs import Outcome, Runner, Task, worker_fingerprint
from toykit.store import Record, Store
from toykit.store.identity import digest

RESULTS = Path(__file__).parent / "results"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the studies; the exit code: 1 if one fails, 2 for bad input."""
    parser = Options("study", (__doc__ or "").split("\n")[0])
    parser.add_argument("names", nargs="*", help=f"studies: {', '.join(study.slugs())}")
    parser.add_argument("--size", choices=study.SIZES, default="digits")
    options = parser.parse_args(arguments)
    return exit_code("study", options.store, lambda: _run(options))


def _run(options: argparse.Namespace) -> int:
    asked = {slug: study.parts(slug, options.size) for slug in options.names or study.slugs()}  # an unknown name before any work
    failed = 0
    with Store(options.store) as store, Runner(store, options.jobs, retry=options.retry_failed) as runner:
        for slug, parts in asked.items():
            records = runner.run(parts, f"parts of {slug}")
            (found,) = runner.run([study.summary(slug, options.size, records)], "conclusion")
            if found.status != "ok":
                failed += 1
                continue
            print(f"{slug}: {found.result['word']}")
            for finding in found.result["findings"]:
                print(f"  {finding['word']}  {finding['prediction']}: {finding['says']}")
            if options.size == "full":
                keep(store, slug, found, [record for record in records if record.status == "ok"])
    return int(failed > 0)


def keep(store: Store, slug: str, found: Record, parts: Sequence[Record], folder: Path = RESULTS) -> Path:
    """Write a study's outcome as JSON, its drawings beside it as SVG; the path of the JSON file.

    Raises:
        InputError: the folder cannot be written.

    """
    name = slug.replace("/", ".")
    figures = {key: f"{name}.{key.replace(' ', '-')}.svg" for key in found.blobs}
    made = {
        "version": importlib.metadata.version("toykit"),
        "seconds": sum(part.seconds for part in parts),
        "parts": len(parts),
        "lost": list(found.identity.config["lost"]),
        "fingerprint": dict(worker_fingerprint()),
    }
    content = {"slug": slug, "made": made, "figures": figures, "result": dict(found.result)}
    path, text = folder / f"{name}.json", json.dumps(content, indent=1, sort_keys=True, allow_nan=False, ensure_ascii=False)
    try:
        folder.mkdir(exist_ok=True)
        for key, file in figures.items():
            (folder / file).write_bytes(store.blobs.read(found.blobs[key]))
        path.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"the outcome of a study is written to {folder}; got {error.strerror}; make it writable, then the same command: "
            "what was computed is kept"
        ) from error
    return path


def recorded(slug: str, folder: Path = RESULTS) -> Task | None:
    """The task that reads what an earlier run at full size has left; None where there was none."""
    path = folder / f"{slug.replace('/', '.')}.json"
    if not path.exists():
        return None
    return Task(f"{slug} (full, kept)", {"file": str(path), "digest": digest(path.read_bytes())}, reading)


def reading(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    """A kept outcome with its drawings."""
    path = Path(config["file"])
    content = json.loads(path.read_text(encoding="utf-8"))
    figures = {key: (path.parent / file).read_bytes() for key, file in content["figures"].items()}
    return Outcome({**content["result"], "made": content["made"]}, figures)


if __name__ == "__main__":
    sys.exit(main())
