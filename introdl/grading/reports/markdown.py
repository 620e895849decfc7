"""The result as Markdown, for the job summary on GitHub."""

import re
from html import escape

from introdl.grading.reports.common import (
    BROKEN,
    SYMBOLS,
    as_code,
    clean,
    duration,
    failing,
    failures,
    fence,
    label,
    points,
    share,
    where_next,
)
from introdl.grading.result import DayResult, Result, TaskResult

LARGEST = 1_000_000  # bytes; GitHub drops a summary above 1 MiB as a whole
_PUNCTUATION = re.compile(r"([\\`*_{}\[\]#+!|~$^:])")


def render(result: Result, largest: int = LARGEST) -> str:
    """Points, a table of the days and one of each day's tasks, and feedback on what failed.

    Args:
        result: what was graded.
        largest: how many bytes it may have; feedback that has no room is left out.
    """
    parts = [f"## Points {points(result)}", _next(result), _overview(result)]
    parts += [_day(day) for day in result.days]
    end = _setting(result)
    parts += _within(largest - _size([*parts, end]), [_feedback(task) for task in failing(result)])
    return "\n\n".join(part for part in [*parts, end] if part) + "\n"


def _next(result: Result) -> str:
    return f"**Where to go next:** {as_code(where_next(result), '`', '`')}"


def _overview(result: Result) -> str:
    rows = [
        f"| {day.day} · {inline(day.title)} | {_bar(share(day))} | {day.points}/{day.max_points} "
        f"| {f'{day.bonus}/{day.max_bonus}' if day.max_bonus else ''} |"
        for day in result.days
    ]
    if len(rows) < 2:
        return ""
    head = ["| Day | | Points | Bonus ★ |", "| --- | --- | ---: | ---: |"]
    return "\n".join([*head, *rows])


def _bar(part: float) -> str:
    full = int(part * 10)
    return "█" * full + "░" * (10 - full)


def _day(day: DayResult) -> str:
    lines = [f"### Day {day.day} · {inline(day.title)} · {points(day)}", ""]
    lines += [f"> {BROKEN}", ""] if day.broken else []
    if day.tasks:
        lines += ["| Task | | Status | Points |", "| --- | --- | --- | ---: |"]
        lines += [_row(task) for task in day.tasks]
    return "\n".join(lines)


def _row(task: TaskResult) -> str:
    star = "★ " if task.bonus else ""
    status = f"{SYMBOLS[task.status]} {task.status}"
    score = f"{task.points}/{task.max_points}"
    return f"| {inline(task.task)} | {star}{inline(task.title)} | {status} | {score} |"


def _feedback(task: TaskResult) -> str:
    """A task's messages behind a heading that opens and closes."""
    heading = f"<summary>{_words(label(task))} · {task.status}</summary>"
    blocks = [fenced(test.message) for test in failures(task)]
    return "\n\n".join([f"<details open>\n{heading}", *blocks, "</details>"])


def _within(size: int, parts: list[str]) -> list[str]:
    """As many parts, from the first on, as fit into that many bytes."""
    rest = "More feedback is in the report, `report.html`."
    size -= _size([rest])
    for count, part in enumerate(parts):
        size -= _size([part])
        if size < 0:
            return [*parts[:count], rest]
    return parts


def _size(parts: list[str]) -> int:
    return sum(len(part.encode()) + 2 for part in parts)


def _setting(result: Result) -> str:
    words = f"Graded in {duration(result.seconds)} with seed {result.seed}."
    return f"<sub>{words} Fence: {inline(fence(result))}.</sub>"


def inline(text: str) -> str:
    """One line of plain words: no Markdown, no HTML, no mention, no table cell of its own."""
    return _PUNCTUATION.sub(r"\\\1", _words(text))


def _words(text: str) -> str:
    """The same inside of an HTML element, where GitHub reads no Markdown."""
    return escape(" ".join(clean(text, 200).split()), quote=False).replace("@", "@\u200b")


def fenced(text: str) -> str:
    """Text as a code block that it can't leave: the fence is longer than any run of backticks."""
    text = clean(text)
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    ticks = "`" * max(3, longest + 1)
    return f"{ticks}text\n{text}\n{ticks}"
