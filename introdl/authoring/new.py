"""The scaffold of a new task: all that it needs, with ``FILL IN`` wherever words are missing."""

import ast
import keyword
import re
from dataclasses import dataclass
from pathlib import Path

from introdl.authoring import stubs
from introdl.course import ROOT, Day, days
from introdl.errors import UsageError

FILL_IN = "FILL IN"  # marks each place that a maintainer must still write
LONGEST_NAME = 40  # characters of a function's name, so that every line fits

MODULE = '''\
"""FILL IN: what this module computes."""
'''

FUNCTION = '''\
def {name}(x: float) -> float:  # FILL IN: arguments and types
    """FILL IN: what it computes, with the formula.

    Source of the formula: FILL IN.

    Args:
        x: FILL IN, with its shape.

    Returns:
        FILL IN.
    """
    # TODO {number}: FILL IN what to do (about 1 line).
    # BEGIN SOLUTION
    {unsolved}
    # END SOLUTION
'''

UNSOLVED = 'raise NotImplementedError("FILL IN: solve task {number}")'

TEST = '''\
"""Task {number}: FILL IN."""

import numpy as np

{imported}
from introdl.testing import check, task


@task("{number}", points={points})
def test_{name}(rng: np.random.Generator) -> None:
    x = float(rng.uniform(1.0, 3.0))  # FILL IN
    check(
        {name},
        x,
        expect=x,  # FILL IN
        mistakes={{
            "FILL IN: what one student did, and what to write instead.": -x,
            "FILL IN: what another student did, and what to write instead.": x + 1.0,
        }},
    )  # fmt: skip
'''

MISTAKES = """\
    # {number} {name}
    *wrong(
        "{number}",
        "{file}",
        {{
            {unsolved!r}: {{
                "return -x  # FILL IN": "FILL IN: what one student did",
                "return x + 1.0  # FILL IN": "FILL IN: what another student did",
            }},
        }},
    ),
"""

SECTION = r"""### {number} {star}{title} · {points} {unit}

FILL IN: what to compute, and why:

$$\text{{FILL IN: the formula}}.$$

File `src/{file}`: `{name}(x)`.
Example: FILL IN, with numbers to check by hand.
"""


@dataclass(frozen=True)
class NewTask:
    """A task to be; ``name`` is its function's, ``file`` its module in ``src``."""

    day: Day
    number: str
    title: str
    points: int
    optional: bool
    name: str
    file: str

    def fill(self, template: str) -> str:
        """A template with this task's names and numbers in it."""
        module = f"{self.day.name}.src.{self.file.removesuffix('.py')}"
        imported = f"from {module} import {self.name}"
        if len(imported) > 100:
            imported = f"from {module} import (\n    {self.name},\n)"
        return template.format(
            name=self.name,
            number=self.number,
            title=self.title,
            points=self.points,
            unit="point" if self.points == 1 else "points",
            star="★ " if self.optional else "",
            file=self.file,
            imported=imported,
            unsolved=UNSOLVED.format(number=self.number),
        )


def scaffold(
    number: str,
    title: str,
    points: int = 1,
    optional: bool = False,
    file: str | None = None,
    root: Path = ROOT,
) -> list[Path]:
    """Write all that a new task needs: solution, stub, test, mistakes, and the sheet's section.

    Args:
        number: the next free number of a day, ``"4.9"``.
        title: names the task in the README, and its function and test.
        points: what the task earns.
        optional: whether it is a bonus, ``★``.
        file: the module in ``src``; without it the module is named after the title.
        root: the repository.

    Returns:
        The files that were written or changed.

    Raises:
        UsageError: if the number is not the day's next one, the title gives no name, or a name is
            taken.
    """
    task = _plan(number, " ".join(title.split()), points, optional, file, root)
    solutions = root / "solutions" / task.day.name
    source = _with_function(_text(solutions / "src" / task.file), task)
    written = {
        solutions / "src" / task.file: source,
        task.day.folder / "src" / task.file: stubs.stub(source, task.file),
        task.day.folder / "tests" / f"test_{task.name}.py": task.fill(TEST),
        solutions / "mistakes.py": _with_mistakes(_text(solutions / "mistakes.py"), task),
        task.day.folder / "README.md": _with_section(task),
    }
    for path, text in written.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(written)


def _plan(
    number: str, title: str, points: int, optional: bool, file: str | None, root: Path
) -> NewTask:
    """The new task, when its number and its names are free."""
    day, name = _day_of(number, root), _name_of(title)
    file = file or f"{name}.py"
    if not re.fullmatch(r"[a-z_]\w*\.py", file):
        raise UsageError(f"'{file}' is not a module of src; name a file such as {name}.py.")
    if points < 1:
        raise UsageError(f"A task earns at least 1 point, not {points}.")
    for path in sorted((root / "solutions" / day.name / "src").glob("*.py")):
        if re.search(rf"^(def|class) {name}\b", _text(path), re.MULTILINE):
            raise UsageError(f"{path.name} defines {name} already; choose another title.")
    if (day.folder / "tests" / f"test_{name}.py").exists():
        raise UsageError(f"test_{name}.py exists already; choose another title.")
    return NewTask(day, number, title, points, optional, name, file)


def _day_of(number: str, root: Path) -> Day:
    """The day of a number that is its next free one."""
    if not re.fullmatch(r"[1-9]\d*\.[1-9]\d*", number):
        raise UsageError(f"'{number}' is not a task's number; write one such as 4.9.")
    wanted, known = int(number.partition(".")[0]), days(root)
    day = next((day for day in known if day.number == wanted), None)
    if day is None:
        names = ", ".join(str(day.number) for day in known)
        raise UsageError(f"There is no day {wanted}; add the task to one of the days {names}.")
    taken = [int(task.number.partition(".")[2]) for task in day.tasks]
    free = f"{wanted}.{max(taken, default=0) + 1}"
    if number != free:
        exists = number in {task.number for task in day.tasks}
        wrong = f"Task {number} exists already" if exists else f"{number} is not the next number"
        raise UsageError(f"{wrong}; the next free one of day {wanted} is {free}.")
    return day


def _name_of(title: str) -> str:
    """``rank_correlation`` for ``Rank correlation``."""
    name = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")
    if not name.isidentifier() or keyword.iskeyword(name):
        raise UsageError(f"'{title}' gives no name for a function; begin the title with a word.")
    if len(name) > LONGEST_NAME:
        raise UsageError(f"'{title}' is too long; a title has at most {LONGEST_NAME} characters.")
    return name


def _text(path: Path) -> str:
    """A file's text; empty where there is none."""
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _with_function(source: str, task: NewTask) -> str:
    """A solution's text with the new function after the last one that is graded."""
    source = source or MODULE
    lines = source.splitlines()
    at = max((n for n, line in enumerate(lines, 1) if line.strip() == "# END SOLUTION"), default=0)
    before = [node for node in ast.parse(source).body if node.lineno <= (at or len(lines))]
    at = max(at, before[-1].end_lineno or 0)
    function = task.fill(FUNCTION).splitlines()
    return "\n".join([*lines[:at], "", "", *function, *lines[at:]]) + "\n"


def _with_mistakes(source: str, task: NewTask) -> str:
    """A corpus with two mistakes of the new function at its end."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "MISTAKES":
            corpus = ast.get_source_segment(source, node) or ""
            longer = f"{corpus.removesuffix(']').rstrip()}\n{task.fill(MISTAKES)}]"
            return source.replace(corpus, longer)
    raise UsageError(
        f"solutions/{task.day.name}/mistakes.py has no list MISTAKES; write one, even if empty."
    )


def _with_section(task: NewTask) -> str:
    """The sheet with the new task's section after that of the day's last task."""
    text, last = task.day.readme, task.day.tasks[-1].number if task.day.tasks else ""
    start = text.find(f"\n### {last} ") + 1 if last else 0
    following = re.compile(r"^##", re.MULTILINE).search(text, start + 1) if last else None
    at = following.start() if following else len(text)
    parts = [text[:at].rstrip("\n"), task.fill(SECTION).rstrip("\n"), text[at:].rstrip("\n")]
    return "\n\n".join(part for part in parts if part) + "\n"
