"""The reports show every point and message, and nothing that student code could make of them."""

import io
import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from rich.console import Console

from introdl.grading.reports import annotations, common, console, markdown, page
from introdl.grading.result import DayResult, Result, TaskResult
from introdl.outcome import STATUSES, Frame, TestOutcome

HOSTILE = (
    "::error::x\n```<script>alert(1)</script>[red]@everyone\n"
    "```\n~~~\n::set-output name=points::99\r::stop-commands::x\x1b[2J\u2028::error::y\n"
    "##[error]z\n</pre></details>&lt;b&gt;\ud800 | a |\u202e"
)
WRONG = "derivative(x=3.0)\n  returned  3.0\n  expected  6.0\n  The factor 2 is missing."
WHERE = Frame("day_02_optimization/src/parabola.py", 12, "derivative", "return x")
NOW = datetime(2026, 9, 1, 12, 30, tzinfo=UTC)


def a_test(
    status: str = "passed", message: str = "", points: int = 2, **more: object
) -> TestOutcome:
    outcome = TestOutcome("test_derivative", "2.1", points, status, message, 0.25)
    for name, value in more.items():
        setattr(outcome, name, value)
    return outcome


def a_task(
    number: str, *tests: TestOutcome, title: str = "Derivative", bonus: bool = False
) -> TaskResult:
    return TaskResult(number, title, bonus, tests)


def a_day(
    number: int, *tasks: TaskResult, title: str = "Optimization", broken: str = ""
) -> DayResult:
    return DayResult(number, f"day_{number:02d}_optimization", title, tasks, broken)


def a_result(*days: DayResult) -> Result:
    return Result(4711, "namespaces", 83.0, days)


def mixed(message: str = WRONG) -> Result:
    """One day with every status, a bonus task and a half-finished one."""
    return a_result(
        a_day(1, a_task("1.1", a_test()), title="Intro"),
        a_day(
            2,
            a_task("2.1", a_test(), a_test("failed", message, where=WHERE)),
            a_task("2.2", a_test("not started", "TODO 2.2 is not started yet."), title="Momentum"),
            a_task("2.3", a_test("timeout", "It took longer than 20 seconds."), title="Search"),
            a_task("2.4", a_test("error", message), a_test("crashed", "It ran out of memory.")),
            a_task("2.5", a_test(), a_test("not started", "TODO 2.5 is not started yet.")),
            a_task("2.6", a_test(points=4), title="Newton", bonus=True),
            a_task("2.7", a_test("failed", message, 1), title="Adam", bonus=True),
        ),
    )  # fmt: skip


def nine(status: str, message: str = "") -> Result:
    """A whole course: nine days of eight tasks, the last a bonus."""
    days = []
    for day in range(1, 10):
        tasks = [
            a_task(f"{day}.{k}", a_test(status, message), bonus=k == 8, title="A long title " * 5)
            for k in range(1, 9)
        ]
        days.append(a_day(day, *tasks, title="Introduction to a rather long-winded matter " * 2))
    return a_result(*days)


ALL_PASSED = nine("passed")
UNTOUCHED = nine("not started", "TODO is not started yet.")


def printed(result: Result, width: int = 80, **options: object) -> str:
    file = io.StringIO()
    console.show(result, Console(file=file, width=width, **options))  # type: ignore[arg-type]
    return file.getvalue()


class Page(HTMLParser):
    """Collects a page's elements and text, and proves that they are properly nested."""

    VOID = ("meta",)

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.text: dict[str, list[str]] = {}
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember a start tag and its attributes."""
        self.seen.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)
            self.text.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        """An end tag closes what was opened last."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Text belongs to the element that was opened last."""
        if self.open:
            self.text[self.open[-1]][-1] += data


# Common


def test_every_status_has_a_symbol() -> None:
    assert set(common.SYMBOLS) == set(STATUSES)


def test_clean_text_has_no_control_characters_and_an_end() -> None:
    assert common.clean("a\r\nb\tc") == "a\nb   c"
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202e\ud800]", common.clean(HOSTILE))
    assert common.clean("x" * 5000) == "x" * 2000 + "…"
    assert common.clean("é∂★ 数") == "é∂★ 数"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.04, "0.0 s"), (59.94, "59.9 s"), (59.96, "1 min 0 s"), (119.7, "2 min 0 s")],
)
def test_durations_read_well(seconds: float, text: str) -> None:
    assert common.duration(seconds) == text


def test_a_half_finished_task_tells_what_is_missing() -> None:
    task = a_task("2.5", a_test(), a_test("not started", "TODO 2.5 is not started yet."))
    assert [test.message for test in common.failures(task)] == ["TODO 2.5 is not started yet."]
    assert common.failures(a_task("2.5", a_test("not started"))) == []


def test_where_next_begins_goes_on_and_ends() -> None:
    assert console.where_next(UNTOUCHED) == "Begin with task 1.1: day_01_optimization/README.md"
    go_on = "Go on with task 2.1: day_02_optimization/README.md, then nox -s test -- 2"
    assert console.where_next(mixed()) == go_on
    assert console.where_next(ALL_PASSED) == "All points are yours. Congratulations!"


def test_where_next_sends_nobody_to_a_bonus_task_first() -> None:
    tasks = [a_task("2.1", a_test("failed"), bonus=True), a_task("2.2", a_test())]
    assert "★ are still open" in console.where_next(a_result(a_day(2, *tasks)))


def test_where_next_blames_no_student_for_the_grader() -> None:
    day = a_day(2, a_task("2.1", a_test("error", "This test itself broke.", fault="KeyError")))
    assert "not your fault" in console.where_next(a_result(day))
    assert "not your fault" in console.where_next(a_result(a_day(2, broken="pytest ended")))


# All reports


@pytest.mark.parametrize("render", [printed, markdown.render, page.render, annotations.render])
def test_every_report_renders_every_result_into_valid_text(render) -> None:  # type: ignore[no-untyped-def]
    empty = a_result()
    broken = a_result(a_day(3, broken="pytest ended with code 3"))
    for result in (mixed(HOSTILE), ALL_PASSED, UNTOUCHED, nine("failed", HOSTILE), empty, broken):
        text = render(result)
        text.encode("utf-8")
        assert "\x1b" not in text
        assert f"{result.points}" in text
        assert "pytest ended" not in text  # the instructor reads it, not the student


@pytest.mark.parametrize("render", [printed, annotations.render])
def test_no_student_text_becomes_a_workflow_command(render) -> None:  # type: ignore[no-untyped-def]
    own = ("::error file=day_02_optimization/src/parabola.py,line=12,title=Task 2.",
           "::error title=Task 2.", "::notice title=Autograding complete::")  # fmt: skip
    for line in render(mixed(HOSTILE)).splitlines():
        if line.lstrip().startswith(("::", "##[")):
            assert line.startswith(own)


# Annotations


def test_annotations_point_at_the_line_and_end_with_the_points() -> None:
    lines = annotations.render(mixed()).split("\n")
    assert lines[0] == (
        "::error file=day_02_optimization/src/parabola.py,line=12,title=Task 2.1 Derivative::"
        "derivative(x=3.0)%0A  returned  3.0%0A  expected  6.0%0A  The factor 2 is missing."
    )
    assert lines[1] == "::error title=Task 2.3 Search::It took longer than 20 seconds."
    assert len([line for line in lines if line.startswith("::error ")]) == 5
    assert lines[-1] == "::notice title=Autograding complete::Points 6/18"


def test_annotations_escape_properties_and_text() -> None:
    where = Frame("day_02_x/src/a,line=1::b::error::%.py", 3, "", "")
    task = a_task("2.1", a_test("failed", "50% ::\r\nof", where=where), title="Odd: a, b")
    line = annotations.render(a_result(a_day(2, task))).split("\n")[0]
    file = "day_02_x/src/a%2Cline=1%3A%3Ab%3A%3Aerror%3A%3A%25.py"
    assert line == f"::error file={file},line=3,title=Task 2.1 Odd%3A a%2C b::50%25 ::%0Aof"


def test_annotations_are_at_most_ten_errors() -> None:
    lines = annotations.render(nine("failed", HOSTILE)).splitlines()
    assert [line.split()[0] for line in lines] == ["::error"] * 10 + ["::notice"]


# Markdown


def outside_of_code(text: str) -> str:
    """What GitHub reads as Markdown or HTML."""
    lines, fence = [], ""
    for line in text.split("\n"):
        run = re.match(r"`{3,}", line)
        if not fence and run:
            fence = run[0]
        elif fence and line.strip() == fence:
            fence = ""
        elif not fence:
            lines.append(line)
    assert fence == ""
    return "\n".join(lines)


def test_markdown_keeps_student_text_in_code_blocks() -> None:
    text = markdown.render(mixed(HOSTILE))
    assert "<script>" in text
    outside = outside_of_code(text)
    for trace in ("script", "alert", "@everyone", "[red]", "set-output", "&lt;b", "::"):
        assert trace not in outside
    assert outside.count("<details open>") == outside.count("</details>") == 5


def test_markdown_shows_points_days_tasks_and_the_next_step() -> None:
    text = markdown.render(mixed())
    assert text.startswith("## Points 6/18 · bonus 4/5\n")
    assert "then `nox -s test -- 2`" in text
    assert "| 2 · Optimization | ██░░░░░░░░ | 4/16 | 4/5 |" in text
    assert "| 2.6 | ★ Newton | ✓ passed | 4/4 |" in text
    assert "<summary>Task 2.7 · Adam ★ · failed</summary>" in text
    assert "seed 4711" in text


def test_markdown_titles_are_plain_words() -> None:
    task = a_task("2.1", a_test(), title="a | <b> `c` @d *e*\n# f")
    row = markdown.render(a_result(a_day(2, task))).split("2.1 |")[1].split("\n")[0]
    assert row == " a \\| &lt;b&gt; \\`c\\` @\u200bd \\*e\\* \\# f | ✓ passed | 2/2 |"


@pytest.mark.parametrize("message", ["x" * 100_000, "`" * 100_000, "★\n" * 100_000, "&<" * 9000])
def test_markdown_stays_below_github_s_limit(message: str) -> None:
    tasks = [a_task(f"2.{k}", a_test("failed", message)) for k in range(1000)]
    text = markdown.render(a_result(a_day(2, *tasks)))
    assert len(text.encode()) < 1_000_001 < 1 << 20
    assert "More feedback is in the report" in text
    assert text.rstrip().endswith("</sub>")
    outside_of_code(text)


# Page


def test_page_is_well_formed_and_holds_student_text_as_text_only() -> None:
    text = page.render(mixed(HOSTILE), NOW)
    parsed = Page(text)
    tags = {tag for tag, _ in parsed.seen}
    assert not tags & {"script", "b1", "link", "img", "iframe", "a", "base"}
    assert "<script" not in text
    assert all(not name.startswith("on") for _, attrs in parsed.seen for name in attrs)
    assert common.clean(HOSTILE) in parsed.text["pre"]
    assert dict(parsed.seen)["html"] == {"lang": "en"}
    assert "http:" not in text
    assert "https:" not in text


def test_page_shows_points_statuses_seed_fence_and_time() -> None:
    text = page.render(mixed(), NOW)
    parsed = Page(text)
    assert parsed.text["strong"] == ["6"]
    assert parsed.text["time"] == ["2026-09-01 12:30 UTC"]
    assert parsed.text["dd"][1:] == ["4711", common.DESCRIPTIONS["namespaces"]]
    assert parsed.text["dd"][0].endswith("in 1 min 23 s")
    for status in STATUSES:
        assert f"{common.SYMBOLS[status]}</span> {status}" in text
    tasks = [attrs for tag, attrs in parsed.seen if tag == "details"]
    assert [("open" in task) for task in tasks] == [
        False,
        True,
        False,
        True,
        True,
        True,
        False,
        True,
    ]
    widths = [attrs["style"] for tag, attrs in parsed.seen if tag == "i"]
    assert widths == ["width:33.3%", "width:100.0%", "width:25.0%"]


def test_page_escapes_titles_and_places() -> None:
    where = replace(WHERE, file='day_02_x/src/"><script>x</script>.py')
    task = a_task("2.1", a_test("failed", "no", where=where, name="<u>"), title="<i>&")
    text = page.render(a_result(a_day(2, task, title="<b>"), a_day(3, broken="<s>")), NOW)
    Page(text)
    assert not re.search(r"<script|<u>|<i>&|· <b>|<s>", text)
    assert "The grader itself broke on this day" in text


# Console


@pytest.mark.parametrize(
    "result", [mixed(), mixed(HOSTILE), nine("failed", HOSTILE), ALL_PASSED, UNTOUCHED]
)
def test_console_fits_into_eighty_columns(result: Result) -> None:
    assert max(len(line) for line in printed(result).splitlines()) <= 80


def test_console_shows_days_tasks_points_and_the_next_step() -> None:
    text = printed(mixed())
    for expected in (
        r"Day 1 · Intro +█{12} +2/2",
        r"Day 2 · Optimization +█{3}░{9} +4/16 +★ 4/5",
        r"  2\.1 Derivative +✗ failed +2/4",
        r"  2\.2 Momentum +○ not started +0/2",
        r"  2\.6 ★ Newton +✓ passed +4/4",
        r"Points 6/18 · bonus 4/5\n",
        r"Seed 4711, 1 min 23 s\.",
        r"Go on with task 2\.1: day_02_optimization/README\.md, then nox -s test -- 2\n$",
    ):
        assert re.search(expected, text), expected


def test_console_shows_all_messages_of_the_first_failure_and_one_of_each_other() -> None:
    first = a_task("2.1", a_test("failed", "one"), a_test("failed", "two"))
    second = a_task("2.2", a_test("failed", "three"), a_test("failed", "four"))
    text = printed(a_result(a_day(2, a_task("2.0", a_test("not started", "zero")), first, second)))
    assert re.findall(r"│ (\w+)", text) == ["one", "two", "three"]


def test_console_says_how_many_failures_it_left_out() -> None:
    text = printed(nine("failed", WRONG))
    assert "… and 67 more tasks with feedback; nox -s autograde -- 1 shows" in text


def test_console_prints_student_text_as_it_is() -> None:
    text = printed(mixed("[red]no[/red] :smile: [link=x]"))
    assert "│ [red]no[/red] :smile: [link=x]" in text


def test_console_has_colours_only_where_they_are_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    colour = {"force_terminal": True, "color_system": "standard"}
    assert "\x1b[32m✓ passed" in printed(mixed(), **colour)  # type: ignore[arg-type]
    monkeypatch.setenv("NO_COLOR", "1")
    assert not re.search(r"\x1b\[3\d", printed(mixed(), **colour))  # type: ignore[arg-type]
    assert "\x1b" not in printed(mixed())
