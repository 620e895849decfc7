"""The result on a terminal."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from introdl.grading.reports.common import (
    BROKEN,
    SYMBOLS,
    clean,
    failing,
    failures,
    fence,
    label,
    points,
    share,
    where_next,
)
from introdl.grading.reports.common import duration as in_words
from introdl.grading.result import DayResult, Result, TaskResult
from introdl.outcome import TestOutcome

WIDTH = 80
BAR = 12
COLOURS = {"passed": "green", "not started": "dim", "failed": "red"}
MOST_TASKS = 5  # whose feedback is shown; more would push the table off the screen


def show(result: Result, console: Console) -> None:
    """Print the days and tasks, the first failures' feedback, the points and where to go next.

    The first task with a failure shows all of its messages, the others one each.
    """
    console.print(_table(result, console.width))
    tasks = failing(result)
    for position, task in enumerate(tasks[:MOST_TASKS]):
        found = failures(task)
        _feedback(task, found if position == 0 else found[:1], console)
    _more(result, tasks[MOST_TASKS:], console)
    console.print(Text(f"\nPoints {points(result)}", style="bold"))
    setting = f"Fence: {fence(result)}. Seed {result.seed}, {in_words(result.seconds)}."
    console.print(Text(clean(setting), style="dim"))
    console.print(Text(where_next(result)))


def _table(result: Result, width: int) -> Table:
    """One row for each day and each of its tasks; bonus points have their own column."""
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    table.width = min(width, WIDTH)
    table.add_column(ratio=1, overflow="ellipsis", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    if result.max_bonus:
        table.add_column(justify="right", no_wrap=True)
    for position, day in enumerate(result.days):
        if position:
            table.add_row()
        _rows(table, day)
    return table


def _rows(table: Table, day: DayResult) -> None:
    bonus = f"★ {day.bonus}/{day.max_bonus}" if day.max_bonus else ""
    heading = Text(clean(f"Day {day.day} · {day.title}"), style="bold")
    sums = [Text(f"{day.points}/{day.max_points}", style="bold"), Text(bonus, style="bold")]
    table.add_row(heading, _bar(share(day)), *sums[: len(table.columns) - 2])
    if day.broken:
        table.add_row(Text(f"  {BROKEN}", style="yellow", overflow="fold", no_wrap=False))
    for task in day.tasks:
        table.add_row(*_row(task)[: len(table.columns)])


def _row(task: TaskResult) -> list[Text]:
    star = "★ " if task.bonus else ""
    colour = COLOURS.get(task.status, "yellow")
    score = f"{task.points}/{task.max_points}"
    return [
        Text(clean(f"  {task.task} {star}{task.title}")),
        Text(f"{SYMBOLS[task.status]} {task.status}", style=colour),
        Text("" if task.bonus else score),
        Text(score if task.bonus else ""),
    ]


def _bar(part: float) -> Text:
    """A bar that reads well without colours, too; full only when all points are there."""
    full = int(part * BAR)
    return Text("█" * full, style="green").append("░" * (BAR - full), style="dim")


def _feedback(task: TaskResult, tests: list[TestOutcome], console: Console) -> None:
    console.print(Text(f"\n{label(task)}", style="bold"))
    for position, test in enumerate(tests):
        if position:
            console.print(Text("  │", style="dim"))
        _message(test, console)


def _message(test: TestOutcome, console: Console) -> None:
    """A message behind a rule; so no line of it begins with what a student's code chose."""
    text = Text(clean(test.message))
    for line in text.wrap(console, max(console.width - 4, 20), overflow="fold"):
        line.rstrip()
        console.print(Text("  │ ", style="dim").append_text(line))


def _more(result: Result, tasks: list[TaskResult], console: Console) -> None:
    if not tasks:
        return
    day = next(day for day in result.days if tasks[0] in day.tasks)
    count = f"{len(tasks)} more {'tasks' if len(tasks) > 1 else 'task'}"
    text = f"\n… and {count} with feedback; nox -s autograde -- {day.day} shows a day by itself."
    console.print(Text(text, style="dim"))
