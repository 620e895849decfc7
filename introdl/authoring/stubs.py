"""Stubs from solutions: every block between the markers becomes one loud line.

A module without such a block is given to students whole, and stands in ``day_*/src`` alone.
"""

import re
import textwrap
from pathlib import Path

from introdl.course import ROOT, TODO, Day, days
from introdl.errors import UsageError

SOLUTIONS = ROOT / "solutions"

LONGEST = 60  # characters of a TODO's headline, so that the stub's line fits

_TODO = re.compile(r"^(\s*)# (TODO \d+\.\d+: .+)$")
_BEGIN, _END = "# BEGIN SOLUTION", "# END SOLUTION"


def stub(source: str, file: str) -> str:
    """Turn a solution's text into the stub's.

    Args:
        source: Python text with blocks ``# TODO 3.2: …``, ``# BEGIN SOLUTION``, …,
            ``# END SOLUTION``.
        file: named in error messages.

    Returns:
        The text in which each block is ``raise NotImplementedError("TODO 3.2: …")``.

    Raises:
        UsageError: if the markers are out of order or a block has no TODO line before it.
    """
    result: list[str] = []
    todo: list[str] = []  # the TODO comment above the current line, its lines
    inside = False
    for number, line in enumerate(source.splitlines(), 1):
        word = line.strip()
        if word == _BEGIN:
            if inside or not todo:
                raise UsageError(f"{file}, line {number}: {_BEGIN} needs a TODO line before it.")
            indent = line[: len(line) - len(line.lstrip())]
            result.append(f'{indent}raise NotImplementedError("{_headline(todo)}")')
            inside, todo = True, []
        elif word == _END:
            if not inside:
                raise UsageError(f"{file}, line {number}: {_END} without {_BEGIN}.")
            inside = False
        elif not inside:
            result.append(line)
            if _TODO.match(line):
                todo = [word]
            elif todo and word.startswith("# "):
                todo.append(word)
            else:
                todo = []
    if inside:
        raise UsageError(f"{file}: the last {_BEGIN} has no {_END}.")
    return "\n".join(result) + "\n"


def _headline(todo: list[str]) -> str:
    """``TODO 3.2: compute the factors`` from the comment, without the size hint."""
    text = " ".join(line.removeprefix("# ") for line in todo)
    text = re.sub(r"\s*\(about [^)]*\)", "", text).rstrip(".").replace('"', "'")
    return textwrap.shorten(text, LONGEST, placeholder=" …")


def solved_blocks(source: str) -> list[str]:
    """What stands between the markers, each block's indentation taken away."""
    blocks, inside = list[list[str]](), False
    for line in source.splitlines():
        word = line.strip()
        if word in (_BEGIN, _END):
            inside = word == _BEGIN
            blocks += [[]] if inside else []
        elif inside:
            blocks[-1].append(line)
    return [textwrap.dedent("\n".join(block)) for block in blocks]


def solved_lines(source: str) -> list[str]:
    """The lines between the markers that would give a solution away, stripped."""
    lines = [line.strip() for block in solved_blocks(source) for line in block.splitlines()]
    return [line for line in lines if len(line) > 12 and not line.startswith("#")]


def unsolved_lines(source: str) -> list[str]:
    """The lines outside the markers."""
    return stub(source, "").splitlines()


def expected() -> dict[Path, str]:
    """Every stub's path and the text it must have."""
    return {
        ROOT / path.relative_to(SOLUTIONS): stub(
            path.read_text(encoding="utf-8"), str(path.relative_to(ROOT))
        )
        for day in days()
        for path in solved_modules(day)
    }


def solved_modules(day: Day) -> list[Path]:
    """A day's modules that are solved in ``solutions``."""
    return sorted((SOLUTIONS / day.name / "src").glob("*.py"))


def modules(day: Day) -> list[Path]:
    """A solved day's modules: the solved ones, and those that students are given whole."""
    solved = {path.name: path for path in solved_modules(day)}
    given = {path.name: path for path in (day.folder / "src").glob("*.py")}
    return sorted({**given, **solved}.values(), key=lambda path: path.name)


def solved_files(day: Day) -> dict[str, bytes]:
    """A solved day as a student would hand it in: each module's path and content."""
    return {f"{day.name}/src/{path.name}": path.read_bytes() for path in modules(day)}


def left_over(day: Day) -> list[Path]:
    """Stubs whose solution is gone; a module without a TODO is given, and needs no solution."""
    solved = {path.name for path in solved_modules(day)}
    others = [p for p in sorted((day.folder / "src").glob("*.py")) if p.name not in solved]
    return [path for path in others if TODO.search(path.read_text(encoding="utf-8"))]


def write() -> list[Path]:
    """Write the stubs; remove those whose solution is gone.

    Returns:
        The files that changed.
    """
    changed = [path for day in days() for path in left_over(day)]
    for path in changed:
        path.unlink()
    for path, text in expected().items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            changed.append(path)
    return changed
