"""Importing a student's modules so that a broken file costs only its own tests.

``from day_02_optimization.src.descent import gradient_descent`` at the head of a test file must not
fail when `descent.py` has a syntax error: the other tests of the file still count. So in a test
process the finder below takes over these modules, and a function gives each its names. In plain
pytest it runs the file, and a name that can't be had becomes a placeholder that raises when it is
called. In the autograder the names stand for those on the worker's side.
"""

import re
import sys
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

from introdl.outcome import Frame
from introdl.testing.student import Raised, raised_from

STUDENT_PACKAGE = re.compile(r"day_\d\d_\w+\.src")
STUDENT_MODULE = re.compile(rf"{STUDENT_PACKAGE.pattern}\.\w+")

# Gives a value for a name that a module lacks.
Namer = Callable[[str], Any]
# Runs or imitates a module, given Python's loader of its file, or None where there is no file.
Fill = Callable[[ModuleType, Loader | None], Namer]


def source_file(module: str) -> str:
    """``day_02_optimization/src/descent.py`` for the module of that name."""
    return module.replace(".", "/") + ".py"


def missing_module(module: str) -> Raised:
    """What to say when a student's file isn't there."""
    file = source_file(module)
    return Raised("FileNotFoundError", f"{file} is missing; bring it back from the template")


def missing_name(module: str, name: str) -> Raised:
    """What to say when a file lacks a function."""
    file = source_file(module)
    text = f"there is no `{name}` in {file}; was it renamed or deleted?"
    return Raised("AttributeError", text, [Frame(file, 1, "", "")])


class Placeholder:
    """A function or class that can't be had; using it raises the reason."""

    def __init__(self, name: str, reason: Raised) -> None:
        self.__name__, self.reason = name, reason

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Raise the reason."""
        raise self.reason


class StudentFinder(MetaPathFinder):
    """Takes over the modules of a day's ``src``, whether or not the files exist.

    Args:
        fill: see `Fill`.
    """

    def __init__(self, fill: Fill) -> None:
        self.fill = fill

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Leave all other modules to Python."""
        if STUDENT_MODULE.fullmatch(fullname):
            spec = PathFinder.find_spec(fullname, path) or ModuleSpec(fullname, None)
            spec.loader = StudentLoader(self.fill, spec.loader)
            return spec
        if STUDENT_PACKAGE.fullmatch(fullname):
            return PathFinder.find_spec(fullname, path) or ModuleSpec(
                fullname, None, is_package=True
            )
        return None


class StudentLoader(Loader):
    """Makes a module that asks for the names which it lacks.

    Args:
        fill: see `Fill`.
        file: Python's own loader of the file, None where there is none.
    """

    def __init__(self, fill: Fill, file: Loader | None) -> None:
        self.fill, self.file = fill, file

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Let Python make the module."""
        return None

    def exec_module(self, module: ModuleType) -> None:
        """Fill the module."""
        give = self.fill(module, self.file)

        def missing(name: str) -> Any:
            if name.startswith("__"):
                raise AttributeError(name)
            return give(name)

        module.__dict__["__getattr__"] = missing


def run_file(module: ModuleType, file: Loader | None) -> Namer:
    """Run a student's file in this process; what it lacks afterwards becomes a placeholder."""
    name, broken = module.__name__, None
    if file is None:
        broken = missing_module(name)
    else:
        try:
            file.exec_module(module)
        except (Exception, SystemExit) as error:
            broken = raised_from(error)
    return lambda attribute: Placeholder(attribute, broken or missing_name(name, attribute))


def install(fill: Fill = run_file) -> None:
    """Take over the students' modules in this process."""
    sys.meta_path.insert(0, StudentFinder(fill))
