"""The result for tools that read GitHub Classroom's: two notices, and a runner's result.

Optional tasks are worth nothing in it, for its readers add up all scores.
Source of the format: the actions ``autograding-grading-reporter`` and
``autograding-python-grader`` of GitHub Classroom.
"""

import base64
import json
from typing import Any

from introdl.grading.reports.annotations import escape_data
from introdl.grading.reports.common import clean, failures, label
from introdl.grading.result import Result, TaskResult
from introdl.outcome import NOT_YOUR_FAULT

BROKEN = f"Grading itself broke; {NOT_YOUR_FAULT}"
LONGEST = 300  # characters of a message: GitHub allows a job 1 MB of outputs in all


def notices(result: Result) -> str:
    """The points as workflow commands; an error without points where grading broke."""
    if result.faults:
        return f"::error title=Autograding::{escape_data(BROKEN)}"
    totals = {"totalPoints": result.points, "maxPoints": result.max_points}
    report = json.dumps(totals, separators=(",", ":"))
    return (
        f"::notice title=Autograding complete::Points {result.points}/{result.max_points}\n"
        f"::notice title=Autograding report::{report}"
    )


def encoded(result: Result) -> str:
    """The runner's result in base64, as the reporter wants it in ``<STEP-ID>_RESULTS``."""
    return base64.b64encode(json.dumps(render(result)).encode()).decode()


def render(result: Result) -> dict[str, Any]:
    """The runner's result."""
    if result.faults:
        # The reporter needs a test, or else it ends with an error of its own.
        tests = [_row("Grading", "error", 0, BROKEN)]
        return {"version": 1, "status": "error", "max_score": result.max_points, "tests": tests}
    full = result.points == result.max_points
    return {
        "version": 1,
        "status": "pass" if full else "fail",
        "max_score": result.max_points,
        "tests": [_task(task) for day in result.days for task in day.tasks],
    }


def _task(task: TaskResult) -> dict[str, Any]:
    failed = failures(task)
    status = "pass" if task.status == "passed" else "fail"
    text = clean("\n".join(clean(test.message, LONGEST) for test in failed), LONGEST)
    # The reporter prints messages, and GitHub would obey a line that begins with "::".
    lines = [f"│ {line}".rstrip() for line in text.splitlines()]
    message = "\n".join([f"Bonus {task.points}/{task.max_points}", *lines][not task.bonus :])
    row = _row(label(task), status, 0 if task.bonus else task.points, message)
    names = " ".join(clean(test.name, 100) for test in task.tests)
    seconds = round(sum(test.seconds for test in task.tests), 3)
    row |= {"test_code": clean(names, LONGEST), "duration": seconds}
    where = next((test.where for test in failed if test.where), None)
    return row | ({"filename": clean(where.file), "line_no": where.line} if where else {})


def _row(name: str, status: str, score: int, message: str) -> dict[str, Any]:
    row = {"name": name, "status": status, "score": score, "message": message}
    return row | {"test_code": "", "filename": "", "line_no": 0, "duration": 0.0}
