"""What to verify: everything, a day, a stage, or what a change of the working tree can reach."""

import ast
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from introdl.course import ROOT, Day
from introdl.errors import UsageError

OWN_TESTS = "tests"
GRADED = ("src", "tests", "mistakes.py")  # what of a day is graded
TRAINED = ("src", "trainings.py")  # and what its reference trainings run
GRADER = ("introdl.authoring.verify.grading", "introdl.grading.server")  # where grading begins
READER = Path("introdl", "datasets", "embedded.py")  # it alone reads data/


@dataclass
class Scope:
    """For each stage the days that it checks; for ``tests`` the files.

    Args:
        facts: the days whose facts are checked.
        grading: the days whose stubs, solutions and mistakes are graded.
        trainings: the days whose reference trainings are run.
        tests: the files or folders with tests of introdl itself.
    """

    facts: list[Day] = field(default_factory=list)
    grading: list[Day] = field(default_factory=list)
    trainings: list[Day] = field(default_factory=list)
    tests: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        stages = {name: getattr(self, name) for name in ("grading", "trainings", "tests")}
        parts = [
            f"{name} ({', '.join(str(getattr(item, 'number', item)) for item in items)})"
            for name, items in stages.items()
            if items
        ]
        return "; ".join([*(["facts"] if self.facts else []), *parts]) or "nothing"

    def only(self, stage: str) -> "Scope":
        """The same for one stage alone."""
        return Scope(**{stage: getattr(self, stage)})


def everything(days: list[Day]) -> Scope:
    """All stages of all days."""
    return Scope(days, days, days, [OWN_TESTS])


def one_day(day: Day) -> Scope:
    """All that belongs to one day; introdl's own tests don't."""
    return Scope([day], [day], [day])


def changed(days: list[Day], paths: Iterable[str]) -> Scope:
    """What changed files can reach; nothing if there are none.

    Args:
        days: all days.
        paths: the files, relative to the repository; some may be gone.
    """
    parts = [reached(days, Path(path)) for path in paths]
    tests = {name for part in parts for name in part.tests}
    return Scope(
        facts=days if parts else [],  # they take no time
        grading=[day for day in days if any(day in part.grading for part in parts)],
        trainings=[day for day in days if any(day in part.trainings for part in parts)],
        tests=[OWN_TESTS] if OWN_TESTS in tests else sorted(tests),
    )


def reached(days: list[Day], path: Path) -> Scope:
    """What one changed file can reach, apart from the facts."""
    top = path.parts[0]
    if path == Path("pyproject.toml"):
        return everything(days)
    if top == OWN_TESTS:
        return Scope(tests=own_tests(path))
    for day in days:
        if day.name in path.parts:
            return inside(day, path)
    if path.suffix == ".md":
        return Scope(tests=naming(path.as_posix()))
    if top in ("introdl", "data"):
        return through_imports(days, path if top == "introdl" else READER)
    return Scope(tests=[OWN_TESTS])


def own_tests(path: Path) -> list[str]:
    """A file of tests runs itself, unless it is gone; what tests share runs them all."""
    if not path.match("tests/test_*.py"):
        return [OWN_TESTS]
    return [path.as_posix()] if (ROOT / path).exists() else []


def naming(word: str) -> list[str]:
    """The files of introdl's own tests in which a word stands."""
    files = sorted((ROOT / OWN_TESTS).glob("test_*.py"))
    return [f"{OWN_TESTS}/{file.name}" for file in files if word in file.read_text("utf-8")]


def inside(day: Day, path: Path) -> Scope:
    """What a file of a day or of its solution can reach."""
    part = path.parts[path.parts.index(day.name) + 1]
    return Scope(
        grading=[day] if part in GRADED else [],
        trainings=[day] if part in TRAINED else [],
        tests=naming(day.name) if part in ("src", "tests") else [],
    )


def through_imports(days: list[Day], path: Path) -> Scope:
    """What a module of introdl can reach: who imports it, directly or through others."""
    module = ".".join(path.with_suffix("").parts).removesuffix(".__init__")
    grader = {*GRADER, *imported(file for name in GRADER for file in file_of(name))}
    return Scope(
        grading=[d for d in days if module in grader or module in imported(files(d, GRADED))],
        trainings=[d for d in days if module in imported(files(d, TRAINED))],
        tests=[OWN_TESTS],
    )


def files(day: Day, parts: Iterable[str]) -> Iterator[Path]:
    """The modules of these parts of a day and of its solution."""
    for folder in (ROOT / day.name, ROOT / "solutions" / day.name):
        for part in parts:
            yield from [folder / part] if part.endswith(".py") else (folder / part).rglob("*.py")


def imported(paths: Iterable[Path]) -> set[str]:
    """All modules of introdl that files import, directly or through others."""
    found: set[str] = set()
    waiting = [path for path in paths if path.exists()]
    while waiting:
        for name in imports(waiting.pop()) - found:
            found.add(name)
            waiting += file_of(name)
    return found


@cache
def imports(path: Path) -> set[str]:
    """What a file imports from introdl, also inside functions; a module of it may be gone."""
    names: set[str] = set()
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except SyntaxError:
        return names  # the facts or introdl's own tests tell it
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            parts = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= parts | (set() if all(map(file_of, parts)) else {node.module})
    return {name for name in names if name.split(".")[0] == "introdl"}


def file_of(name: str) -> list[Path]:
    """The file of a module or package, in a list; empty if ``name`` is something else."""
    base = ROOT.joinpath(*name.split("."))
    return [path for path in (base.with_suffix(".py"), base / "__init__.py") if path.is_file()][:1]


def working_tree() -> Iterator[str]:
    """The files that differ from the last commit, and new ones that git doesn't ignore."""
    for command in (
        ["git", "diff", "--name-only", "--no-renames", "-z", "HEAD"],
        ["git", "ls-files", "--others", "--exclude-standard", "-z"],
    ):
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise UsageError(
                "--changed asks git what changed; use it in a clone of the repository."
            )
        yield from filter(None, done.stdout.split("\0"))
