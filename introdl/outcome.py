"""What became of the tests, in points, and how it crosses from one process to another."""

import dataclasses
import re
from collections.abc import Iterable
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from introdl.errors import WireError

# From good to bad; a parametrised test shows its first case that did not pass.
STATUSES = ("passed", "failed", "not started", "error", "timeout", "crashed")

NOT_YOUR_FAULT = "that is not your fault; please tell your instructor."

SOURCE = re.compile(r"day_\d\d_\w+/src/[^/\s]\S*\.py")
LONGEST_PATH, LONGEST_LINE, LAST_LINE = 200, 200, 10**8

Record = TypeVar("Record")


def one_line(text: Any, limit: int = LONGEST_LINE) -> str:
    """Text of student code as one short printable line."""
    line = " ".join(str(text)[: 4 * limit].split())[:limit]
    return "".join(c if c.isprintable() else "?" for c in line)


@dataclass
class Frame:
    """One line of student code that was running.

    Args:
        file: relative to the repository, ``"day_02_optimization/src/descent.py"``.
        line: its number.
        function: the function that it belongs to; empty outside of functions.
        code: its text; empty where it is unknown.

    Raises:
        ValueError: if it isn't a place in a student's file.
    """

    file: str
    line: int
    function: str
    code: str

    def __post_init__(self) -> None:
        """Refuse another place, and bound the texts: a frame may be forged."""
        inside = len(self.file) <= LONGEST_PATH and SOURCE.fullmatch(self.file)
        if not inside or ".." in self.file or not 0 <= self.line <= LAST_LINE:
            raise ValueError("not a place in a student's file")
        self.function, self.code = one_line(self.function), one_line(self.code)


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


def as_data(record: Any) -> Any:
    """A dataclass as data for another process; None stays None."""
    return dataclasses.asdict(record) if record is not None else None


def from_data(kind: type[Record], data: Any) -> Record:
    """Rebuild what `as_data` took apart; trusts nothing.

    Args:
        kind: the dataclass.
        data: what came from the other process.

    Raises:
        WireError: if a field is missing, has another type, or is refused by the dataclass.
    """
    if type(data) is not dict:
        raise WireError("unreadable record")
    hints = get_type_hints(kind)
    values = {name: _field(hint, data.get(name)) for name, hint in hints.items()}
    try:
        return kind(**values)
    except (TypeError, ValueError) as error:
        raise WireError(f"unreadable record: {error}") from None


def _field(hint: Any, value: Any) -> Any:
    if isinstance(hint, UnionType):  # "… | None"
        if value is None and NoneType in get_args(hint):
            return None
        hint = get_args(hint)[0]
    if get_origin(hint) is list and type(value) is list:
        return [_field(get_args(hint)[0], item) for item in value]
    if dataclasses.is_dataclass(hint):
        return from_data(hint, value)  # type: ignore[arg-type]
    if type(value) is not hint:
        raise WireError("unreadable record")
    return value
