"""The pytest plugin: turns test outcomes into tasks and points, and prints the feedback."""

import traceback
import zlib
from collections.abc import Generator
from typing import Any

import numpy as np
import pytest

from introdl.course import Day
from introdl.outcome import NOT_YOUR_FAULT, TestOutcome, task_status
from introdl.testing import loading
from introdl.testing.feedback import Feedback, from_exception
from introdl.testing.student import CONTEXT
from introdl.testing.task import SECONDS

OUTCOMES = pytest.StashKey[dict[str, TestOutcome]]()
SEED = pytest.StashKey[int]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--seed`` for the ``rng`` fixture."""
    parser.addoption("--seed", type=int, default=0, help="seed of the tests' random inputs")
    parser.addoption("--task", help="run only the tests of this task, such as 2.4")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the mark; outside the autograder import student code tolerantly."""
    config.addinivalue_line("markers", "task(number, points, seconds): a graded test")
    config.stash[OUTCOMES] = {}
    config.stash[SEED] = config.getoption("--seed")
    if not CONTEXT.in_autograder:
        loading.install()


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    """A random generator of the test's own; its seed is fixed locally and secret in grading."""
    seed = request.config.stash[SEED]
    return np.random.default_rng([seed, zlib.crc32(request.node.name.encode())])


def task_of(item: pytest.Item) -> tuple[str, int, float] | None:
    """A test's task, points and seconds; None for a test that isn't graded."""
    mark = item.get_closest_marker("task")
    if mark is None:
        return None
    return mark.kwargs["number"], mark.kwargs["points"], mark.kwargs.get("seconds", SECONDS)


def test_name(item: pytest.Item) -> str:
    """The test function's name, one for all cases of a parametrised test."""
    return str(getattr(item, "originalname", None) or item.name)


test_name.__test__ = False  # type: ignore[attr-defined]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Register the graded tests, so that none is forgotten whatever happens."""
    if wanted := config.getoption("--task"):
        items[:] = [item for item in items if (task_of(item) or ("",))[0] == wanted]
    outcomes = config.stash[OUTCOMES]
    for item in items:
        if found := task_of(item):
            number, points, _ = found
            outcomes.setdefault(_key(item), TestOutcome(test_name(item), number, points))


def outcome_of(item: pytest.Item) -> TestOutcome | None:
    """What is known so far of a test function; None for a test that isn't graded."""
    return item.config.stash[OUTCOMES].get(_key(item))


def _key(item: pytest.Item) -> str:
    return item.nodeid.partition("[")[0]


def pytest_runtest_setup() -> None:
    """Forget the last test's results."""
    CONTEXT.last = None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Replace the traceback by feedback and note the outcome."""
    report = yield
    outcome = outcome_of(item)
    if outcome is None or (call.excinfo is None and call.when != "call"):
        return report
    if report.skipped and outcome.status != "passed":
        return report
    if call.excinfo is None:
        outcome.record("passed", "", call.duration, None)
        return report
    feedback = from_exception(call.excinfo.value)
    fault = ""
    if feedback is None:
        fault = "".join(traceback.format_exception(call.excinfo.value))
        feedback = _broken_test(call.excinfo.value)
    message = _case(item) + str(feedback)
    report.longrepr = message
    report.sections = [s for s in report.sections if "log" not in s[0]]
    outcome.record(feedback.status, message, call.duration, feedback.where, fault)
    return report


def _case(item: pytest.Item) -> str:
    """Name a parametrised test's case in front of the call."""
    spec = getattr(item, "callspec", None)
    return f"[{spec.id}] " if spec else ""


def _broken_test(error: BaseException) -> Feedback:
    text = next(iter(str(error).splitlines()), "")
    return Feedback(
        "error",
        [
            f"This test itself broke; {NOT_YOUR_FAULT}",
            f"  {type(error).__name__}: {text}"[:160],
        ],
    )


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Show the points of each task after plain pytest's output."""
    outcomes = list(config.stash[OUTCOMES].values())
    if not outcomes:
        return
    titles = _titles(config)
    terminalreporter.section("points")
    for number in dict.fromkeys(outcome.task for outcome in outcomes):
        tests = [outcome for outcome in outcomes if outcome.task == number]
        points, most = sum(t.points for t in tests), sum(t.max_points for t in tests)
        terminalreporter.write_line(
            f"{number:>5}  {points:2}/{most:<2}  {task_status(tests):11}  {titles.get(number, '')}"
        )
    points, most = sum(o.points for o in outcomes), sum(o.max_points for o in outcomes)
    terminalreporter.write_line(f"       {points}/{most} points")


def _titles(config: pytest.Config) -> dict[str, str]:
    folders = {path.parent for path in config.rootpath.glob("day_*/README.md")}
    return {task.number: task.title for folder in folders for task in Day(folder).tasks}
