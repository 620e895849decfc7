"""Importing a student's modules so that a broken file costs only its own tests.

In plain pytest, ``from day_02_optimization.src.descent import gradient_descent`` at the head of a
test file must not fail when `descent.py` has a syntax error: the other tests of the file still
count. So a name that can't be had becomes a placeholder that raises when it is called.
"""

import re
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

from introdl.testing.student import Frame, Raised, raised_from

STUDENT_MODULE = re.compile(r"day_\d\d_\w+\.src\.\w+")


def source_file(module: str) -> str:
    """``day_02_optimization/src/descent.py`` for the module of that name."""
    return module.replace(".", "/") + ".py"


def missing_module(module: str) -> Raised:
    """What to say when a student's file isn't there."""
    file = source_file(module)
    return Raised("FileNotFoundError", f"{file} is missing; bring it back from the template", [])


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


class TolerantLoader(Loader):
    """Runs a student's module and keeps what went wrong for later."""

    def __init__(self, loader: Loader | None) -> None:
        self.loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Let Python make the module."""
        return None

    def exec_module(self, module: ModuleType) -> None:
        """Run the module; names that are missing afterwards become placeholders."""
        name, broken = module.__name__, None
        if self.loader is None:
            broken = missing_module(name)
        else:
            try:
                self.loader.exec_module(module)
            except (Exception, SystemExit) as error:
                broken = raised_from(error)

        def missing(attribute: str) -> Placeholder:
            if attribute.startswith("__"):
                raise AttributeError(attribute)
            return Placeholder(attribute, broken or missing_name(name, attribute))

        module.__dict__["__getattr__"] = missing


class TolerantFinder(MetaPathFinder):
    """Finds the modules of a day's ``src`` for `TolerantLoader`."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Take over the students' modules, leave all others."""
        if not STUDENT_MODULE.fullmatch(fullname):
            return None
        spec = PathFinder.find_spec(fullname, path)
        if spec is None:
            return ModuleSpec(fullname, TolerantLoader(None))
        spec.loader = TolerantLoader(spec.loader)
        return spec


def install() -> None:
    """Use tolerant imports in this process."""
    sys.meta_path.insert(0, TolerantFinder())
