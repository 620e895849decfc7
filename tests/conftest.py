"""What the tests of introdl share: solved modules, day 2's submissions, and one warm grader.

``pytest tests/test_grading.py --write-goldens`` writes ``tests/golden`` anew; look at the
difference before you commit it.
"""

import importlib
import runpy
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest

from introdl.authoring import stubs
from introdl.course import ROOT, Day
from introdl.grading.grader import Grader
from introdl.grading.submission import Submission

DAY = Day(ROOT / "day_02_optimization")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--write-goldens``."""
    parser.addoption("--write-goldens", action="store_true", help="write tests/golden anew")


@pytest.fixture(scope="session")
def solved() -> Submission:
    """Day 2 as the reference solutions have it."""
    return Submission(stubs.solved_files(DAY))


@pytest.fixture(scope="session")
def unsolved() -> Submission:
    """Day 2 as students get it."""
    files = {path.relative_to(ROOT): text for path, text in stubs.expected().items()}
    return Submission(
        {
            path.as_posix(): text.encode()
            for path, text in files.items()
            if path.parts[0] == DAY.name
        }
    )


@pytest.fixture(scope="session")
def grader() -> Iterator[Grader]:
    """A warm grader with two slots; the environment holds a token that must not leak."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GITHUB_TOKEN", "ghs_secret-of-the-runner")
        with Grader(2) as warm:
            yield warm


@pytest.fixture(scope="session")
def noxfile() -> dict[str, Any]:
    """The names that the noxfile defines."""
    functions = runpy.run_path(str(ROOT / "noxfile.py"))
    names: dict[str, Any] = functions["course"].__globals__
    return names


@pytest.fixture(scope="session")
def solution() -> Callable[[str], ModuleType]:
    """Imports a solved module, ``"day_04_statistics.src.mixture"``, and what it imports solved."""

    def load(name: str) -> ModuleType:
        day = name.partition(".")[0]
        # Python looks for a module in the solutions first, then among the given ones.
        folders = [str(stubs.SOLUTIONS / day / "src"), str(ROOT / day / "src")]
        if getattr(sys.modules.get(f"{day}.src"), "__path__", None) != folders:
            for loaded in [m for m in sys.modules if m == day or m.startswith(f"{day}.")]:
                del sys.modules[loaded]
            for package in (day, f"{day}.src"):
                sys.modules[package] = ModuleType(package)
                sys.modules[package].__path__ = folders
        return importlib.import_module(name)

    return load
