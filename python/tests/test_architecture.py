"""The house of espalier_torch: what lies where, who may import whom, and how long things may be.

Imports for types alone (`if TYPE_CHECKING`) and those inside of functions count like any other: they tie two files
together for whoever changes one of them.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "espalier_torch"
NAME = PACKAGE.name
MOST_LINES, MOST_FUNCTION_LINES, MOST_FILES = 250, 50, 20


@dataclass(frozen=True)
class Module:
    """One file: its path below the package, its text and its syntax tree."""

    path: str
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        """As it is imported: "espalier_torch.training.run"."""
        dotted = self.path.removesuffix(".py").replace("/", ".")
        return f"{NAME}.{dotted}".removesuffix(".__init__")


def read_modules() -> dict[str, Module]:
    """Every module of the package by name."""
    files = sorted(PACKAGE.rglob("*.py"))
    texts = {file.relative_to(PACKAGE).as_posix(): file.read_text() for file in files}
    read = [Module(path, text, ast.parse(text)) for path, text in texts.items()]
    return {one.name: one for one in read}


def imported(tree: ast.Module) -> Iterator[str]:
    """Names that a file imports anywhere in it; of `from a import b` both "a.b" and, if that is no module, "a"."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield from (f"{node.module}.{one.name}" for one in node.names)


def edges_of(trees: Mapping[str, ast.Module]) -> dict[str, set[str]]:
    """Which modules of `trees` each of them imports; the whole package's `__init__` aside."""
    edges: dict[str, set[str]] = {}
    for name, tree in trees.items():
        edges[name] = set()
        for found in imported(tree):
            target = found if found in trees else found.rpartition(".")[0]
            if target in trees and target not in (name, NAME):
                edges[name].add(target)
    return edges


def circles(edges: Mapping[str, set[str]]) -> list[list[str]]:
    """Groups of modules that reach each other, each sorted (Tarjan's strongly connected components of two and more)."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(name: str) -> None:
        order[name] = low[name] = len(order)
        stack.append(name)
        for other in sorted(edges.get(name, ())):
            if other not in order:
                visit(other)
            if other in stack:
                low[name] = min(low[name], low[other])
        if low[name] == order[name]:
            group = stack[stack.index(name) :]
            del stack[stack.index(name) :]
            if len(group) > 1:
                found.append(sorted(group))

    for name in sorted(edges):
        if name not in order:
            visit(name)
    return found


MODULES = read_modules()
EDGES = edges_of({name: one.tree for name, one in MODULES.items()})


def test_the_house_is_read_whole():
    assert len(MODULES) > 100
    assert sum(map(len, EDGES.values())) > 300


def test_finds_a_circle_that_types_and_functions_close():
    trees = {
        "a": "from b import thing",
        "b": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from c import Thing",
        "c": "def late():\n    import a",
        "d": "from a import thing",
    }
    made = edges_of({name: ast.parse(text) for name, text in trees.items()})
    assert circles(made) == [["a", "b", "c"]]
    assert circles({**made, "c": set()}) == []


def test_no_file_is_too_long():
    assert [one.path for one in MODULES.values() if len(one.text.splitlines()) > MOST_LINES] == []


def long_functions(tree: ast.Module) -> list[str]:
    """Functions of more lines than may be, decorators not counted."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    functions = [node for node in ast.walk(tree) if isinstance(node, kinds)]
    return [node.name for node in functions if node.end_lineno - node.lineno + 1 > MOST_FUNCTION_LINES]


def test_no_function_is_too_long():
    assert long_functions(ast.parse("def f():\n" + "    pass\n" * 50)) == ["f"]
    assert {one.path: found for one in MODULES.values() if (found := long_functions(one.tree))} == {}
