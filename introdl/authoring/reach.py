"""Which tests a change of one function can reach, so that only those are graded again."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

Names = dict[str, set[str]]


def reached(function: str, sources: Iterable[Path], tests: Iterable[Path]) -> list[str]:
    """The tests that use a function, directly or through others.

    Words are compared, not what they mean. So a test may be found that does not need the function,
    but one that calls it by name is not missed.

    Args:
        function: ``"fit"`` or ``"Complex.add"``; with ``""``, a change outside of all functions,
            every test is reached.
        sources: the modules of a day's ``src``.
        tests: its test files.

    Returns:
        ``"test_mixture.py::test_fit"`` and so on, as pytest names them.
    """
    owner, _, method = function.rpartition(".")
    target = owner if method.startswith("__") else method
    given = [uses for path in sources for uses in definitions(path)]
    found = []
    for path in tests:
        own = list(definitions(path))
        graph: Names = defaultdict(set)
        for name, words in [*given, *own]:
            graph[name] |= words
        wanted = [name for name, _ in own if name.startswith("test_")]
        found += [
            f"{path.name}::{name}" for name in wanted if not target or leads(graph, name, target)
        ]
    return found


def leads(graph: Names, start: str, target: str) -> bool:
    """Whether one name uses another, directly or through others."""
    seen, waiting = {start}, [start]
    while waiting:
        for word in graph.get(waiting.pop(), set()) - seen:
            seen.add(word)
            waiting.append(word)
    return target in seen


def definitions(path: Path) -> tuple[tuple[str, set[str]], ...]:
    """Each name that a module defines at its top level, and the words that its definition uses.

    A method counts by its own name; what Python calls implicitly, as ``__init__``, by the class's.
    """
    return _definitions(path.read_text(encoding="utf-8"))


@cache
def _definitions(source: str) -> tuple[tuple[str, set[str]], ...]:
    return tuple(_defined(ast.parse(source).body))


def _defined(body: Iterable[ast.stmt]) -> Iterator[tuple[str, set[str]]]:
    for node in body:
        if isinstance(node, ast.ImportFrom):
            for name in node.names:
                if name.asname:
                    yield name.asname, {name.name}
        elif isinstance(node, ast.ClassDef):
            for part in node.body:
                if isinstance(part, ast.FunctionDef) and not part.name.startswith("__"):
                    yield part.name, words(part)
                else:
                    yield node.name, words(part)
        elif isinstance(node, ast.FunctionDef):
            yield node.name, words(node)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            for word in words(*(node.targets if isinstance(node, ast.Assign) else [node.target])):
                yield word, words(node)


def words(*nodes: ast.AST) -> set[str]:
    """Every name in these nodes: variables, attributes, arguments (fixtures), and strings."""
    found: set[str] = set()
    for node in (part for whole in nodes for part in ast.walk(whole)):
        match node:
            case ast.Name(id=word) | ast.Attribute(attr=word) | ast.arg(arg=word):
                found.add(word)
            case ast.Constant(value=str() as word):
                found.add(word)
    return found
