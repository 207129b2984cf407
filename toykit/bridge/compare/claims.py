"""Every claim on a pair of trained networks: what types decide first, then what its check measures, each within its time."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial
from typing import Any

from theory.catalogue import claim, slugs
from theory.procedures.limits import OutOfTime, within
from toykit.bridge.compare.found import Found
from toykit.bridge.compare.setting import Setting
from toykit.checks.beforehand import decided
from toykit.hunt import check_module
from toykit.landscape import Pair

SECONDS, PASSES = 10.0, 200
"""What one claim may take where nobody has said: the longer of 10 s and so many passes over the data."""


def claims(setting: Setting, before: Mapping[str, Found]) -> Found:
    """Every claim that has a check for trained networks, on the pair as it is, each within its time."""
    found, seconds = {}, setting.claim_seconds or _seconds(setting)
    for slug in slugs():
        if "trained check" in claim(slug).owes_not:
            continue
        began = time.perf_counter()
        try:
            result = within(seconds, partial(_checked, slug, setting.pair))
        except OutOfTime:
            told = f"not finished in {seconds:.3g} s; allow more by --claim-seconds, or measure fewer examples"
            result = {"verdict": "NOT FINISHED", "reason": told, "comparisons": []}
        except Exception as error:  # one check that cannot cope with this network must not cost the others
            result = {"verdict": "FAILED", "reason": f"{type(error).__name__}: {error}", "comparisons": []}
        found[slug] = result | {"seconds": time.perf_counter() - began}
    return Found({"claims": found})


def _checked(slug: str, pair: Pair) -> dict[str, Any]:
    return (decided(slug, pair) or check_module(slug).check(pair)).to_json()


def _seconds(setting: Setting) -> float:
    """What one claim may take where nobody has said: a check makes a hundred passes over the data, and some more."""
    landscape = setting.on(setting.data)
    began = time.perf_counter()
    landscape.loss(setting.pair.theta_a)
    return max(SECONDS, PASSES * (time.perf_counter() - began))
