"""The result of grading one submission; every report is a rendering of it."""

from dataclasses import dataclass
from typing import Any

from introdl.course import Day, Task
from introdl.outcome import TestOutcome, as_data, from_data, task_status

UNREADABLE = "test_submission"  # what every task has in place of its tests then


@dataclass(frozen=True)
class TaskResult:
    """One task with its tests."""

    task: str
    title: str
    bonus: bool
    tests: tuple[TestOutcome, ...]

    @property
    def points(self) -> int:
        """Points earned."""
        return sum(test.points for test in self.tests)

    @property
    def max_points(self) -> int:
        """Points that can be earned."""
        return sum(test.max_points for test in self.tests)

    @property
    def status(self) -> str:
        """One of the statuses of `introdl.outcome`."""
        return task_status(self.tests)


class _Sums:
    """Points over tasks; bonus points are counted apart."""

    def _tasks(self) -> tuple[TaskResult, ...]:
        raise NotImplementedError

    @property
    def points(self) -> int:
        """Points earned in required tasks."""
        return sum(task.points for task in self._tasks() if not task.bonus)

    @property
    def max_points(self) -> int:
        """Points of all required tasks."""
        return sum(task.max_points for task in self._tasks() if not task.bonus)

    @property
    def bonus(self) -> int:
        """Points earned in optional tasks."""
        return sum(task.points for task in self._tasks() if task.bonus)

    @property
    def max_bonus(self) -> int:
        """Points of all optional tasks."""
        return sum(task.max_points for task in self._tasks() if task.bonus)


@dataclass(frozen=True)
class DayResult(_Sums):
    """One day with its tasks."""

    day: int
    name: str
    title: str
    tasks: tuple[TaskResult, ...]
    broken: str = ""  # why the grader itself failed on this day

    def _tasks(self) -> tuple[TaskResult, ...]:
        return self.tasks


@dataclass(frozen=True)
class Result(_Sums):
    """One graded submission."""

    seed: int
    fence: str
    seconds: float
    days: tuple[DayResult, ...]

    def _tasks(self) -> tuple[TaskResult, ...]:
        return tuple(task for day in self.days for task in day.tasks)

    @property
    def faults(self) -> list[str]:
        """What went wrong in the grader itself, as text for the instructor."""
        broken = [day.broken for day in self.days if day.broken]
        return broken + [test.fault for t in self._tasks() for test in t.tests if test.fault]


def day_result(day: Day, outcomes: list[dict[str, Any]], broken: str) -> DayResult:
    """Sort the outcomes of a day's tests under the tasks of its README.

    Args:
        day: the day.
        outcomes: as the test process sent them, see `introdl.outcome.as_data`.
        broken: why the grader itself failed, or "".
    """
    tests = [from_data(TestOutcome, data) for data in outcomes]
    titles = {task.number: task for task in day.tasks}
    numbers = dict.fromkeys([*titles, *(test.task for test in tests)])
    tasks = []
    for number in numbers:
        own = tuple(test for test in tests if test.task == number)
        if own:
            known = titles.get(number)
            title, bonus = (known.title, known.bonus) if known else ("", False)
            tasks.append(TaskResult(number, title, bonus, own))
    return DayResult(day.number, day.name, day.title, tuple(tasks), broken)


def ungraded(days: list[Day], reason: str, seed: int = 0) -> Result:
    """The result of a submission that can't be graded: no points, and the reason at each task."""

    def outcome(task: Task) -> TestOutcome:
        return TestOutcome(UNREADABLE, task.number, task.points, "failed", reason)

    results = [day_result(day, [as_data(outcome(task)) for task in day.tasks], "") for day in days]
    return Result(seed, "nothing was run", 0.0, tuple(results))


def as_json(result: Result) -> dict[str, Any]:
    """The result as ``introdl/result/v1``."""

    def sums(part: _Sums) -> dict[str, int]:
        return {
            "points": part.points,
            "max_points": part.max_points,
            "bonus": part.bonus,
            "max_bonus": part.max_bonus,
        }

    def test(outcome: TestOutcome) -> dict[str, Any]:
        names = ("name", "points", "max_points", "status", "message")
        seconds = round(outcome.seconds, 3)
        return {**{name: getattr(outcome, name) for name in names}, "seconds": seconds}

    def task(part: TaskResult) -> dict[str, Any]:
        names = ("task", "title", "points", "max_points", "bonus", "status")
        values = {name: getattr(part, name) for name in names}
        return {**values, "tests": [test(outcome) for outcome in part.tests]}

    return {
        "schema": "introdl/result/v1",
        **sums(result),
        "seed": result.seed,
        "fence": result.fence,
        "seconds": round(result.seconds, 3),
        "days": [
            {
                "day": day.day,
                "name": day.name,
                "title": day.title,
                **sums(day),
                "tasks": [task(part) for part in day.tasks],
            }
            for day in result.days
        ],
    }
