"""The result as one HTML file that needs nothing else: no network, no script."""

from datetime import UTC, datetime
from html import escape
from pathlib import Path

from introdl.grading.reports.common import (
    BROKEN,
    SYMBOLS,
    as_code,
    clean,
    duration,
    failures,
    fence,
    share,
    where_next,
)
from introdl.grading.result import DayResult, Result, TaskResult
from introdl.outcome import TestOutcome

STYLE = Path(__file__).with_name("report.css").read_text(encoding="utf-8")


def render(result: Result, now: datetime | None = None) -> str:
    """The whole page.

    Args:
        result: what was graded.
        now: the time to print; the current time by default.
    """
    days = "\n".join(_day(day) for day in result.days)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; style-src 'unsafe-inline'">
<title>Points {result.points}/{result.max_points} · Introduction to Deep Learning with JAX</title>
<style>{STYLE}</style>
</head>
<body>
{_header(result)}
<main>
{days}
</main>
{_footer(result, now or datetime.now(UTC))}
</body>
</html>
"""


def _header(result: Result) -> str:
    bonus = ""
    if result.max_bonus:
        bonus = f'\n<span class="bonus">★ bonus {result.bonus}/{result.max_bonus}</span>'
    sentence = as_code(escape(where_next(result)), "<code>", "</code>")
    return f"""<header>
<h1>Introduction to Deep Learning with JAX</h1>
<p class="total"><strong>{result.points}</strong>
<span>of {result.max_points} points</span>{bonus}</p>
{_bar(result)}
<p class="next"><b>Where to go next</b>{sentence}</p>
</header>"""


def _bar(part: DayResult | Result) -> str:
    """A progress bar, with its meaning in words for those who can't see it."""
    words = f"{part.points} of {part.max_points} points"
    width = f"{100 * share(part):.1f}%"
    return f'<div class="bar" role="img" aria-label="{words}"><i style="width:{width}"></i></div>'


def _day(day: DayResult) -> str:
    bonus = ""
    if day.max_bonus:
        bonus = f' <span class="bonus">· ★ {day.bonus}/{day.max_bonus}</span>'
    broken = f'<p class="broken">! {escape(BROKEN)}</p>\n' if day.broken else ""
    tasks = "\n".join(_task(task) for task in day.tasks)
    return f"""<section>
<div class="day"><h2>{_text(f"Day {day.day} · {day.title}")}</h2>
<p class="score">{day.points}/{day.max_points}{bonus}</p></div>
{_bar(day)}
{broken}{tasks}
</section>"""


def _task(task: TaskResult) -> str:
    """A line that opens to the task's tests; it is open where there is something to mend."""
    star = ' <span class="bonus">★ bonus</span>' if task.bonus else ""
    mend = {id(test) for test in failures(task)}
    tests = "\n".join(_test(test, id(test) in mend) for test in task.tests)
    return f"""<details{" open" if mend else ""}>
<summary><span class="number">{_text(task.task)}</span>
<span>{_text(task.title)}{star}</span>
{_status(task.status)}
<span class="score">{task.points}/{task.max_points}</span></summary>
<ul class="tests">
{tests}
</ul>
</details>"""


def _status(status: str) -> str:
    """The status by symbol, word and colour."""
    kind = status.replace(" ", "-")
    mark = f'<span aria-hidden="true">{SYMBOLS[status]}</span>'
    return f'<span class="status {kind}">{mark} {escape(status)}</span>'


def _test(test: TestOutcome, mend: bool) -> str:
    place = ""
    if mend and test.where:
        place = f"<span>{_text(test.where.file)}, line {int(test.where.line)}</span>"
    message = f"\n<pre>{_text(test.message)}</pre>" if test.message else ""
    return (
        f"<li><p><code>{_text(test.name)}</code> {_status(test.status)} "
        f"<span>{test.points}/{test.max_points}</span> "
        f"<span>{duration(test.seconds)}</span>{place}</p>{message}</li>"
    )


def _text(text: str) -> str:
    """Text that is nothing but text."""
    return escape(clean(text))


def _footer(result: Result, now: datetime) -> str:
    time = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"""<footer>
<dl>
<dt>Graded</dt><dd><time datetime="{time}">{time[:10]} {time[11:16]} UTC</time>,
in {duration(result.seconds)}</dd>
<dt>Seed</dt><dd>{result.seed}</dd>
<dt>Fence</dt><dd>{_text(fence(result))}</dd>
</dl>
</footer>"""
