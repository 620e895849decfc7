"""The result for Classroom 50: ``result.json`` with a row for each task; ``release-body.md``.

The score is the points of required tasks. An optional task has a row of 0 points, and its own
points beside them, for the rows have to add up to the score.
Source of the format: Classroom 50's schema ``classroom50/result/v1`` and its wiki.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from introdl.grading.reports import markdown
from introdl.grading.reports.common import clean, failures, label
from introdl.grading.result import Result, TaskResult

TYPES = ("individual", "group", "team")
BODY = 100_000  # bytes; GitHub refuses a release's text above 125,000 characters


def render(
    result: Result, runner: Mapping[str, str], now: datetime | None = None
) -> dict[str, Any]:
    """``result.json``.

    Args:
        result: what was graded.
        runner: the environment that Classroom 50's runner sets: ``CLASSROOM`` and so on.
        now: the time to state; the current time by default.
    """
    kind = runner.get("ASSIGNMENT_TYPE", "")
    commit = runner.get("COMMIT_URL", "")
    return {
        "schema": "classroom50/result/v1",
        "classroom": runner.get("CLASSROOM", ""),
        "assignment": runner.get("ASSIGNMENT", ""),
        "assignment_type": kind if kind in TYPES else TYPES[0],
        "owner": runner.get("OWNER") or runner.get("USERNAME", ""),
        "submission": runner.get("SUBMISSION_TAG", ""),
        "commit": commit,
        "release": runner.get("RELEASE_URL", ""),
        "review": runner.get("REVIEW_URL") or commit,
        "datetime": (now or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "score": result.points,
        "max-score": result.max_points,
        "tests": [_row(task) for day in result.days for task in day.tasks],
    }


def _row(task: TaskResult) -> dict[str, Any]:
    row = {
        "test-name": label(task),
        "passed": task.status == "passed",
        "score": 0 if task.bonus else task.points,
        "max-score": 0 if task.bonus else task.max_points,
        "status": task.status,
        "feedback": "\n\n".join(clean(test.message) for test in failures(task)),
    }
    bonus = {"bonus": task.points, "max-bonus": task.max_points} if task.bonus else {}
    return row | bonus


def body(result: Result) -> str:
    """``release-body.md``, the text of the submission's release."""
    return markdown.render(result, BODY)
