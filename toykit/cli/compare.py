"""`toykit compare` two checkpoints, and one step of it each: `align`, `connect`, `combine`."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from toykit.errors import InputError, missing_extra

_PATH: Any = click.Path(path_type=Path)


def on_two_networks(command: Callable[..., int]) -> Callable[..., int]:
    """The arguments and options that say which networks, which data, and in which arithmetic."""
    options = (
        click.argument("a", type=_PATH),
        click.argument("b", type=_PATH),
        click.option("--model", required=True, help="package.module:factory, called without arguments, returns the module."),
        click.option("--data", "data_spec", required=True, help="digits, mnist, cifar10, a .npz with x and y, or module:loader."),
        click.option("--test", "test_spec", default=None, help="Held-out data; the test split of a named data set by default."),
        click.option("--loss", default="cross-entropy", show_default=True, help="cross-entropy or squared."),
        click.option("--examples", type=click.IntRange(min=1), default=None, help="Use that many examples, drawn by the seed."),
        click.option("--device", default="cpu", show_default=True, help="cpu or cuda."),
        click.option("--dtype", type=click.Choice(["float64", "float32"]), default="float64", show_default=True),
        click.option("--draws", type=click.IntRange(min=2), default=10, show_default=True, help="Random combinations per law."),
        click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True),
        click.option(
            "--claim-seconds",
            type=click.FloatRange(min=0.1),
            default=None,
            help="Seconds for one claim; by default 10, or 200 passes over the data.",
        ),
        click.option("--key-a", default=None, help="The entry of a's training checkpoint to read."),
        click.option("--key-b", default=None, help="The entry of b's training checkpoint to read."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.command()
@on_two_networks
@click.option("--out", type=_PATH, default=Path("comparison"), show_default=True, help="The folder of the page.")
@click.option("--store", "folder", type=_PATH, default=Path("runs"), show_default=True, help="Where finished sections are kept.")
@click.option("--section", "sections", multiple=True, help="Only this section; may be given several times.")
@click.option("--json", "as_json", is_flag=True, help="Print one object instead of sentences.")
def compare(out: Path, folder: Path, sections: tuple[str, ...], as_json: bool, **given: Any) -> int:
    """Are two networks connected, how sure is that, and what did the theory predict?"""
    from toykit.bridge.checkpoint import to_bytes
    from toykit.bridge.compare import compared
    from toykit.bridge.compare.keeping import StoreKeeper
    from toykit.report.comparison import KIND, write_comparison
    from toykit.report.folder import require_own_or_nothing
    from toykit.store import Store

    require_own_or_nothing(out, KIND)  # before minutes are spent on measuring
    made = _setting(**given)
    with Store(folder) as store:
        say = (lambda line: click.echo(line, err=True)) if as_json else click.echo
        found = compared(made, sections or None, StoreKeeper(store, made), say)
    networks = {name: to_bytes(theta) for done in found.sections.values() for name, theta in done.arrays.items()}
    page = write_comparison(found.to_json(), out, networks)
    click.echo(json.dumps(found.to_json(), indent=1, ensure_ascii=False) if as_json else "\n".join(found.answer))
    click.echo(f"wrote {page}", err=as_json)
    return 0


@click.command()
@on_two_networks
@click.option("--out", type=_PATH, required=True, help="The safetensors file of the permuted b.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as one object.")
def align(out: Path, as_json: bool, **given: Any) -> int:
    """Permute the units of b so that it comes closest to a, and check that its function stays."""
    _require_file(out)
    found = _one("alignment", **given)
    _write(out, found.arrays["b aligned"])
    result = found.result
    if as_json:
        click.echo(json.dumps(dict(result), indent=1, ensure_ascii=False))
    else:
        barrier = result["splits"]["train"]["loss"]["barriers"]["barrier"]["value"]
        click.echo(f"{100 * result['moved']:.3g} % of the units moved, outputs changed by {result['change']:.2g} of their size")
        click.echo(
            f"objectives {', '.join(f'{value:.6g}' for value in result['objectives'])}; planted units recovered "
            f"{100 * result['planted']:.4g} %; barrier on the training data {barrier:.4g}"
        )
        click.echo(f"wrote {out}")
    return 0


@click.command()
@on_two_networks
@click.option("--out", type=_PATH, required=True, help="The folder of the waypoints, safetensors files in their order.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as one object.")
def connect(out: Path, as_json: bool, **given: Any) -> int:
    """Build the piecewise linear path of the theory from a to b, with its conditions and its maximum."""
    if out.exists() and not out.is_dir():  # asked before minutes are spent, as below where files are written
        raise InputError(f"waypoints are written to a folder; {out} is something else; name another")
    found = _one("path", **given)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"waypoints are written to a folder; got {error.strerror} for {out}; name another") from None
    for name, theta in found.arrays.items():
        _write(out / f"{name.replace(' ', '-')}.safetensors", theta)
    result = found.result
    if as_json:
        click.echo(json.dumps(dict(result), indent=1, ensure_ascii=False))
    else:
        excess = result["excess"]
        click.echo(f"{result['segments']} segments, {excess['evidence']} rise above the worse end: {excess['value']:.6g}")
        click.echo(f"conditions: {result['separable']['reason']}; {result['room']}")
        click.echo(f"wrote {len(found.arrays)} waypoints to {out}")
    return 0


@click.command()
@on_two_networks
@click.option(
    "--law", default="bernoulli(0.5)", show_default=True, help="The law of lambda, for example uniform or constant(0.5)."
)
@click.option("--granularity", default="element", show_default=True, help="element, row, col, neuron, tensor, layer or global.")
@click.option("--out", type=_PATH, required=True, help="The safetensors file of the first combination that is drawn.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as one object.")
def combine(law: str, granularity: str, out: Path, as_json: bool, **given: Any) -> int:
    """Draw random combinations theta_a + lambda * Delta, measure them, and keep the first."""
    from toykit.combining import mixing, sample

    _require_file(out)
    made = _setting(**given)
    mixed = mixing(made.pair, law, granularity)
    drawn = sample(mixed, made.draws, made.seed)
    theta = mixed.centre + mixed.step(next(iter(mixed.deviations(1, made.seed))))
    _write(out, theta)
    landscape = made.pair.landscape
    ends = [landscape.loss(made.pair.theta_a), landscape.loss(made.pair.theta_b)]
    result = {"law": law, "granularity": granularity, "draws": made.draws, "mean": drawn.mean, "error": drawn.error}
    result |= {"quantiles": list(drawn.quantiles()), "ends": ends, "written": landscape.loss(theta)}
    if as_json:
        click.echo(json.dumps(result, indent=1))
    else:
        click.echo(f"mean loss {drawn.mean:.6g} ± {drawn.error:.2g} over {made.draws} draws of {law} by {granularity}")
        click.echo(f"ends {ends[0]:.6g} and {ends[1]:.6g}; wrote {out}, whose loss is {result['written']:.6g}")
    return 0


def _one(section: str, **given: Any) -> Any:
    from toykit.bridge.compare import compared

    done = compared(_setting(**given), [section]).sections[section]
    if done.state != "ok":
        raise InputError(done.reason)
    return done


def _require_file(path: Path) -> None:
    """Whether a file can be written there, asked before minutes are spent on what it shall hold."""
    if path.is_dir() or not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
        raise InputError(f"a network is written to a file in a folder that is there and can be written; got {path}; name another")


def _write(path: Path, theta: Any) -> None:
    from toykit.bridge.checkpoint import write

    write(path, theta)


def _setting(
    a: Path,
    b: Path,
    model: str,
    data_spec: str,
    test_spec: str | None,
    dtype: str,
    key_a: str | None,
    key_b: str | None,
    **options: Any,
) -> Any:
    """The networks and data that the options name."""
    try:
        from toykit.bridge.checkpoint import load
        from toykit.bridge.compare import setting
        from toykit.bridge.data import NAMED, data
        from toykit.bridge.factory import module_from
    except ImportError as error:
        raise missing_extra("comparing torch networks", "torch") from error
    module = module_from(model)
    training = data(data_spec, "train")
    test = data(test_spec or data_spec, "test") if test_spec or data_spec in NAMED else None
    with warnings.catch_warnings(record=True) as notes:  # what had to be decided in reading a file
        warnings.simplefilter("always")
        first, second = (load(path, module, key=key) for path, key in ((a, key_a), (b, key_b)))
    for note in notes:
        click.echo(f"note: {note.message}", err=True)
    return setting(
        module,
        first,
        second,
        training,
        test=test,
        dtype=dtype,
        name=f"{a.name} and {b.name}",
        **options,
    )
