"""The corpus of mistakes: plausible wrong versions of every graded function.

``solutions/day_*/mistakes.py`` holds ``MISTAKES``, a list of `Mistake`, written with `wrong`.
Verification swaps each in. The sentence that a student must read stands in the tests; a mistake
names a part of it, its key.
"""

import ast
import runpy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from introdl.course import ROOT, Day
from introdl.errors import UsageError


@dataclass(frozen=True)
class Mistake:
    """One wrong version of a solution, written as a replacement of its text.

    Args:
        task: the task that must lose points.
        file: the solution's file in ``src``.
        old: text that occurs there exactly once.
        new: what a student might have written instead.
        says: the key of the sentence that the student must read: a part that identifies it.
        also: further tasks that can't but lose points, since their code calls this one's.
    """

    task: str
    file: str
    old: str
    new: str
    says: str
    also: tuple[str, ...] = ()

    def apply(self, source: str) -> str:
        """The solution's text with the mistake in it.

        Raises:
            UsageError: if ``old`` doesn't occur exactly once, or the result isn't Python.
        """
        found = source.count(self.old)
        if found != 1:
            raise UsageError(
                f"Task {self.task}: the text {self.old!r} occurs {found} times in {self.file}; "
                "a mistake must name a text that occurs once."
            )
        changed = source.replace(self.old, self.new)
        try:
            ast.parse(changed)
        except SyntaxError as error:
            raise UsageError(
                f"Task {self.task}: {self.new!r} is not valid Python: {error}"
            ) from None
        return changed

    def function(self, source: str) -> str:
        """The name of the function or method that the mistake changes."""
        line = source[: source.index(self.old)].count("\n") + 1 + self.old.lstrip("\n").count("\n")
        return function_at(source, line)


def wrong(
    task: str,
    file: str,
    replacements: Mapping[str, Mapping[str, str]],
    also: tuple[str, ...] = (),
) -> list[Mistake]:
    """The mistakes of one task in one file.

    Args:
        task: the task that must lose points.
        file: the solution's file in ``src``.
        replacements: for each text of the solution what a student might have written instead, and
            the key of the sentence that this must lead to.
        also: further tasks that can't but lose points.

    Returns:
        One mistake for each pair, in the order in which they are written.
    """
    return [
        Mistake(task, file, old, new, says, also)
        for old, versions in replacements.items()
        for new, says in versions.items()
    ]


def function_at(source: str, line: int) -> str:
    """The innermost function around a line, as ``Complex.add``; empty at module level."""

    def search(node: ast.AST, prefix: str) -> str:
        for child in ast.iter_child_nodes(node):
            kinds = ast.FunctionDef | ast.ClassDef
            if isinstance(child, kinds) and child.lineno <= line <= (child.end_lineno or 0):
                name = f"{prefix}{child.name}"
                inner = search(child, f"{name}.") if isinstance(child, ast.ClassDef) else ""
                return inner or name
        return ""

    return search(ast.parse(source), "")


def read(solution: Path) -> list[Mistake]:
    """The corpus of one day, from ``solutions/day_*/mistakes.py``."""
    path = solution / "mistakes.py"
    if not path.exists():
        raise UsageError(f"{path} is missing; every day needs a corpus of mistakes.")
    mistakes: list[Mistake] = runpy.run_path(str(path))["MISTAKES"]
    return mistakes


def sentences(day: Day) -> list[str]:
    """Every text in a day's tests and in `introdl.testing`, on one line each; nothing is run."""
    files = [*(day.folder / "tests").glob("*.py"), *(ROOT / "introdl" / "testing").glob("*.py")]
    return [
        " ".join(text.split())
        for path in sorted(files)
        for text in literals(ast.parse(path.read_text(encoding="utf-8")))
    ]


def literals(node: ast.AST) -> Iterator[str]:
    """The string literals below a node; in an f-string ``…`` stands for each value."""
    if isinstance(node, ast.JoinedStr):
        yield "".join(
            str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values
        )
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    else:
        for child in ast.iter_child_nodes(node):
            yield from literals(child)


def unknown(mistake: Mistake, sentences: list[str]) -> str:
    """What to do about a key that no sentence contains; empty if one does."""
    key = " ".join(mistake.says.split())
    if any(key in sentence for sentence in sentences):
        return ""
    return (
        f"Task {mistake.task}: no sentence contains {key!r}; "
        "write a part of a sentence that stands in the day's tests."
    )
