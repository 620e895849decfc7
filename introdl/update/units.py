"""A module of Python, cut into units: functions, heads of classes, imports, other statements.

Each unit has a key, such as ``Complex.__add__``, and keeps the comments above it.
"""

import ast
import builtins
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from introdl.errors import CourseError

FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
DEFINITION = (*FUNCTION, ast.ClassDef)

TODO_LINE = re.compile(r'\s*raise NotImplementedError\("TODO \d+\.\d+: .*"\)')

_COMMENT = re.compile(r"( *)#")


class Unmergeable(CourseError):
    """A module can't be merged safely; the message goes on after "it"."""


@dataclass(frozen=True)
class Unit:
    """A piece of a module: its lines as they are, and the blank lines and comments above."""

    lead: list[str]
    lines: list[str]
    scope: tuple[str, ...]  # the classes around it
    node: ast.stmt | None  # None for what follows the last statement

    @property
    def text(self) -> str:
        """The lines, whatever ends them."""
        return _plain(self.lines)

    @property
    def comments(self) -> str:
        """The lead, whatever ends its lines."""
        return _plain(self.lead)

    @property
    def is_todo(self) -> bool:
        """Whether there is something left to do, as in a stub."""
        return any(map(TODO_LINE.fullmatch, self.text.split("\n")))


Units = Mapping[str, Unit]


def text_of(content: bytes) -> str:
    """A module's text, with its line endings, and a line break at its end.

    Raises:
        Unmergeable: if it isn't UTF-8.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unmergeable("isn't text in UTF-8") from None
    return text if text.endswith("\n") else f"{text}\n"


@cache
def units(source: str) -> Units:
    """Cut a module into units, in their order; together they are the whole text.

    Raises:
        Unmergeable: if it isn't valid Python, or has two statements in one line.
    """
    found: dict[str, Unit] = {}
    lines, end = source.split("\n"), 0
    previous: Unit | None = None
    for scope, node, first, last in _pieces(_parsed(source).body):
        if first <= end or last < first:
            raise Unmergeable("has several statements in one line")
        while isinstance(node, ast.ClassDef) and re.fullmatch(r"\s*(#.*)?", lines[last - 1]):
            last -= 1  # what is above a class's first statement belongs to that
        unit = Unit(lines[end : first - 1], lines[first - 1 : last], scope, node)
        _give_back(previous, unit.lead)
        key = ".".join([*scope, _name(node)])
        while key in found:
            key += "'"
        found[key] = previous = unit
        end = last
    rest = lines[end:]
    _give_back(previous, rest)
    return {**found, "": Unit([], rest, (), None)}


def _parsed(source: str) -> ast.Module:
    plain = source.replace("\r\n", "\n")
    if "\r" in plain:
        raise Unmergeable("has line endings of an unusual kind")
    try:
        with warnings.catch_warnings(action="ignore"):
            compile(plain, "stub", "exec", dont_inherit=True)
            return ast.parse(plain)
    except SyntaxError as error:
        place = f" in line {error.lineno}" if error.lineno else ""
        raise Unmergeable(f"has a syntax error{place}") from None
    except (ValueError, RecursionError, MemoryError):
        raise Unmergeable("can't be read as Python") from None


def _pieces(
    body: list[ast.stmt], scope: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], ast.stmt, int, int]]:
    """Scope, statement, first and last line of each unit."""
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield scope, node, first_line(node), first_line(node.body[0]) - 1
            yield from _pieces(node.body, (*scope, node.name))
        else:
            yield scope, node, first_line(node), node.end_lineno or node.lineno


def first_line(node: ast.stmt) -> int:
    """The line in which a statement begins, its decorators included."""
    decorators = node.decorator_list if isinstance(node, DEFINITION) else []
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _give_back(previous: Unit | None, lead: list[str]) -> None:
    """Comments that are indented deeper than the unit before them belong to that unit."""
    if previous is None or previous.node is None or isinstance(previous.node, ast.ClassDef):
        return
    column = previous.node.col_offset
    deeper = [
        number
        for number, line in enumerate(lead, 1)
        if (comment := _COMMENT.match(line.expandtabs())) and len(comment[1]) > column
    ]
    if deeper:
        previous.lines.extend(lead[: deeper[-1]])
        del lead[: deeper[-1]]


def _name(node: ast.stmt) -> str:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return node.name
        case ast.Expr(ast.Constant(str())):
            return '"""'
        case ast.ImportFrom():
            return f"from {'.' * node.level}{node.module or ''}"
        case ast.Assign():
            return " = ".join(map(ast.unparse, node.targets))
        case ast.AnnAssign() | ast.AugAssign():
            return ast.unparse(node.target)
        case ast.If():
            return f"if {ast.unparse(node.test)}"
    return ast.unparse(node)


def _plain(lines: list[str]) -> str:
    return "\n".join(line.rstrip("\r") for line in lines)


def alike(some: Units, others: Units) -> bool:
    """Whether two modules are the same, whatever ends their lines."""
    return [(key, unit.text, unit.comments) for key, unit in some.items()] == [
        (key, unit.text, unit.comments) for key, unit in others.items()
    ]


def names(those: Iterable[Unit]) -> set[str]:
    """Every name and attribute that units use."""
    nodes = [node for unit in those for node in _walk(unit)]
    loaded = {node.id for node in nodes if isinstance(node, ast.Name)}
    return loaded | {node.attr for node in nodes if isinstance(node, ast.Attribute)}


def _walk(unit: Unit) -> Iterator[ast.AST]:
    """All nodes of a unit; of a class, those of its head, for its body has units of its own."""
    node = unit.node
    if isinstance(node, ast.ClassDef):
        for part in (*node.decorator_list, *node.bases, *node.keywords):
            yield from ast.walk(part)
    elif node is not None:
        yield from ast.walk(node)


def bound(unit: Unit) -> set[str]:
    """The names that a unit defines where it stands."""
    if isinstance(unit.node, DEFINITION):
        return {unit.node.name}
    nodes = list(_walk(unit))
    stored = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    defined = {n.name for n in nodes if isinstance(n, DEFINITION)}
    return stored | defined | {bound_by(n) for n in nodes if isinstance(n, ast.alias)}


def bound_by(alias: ast.alias) -> str:
    """The name that an import defines."""
    return alias.asname or alias.name.partition(".")[0]


def too_early(those: Units) -> set[str]:
    """The names that are used while a module is imported, before it defines them."""
    lazy = {"annotation", "returns"} if "from __future__" in those else set[str]()
    bodies = _bodies(those)
    have: dict[tuple[str, ...], set[str]] = {(): {*dir(builtins), "__file__"}}
    early = set[str]()
    for unit in those.values():
        here = have.setdefault(unit.scope, set())
        here |= bound(unit)
        used = set(_used_at_once(unit.node, lazy)) if unit.node else set()
        if not isinstance(unit.node, DEFINITION):
            used = _reached(used, bodies)
        early |= used - here - have[()]
    return early


def _bodies(those: Units) -> dict[str, set[str]]:
    """For each function and class of a module the module's names that it uses when it runs."""
    known = {name for unit in those.values() if not unit.scope for name in bound(unit)}
    bodies: dict[str, set[str]] = {}
    for key, unit in those.items():
        if isinstance(unit.node, DEFINITION):
            bodies.setdefault(key.partition(".")[0], set()).update(names([unit]) & known)
    return bodies


def _reached(used: set[str], bodies: Mapping[str, set[str]]) -> set[str]:
    """Names, and all that is used when they are called."""
    found, fresh = set[str](), used
    while fresh:
        found |= fresh
        fresh = {inner for name in fresh for inner in bodies.get(name, ())} - found
    return found


def _used_at_once(node: ast.AST, lazy: set[str]) -> Iterator[str]:
    """The names that a statement uses where it stands, without bodies and what else is lazy."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        yield node.id
    skipped = lazy | {"body"} if isinstance(node, (*DEFINITION, ast.Lambda)) else lazy
    for name, value in ast.iter_fields(node):
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, ast.AST) and name not in skipped:
                yield from _used_at_once(part, lazy)
