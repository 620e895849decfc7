"""What became of the tests, in points."""

from collections.abc import Iterable
from dataclasses import dataclass

from introdl.testing.student import Frame

# From good to bad; a parametrised test shows its first case that did not pass.
STATUSES = ("passed", "failed", "not started", "error", "timeout", "crashed")


@dataclass
class TestOutcome:
    """One test function: all cases together."""

    __test__ = False  # a dataclass, not a test class

    name: str
    task: str
    max_points: int
    status: str = "passed"
    message: str = ""
    seconds: float = 0.0
    where: Frame | None = None
    fault: str = ""  # the grader's own failure, as text for the instructor

    @property
    def points(self) -> int:
        """All points when every case passed, else none."""
        return self.max_points if self.status == "passed" else 0

    def record(
        self, status: str, message: str, seconds: float, where: Frame | None, fault: str = ""
    ) -> None:
        """Add the outcome of one case; the first that did not pass counts."""
        self.seconds += seconds
        self.fault = self.fault or fault
        if self.status == "passed" and status != "passed":
            self.status, self.message, self.where = status, message, where


def task_status(tests: Iterable[TestOutcome]) -> str:
    """A task's status: ``passed`` when all tests passed, else the first other one.

    Some points already earned mean that the task was started.
    """
    statuses = [test.status for test in tests]
    others = [status for status in statuses if status != "passed"]
    if not others:
        return "passed"
    started = [status for status in others if status != "not started"]
    if started:
        return started[0]
    return "not started" if len(others) == len(statuses) else "failed"
