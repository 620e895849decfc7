"""The result as GitHub's workflow commands: marks at the student's lines, and the points.

Source of the format: GitHub's documentation, "Workflow commands for GitHub Actions".
"""

from introdl.grading.reports.common import clean
from introdl.grading.result import Result, TaskResult
from introdl.outcome import TestOutcome

MOST_ERRORS = 10  # GitHub shows no more in one step


def render(result: Result) -> str:
    """One ``::error`` for each failing test, at most ten, and one ``::notice`` with the points."""
    failing = [
        _error(task, test)
        for day in result.days
        for task in day.tasks
        for test in task.tests
        if test.status not in ("passed", "not started")
    ]
    points = f"Points {result.points}/{result.max_points}"
    return "\n".join([*failing[:MOST_ERRORS], f"::notice title=Autograding complete::{points}"])


def _error(task: TaskResult, test: TestOutcome) -> str:
    where = test.where
    place = f"file={escape_property(where.file)},line={int(where.line)}," if where else ""
    title = escape_property(f"Task {task.task} {task.title}".rstrip())
    return f"::error {place}title={title}::{escape_data(test.message)}"


def escape_data(text: str) -> str:
    """Escape a command's text."""
    return clean(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_property(text: str) -> str:
    """Escape a command's property."""
    return escape_data(text).replace(":", "%3A").replace(",", "%2C")
