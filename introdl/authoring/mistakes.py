"""The corpus of mistakes: plausible wrong versions of every graded function.

``solutions/day_*/mistakes.py`` holds ``MISTAKES``, a list of `Mistake`. Verification swaps each in.
"""

import ast
import runpy
from dataclasses import dataclass
from pathlib import Path

from introdl.course import UsageError


@dataclass(frozen=True)
class Mistake:
    """One wrong version of a solution, written as a replacement of its text.

    Args:
        task: the task that must lose points.
        file: the solution's file in ``src``.
        old: text that occurs there exactly once.
        new: what a student might have written instead.
        says: a part of the sentence that the student must read.
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
