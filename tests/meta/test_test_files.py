"""Tests that cannot fail, cannot be repeated, or bring their own tolerance are themselves a failure."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

import pytest

PREDICATES = {"allclose", "isclose", "array_equal", "array_equiv", "equal", "approx", "isfinite"}
TOLERANCES = {"atol", "rtol", "abs_tol", "rel_tol", "abs", "rel", "tolerance"}
TORCH_DRAWS = {"rand", "randn", "randint", "randperm", "normal", "bernoulli", "multinomial", "rand_like", "randn_like"}
STATE = {"default_rng", "Generator", "Random", "seed", "get_state", "set_state"}
Found = Iterator[tuple[int, str]]


def called(call: ast.Call) -> str:
    """The dotted name of what is called, as far as it is a name."""
    return ast.unparse(call.func) if isinstance(call.func, ast.Name | ast.Attribute) else ""


def expected_to_raise(tree: ast.Module) -> set[int]:
    """The lines inside `with pytest.raises(...)`, where a bare comparison is meant to raise."""
    inside: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.With) and any("raises" in ast.unparse(i.context_expr) for i in node.items):
            inside |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return inside


def thrown_away(tree: ast.Module) -> Found:
    """A comparison as a bare statement: its result is thrown away, so it cannot fail."""
    allowed = expected_to_raise(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Expr) or node.lineno in allowed:
            continue
        value = node.value
        compares = isinstance(value, ast.Compare | ast.BoolOp) or (isinstance(value, ast.Attribute) and value.attr == "holds")
        if compares or (isinstance(value, ast.Call) and called(value).split(".")[-1] in PREDICATES):
            yield node.lineno, f"the result of `{ast.unparse(value)}` is thrown away; write assert"


def unseeded(tree: ast.Module) -> Found:
    """A random number that another run cannot repeat."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = called(node)
        last = name.split(".")[-1]
        if name == "hash":
            yield node.lineno, "hash() of a string differs from process to process; use toykit.seeds"
        elif last in {"default_rng", "Random"} and not node.args and not node.keywords:
            yield node.lineno, f"{name}() without a seed; use toykit.seeds"
        elif name.startswith(("np.random.", "numpy.random.", "random.")) and last not in STATE:
            yield node.lineno, f"{name} draws from global state; use toykit.seeds.generator"
        elif name.startswith("torch.") and last in TORCH_DRAWS and "generator" not in {k.arg for k in node.keywords}:
            yield node.lineno, f"{name} draws from global state; hand it a seeded generator"


def typed_tolerance(tree: ast.Module) -> Found:
    """A tolerance typed in place, instead of one from toykit/tolerances.py with its reason."""
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg in TOLERANCES:
            typed = isinstance(node.value, ast.Constant) and isinstance(node.value.value, float) and node.value.value != 0
            if typed:
                yield node.value.lineno, f"{node.arg}={ast.unparse(node.value)} is typed in place; take it from toykit.tolerances"


RULES = [
    (thrown_away, "np.allclose(x, y)"),
    (thrown_away, "x == y"),
    (thrown_away, "check(pair).holds"),
    (unseeded, "rng = np.random.default_rng()"),
    (unseeded, "x = np.random.rand(3)"),
    (unseeded, "x = torch.randn(3)"),
    (unseeded, "s = hash('digits')"),
    (unseeded, "x = random.random()"),
    (unseeded, "rng = random.Random()"),
    (typed_tolerance, "assert x == pytest.approx(y, rel=1e-6)"),
    (typed_tolerance, "np.testing.assert_allclose(x, y, atol=1e-9)"),
]


@pytest.mark.parametrize(("rule", "bad"), RULES, ids=[bad for _, bad in RULES])
def test_each_rule_can_fail(rule: Callable[[ast.Module], Found], bad: str) -> None:
    assert list(rule(ast.parse(bad)))


@pytest.mark.parametrize(
    "good",
    [
        "assert np.allclose(x, y)",
        "with pytest.raises(ShapeError):\n    theta == other",
        "rng = generator('name', 3)\nx = rng.normal(size=3)",
        "x = torch.randn(3, generator=g)",
        "assert x == pytest.approx(y, rel=ROUNDING, abs=0)",
    ],
)
def test_the_rules_leave_good_tests_alone(good: str) -> None:
    tree = ast.parse(good)
    assert [found for rule in (thrown_away, unseeded, typed_tolerance) for found in rule(tree)] == []


@pytest.mark.parametrize("rule", [thrown_away, typed_tolerance])
def test_no_test_file_breaks_a_rule(rule: Callable[[ast.Module], Found], breaches: Callable[..., list[str]]) -> None:
    assert breaches(rule, "tests") == []


def test_no_random_number_is_unseeded(breaches: Callable[..., list[str]]) -> None:
    assert breaches(unseeded, "tests", "theory", "toykit", "experiments") == []
