"""The result as one HTML file that needs nothing else: no network, no script."""

from datetime import UTC, datetime
from html import escape

from introdl.fenced.sandbox import DESCRIPTIONS
from introdl.grading.reports.common import (
    BROKEN,
    SYMBOLS,
    as_code,
    clean,
    duration,
    failures,
    share,
    where_next,
)
from introdl.grading.result import DayResult, Result, TaskResult
from introdl.outcome import TestOutcome

STYLE = """
:root {
  color-scheme: light dark;
  --text: #1f2733; --soft: #5c6878; --line: #e3e7ec; --page: #f5f6f8; --card: #ffffff;
  --sunk: #f5f6f8; --bar: #e3e7ec; --accent: #2f6fb0; --good: #1b7a4a; --bad: #b0332b;
  --warn: #8a5a00;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --text: #e3e7ed; --soft: #9aa5b4; --line: #2b333e; --page: #12161c; --card: #1a2028;
    --sunk: #12161c; --bar: #2f3844; --accent: #7fb2e6; --good: #62c493; --bad: #f28b82;
    --warn: #e8b75c;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2.5rem 1.25rem 4rem; max-width: 50rem;
  color: var(--text); background: var(--page);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
h1, h2, p { margin: 0; }
h1 { font-size: 1rem; font-weight: 500; color: var(--soft); }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
header { margin-bottom: 2rem; }
.total { display: flex; flex-wrap: wrap; align-items: baseline; gap: .2rem .7rem; }
.total strong { font-size: 4rem; font-weight: 650; line-height: 1.2; letter-spacing: -.02em; }
.total span, .bonus { color: var(--soft); white-space: nowrap; }
.total span { font-size: 1.25rem; }
.total strong, .score { font-variant-numeric: tabular-nums; }
.next { margin-top: 1.1rem; padding: .7rem 1rem; border-left: 3px solid var(--accent);
  border-radius: 0 .5rem .5rem 0; background: var(--card); }
.next b { display: block; font-size: .8rem; font-weight: 600; color: var(--accent); }
.next code { font-size: .92em; overflow-wrap: anywhere; }
section { margin-bottom: 1.1rem; padding: 1.1rem 1.25rem .5rem; background: var(--card);
  border: 1px solid var(--line); border-radius: .75rem; }
.day { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; }
.day h2 { font-size: 1.1rem; font-weight: 600; }
.day .score { font-weight: 600; }
.day .bonus { font-weight: 400; }
.bar { height: .45rem; border-radius: 1rem; background: var(--bar); overflow: hidden; }
.bar i { display: block; height: 100%; border-radius: 1rem; background: var(--good); }
.bar, .bar i { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
section .bar { margin: .55rem 0 .6rem; }
header .bar { margin-top: .3rem; }
details { border-top: 1px solid var(--line); }
summary { display: grid; grid-template-columns: .8rem 2.3rem 1fr 7.5rem 3rem; gap: .6rem;
  align-items: baseline; padding: .5rem 0; cursor: pointer; list-style: none; }
summary::-webkit-details-marker { display: none; }
summary::before { content: "›"; color: var(--soft); transition: transform .15s; }
details[open] > summary::before { transform: rotate(90deg); }
summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px;
  border-radius: .3rem; }
.number { color: var(--soft); font-variant-numeric: tabular-nums; }
.score { text-align: right; white-space: nowrap; }
.status { white-space: nowrap; }
.passed { color: var(--good); } .failed { color: var(--bad); }
.error, .timeout, .crashed { color: var(--warn); } .not-started { color: var(--soft); }
.tests { margin: 0 0 .9rem 1.4rem; padding: 0; list-style: none; font-size: .875rem; }
.tests li + li { margin-top: .35rem; }
.tests p { display: flex; flex-wrap: wrap; gap: 0 .8rem; color: var(--soft); }
.tests code { overflow-wrap: anywhere; }
pre { margin: .35rem 0 .6rem; padding: .75rem 1rem; border-radius: .5rem; background: var(--sunk);
  border: 1px solid var(--line); color: var(--text); font-size: .8125rem; line-height: 1.55;
  white-space: pre-wrap; overflow-wrap: anywhere; }
.broken { padding: .4rem 0 .6rem; color: var(--warn); }
footer { color: var(--soft); font-size: .875rem; }
footer dl { display: grid; grid-template-columns: auto 1fr; gap: .15rem 1rem; margin: 2rem 0 0; }
footer dd { margin: 0; }
@media (max-width: 36rem) {
  body { padding: 1.5rem .8rem 3rem; }
  section { padding: .9rem .9rem .3rem; }
  summary { grid-template-columns: .7rem 2rem 1fr auto; gap: 0 .5rem; }
  summary .status { grid-area: 2 / 3; font-size: .875rem; }
  summary .score { grid-area: 1 / 4; }
  .tests { margin-left: 0; }
}
@media (prefers-reduced-motion: reduce) { summary::before { transition: none; } }
@media print {
  :root { --page: #fff; --sunk: #fff; --text: #000; --soft: #444; }
  body { padding: 0; max-width: none; font-size: 10pt; }
  details, .day { break-inside: avoid; }
  .day { break-after: avoid; }
}
"""


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
    fence = DESCRIPTIONS.get(result.fence, result.fence)
    return f"""<footer>
<dl>
<dt>Graded</dt><dd><time datetime="{time}">{time[:10]} {time[11:16]} UTC</time>,
in {duration(result.seconds)}</dd>
<dt>Seed</dt><dd>{result.seed}</dd>
<dt>Fence</dt><dd>{_text(fence)}</dd>
</dl>
</footer>"""
