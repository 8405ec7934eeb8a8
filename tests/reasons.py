"""What the source says when something goes wrong: `no article with id {1}: see quotebot list`.

Read from the code, so that no reason can be forgotten. An expression stands for every text that
it may be: both branches, all values of a table, whatever a function returns.
"""

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import count
from pathlib import Path

from tests.source import ROOT, python_files

__all__ = ["reasons", "steps"]

ROOMS = ("corpus", "index", "bot")
COMMAND_LINE = {  # what these say never gets into a chat
    *("bot/processes/answer_worker.py", "bot/processes/answer_pool.py"),
    *(
        "bot/cli/library_commands.py",
        "bot/cli/main.py",
        "bot/cli/eval_report.py",
        "bot/telegram/server.py",
    ),
    *(
        "index/evaluation/datasets.py",
        "index/embedding/onnx_export.py",
        "index/reading/onnx_reader.py",
        "index/ranking/cross_encoder.py",
    ),
}
SAID = {  # who is given a reason, and as which argument
    **dict.fromkeys(("UnreadableSource", "Gone", "_refusal", "_checked"), 1),
    **dict.fromkeys(("QuotebotError", "LibraryError", "ArticleNotFound", "IndexUnavailable"), 0),
    **dict.fromkeys(("ModelUnavailable", "Forbidden", "kind.error", "Kind"), 0),
    **dict.fromkeys(("httpcore.ConnectError", "ConnectionError"), 0),  # after "cannot be fetched:"
    "ValueError": 0,  # in readers alone
}
OTHERS = {"identity"}  # words that aren't ours
PASSED_ON = {"error.reason", "outcome.reason", "value['reason']", "str(error)"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def reasons() -> dict[str, str]:
    """Every reason that may get into a chat, and where it is."""
    found: dict[str, str] = {}
    for room in ROOMS:
        for path in python_files(room):
            path = path.relative_to(ROOT)
            if path.as_posix() not in COMMAND_LINE:
                found |= dict(_Module(path).said())
    return found


def steps() -> set[str]:
    """The names of a build's steps."""
    return {
        str(node.args[0].value)
        for node in ast.walk(_parse(Path("index/indexing/builder.py")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "report"
        if isinstance(node.args[0], ast.Constant)
    }


@cache
def _parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


class _Module:
    def __init__(self, path: Path) -> None:
        self.path, self.tree = path, _parse(path)
        self._seen: set[ast.expr] = set()
        self.functions = {
            node.name: node for node in ast.walk(self.tree) if isinstance(node, Function)
        }
        self.modules = {
            name.asname or name.name: Path(f"{node.module.replace('.', '/')}.py")
            for node in ast.walk(self.tree)
            if isinstance(node, ast.ImportFrom) and node.module
            for name in node.names
        }

    def said(self) -> Iterator[tuple[str, str]]:
        for node, scope in _with_scopes(self.tree, self.tree):
            expression = self._reason_in(node)
            if expression is None:
                continue
            place = f"{self.path}:{expression.lineno}: {ast.unparse(expression)}"
            self._seen.clear()
            texts = list(self.texts(expression, scope))
            known = ast.unparse(expression) in PASSED_ON or _is_given(expression, scope)
            assert texts or known, f"{place} may be any text: tests/reasons.py has to know it"
            yield from ((text, place) for text in texts if _is_words(text))

    def _reason_in(self, node: ast.AST) -> ast.expr | None:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "found['problem']":
            return None if ast.unparse(node.value) == "None" else node.value
        if not isinstance(node, ast.Call):
            return None
        name = ast.unparse(node.func)
        if name == "ValueError" and self.path.parent.name != "readers":
            return None
        given = [*node.args, *(keyword.value for keyword in node.keywords)]
        return dict(enumerate(given)).get(SAID.get(name, len(given)))

    def texts(self, node: ast.expr, scope: ast.AST) -> Iterator[str]:
        """What an expression may be, followed by what may stand in it; nothing if that is data."""
        if node in self._seen:  # as in `text = text.strip()`
            return
        self._seen.add(node)
        match node:
            case ast.Constant(value=str(text)):
                yield text
            case ast.JoinedStr() | ast.BinOp(op=ast.Add()):
                yield _template(_parts(node))
            case ast.Call(func=called):
                yield from self._returned(ast.unparse(called).removeprefix("self."))
            case ast.Name() | ast.Attribute() | ast.Subscript():
                yield from self._assigned(node, scope)
        for inner in _inside(node):
            yield from self.texts(inner, scope)

    def _returned(self, name: str) -> Iterator[str]:
        if name in self.functions:
            for node in ast.walk(self.functions[name]):
                if isinstance(node, ast.Return) and node.value is not None:
                    yield from self.texts(node.value, self.functions[name])
        elif name in self.modules and self.modules[name].exists():
            yield from _Module(self.modules[name])._returned(name)

    def _assigned(self, node: ast.expr, scope: ast.AST) -> Iterator[str]:
        name = ast.unparse(node)
        for where in {scope, self.tree}:
            nodes = ast.walk(where) if where is scope else self.tree.body
            for found in nodes:
                match found:
                    case (
                        ast.Assign(targets=[target], value=value)
                        | ast.AnnAssign(target=target, value=ast.expr() as value)
                    ) if ast.unparse(target) == name:
                        yield from self.texts(value, where)
                    case ast.For(target=ast.Tuple(elts=targets), iter=ast.Name(id=table)):
                        for at, target in enumerate(targets):
                            if ast.unparse(target) == name:
                                yield from self._column(table, at)

    def _column(self, table: str, at: int) -> Iterator[str]:
        for node in self.tree.body:
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Tuple(elts=rows)):
                    for row in rows if name == table else ():
                        if isinstance(row, ast.Tuple):
                            yield from self.texts(row.elts[at], self.tree)


def _with_scopes(node: ast.AST, scope: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
    """Everything in a module, each with the innermost function that it is in."""
    for child in ast.iter_child_nodes(node):
        yield child, scope
        yield from _with_scopes(child, child if isinstance(child, Function) else scope)


def _is_given(expression: ast.expr, scope: ast.AST) -> bool:
    """Whether a function that is listed itself passes on its argument."""
    if not isinstance(scope, Function) or scope.name not in SAID:
        return False
    return ast.unparse(expression) in [each.arg for each in scope.args.args]


def _is_words(text: str) -> bool:
    return any(map(str.islower, text)) and text not in OTHERS


def _inside(node: ast.expr) -> list[ast.expr]:
    """What an expression may be, or what stands in the text that it is."""
    match node:
        case ast.JoinedStr() | ast.BinOp(op=ast.Add()):
            return [part for part in _parts(node) if not isinstance(part, str)]
        case ast.IfExp(body=one, orelse=other):
            return [one, other]
        case ast.BoolOp(values=values) | ast.Dict(values=values):
            return values
        case ast.Call(func=ast.Attribute(value=table, attr="get"), args=[_, *default]):
            return [table, *default]
        case ast.Call(func=ast.Attribute(value=inner, attr="lower" | "strip")):
            return [inner]
        case ast.Subscript(value=table):
            return [table]
    return []


def _parts(node: ast.expr) -> Iterator[str | ast.expr]:
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=values):
            for value in values:
                yield from _parts(value)
        case ast.BinOp(left=left, right=right, op=ast.Add()):
            yield from _parts(left)
            yield from _parts(right)
        case ast.FormattedValue(value=value):
            yield value
        case _:
            yield node


def _template(parts: Iterable[str | ast.expr]) -> str:
    number = count(1)
    return "".join(part if isinstance(part, str) else f"{{{next(number)}}}" for part in parts)
