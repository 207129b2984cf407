"""The page of one comparison of two checkpoints, with its drawing, its numbers for programs and the networks it found."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from toykit.report.folder import Kind, replace_folder
from toykit.report.rendering import environment

KIND = Kind("a comparison", "compare.json", "toykit-compare", frozenset({"index.html", "compare.json", "line.svg", "networks"}))
SECTIONS = ("ends", "line", "alignment", "statistics", "renormalisation", "path", "ways", "combinations", "claims")


def write_comparison(found: Mapping[str, Any], folder: Path, networks: Mapping[str, bytes]) -> Path:
    """Write index.html, compare.json, line.svg and networks/*.safetensors; an earlier comparison is replaced as a whole.

    Raises:
        InputError: the folder holds something else, or cannot be written.

    """
    files = {
        "index.html": page(found, sorted(networks)).encode(),
        "compare.json": json.dumps(found, indent=1, allow_nan=False, ensure_ascii=False, sort_keys=True).encode(),
        **{f"networks/{name.replace(' ', '-')}.safetensors": content for name, content in networks.items()},
    }
    curves = drawn_curves(found)
    if curves:
        files["line.svg"] = drawing(curves)
    replace_folder(files, folder, KIND)
    return folder / "index.html"


def page(found: Mapping[str, Any], networks: list[str]) -> str:
    """The comparison as one HTML page that refers to line.svg beside it."""
    sections = dict.fromkeys(SECTIONS) | {name: part.get("result") for name, part in found["sections"].items()}
    template = environment().get_template("compare.html")
    return template.render(found=found, parts_=found["sections"], r=sections, networks=networks, drawn=bool(drawn_curves(found)))


def drawn_curves(found: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The profiles on the training data by what was done to the pair."""
    results = {name: part["result"] for name, part in found["sections"].items() if part["state"] == "ok"}
    curves = {}
    if "line" in results:
        curves["as they are"] = results["line"]["splits"]["train"]
    if "alignment" in results:
        curves["aligned"] = results["alignment"]["splits"]["train"]
    for name, curve in results.get("statistics", {}).get("pairs", {}).items():
        curves[f"{name}, statistics reset"] = curve
    return curves


def drawing(curves: Mapping[str, Mapping[str, Any]]) -> bytes:
    """Loss and error along the straight line, one curve for each thing that was done to the pair, as SVG."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context({"svg.hashsalt": "toykit", "font.size": 10, "axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=(8.4, 3.5), layout="constrained")
        quantities = [name for name in ("loss", "error") if all(curve[name] for curve in curves.values())]
        for place, quantity in enumerate(quantities, start=1):
            axes = figure.add_subplot(1, len(quantities), place)
            for number, (name, curve) in enumerate(curves.items()):
                axes.plot(curve["ts"], curve[quantity]["values"], "--" if number == 0 else "-", label=name, color=f"C{number}")
            axes.set(xlabel="position on the line", ylabel=quantity, ylim=(0, None))
            axes.set_xticks([0, 0.5, 1], ["a", "1/2", "b"])
        # below the axes, where it hides no curve
        figure.legend(*figure.axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()
