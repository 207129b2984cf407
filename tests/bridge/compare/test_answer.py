"""The sentences of a comparison follow from its numbers: connected or not, how sure, and what the theory says."""

from typing import Any

import pytest

from toykit.bridge.compare.answer import answer
from toykit.bridge.compare.connected import NONE_TO_SPEAK_OF, connected, room
from toykit.bridge.compare.foretold import foretold


def curve(rise: float, error: list[float] | None = None) -> dict[str, Any]:
    values = {"barriers": {"barrier": {"value": rise}}, "values": [0.1, 0.1 + rise, 0.1]}
    return {"ts": [0.0, 0.5, 1.0], "loss": values, "error": None if error is None else {"values": error}}


def results(rise: float, *, chance: float | None = 2.1, certified: Any = None, **sections: Any) -> dict[str, Any]:
    ends = {"splits": {"train": {"a": {"loss": 0.1}, "b": {"loss": 0.05}, "chance": chance}}}
    line = {"splits": {"train": curve(rise, [0.02, 0.5, 0.03])}, "certified": {"number": certified, "reason": "of a reason"}}
    return {"ends": ends, "line": line, **sections}


def aligned(rise: float, *, sound: bool = True) -> dict[str, Any]:
    return {"splits": {"train": curve(rise)}, "sound": sound, "certified": {"number": None, "reason": ""}}


def test_a_line_without_a_rise_connects_and_says_how_sure_that_is() -> None:
    (seen,) = connected(results(0.5 * NONE_TO_SPEAK_OF * 2))
    assert seen.startswith("Connected by a straight line, as they are: ")
    assert "at 3 positions; between them a rise could hide" in seen
    (sure,) = connected(results(0.0, certified={"lo": 0.0, "hi": 0.003}))
    assert "certified over the whole line: at most 0.003" in sure


def test_the_plainest_line_that_connects_is_told() -> None:
    fresh = {"pairs": {"as they are": curve(1.0), "aligned": curve(0.0)}}
    (told,) = connected(results(1.0, alignment=aligned(0.3), statistics=fresh))
    assert told.startswith("Connected by a straight line, after permuting the units of b, with fresh batch statistics: ")
    (told,) = connected(results(1.0, alignment=aligned(0.01), statistics=fresh))
    assert told.startswith("Connected by a straight line, after permuting the units of b: ")


def test_an_alignment_that_changed_the_outputs_connects_nothing() -> None:
    (told,) = connected(results(1.0, alignment=aligned(0.0, sound=False)))
    assert told.startswith("Not connected by a straight line: on it the training loss rises by 1 above the ends, 50 % of what")
    assert "up to 50 % of these data are misclassified (by the ends 2 % and 3 %)" in told


def test_the_lowest_of_several_lines_and_a_path_are_told() -> None:
    (told,) = connected(results(1.0, alignment=aligned(0.7), renormalisation={"pairs": {"as they are": curve(0.4)}}))
    assert "The best of 3 lines, with units set anew, rises by 0.4." in told
    (told,) = connected(results(1.0, path={"excess": {"value": 0.0}, "segments": 9}))
    assert told == "Connected by a path of 9 straight segments, and by no straight line that was tried."


@pytest.mark.parametrize("chance", [None, 0.05])
def test_without_room_below_chance_nobody_can_say(chance: float | None) -> None:
    found = results(1.0, chance=chance)
    assert connected(found) == []
    assert (room(found) is None) == (chance is None)
    assert answer(found)[0].startswith("On the straight line the training loss has a barrier of 1")


def claim(verdict: str, false: str | None = None, comparisons: Any = (), letters: Any = None) -> dict[str, Any]:
    assumptions = {} if false is None else {"OTHER": {"holds": True}, false: {"holds": False}}
    found = {"verdict": verdict, "reason": "so it is", "assumptions": assumptions, "comparisons": list(comparisons)}
    return found | {"letters": letters or {}}


def compared(name: str, measured: float, relation: str, bound: float, *, vacuous: bool = False) -> dict[str, Any]:
    return {
        "name": name,
        "measured": {"value": measured},
        "relation": relation,
        "bound": {"value": bound},
        "vacuous": vacuous,
    }


def test_claims_are_counted_with_what_the_others_need() -> None:
    found = {
        "x/one": claim("HOLDS"),
        "x/two": claim("INAPPLICABLE", "LAYERS"),
        "x/three": claim("INAPPLICABLE", "C11"),
        "x/four": claim("INAPPLICABLE", "SMOOTH"),
        "x/five": claim("INAPPLICABLE", "BASE"),
        "x/six": {"verdict": "NOT FINISHED", "reason": "", "comparisons": []},
        "x/seven": claim("VIOLATED"),
    }
    first, second, last = foretold(found)
    assert first == (
        "Of 7 claims of the theory 1 hold, 1 are violated, 4 do not apply, 1 did not finish: 2 need a loss without kinks, "
        "1 speak of chains of layers, 1 for other reasons."
    )
    assert second == "VIOLATED: x/seven: so it is."
    assert last == "None of those that hold predicts the height of the barrier."


def test_predictions_are_told_where_the_claims_hold() -> None:
    ridge = claim("HOLDS", comparisons=[compared("barrier", 0.2, "<=", 0.5)])
    outputs = [
        compared("gap at 1/2, (i)", 0.2, "<=", 0.9),
        compared("gap at 1/2, (ii)", 0.2, "<=", 0.7, vacuous=True),
        compared("gap at 1/2, lower", 0.2, ">=", -0.1),
        compared("gap at 1/2, KL form", 0.2, "=", 0.2),
    ]
    split = claim("HOLDS", comparisons=[compared("gap at 0.5", 0.2, "=", 0.2)], letters={"linear": 0.1, "gain": 0.2, "cost": 0.3})
    _, *said = foretold({
        "barrier/ridge_bound": ridge,
        "barrier/cross_entropy_gap": claim("HOLDS", comparisons=outputs),
        "barrier/bregman_identity": split,
    })
    assert said[0] == "The ridge bound predicted a barrier of at most 0.5; 0.2 was measured."
    assert "lies between -0.1 and 0.7, an upper end that says no more than chance does; 0.2 was measured." in said[1]
    assert said[2].startswith("That rise is -0.1 for the average of both networks' outputs and 0.3 because")
    (_, nothing) = foretold({"barrier/ridge_bound": claim("INAPPLICABLE", "C11", [compared("barrier", 0.2, "<=", 0.5)])})
    assert nothing.startswith("None of those that hold")
