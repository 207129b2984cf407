"""What the packages may contain: no call that runs foreign text, tables of contents, docstrings, files of one idea."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

LONGEST = 300
EXECUTES = {"eval", "exec", "os.system", "torch.load", "yaml.load", "parse_expr", "sp.parse_expr", "tempfile.mktemp"}
UNSAFE_MODULES = {"pickle", "cPickle", "dill", "marshal", "shelve", "joblib", "cloudpickle"}
Found = Iterator[tuple[int, str]]


def unsafe(tree: ast.Module) -> Found:
    """Calls and modules that execute what they read."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            for name in names:
                if name.split(".")[0] in UNSAFE_MODULES:
                    yield node.lineno, f"{name} executes what it reads"
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        keywords = {k.arg: ast.unparse(k.value) for k in node.keywords}
        if name in EXECUTES:
            yield node.lineno, f"{name} executes or guesses what it is given"
        elif keywords.get("shell") == "True":
            yield node.lineno, "shell=True hands text to a shell"
        elif name in {"np.load", "numpy.load"} and keywords.get("allow_pickle") != "False":
            yield node.lineno, "np.load without allow_pickle=False can execute the file"
        elif name.split(".")[-1] == "sympify" and any(_is_text(argument) for argument in node.args):
            yield node.lineno, "sympify of text executes it"


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def more_than_contents(tree: ast.Module) -> Found:
    """Anything in an `__init__.py` beside docstring, imports and `__all__`."""
    for node in tree.body:
        lists = isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
        text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if not (lists or text or isinstance(node, ast.Import | ast.ImportFrom)):
            yield node.lineno, f"`{ast.unparse(node).splitlines()[0]}` does not belong in a table of contents"


def undocumented(tree: ast.Module) -> Found:
    """Public modules, classes and functions without a docstring."""
    if tree.body and not ast.get_docstring(tree):
        yield 1, "the module says nothing about itself"
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            members = [m for m in node.body if isinstance(m, ast.FunctionDef)]
        elif isinstance(node, ast.Module):
            members = [m for m in node.body if isinstance(m, ast.FunctionDef | ast.ClassDef)]
        else:
            continue
        for member in members:
            if not member.name.startswith("_") and not ast.get_docstring(member):
                yield member.lineno, f"{member.name} has no docstring"


def early_import(tree: ast.Module) -> Found:
    """matplotlib at module level: it belongs inside the functions that draw."""
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom) and "matplotlib" in ast.unparse(node):
            yield node.lineno, "matplotlib is imported inside the functions that draw"


RULES = [
    (unsafe, "x = eval('1')"),
    (unsafe, "import pickle"),
    (unsafe, "from joblib import load"),
    (unsafe, "x = torch.load(path)"),
    (unsafe, "subprocess.run('ls', shell=True)"),
    (unsafe, "x = np.load(path)"),
    (unsafe, "x = sp.sympify(f'{a}+1')"),
    (more_than_contents, "x = 3"),
    (more_than_contents, "def f() -> None:\n    pass"),
    (undocumented, "'A module.'\ndef f() -> None:\n    pass"),
    (undocumented, "'A module.'\nclass A:\n    'A.'\n    def f(self) -> None:\n        pass"),
    (undocumented, "x = 3"),
    (early_import, "import matplotlib.pyplot as plt"),
    (early_import, "from matplotlib.figure import Figure"),
]


@pytest.mark.parametrize(("rule", "bad"), RULES, ids=[bad for _, bad in RULES])
def test_each_rule_can_fail(rule: Callable[[ast.Module], Found], bad: str) -> None:
    assert list(rule(ast.parse(bad)))


def test_nothing_executes_what_it_reads(breaches: Callable[..., list[str]]) -> None:
    assert breaches(unsafe, "theory", "toykit", "experiments") == []


def test_every_init_is_a_table_of_contents(trees: Callable[..., dict[Path, ast.Module]]) -> None:
    contents = {path: tree for path, tree in trees("theory", "toykit", "experiments").items() if path.name == "__init__.py"}
    assert len(contents) > 5
    assert [(str(path), what) for path, tree in contents.items() for what in more_than_contents(tree)] == []


def test_everything_public_is_documented(breaches: Callable[..., list[str]]) -> None:
    assert breaches(undocumented, "theory", "toykit") == []


def test_matplotlib_waits_until_something_is_drawn(breaches: Callable[..., list[str]]) -> None:
    assert breaches(early_import, "theory", "toykit") == []


def test_a_file_holds_one_idea(root: Path) -> None:
    paths = [p for folder in ("theory", "toykit", "experiments", "tests") for p in (root / folder).rglob("*.py")]
    lengths = {str(path.relative_to(root)): len(path.read_text(encoding="utf-8").splitlines()) for path in paths}
    assert {path: length for path, length in lengths.items() if length > LONGEST} == {}
