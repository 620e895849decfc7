"""The result as Gradescope's ``results.json``: a test for each task.

Gradescope would add up the points of all tests. The total that is stated here has those of required
tasks alone, so that an optional task is worth something to see and nothing in the gradebook.
Source of the format: Gradescope's documentation, "Autograder Specifications".
"""

from typing import Any

from introdl.grading.reports.common import clean, failures, fence, points, where_next
from introdl.grading.reports.markdown import fenced, inline
from introdl.grading.result import Result, TaskResult


def render(result: Result) -> dict[str, Any]:
    """The whole document."""
    return {
        "score": result.points,
        "execution_time": round(result.seconds),
        "output": f"Points {points(result)}\n\n{where_next(result)}",
        "output_format": "text",
        "test_output_format": "md",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "extra_data": {
            "max_score": result.max_points,
            "bonus": result.bonus,
            "max_bonus": result.max_bonus,
            "seed": result.seed,
            "fence": fence(result),
        },
        "tests": [_test(task) for day in result.days for task in day.tasks],
    }


def _test(task: TaskResult) -> dict[str, Any]:
    star = "★ " if task.bonus else ""
    parts = [f"**{inline(task.status)}**", *(fenced(test.message) for test in failures(task))]
    return {
        "number": clean(task.task),
        "name": clean(f"{star}{task.title}" or task.task),
        "score": task.points,
        "max_score": task.max_points,
        "status": "passed" if task.status == "passed" else "failed",
        "output": "\n\n".join(parts),
        "output_format": "md",
        "tags": ["bonus" if task.bonus else "required"],
        "visibility": "visible",
        "extra_data": {"tests": {clean(test.name): test.status for test in task.tests}},
    }
