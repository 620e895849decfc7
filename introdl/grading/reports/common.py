"""What the reports have in common: symbols, clean text, what failed, and where to go next."""

import re
import unicodedata
from collections.abc import Iterator

from introdl.fenced.sandbox import DESCRIPTIONS
from introdl.grading.result import UNREADABLE, DayResult, Result, TaskResult
from introdl.outcome import NOT_YOUR_FAULT, TestOutcome

SYMBOLS = {
    "passed": "✓",
    "failed": "✗",
    "not started": "○",
    "error": "!",
    "timeout": "◔",
    "crashed": "!",
}
BROKEN = f"The grader itself broke on this day; {NOT_YOUR_FAULT}"

# Characters that change the direction of the text around them, or end a line.
_UNSEEN = frozenset("\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_COMMAND = re.compile(r"day_\d\d_\w+/README\.md|nox -s test -- \d+")


def clean(text: str, longest: int = 2000) -> str:
    """Text without control characters, which could steer a terminal or start a new line.

    Args:
        text: anything, perhaps from student code; the line break and the tab are kept.
        longest: where it is cut, in characters.
    """
    text = text[: longest + 1].replace("\r\n", "\n").expandtabs(4)
    shown = "".join("�" if _unseen(character) else character for character in text)
    return shown if len(shown) <= longest else f"{shown[:longest]}…"


def _unseen(character: str) -> bool:
    control = unicodedata.category(character) in ("Cc", "Cs") and character != "\n"
    return control or character in _UNSEEN


def failures(task: TaskResult) -> list[TestOutcome]:
    """The tests of a task that have something to tell; none for what isn't started.

    In a task that is half done these are the tests of the missing half.
    """
    if task.status in ("passed", "not started"):
        return []
    missing = [test for test in task.tests if test.status != "passed"]
    return [test for test in missing if test.status != "not started"] or missing


def failing(result: Result) -> list[TaskResult]:
    """The tasks that have failures, in the course's order."""
    return [task for day in result.days for task in day.tasks if failures(task)]


def label(task: TaskResult) -> str:
    """``Task 2.4 · Newton's method ★``."""
    star = " ★" if task.bonus else ""
    return clean(f"Task {task.task} · {task.title}{star}" if task.title else f"Task {task.task}")


def points(part: DayResult | Result) -> str:
    """``12/40 · bonus 0/4``; without the bonus where there is none."""
    bonus = f" · bonus {part.bonus}/{part.max_bonus}" if part.max_bonus else ""
    return f"{part.points}/{part.max_points}{bonus}"


def share(part: DayResult | Result) -> float:
    """The part of the required points that is earned, from 0 to 1."""
    return part.points / part.max_points if part.max_points else 0.0


def fence(result: Result) -> str:
    """What the fence that was used keeps out, in words."""
    return DESCRIPTIONS.get(result.fence, result.fence)


def duration(seconds: float) -> str:
    """``4.2 s`` or ``3 min 20 s``."""
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def where_next(result: Result) -> str:
    """One sentence that says what to do next; it holds no text of a student."""
    tasks = list(_required(result))
    unread = [test.message for _, task in tasks for test in task.tests if test.name == UNREADABLE]
    if unread:
        return unread[0]
    unfinished = [
        (day, task) for day, task in tasks if task.status != "passed" and not _faulty(task)
    ]
    if unfinished:
        day, task = unfinished[0]
        sheet = f"{day.name}/README.md"
        if all(task.status == "not started" for _, task in tasks):
            return f"Begin with task {task.task}: {sheet}"
        return f"Go on with task {task.task}: {sheet}, then nox -s test -- {day.day}"
    if result.faults:
        return f"Grading itself broke; {NOT_YOUR_FAULT}"
    if not tasks and not result.bonus:
        return "There was no required task to grade."
    if result.bonus < result.max_bonus:
        return "All required points are yours. Well done! The tasks with a ★ are still open."
    return "All points are yours. Congratulations!"


def _required(result: Result) -> Iterator[tuple[DayResult, TaskResult]]:
    return ((day, task) for day in result.days for task in day.tasks if not task.bonus)


def _faulty(task: TaskResult) -> bool:
    """Whether only the grader is to blame for what is missing."""
    return all(test.fault for test in task.tests if test.status != "passed")


def as_code(sentence: str, before: str, after: str) -> str:
    """Mark the file and the command in `where_next`'s sentence as code."""
    return _COMMAND.sub(lambda match: f"{before}{match[0]}{after}", sentence)
