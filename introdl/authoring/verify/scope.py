"""What to verify: everything, a day, a stage, or what a change of the working tree can reach."""

import ast
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from introdl.course import ROOT, Day

STAGES = ("facts", "grading", "trainings", "tests")
GRADER = ("grading", "trusted", "fenced", "testing", "wire")  # what every graded test goes through
OWN_TESTS = "tests"


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
    """What changed files can reach.

    Args:
        days: all days.
        paths: the files, relative to the repository.
    """
    scope = Scope(facts=days)  # they take no time
    graded, trained = set[Day](), set[Day]()
    for path in map(Path, paths):
        top, kind = path.parts[0], path.suffix
        if top == OWN_TESTS:
            scope.tests.append(OWN_TESTS if path.name == "conftest.py" else str(path))
        elif kind != ".py" or top in ("benchmarks", "noxfile.py"):
            scope.tests += [OWN_TESTS] if top in ("data", "pyproject.toml") else []
        elif top == "introdl":
            scope.tests.append(OWN_TESTS)
            users = days if path.parts[1] in GRADER else using(days, path)
            graded.update(users)
            trained.update(users if path.parts[1] not in GRADER else ())
        else:
            own = [day for day in days if day.name in path.parts]
            graded.update(own)
            trained.update(own if OWN_TESTS not in path.parts else ())
    scope.grading = [day for day in days if day in graded]
    scope.trainings = [day for day in days if day in trained]
    scope.tests = [OWN_TESTS] if OWN_TESTS in scope.tests else sorted(set(scope.tests))
    return scope


def using(days: list[Day], module: Path) -> list[Day]:
    """The days whose modules or tests import a module of introdl, directly or through others."""
    name = ".".join(module.with_suffix("").parts).removesuffix(".__init__")
    folders = (ROOT, ROOT / "solutions")
    return [
        day
        for day in days
        if any(
            name in imported(path)
            for folder in folders
            for path in (folder / day.name).rglob("*.py")
        )
    ]


def imported(path: Path) -> set[str]:
    """All modules of introdl that a file imports, directly or through others."""
    found: set[str] = set()
    waiting = [path]
    while waiting:
        for name in imports(waiting.pop()) - found:
            found.add(name)
            waiting += file_of(name)
    return found


@cache
def imports(path: Path) -> set[str]:
    """The modules of introdl that a file names in its imports, also inside functions."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {name for name in names if name.split(".")[0] == "introdl" and file_of(name)}


def file_of(name: str) -> list[Path]:
    """The file of a module or package, in a list; empty if ``name`` is something else."""
    base = ROOT.joinpath(*name.split("."))
    return [path for path in (base.with_suffix(".py"), base / "__init__.py") if path.is_file()][:1]


def working_tree() -> Iterator[str]:
    """The files that differ from the last commit, and new ones that git doesn't ignore."""
    for command in (
        ["git", "diff", "--name-only", "-z", "HEAD"],
        ["git", "ls-files", "--others", "--exclude-standard", "-z"],
    ):
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        yield from filter(None, done.stdout.split("\0"))
