"""The map of the course: its days and tasks, read from the folders and their READMEs."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from introdl.errors import UsageError

ROOT = Path(__file__).resolve().parents[1]

TODO = re.compile(r"TODO (\d+\.\d+)")  # marks a place that a student fills in

_FOLDER = re.compile(r"day_(\d\d)_\w+")
_TITLE = re.compile(r"^# Day \d+ · (.+)$", re.MULTILINE)
_TASK = re.compile(r"^### (\d+\.\d+) (★ )?(.+?) · (\d+) points?$", re.MULTILINE)


@dataclass(frozen=True)
class Task:
    """One task as its README's heading names it: ``### 3.2 Pseudo-inverse · 3 points``."""

    number: str
    title: str
    points: int
    bonus: bool


@dataclass(frozen=True)
class Day:
    """One day's folder."""

    folder: Path

    @property
    def name(self) -> str:
        """The folder's name, ``day_02_optimization``."""
        return self.folder.name

    @property
    def number(self) -> int:
        """2 for ``day_02_optimization``."""
        return int(self.name[4:6])

    @cached_property
    def readme(self) -> str:
        """The exercise sheet's text, whose headings name the tasks.

        Raises:
            UsageError: if the file is missing.
        """
        path = self.folder / "README.md"
        if not path.is_file():
            raise UsageError(f"{self.name}/README.md is missing; bring it back from the template.")
        return path.read_text(encoding="utf-8")

    @cached_property
    def title(self) -> str:
        """The title in the README's first heading, ``# Day 2 · Optimization``."""
        match = _TITLE.search(self.readme)
        return match[1] if match else self.name

    @cached_property
    def tasks(self) -> tuple[Task, ...]:
        """The tasks of the README's headings, in their order."""
        return tasks(self.readme)

    @property
    def points(self) -> int:
        """The points of the required tasks."""
        return sum(task.points for task in self.tasks if not task.bonus)


def tasks(readme: str) -> tuple[Task, ...]:
    """The tasks that an exercise sheet's headings name, in their order."""
    return tuple(
        Task(number, title, int(points), bool(star))
        for number, star, title, points in _TASK.findall(readme)
    )


def days(root: Path = ROOT) -> list[Day]:
    """All days below ``root``, in the order of their numbers."""
    folders = (path for path in root.iterdir() if path.is_dir() and _FOLDER.fullmatch(path.name))
    return [Day(folder) for folder in sorted(folders)]


def choose(selection: str, root: Path = ROOT) -> tuple[Day, str | None]:
    """Find what a person names: ``4``, ``day_04_statistics`` or a task, ``4.2``.

    Returns:
        The day, and the task's number where a task was named.

    Raises:
        UsageError: if there is no such day or task.
    """
    word = selection.strip().rstrip("/")
    for day in days(root):
        if word in (str(day.number), f"{day.number:02d}", day.name):
            return day, None
        if word in {task.number for task in day.tasks}:
            return day, word
    names = ", ".join(str(day.number) for day in days(root))
    example = next((task.number for day in days(root) for task in day.tasks), "2.1")
    raise UsageError(
        f"There is no day or task '{selection}'; name a day ({names}) or a task such as {example}."
    )
