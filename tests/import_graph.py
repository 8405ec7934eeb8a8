"""Who imports whom, from the source: `python -m tests.import_graph` prints it.

Imports inside functions, for types only, and by name (`import_module("…")`, `-m` of a program that
is started) count like any other.
"""

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.source import ROOT, python_files

__all__ = ["ROOMS", "circles", "modules", "sub_package", "sub_packages"]

ROOMS = ("corpus", "index", "bot", "training")
_BY_NAME = re.compile(rf"(?:{'|'.join(ROOMS)})(?:\.[a-z_0-9]+)+", re.ASCII)

Graph = dict[str, set[str]]


@cache
def modules() -> Graph:
    """Each module of the rooms, and the modules of ours that it imports."""
    files = {_name(path): path for room in ROOMS for path in python_files(room)}
    return {
        module: set(_imported(ast.parse(path.read_text("utf-8")), set(files))) - {module}
        for module, path in files.items()
    }


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


def _imported(tree: ast.Module, known: set[str]) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names if alias.name in known)
            case ast.ImportFrom(module=str(base), names=names, level=0):
                for alias in names:
                    inner = f"{base}.{alias.name}"
                    yield from [name for name in (inner, base) if name in known][:1]
            case ast.ImportFrom(level=level) if level:
                raise AssertionError("a relative import: name the room, as everywhere else")
            case ast.Constant(value=str(text)) if _BY_NAME.fullmatch(text) and text in known:
                yield text
            case ast.JoinedStr(values=[ast.Constant(value=str(text)), *_]):
                # import_module(f"corpus.readers.{name}") may be any module of that package
                yield from (name for name in known if f"{name.rpartition('.')[0]}." == text)


def sub_package(module: str) -> str:
    """The package that a module is in, such as `bot.telegram.views`.

    A module directly in a room is a row of its own.
    """
    parts = module.split(".")
    if ROOT.joinpath(*parts).is_dir() or len(parts) <= 2:
        return module
    return ".".join(parts[:-1])


@cache
def sub_packages() -> Graph:
    """Each sub-package, and the others that it imports."""
    graph: dict[str, set[str]] = defaultdict(set)
    for module, imported in modules().items():
        own = sub_package(module)
        graph[own] |= {sub_package(name) for name in imported} - {own}
    return dict(graph)


def circles(graph: Graph) -> list[list[str]]:
    """Groups of nodes that reach each other (Tarjan, Depth-first search, 1972)."""
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        number[node] = lowest[node] = len(number)
        stack.append(node)
        for other in sorted(graph[node] & graph.keys()):
            if other not in number:
                visit(other)
                lowest[node] = min(lowest[node], lowest[other])
            elif other in stack:
                lowest[node] = min(lowest[node], number[other])
        if lowest[node] == number[node]:
            at = stack.index(node)
            if len(stack) - at > 1:
                found.append(sorted(stack[at:]))
            del stack[at:]

    for node in sorted(graph):
        if node not in number:
            visit(node)
    return found


def main() -> None:
    """Print each sub-package with what it imports, and all circles."""
    lines = [
        f"{name}\n    → {', '.join(sorted(imported)) or 'nothing of ours'}"
        for name, imported in sorted(sub_packages().items())
    ]
    for title, graph in {"modules": modules(), "sub-packages": sub_packages()}.items():
        lines.append(f"\ncircles among {len(graph)} {title}: {circles(graph) or 'none'}")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
