"""The house of espalier_torch: what lies where, who may import whom, and how long things may be.

Imports for types alone (`if TYPE_CHECKING`) and those inside of functions count like any other: they tie two files
together for whoever changes one of them.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).parent
PACKAGE = TESTS.parent / "espalier_torch"
ABOUT_THE_WHOLE = (".", "contract")
"""Folders of tests about all of the package, or about files that the other language wrote."""
NAME = PACKAGE.name
MOST_LINES, MOST_FUNCTION_LINES, MOST_FILES = 250, 50, 20

LAYERS = (
    ("worker", "serve", "look", "train", "convert_weights", "benchmark", "cluster"),
    ("serving",),
    ("pretrain",),
    ("judge_training",),
    ("training",),
    ("verifiers", "detection"),
    ("families",),
    ("checkpoints",),
    ("distributed",),
    ("protocol",),
    ("objective",),
    ("decoding",),
    ("data",),
    ("runtime",),
)
"""From the top down: a layer imports only those below it, and itself. Rooms of one line do not know each other."""

SEPARATE = ("families",)
"""Rooms whose own rooms do not know each other. A file directly in such a room is shared by all of them."""

SEAM = ("families.registry", "objective.objective", "objective.dpo", "objective.log_probabilities")
"""All that training may know of the families and their objectives."""

DOORS: Mapping[str, tuple[str, ...]] = {
    "accelerate": ("distributed/processes.py", "training/watching/trackers.py"),
    "onnx": (),  # torch.onnx writes the graphs
    "diffusers": ("families/diffusers/",),
    "peft": ("training/adapter.py", "judge_training/vision_language.py"),
    "pyarrow": ("data/arrow_columns.py", "pretrain/", "benchmark/"),
    "ray": ("cluster/",),
    "transformers": (
        "families/showo/", "families/janus/", "families/llamagen/text.py", "families/diffusers/", "verifiers/",
        "detection/", "benchmark/models.py", "benchmark/next_token.py",
    ),
    "PIL": ("benchmark/measures.py", "data/pictures.py", "verifiers/talking.py", "look.py"),
}  # fmt: skip
"""The places that may import each outside library that is slow to load, large, or not always there."""


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


def test_no_module_is_in_a_circle_of_imports():
    assert circles(EDGES) == []


def room_of(name: str) -> str:
    """The room of a module: the first part of its path below the package."""
    return name.removeprefix(f"{NAME}.").partition(".")[0]


def depth_of(name: str) -> int:
    """The place of a module's room in LAYERS."""
    return next(depth for depth, rooms in enumerate(LAYERS) if room_of(name) in rooms)


def goes_up(name: str, target: str) -> bool:
    """Whether an import leads up, or into a room beside its own."""
    above, below = depth_of(name), depth_of(target)
    return above > below or (above == below and room_of(name) != room_of(target))


def test_every_module_is_in_a_known_layer():
    known = {room for rooms in LAYERS for room in rooms}
    assert {room_of(name) for name in MODULES if name != NAME} == known


def test_imports_go_down_only():
    made = {(one, other) for one in ("training.run", "data.pairs") for other in ("training.run", "data.pairs")}
    assert {pair for pair in made if goes_up(*pair)} == {("data.pairs", "training.run")}
    assert goes_up("verifiers.reward", "detection.colors") and not goes_up("training.run", "training.loop")
    modules = {name: targets for name, targets in EDGES.items() if name != NAME}
    assert [(name, target) for name, targets in modules.items() for target in targets if goes_up(name, target)] == []


def inner_room(name: str) -> tuple[str, str] | None:
    """The room in a SEPARATE room that a module is in; None for one that is in no such place."""
    parts = name.removeprefix(f"{NAME}.").split(".")
    return (parts[0], parts[1]) if parts[0] in SEPARATE and len(parts) > 2 else None


def test_families_do_not_know_each_other():
    inner = {name: room for name in MODULES if (room := inner_room(name))}
    assert len(set(inner.values())) > 1
    pairs = [(name, target) for name in inner for target in EDGES[name] if target in inner]
    assert [(name, target) for name, target in pairs if inner[name] != inner[target]] == []


def test_training_knows_families_and_objectives_by_their_seam_alone():
    known = {target for name in MODULES if room_of(name) == "training" for target in EDGES[name]}
    behind = {target.removeprefix(f"{NAME}.") for target in known if room_of(target) in ("families", "objective")}
    assert behind == set(SEAM)


def test_each_outside_library_comes_in_through_its_doors():
    found = [(name.partition(".")[0], one.path) for one in MODULES.values() for name in imported(one.tree)]
    used = {(library, path) for library, path in found if library in DOORS}
    assert {library for library, _ in used} == {library for library, doors in DOORS.items() if doors}
    assert sorted((library, path) for library, path in used if not path.startswith(DOORS[library])) == []


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


def test_no_folder_has_too_many_loose_files():
    folders: dict[str, int] = {}
    for path in (one.path for one in MODULES.values() if not one.path.endswith("__init__.py")):
        folder = path.rpartition("/")[0]
        folders[folder] = folders.get(folder, 0) + 1
    assert {folder: count for folder, count in folders.items() if count > MOST_FILES} == {}


def test_tests_lie_as_what_they_test():
    folders = [file.parent.relative_to(TESTS).as_posix() for file in TESTS.rglob("test_*.py")]
    assert len(folders) > 30
    assert {one for one in folders if one not in ABOUT_THE_WHOLE and not (PACKAGE / one).is_dir()} == set()
    assert {one: count for one in set(folders) if (count := folders.count(one)) > MOST_FILES} == {}
