"""`toykit sweep` and `toykit merge`: many pairs of trained networks from one TOML file, in shards."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from toykit.errors import InputError, missing_extra
from toykit.runs import Runner
from toykit.store import Store

_PATH: Any = click.Path(path_type=Path)


@click.command()
@click.argument("file", type=_PATH)
@click.option("--store", "folder", type=_PATH, default=Path("runs"), show_default=True, help="The run store that is filled.")
@click.option("--shard", default="1/1", show_default=True, help="k/n: the k-th of n parts; each may run on another machine.")
@click.option("--jobs", type=click.IntRange(min=1), default=2, show_default=True, help="Worker processes, one thread each.")
@click.option("--cluster", default=None, help="The address of a Dask scheduler, tls:// unless it is on this machine.")
@click.option("--retry-failed", is_flag=True, help="Run tasks again that failed in an earlier run.")
@click.option("--json", "as_json", is_flag=True, help="Print what came out as an array of objects.")
def sweep(file: Path, folder: Path, shard: str, jobs: int, cluster: str | None, retry_failed: bool, as_json: bool) -> int:
    """Train and check every pair of a sweep; interrupted, the same command goes on."""
    made = _bridge()
    wanted = made.read_sweep(file)
    number, count = _shard(shard)
    with Store(folder) as store:
        say = (lambda line: click.echo(line, err=True)) if as_json else click.echo
        with _runner(store, jobs, say, retry_failed, cluster) as runner:
            made.run_sweep(wanted, runner, number, count)
        found = made.rows(wanted, store)
    _print(found, as_json)
    return 0


@click.command()
@click.argument("file", type=_PATH)
@click.argument("stores", type=_PATH, nargs=-1, required=True)
@click.option("--into", type=_PATH, required=True, help="The store that receives the records.")
@click.option("--json", "as_json", is_flag=True, help="Print what came out as an array of objects.")
def merge(file: Path, stores: tuple[Path, ...], into: Path, as_json: bool) -> int:
    """Bring the shards of a sweep together in one store."""
    made = _bridge()
    wanted = made.read_sweep(file)
    with Store(into) as target:
        for folder in stores:
            with Store(folder, create=False) as source:
                done = made.merge(wanted, [source], target)
        found = made.rows(wanted, target)
    _print(found, as_json)
    click.echo(f"{done} of {len(wanted.plans)} pairs in {into}", err=True)
    return 0


def _bridge() -> Any:
    try:
        from toykit.bridge.training import sweep as found
    except ImportError as error:
        raise missing_extra("a sweep over trained networks", "torch") from error
    return found


def _runner(store: Store, jobs: int, say: Callable[[str], None], retry: bool, cluster: str | None) -> Runner:
    if cluster is None:
        return Runner(store, jobs, say, retry=retry)
    from toykit.cluster import ClusterRunner  # Dask is loaded only where it is asked for

    return ClusterRunner(store, cluster, say, retry=retry)


def _shard(text: str) -> tuple[int, int]:
    number, _, count = text.partition("/")
    if not (number.isdigit() and count.isdigit()):
        raise InputError(f"a shard is k/n, two numbers; got {text!r}; the first of four is 1/4")
    return int(number), int(count)


def _print(rows: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(rows, indent=1, ensure_ascii=False, allow_nan=False))
        return
    for row in rows:
        if row["status"] != "ok":
            click.echo(f"{row['pair']}: {row['status'].upper()}: {row['reason']}")
            continue
        certified = row["certified"]
        verdicts = ", ".join(f"{slug} {found['verdict']}" for slug, found in row["claims"].items())
        barrier = f"barrier [{certified['lo']:.6g}, {certified['hi']:.6g}]"
        click.echo(f"{row['pair']}: {barrier}" + (f"; {verdicts}" if verdicts else ""))
