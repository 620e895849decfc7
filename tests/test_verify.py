"""Verification notices what it promises to notice, and nothing else, on a small made-up course."""

import io
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rich.console import Console

from introdl import course
from introdl.authoring import documents, mistakes, stubs, trainings, verify
from introdl.authoring.findings import Findings
from introdl.authoring.mistakes import Mistake
from introdl.authoring.publish import template
from introdl.authoring.trainings import Measured, Training, TrainingBroke
from introdl.authoring.verify import beside, facts, grading, scope
from introdl.authoring.verify.scope import OWN_TESTS, Scope, changed
from introdl.course import Day
from introdl.grading import compiled
from introdl.grading.grader import Job
from introdl.grading.result import DayResult, TaskResult
from introdl.grading.submission import Submission
from introdl.outcome import TestOutcome

TOY = "day_09_toy"
SOLUTION, STUB, TEST = (
    f"solutions/{TOY}/src/numbers.py",
    f"{TOY}/src/numbers.py",
    f"{TOY}/tests/test_numbers.py",
)
MISTAKES, SHEET = f"solutions/{TOY}/mistakes.py", f"{TOY}/README.md"

NUMBERS = '''"""Numbers."""


def double(x: float) -> float:
    """Twice x."""
    # TODO 9.1: multiply by two (about 1 line).
    # BEGIN SOLUTION
    return 2.0 * x + 0.0
    # END SOLUTION


def half(x: float) -> float:
    """Half of x."""
    # TODO 9.2: divide by two.
    # BEGIN SOLUTION
    quotient = x / 2.0
    return quotient
    # END SOLUTION


def square(x: float) -> float:
    """The square of x."""
    # TODO 9.3: multiply x by itself.
    # BEGIN SOLUTION
    return x * x + 0.0
    # END SOLUTION
'''

FILES = {
    "README.md": "# The course\n\nType `nox -s autograde`; read [day 9](day_09_toy/README.md).\n",
    "CONTRIBUTING.md": "# Contributing\n\nSee [above](#contributing). `nox -s format`\n",
    "noxfile.py": """
import functools, nox

@functools.cache
def helper(): ...

@nox.session
def autograde(session): ...

@nox.session(name="format", python=["3.11"])
@nox.parametrize("name", ["oldest"])
def format_code(session): ...
""",
    SHEET: """# Day 9 · Toy

Run `python day_09_toy/src/given.py`; see [the front page](../README.md), [below](#numbers-and-more)
and [the site](https://example.com/none).

## Numbers, and more

### 9.1 Double · 12 points

### 9.2 Half · 8 points

### 9.3 ★ Square · 2 points
""",
    SOLUTION: NUMBERS,
    STUB: stubs.stub(NUMBERS, "numbers.py"),
    f"{TOY}/src/given.py": '"""Given whole."""\n\nGIVEN = 3\n',
    TEST: '''"""Tests of day 9."""

from day_09_toy.src.numbers import double, half, square
from introdl.testing import check, task

WRONG = {"This is a wrong number of a first kind.": 1, "This is one of a second kind.": 2}


@task("9.1", points=10)
def test_double():
    check(double, 1.0, expect=2.0, mistakes=WRONG)


@task("9.1", points=2)
def test_double_of_zero():
    check(double, 0.0, expect=0.0)


@task("9.2", points=8)
def test_half():
    check(half, 1.0, expect=0.5, mistakes=WRONG)


@task("9.3", points=2)
def test_square():
    check(square, 1.0, expect=1.0, mistakes=WRONG)
''',
    MISTAKES: """
from introdl.authoring.mistakes import wrong

MISTAKES = [
    *wrong("9.1", "numbers.py", {
        "return 2.0 * x + 0.0": {"return x": "a first kind", "return 3.0 * x": "a second kind"},
    }),
    *wrong("9.2", "numbers.py", {
        "quotient = x / 2.0": {"quotient = x": "a first kind", "quotient = 2.0": "a second kind"},
    }),
    *wrong("9.3", "numbers.py", {
        "return x * x + 0.0": {"return x": "a first kind", "return x**3": "a second kind"},
    }),
]
""",
}

COUNTS = {
    facts.PYTHON: 5,
    facts.STUBS: 1,
    facts.LEAKS: 1,
    facts.TASKS: 1,
    facts.CORPUS: 6 + 3,
    facts.COMPLETE: 4,
    documents.DOCUMENTS: 3,
}

Edit = tuple[str, str, str | None]  # a file, a text in it, and what takes its place


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A course with one day, in which all is well."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    for module in (beside, compiled, documents, facts, grading, scope, stubs, trainings):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    for module in (stubs, trainings):
        monkeypatch.setattr(module, "SOLUTIONS", tmp_path / "solutions")
    monkeypatch.setattr(stubs, "days", lambda: course.days(tmp_path))
    return tmp_path


@pytest.fixture
def toy(root: Path) -> Day:
    """The day of the made-up course."""
    return Day(root / TOY)


def plant(root: Path, edits: list[Edit]) -> None:
    """Change files: a text into another, a whole file where the text is empty; None removes it."""
    for name, old, new in edits:
        path = root / name
        if new is None:
            path.unlink()
        else:
            text = path.read_text(encoding="utf-8") if old else ""
            assert text.count(old) == 1
            path.write_text(text.replace(old, new), encoding="utf-8")


def told(findings: Findings) -> list[str]:
    """All problems."""
    return [problem for problems in findings.problems.values() for problem in problems]


def test_a_right_day_has_no_problem(toy: Day) -> None:
    findings = facts.check([toy])
    assert told(findings) == []
    assert dict(findings.checked) == COUNTS


def more_mistakes(old: str, new: str, says: str = "a first kind", file: str = "numbers.py") -> Edit:
    """One more mistake of task 9.1."""
    added = f'MISTAKES = [*wrong("9.1", "{file}", {{"{old}": {{"{new}": "{says}"}}}}),'
    return MISTAKES, "MISTAKES = [", added


def linked(page: str, text: str) -> list[Edit]:
    """One more line at the beginning of a page."""
    start = {SHEET: "# Day 9", "CONTRIBUTING.md": "# Contributing"}[page]
    return [(page, start, f"{text}\n\n{start}")]


RAISES = 'raise NotImplementedError("TODO 9.2: divide by two")'
HEADING = "### 9.3 ★ Square · 2 points"
OUT_OF_DATE = f"{STUB}: is out of date; run `nox -s stubs`."

FAULTS: dict[str, tuple[list[Edit], list[str]]] = {
    "a solution that is not Python": (
        [(SOLUTION, "return quotient", "return = quotient")],
        [f"{SOLUTION}: line 17 is not Python: "],
    ),
    "a test that is not Python": (
        [(TEST, "def test_half():", "def test_half()")],
        [f"{TEST}: line 20 is not Python: "],
    ),
    "stub edited": ([(STUB, '"""Half of x."""', '"""A half."""')], [OUT_OF_DATE]),
    "stub missing": (
        [(STUB, "", None)],
        [OUT_OF_DATE, *(f"{TOY}: task 9.{n} is missing in the stubs." for n in (1, 2, 3))],
    ),
    "solution changed": ([(SOLUTION, "(about 1 line)", "(about 2 lines)")], [OUT_OF_DATE]),
    "marker gone": (
        [(SOLUTION, "    return quotient\n    # END SOLUTION\n", "    return quotient\n")],
        [f"{STUB}: {SOLUTION}, line 23: # BEGIN SOLUTION needs a TODO line before it."],
    ),
    "nothing solved": (
        [(f"solutions/{TOY}/src/plain.py", "", "A = 1\n"), (f"{TOY}/src/plain.py", "", "A = 1\n")],
        [f"{TOY}/src/plain.py: has no solved block; keep it in {TOY}/src alone."],
    ),
    "stub left over": (
        [(f"{TOY}/src/old.py", "", f"def old():\n    {RAISES}\n")],
        [f"{TOY}/src/old.py: has a TODO but no solution; run `nox -s stubs`."],
    ),
    "solved line in the stub": (
        [(STUB, RAISES, "quotient = x / 2.0")],
        [OUT_OF_DATE, f"{STUB}: leaks: quotient = x / 2.0"],
    ),
    "marker in the stub": (
        [(STUB, RAISES, f"# BEGIN SOLUTION\n    {RAISES}")],
        [OUT_OF_DATE, f"{STUB}: leaks:     # BEGIN SOLUTION"],
    ),
    "task not in the README": (
        [(SHEET, HEADING, "### Square")],
        [f"{TOY}: task 9.3 is missing in the README."],
    ),
    "task not in the tests": (
        [(TEST, '@task("9.3", points=2)', "")],
        [f"{TOY}: task 9.3 is missing in the tests."],
    ),
    "task not in the stubs": (
        [(SOLUTION, "TODO 9.3", "TODO 9.2"), (STUB, "# TODO 9.3", "# TODO 9.2"),
         (STUB, "TODO 9.3", "TODO 9.2")],
        [f"{TOY}: task 9.3 is missing in the stubs."],
    ),
    "points differ": (
        [(TEST, '"9.3", points=2', '"9.3", points=3')],
        [f"{TOY}: task 9.3: 2 points in the README, 3 in tests."],
    ),
    "points of two tests differ": (
        [(TEST, '"9.1", points=2', '"9.1", points=3'), (TEST, "points=8", "points=7"),
         (SHEET, "8 points", "7 points")],
        [f"{TOY}: task 9.1: 12 points in the README, 13 in tests."],
    ),
    "too few required points": (
        [(TEST, "points=8", "points=7"), (SHEET, "8 points", "7 points")],
        [f"{TOY}: the required tasks sum to 19 points, not 20."],
    ),
    "bonus made required": (
        [(SHEET, "★ ", "")],
        [f"{TOY}: the required tasks sum to 22 points, not 20."],
    ),
    "one mistake": (
        [(MISTAKES, '"quotient = x": "a first kind", ', "")],
        [f"{TOY}: numbers.py:half has too few mistakes (1); write at least two."],
    ),
    "text twice": (
        [more_mistakes("+ 0.0", "+ 1.0")],
        [f"{TOY}: Task 9.1: the text '+ 0.0' occurs 2 times in numbers.py; a mistake must name"],
    ),
    "text nowhere": (
        [more_mistakes("return 4.0", "return x")],
        [f"{TOY}: Task 9.1: the text 'return 4.0' occurs 0 times in numbers.py; a mistake must"],
    ),
    "not Python": (
        [more_mistakes("return 2.0 * x", "return = x")],
        [f"{TOY}: Task 9.1: 'return = x' is not valid Python: "],
    ),
    "mistake without a file": (
        [more_mistakes("GIVEN = 3", "GIVEN = 4", file="given.py")],
        [f"{TOY}: task 9.1: there is no solution given.py."],
    ),
    "key in no sentence": (
        [more_mistakes("return 2.0 * x", "return x", says="a third kind")],
        [f"{TOY}: Task 9.1: no sentence contains 'a third kind'; write a part of a sentence that"],
    ),
    "short key": (
        [more_mistakes("return 2.0 * x", "return x", says="")],
        [f"{TOY}: Task 9.1: the key '' is too short to identify a sentence."],
    ),
    "mistake that is the solution": (
        [more_mistakes("return 2.0 * x", "return 2.0 * x")],
        [f"{TOY}: Task 9.1: 'return 2.0 * x' is the solution; write what is wrong."],
    ),
    "mistake of no task": (
        [(MISTAKES, '*wrong("9.3"', '*wrong("9.30"')],
        [f"{TOY}: a mistake names task 9.30, which doesn't exist."] * 2,
    ),
    "sentence gone": (
        [(TEST, "a second kind", "other kind")],
        [f"{TOY}: Task 9.{n}: no sentence contains 'a second kind'; write" for n in (1, 2, 3)],
    ),
    "FILL IN in the README": (
        [(SHEET, "# Day 9 · Toy\n", "# Day 9 · Toy\nFILL IN: why\n")],
        [f"{SHEET}: line 2: FILL IN: why"],
    ),
    "FILL IN in a test": (
        [(TEST, "one of a second", "FILL IN of a second")],
        [f"{TEST}: line 6: WRONG = "],
    ),
    "FILL IN in a solution": (
        [(SOLUTION, "return quotient", "return quotient  # FILL IN")],
        [f"{SOLUTION}: line 17: return quotient  # FILL IN"],
    ),
    "FILL IN in the corpus": (
        [(MISTAKES, "MISTAKES = [", "MISTAKES = [  # FILL IN")],
        [f"{MISTAKES}: line 4: MISTAKES = [  # FILL IN"],
    ),
    "dead link": (
        linked(SHEET, "[gone](gone.md)"),
        [f"{SHEET}: the link to 'gone.md' leads nowhere."],
    ),
    "dead picture": (
        linked("CONTRIBUTING.md", '<img alt="" src="figures/gone.png">'),
        ["CONTRIBUTING.md: the link to 'figures/gone.png' leads nowhere."],
    ),
    "dead anchor": (
        linked(SHEET, "[gone](#numbers)"),
        [f"{SHEET}: the link to '#numbers' leads to no heading."],
    ),
    "unknown session": (
        linked(SHEET, "`nox -s dance`"),
        [f"{SHEET}: `nox -s dance` is not a session of the noxfile."],
    ),
    "helper of the noxfile": (
        linked(SHEET, "`nox -s helper`"),
        [f"{SHEET}: `nox -s helper` is not a session of the noxfile."],
    ),
    "function of a named session": (
        linked(SHEET, "`nox -s format_code`"),
        [f"{SHEET}: `nox -s format_code` is not a session of the noxfile."],
    ),
    "unknown script": (
        linked(SHEET, f"`python {TOY}/src/gone.py`"),
        [f"{SHEET}: `python {TOY}/src/gone.py` is not a script of this repository."],
    ),
    "page missing": (
        [("CONTRIBUTING.md", "", None)],
        ["CONTRIBUTING.md: the file is missing."],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_told_and_nothing_else(name: str, root: Path, toy: Day) -> None:
    edits, expected = FAULTS[name]
    plant(root, edits)
    found = told(facts.check([toy]))
    assert len(found) == len(expected), found
    assert all(f.startswith(e) for f, e in zip(found, expected, strict=True)), found


@pytest.mark.parametrize(
    "edits",
    [
        [(f"{TOY}/src/more.py", "", "MORE = 4\n")],
        [(SHEET, "e · 2 points", "e · 1 point"), (TEST, '9.3", points=2', '9.3", points=1')],
        [(SOLUTION, "quotient = x / 2.0", "quotient = x / 2.0 + 0")],
        linked(SHEET, "`nox -s format`"),
        linked(SHEET, "[the front page](../README.md#the-course)"),
    ],
    ids=["given module", "other bonus", "other solution", "named session", "anchor elsewhere"],
)  # fmt: skip
def test_what_is_right_is_not_told(edits: list[Edit], root: Path, toy: Day) -> None:
    plant(root, edits)
    assert told(facts.check([toy])) == []


@pytest.mark.parametrize("name", ["stub edited", "stub missing", "stub left over"])
def test_writing_the_stubs_is_the_remedy(name: str, root: Path, toy: Day) -> None:
    plant(root, FAULTS[name][0])
    [written] = stubs.write()
    assert told(facts.check([toy])) == []
    assert written.exists() == (name != "stub left over")


def test_a_given_module_belongs_to_the_solved_day(toy: Day) -> None:
    solved = stubs.solved_files(toy)
    assert set(solved) == {f"{TOY}/src/given.py", STUB}
    assert solved[STUB].decode() == NUMBERS


# Findings


def shown(findings: Findings) -> list[str]:
    """The lines that a narrow terminal gets."""
    console = Console(file=io.StringIO(), width=30)
    findings.tell(console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def test_problems_are_counted_apart_from_what_is_checked() -> None:
    findings = Findings("facts")
    findings.note("links", "README.md", ["one", "two", "three", "four", "five"])
    for number in range(59):
        findings.note("links", f"page {number}")
    findings.note("stubs", "a.py", iter(["old"]))
    findings.note("tasks", "day 9")
    assert (findings.count, findings.wrong) == (62, 6)
    lines = shown(findings)
    assert lines[0].startswith("facts · ")
    assert lines[1:3] == ["  links: 60 checked, 5 problems", "    README.md: one"]
    assert lines[7:] == [
        "  stubs: 1 checked, 1 problem",
        "    a.py: old",
        "  tasks: 1 checked, no problem",
    ]


def test_a_problem_is_one_line_and_no_markup() -> None:
    problem = f"[red]x[:smile:][/] :smile: {'long ' * 20}\n  second line"
    findings = Findings("facts")
    findings.note("links", "README.md", [problem])
    assert shown(findings)[2:] == [
        f"    README.md: [red]x[:smile:][/] :smile: {'long ' * 20}second line"
    ]


# The stages


def stage(name: str, *problems: str) -> Callable[..., Findings]:
    """A stage that checks one thing."""
    findings = Findings(name)
    findings.note(f"check of {name}", "toy", problems)
    return lambda *_, **__: findings


def never(*_: object, **__: object) -> Findings:
    """A stage that must not be run."""
    raise AssertionError("This must not be run.")


def replace_stages(monkeypatch: pytest.MonkeyPatch, *stages: Callable[..., Findings]) -> None:
    """Put others in the place of grading, the template's proof, trainings and tests."""
    names = ((grading, "check"), (beside, "check_trainings"), (beside, "check_tests"))
    for (module, name), check in zip(names, stages, strict=True):
        monkeypatch.setattr(module, name, check)
    after_grading = never if stages[0] is never else stage("template")
    monkeypatch.setattr(template, "check", after_grading)


def last_line(capsys: pytest.CaptureFixture[str]) -> str:
    """What is printed in the end, without the time that it took."""
    line = capsys.readouterr().out.splitlines()[-1]
    return re.sub(r", \d+ min \d+ s$", "", line)


def test_all_is_well(
    toy: Day, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    replace_stages(monkeypatch, stage("grading"), stage("trainings"), stage("tests"))
    assert verify.run(scope.everything([toy])) == 0
    assert last_line(capsys) == f"verify: {sum(COUNTS.values()) + 4} checked, no problem"
    replace_stages(monkeypatch, stage("grading"), stage("trainings"), never)
    assert verify.run(scope.one_day(toy)) == 0
    assert last_line(capsys) == f"verify: {sum(COUNTS.values()) + 3} checked, no problem"


def test_nothing_is_run_after_a_wrong_fact(
    root: Path, toy: Day, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    replace_stages(monkeypatch, never, never, never)
    plant(root, FAULTS["one mistake"][0])
    assert verify.run(scope.everything([toy])) == 1
    assert last_line(capsys) == f"verify: {sum(COUNTS.values()) - 1} checked, 1 problem"


def test_every_other_stage_is_told_although_one_has_a_problem(
    toy: Day, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    replace_stages(monkeypatch, stage("grading", "a", "b"), stage("trainings"), stage("tests", "c"))
    assert verify.run(Scope([], [toy], [toy], [OWN_TESTS])) == 1
    printed = capsys.readouterr().out
    assert re.findall(r"check of (\w+: 1 checked, .+)", printed) == [
        "grading: 1 checked, 2 problems",
        "template: 1 checked, no problem",
        "tests: 1 checked, 1 problem",
        "trainings: 1 checked, no problem",
    ]
    assert "verify: 4 checked, 3 problems" in printed


@pytest.mark.parametrize("only", ["facts", "grading", "trainings", "tests"])
def test_one_stage_alone(
    only: str, toy: Day, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stages = [stage(n) if n == only else never for n in ("grading", "trainings", "tests")]
    replace_stages(monkeypatch, *stages)
    assert verify.run(scope.everything([toy]).only(only)) == 0
    checked = {"facts": sum(COUNTS.values()), "grading": 2}.get(only, 1)
    assert last_line(capsys) == f"verify: {checked} checked, no problem"


def test_nothing_to_verify_is_said(toy: Day, capsys: pytest.CaptureFixture[str]) -> None:
    without_trainings = scope.one_day(toy).only("trainings")
    for empty in (Scope(), scope.one_day(toy).only("tests"), without_trainings, changed([toy], [])):
        assert verify.run(empty) == 0
        assert last_line(capsys) == "verify: nothing to verify"


# What a change can reach

DAYS = course.days()
FIVE = DAYS[4]


def importing(module: str, *parts: str) -> list[Day]:
    """The days with ``from module import`` in these parts of the day or of its solution."""
    pattern = re.compile(rf"^\s*from {re.escape(module)} import", re.MULTILINE)

    def imports(day: Day) -> bool:
        folders = (day.folder, course.ROOT / "solutions" / day.name)
        paths = [path for folder in folders for part in parts for path in folder.glob(part)]
        return any(pattern.search(path.read_text(encoding="utf-8")) for path in paths)

    return list(filter(imports, DAYS))


def own_tests_naming(day: Day) -> list[str]:
    """The own tests that name a day."""
    named = [path.name for path in Path(__file__).parent.glob("test_*.py")
             if re.search(day.name, path.read_text(encoding="utf-8"))]  # fmt: skip
    return sorted(f"tests/{name}" for name in named)


@pytest.mark.parametrize(
    ("path", "graded", "trained", "tests"),
    [
        (f"{FIVE.name}/tests/test_mnist.py", [FIVE], [], own_tests_naming(FIVE)),
        (f"solutions/{FIVE.name}/src/mnist.py", [FIVE], [FIVE], own_tests_naming(FIVE)),
        (f"{FIVE.name}/src/mnist.py", [FIVE], [FIVE], own_tests_naming(FIVE)),
        (f"{FIVE.name}/src/gone.py", [FIVE], [FIVE], own_tests_naming(FIVE)),
        (f"solutions/{FIVE.name}/mistakes.py", [FIVE], [], []),
        (f"solutions/{FIVE.name}/trainings.py", [], [FIVE], []),
        (f"solutions/{FIVE.name}/figures.py", [], [], []),
        (f"{FIVE.name}/README.md", [], [], []),
        (f"{FIVE.name}/figures/activity.png", [], [], []),
        ("introdl/testing/check.py", DAYS, [], [OWN_TESTS]),
        ("introdl/authoring/reach.py", DAYS, [], [OWN_TESTS]),
        ("introdl/authoring/mistakes.py", DAYS, [], [OWN_TESTS]),
        ("introdl/authoring/verify/scope.py", [], [], [OWN_TESTS]),
        ("introdl/grading/reports/page.py", [], [], [OWN_TESTS]),
        ("introdl/commands.py", [], [], [OWN_TESTS]),
        ("introdl/gone.py", [], [], [OWN_TESTS]),
        ("introdl/course.py", DAYS, DAYS, [OWN_TESTS]),
        (
            "introdl/training.py",
            importing("introdl.training", "src/*.py"),
            importing("introdl.training", "src/*.py"),
            [OWN_TESTS],
        ),
        (
            "introdl/datasets/mnist.py",
            importing("introdl.datasets", "src/*.py", "tests/*.py"),
            importing("introdl.datasets", "src/*.py", "trainings.py"),
            [OWN_TESTS],
        ),
        (
            "data/mnist/t10k-labels-idx1-ubyte.gz",
            importing("introdl.datasets", "src/*.py", "tests/*.py"),
            importing("introdl.datasets", "src/*.py", "trainings.py"),
            [OWN_TESTS],
        ),
        (
            "introdl/authoring/trainings.py",
            [],
            importing("introdl.authoring.trainings", "trainings.py"),
            [OWN_TESTS],
        ),
        ("tests/test_verify.py", [], [], ["tests/test_verify.py"]),
        ("tests/test_gone.py", [], [], []),
        ("tests/conftest.py", [], [], [OWN_TESTS]),
        ("tests/golden/grading/solved.json", [], [], [OWN_TESTS]),
        ("tests/golden/sequence/make.py", [], [], [OWN_TESTS]),
        ("pyproject.toml", DAYS, DAYS, [OWN_TESTS]),
        ("noxfile.py", [], [], [OWN_TESTS]),
        (".github/workflows/verify.yml", [], [], [OWN_TESTS]),
        ("benchmarks/grading.py", [], [], [OWN_TESTS]),
    ],
)
def test_what_a_change_reaches(
    path: str, graded: list[Day], trained: list[Day], tests: list[str]
) -> None:
    assert changed(DAYS, [path]) == Scope(DAYS, graded, trained, tests)


def test_the_days_that_import_a_module_are_some_but_not_all() -> None:
    assert [d.number for d in changed(DAYS, ["introdl/training.py"]).grading] == [6, 7, 8]
    assert 0 < len(importing("introdl.datasets", "src/*.py")) < len(DAYS)


def test_every_module_that_grades_reaches_all_days() -> None:
    """But the reports, which come after grading, and what only waits for a save."""
    for folder in ("fenced", "grading", "testing", "trusted", "wire"):
        for path in (course.ROOT / "introdl" / folder).glob("[!_]*.py"):
            if path.name != "watch.py":
                module = path.relative_to(course.ROOT).as_posix()
                assert changed(DAYS, [module]).grading == DAYS, module


def test_several_changes_reach_what_each_of_them_does() -> None:
    first, last = DAYS[0], DAYS[-1]
    paths = [f"solutions/{last.name}/mistakes.py", f"solutions/{first.name}/mistakes.py"]
    paths += ["tests/test_verify.py", "tests/test_new.py", f"solutions/{last.name}/trainings.py"]
    tests = ["tests/test_new.py", "tests/test_verify.py"]
    assert changed(DAYS, paths) == Scope(DAYS, [first, last], [last], tests)
    assert changed(DAYS, [*paths, "tests/conftest.py"]).tests == [OWN_TESTS]


def test_pages_reach_the_own_tests_that_name_them(root: Path, toy: Day) -> None:
    (root / "tests").mkdir()
    (root / "tests" / "test_pages.py").write_text('PAGES = ["README.md", "data/DATA.md"]\n')
    (root / "tests" / "test_other.py").write_text("")
    named = ["tests/test_pages.py"]
    assert changed([toy], ["README.md"]) == Scope([toy], [], [], named)
    assert changed([toy], ["data/DATA.md"]) == Scope([toy], [], [], named)
    assert changed([toy], ["CONTRIBUTING.md"]) == Scope([toy], [], [], [])


def test_imports_are_followed_through_introdl_even_to_a_module_that_is_gone(
    root: Path, toy: Day
) -> None:
    plant(root, [(f"{TOY}/src/given.py", "", "def f():\n    from introdl.near import g\n")])
    (root / "introdl" / "box").mkdir(parents=True)
    (root / "introdl" / "near.py").write_text("import introdl.far\nfrom introdl.box import one\n")
    (root / "introdl" / "box" / "__init__.py").write_text("from introdl.box import two\n")
    (root / "introdl" / "box" / "one.py").write_text("def not_python(:\n")
    (root / "introdl" / "box" / "two.py").write_text("")
    for module in ("near", "far", "box/one"):
        found = changed([toy], [f"introdl/{module}.py"])
        assert found == Scope([toy], [toy], [toy], [OWN_TESTS]), module
    for module in ("box/two", "other"):
        assert changed([toy], [f"introdl/{module}.py"]) == Scope([toy], [], [], [OWN_TESTS]), module


def test_the_working_tree(root: Path) -> None:
    def git(*words: str) -> None:
        person = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.com"]
        subprocess.run(["git", *person, *words], cwd=root, check=True, capture_output=True)

    (root / ".gitignore").write_text("ignored.py\n")
    git("init")
    git("add", ".")
    git("commit", "-m", "All is well", "--no-gpg-sign")
    assert list(scope.working_tree()) == []
    git("mv", STUB, f"{TOY}/src/renamed näme.py")
    plant(root, [("noxfile.py", "", None), (SHEET, "Toy", "Boy"), ("new.py", "", "")])
    (root / "ignored.py").write_text("")
    assert sorted(scope.working_tree()) == sorted(
        [STUB, f"{TOY}/src/renamed näme.py", "noxfile.py", SHEET, "new.py"]
    )


# Grading

SAID = Mistake("9.1", "numbers.py", "return 2.0 * x + 0.0", "return x\n", "of  a first kind")


def outcome(
    status: str = "passed", message: str = "", task: str = "9.1", points: int = 2, fault: str = ""
) -> TestOutcome:
    """What became of a test; it is named after its status."""
    name = f"test_{status.replace(' ', '_')}"
    return TestOutcome(name, task, points, status, message, fault=fault)


def graded(*outcomes: TestOutcome, broken: str = "") -> DayResult:
    """A graded toy day."""
    numbers = sorted({test.task for test in outcomes})
    tasks = [
        TaskResult(number, "", number == "9.3", tuple(t for t in outcomes if t.task == number))
        for number in numbers
    ]
    return DayResult(9, TOY, "Toy", tuple(tasks), broken)


RIGHT = outcome("failed", "This is a wrong number of\n  a first kind.")
COSTS, SAYS = "9.1 numbers.py 'return x' costs ", "9.1 numbers.py 'return x' does not say "


@pytest.mark.parametrize(
    ("result", "also", "problems"),
    [
        (graded(RIGHT, outcome(task="9.2")), (), []),
        (graded(RIGHT, outcome("error", "x")), (), []),
        (graded(RIGHT, outcome("failed", "y", "9.2")), ("9.2",), []),
        (
            graded(RIGHT, outcome("failed", "y", "9.2")),
            (),
            [f"{COSTS}['9.1', '9.2'], not ['9.1']."],
        ),
        (graded(RIGHT), ("9.2",), [f"{COSTS}['9.1'], not ['9.1', '9.2']."]),
        (
            graded(outcome(), outcome("failed", RIGHT.message, "9.2")),
            (),
            [f"{COSTS}['9.2'], not ['9.1'].", f"{SAYS}'of  a first kind' but: "],
        ),
        (
            graded(outcome()),
            (),
            [f"{COSTS}nothing, not ['9.1'].", f"{SAYS}'of  a first kind' but: "],
        ),
        (
            graded(outcome("failed", "A number of\na second kind.")),
            (),
            [f"{SAYS}'of  a first kind' but: A number of a second kind."],
        ),
        (graded(outcome("failed")), (), [f"{SAYS}'of  a first kind' but: "]),
    ],
    ids=[
        "right",
        "two tests of the task",
        "also",
        "another task, too",
        "also costs nothing",
        "another task",
        "nothing",
        "says another thing",
        "says nothing",
    ],
)
def test_what_is_wrong_with_a_graded_mistake(
    result: DayResult, also: tuple[str, ...], problems: list[str]
) -> None:
    mistake = Mistake(SAID.task, SAID.file, SAID.old, SAID.new, SAID.says, also)
    assert list(grading.uncaught(mistake, result)) == problems


def judged(label: str, result: DayResult, toy: Day, seed: int = 0) -> dict[str, list[str]]:
    """The problems that one graded job leads to, by what was checked."""
    findings = Findings("grading")
    grading.judge(Job(Submission({}), toy, seed, label=label), result, {"toy 0": SAID}, findings)
    return {check: findings.problems[check] for check in findings.checked}


FULL = [outcome(points=12), outcome(task="9.2", points=8), outcome(task="9.3")]
OPEN = [outcome("not started", "TODO", test.task, test.max_points) for test in FULL]


def test_right_jobs_have_no_problem(toy: Day) -> None:
    assert judged("solution", graded(*FULL), toy) == {grading.SOLVED: []}
    assert judged("stubs", graded(*OPEN), toy) == {grading.UNSOLVED: [], facts.TASKS: []}
    assert judged("toy 0", graded(RIGHT, *FULL[1:]), toy) == {grading.CAUGHT: []}


def test_a_solution_that_loses_a_test(toy: Day) -> None:
    lost = graded(outcome("timeout", "took too long", points=12), *FULL[1:])
    assert judged("solution", lost, toy, seed=2) == {
        grading.SOLVED: [f"{TOY}: test_timeout fails the solution under seed 2: took too long"]
    }


def test_a_stub_that_is_started_and_points_that_pytest_sees_otherwise(toy: Day) -> None:
    begun = graded(OPEN[0], outcome("error", "no name 'half'", "9.2", 7), outcome(task="9.3"))
    assert judged("stubs", begun, toy) == {
        grading.UNSOLVED: [
            f"{TOY}: test_error of the stub is 'error': no name 'half'",
            f"{TOY}: test_passed of the stub is 'passed': ",
        ],
        facts.TASKS: [
            f"{TOY}: task 9.2: 8 points in the README, 7 in tests.",
            f"{TOY}: the required tasks sum to 19 points, not 20.",
        ],
    }


def test_a_mistake_that_is_not_caught(toy: Day) -> None:
    problems = judged("toy 0", graded(*FULL), toy)[grading.CAUGHT]
    assert problems[0] == f"{TOY}: {COSTS}nothing, not ['9.1']."


@pytest.mark.parametrize("label", ["stubs", "solution", "toy 0"])
def test_a_broken_test_is_told_as_the_graders_fault(label: str, toy: Day) -> None:
    what = "9.1 numbers.py 'return x'" if label == "toy 0" else label
    fault = outcome("error", "This test itself broke", fault="Traceback:\n  …\nKeyError: 'x'\n")
    expected = f"{TOY}: a test itself broke on {what}: "
    assert judged(label, graded(fault), toy) == {grading.SOLVED: [f"{expected}KeyError: 'x'"]}
    ended = graded(broken="the test process ended")
    assert judged(label, ended, toy) == {grading.SOLVED: [f"{expected}the test process ended"]}


def test_the_jobs_of_a_day(toy: Day) -> None:
    corpus: grading.Corpus = {}
    first, *others = grading.solution_job(toy, 0), *grading.other_jobs(toy, corpus)
    assert [job.label for job in others[:3]] == ["solution", "solution", "stubs"]
    assert [job.seed for job in (first, *others[:3])] == [0, 1, 2, 0]
    assert [job.reference for job in (first, *others[:3])] == [True, True, True, False]
    assert first.submission.files[STUB].decode() == NUMBERS
    assert others[2].submission.files[STUB].decode() == FILES[STUB]
    wrong, known = others[3:], mistakes.read(toy.folder.parent / "solutions" / TOY)
    assert [corpus[job.label] for job in wrong] == known
    for job, mistake in zip(wrong, known, strict=True):
        assert job.submission.files[STUB].decode() == mistake.apply(NUMBERS)
        assert (
            job.submission.files[f"{TOY}/src/given.py"]
            == first.submission.files[f"{TOY}/src/given.py"]
        )
    assert wrong[0].tests == tuple(f"test_numbers.py::test_double{n}" for n in ("", "_of_zero"))
    assert wrong[2].tests == ("test_numbers.py::test_half",)


# Trainings, and the tests of introdl itself


@pytest.mark.parametrize(
    ("at_most", "reached"), [(False, [False, True, True]), (True, [True, True, False])]
)
def test_a_target_is_reached_from_its_side(at_most: bool, reached: list[bool]) -> None:
    training = Training("share", float, 0.5, at_most)
    assert [training.reached(value) for value in (0.4, 0.5, 0.6)] == reached


TRAININGS = """
from day_09_toy.src.given import GIVEN
from day_09_toy.src.numbers import double
from introdl.authoring.publish import template
from introdl.authoring.trainings import Training

def run(seed):
    print("epoch 1", GIVEN)
    return double(seed)

def long(seed):
    return 7

def broken(seed):
    raise ArithmeticError("no toys left")

TRAININGS = [
    Training("twice the seed", run, 2.0),
    Training("long", long, 7.0, at_most=True, thorough=True),
    Training("broken", broken, 0.0),
]
"""


def test_trainings_are_measured_until_one_breaks(root: Path, toy: Day) -> None:
    (root / "solutions" / TOY / "trainings.py").write_text(TRAININGS)
    found: list[Measured] = []
    with pytest.raises(TrainingBroke) as raised:
        found.extend(trainings.measure(toy, (0, 1), thorough=False))
    assert [(m.name, m.seed, m.value, m.target, m.reached) for m in found] == [
        ("twice the seed", 0, 0.0, 2.0, False),
        ("twice the seed", 1, 2.0, 2.0, True),
    ]
    assert str(raised.value).splitlines()[-1] == "ArithmeticError: no toys left"


def test_thorough_trainings_run_when_they_are_asked_for(root: Path, toy: Day) -> None:
    text = TRAININGS.replace('    Training("broken", broken, 0.0),\n', "")
    (root / "solutions" / TOY / "trainings.py").write_text(text)
    found = trainings.measure(toy, (3,), thorough=True)
    assert [(m.name, m.value, m.reached) for m in found] == [
        ("twice the seed", 6.0, True),
        ("long", 7.0, True),
    ]


def test_every_training_is_noted(
    toy: Day, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def measure(day: Day, seeds: tuple[int, ...], thorough: bool) -> Iterator[Measured]:
        for seed in seeds:
            yield Measured("[b]share", seed, 0.25 * seed, 0.2, seed > 0, 3.0)
        if thorough:
            raise TrainingBroke("no toys left")

    monkeypatch.setattr(trainings, "measure", measure)
    low = f"{TOY}: [b]share, seed 0: 0, target 0.2, 3 s"
    findings = beside.check_trainings([toy], thorough=False, console=Console())
    assert (findings.count, told(findings)) == (1, [low])
    findings = beside.check_trainings([toy], thorough=True, console=Console())
    broke = f"{TOY}: a training run broke: no toys left"
    assert (findings.count, told(findings)) == (4, [low, broke])
    assert "  [b]share, seed 2: 0.5, target 0.2, 3 s\n" in capsys.readouterr().out


@pytest.mark.parametrize(("line", "code"), [("assert True", 0), ("assert not 'this'", 1)])
def test_own_tests_are_run(
    line: str, code: int, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "tests").mkdir()
    (root / "tests" / "test_own.py").write_text(f"def test_own():\n    {line}\n")
    findings = beside.check_tests(["tests/test_own.py"], Console())
    problems = [f"tests: pytest ended with code {code}; see above."] if code else []
    assert (findings.count, told(findings)) == (1, problems)
    assert ("assert not 'this'" in capsys.readouterr().out) == bool(code)


# What XLA compiled


def test_the_folder_is_made_and_emptied_when_it_is_too_large(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiled, "LARGEST", 10)
    place = compiled.folder()
    assert place is not None
    assert place.is_dir()
    assert place.is_relative_to(root)
    (place / "entry").write_bytes(b"0123456789")
    assert compiled.folder() == place
    assert (place / "entry").exists()
    (place / "another").write_bytes(b"0")
    assert compiled.folder() == place
    assert list(place.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_none(root: Path) -> None:
    (root / "build").write_text("a file in its place")
    assert compiled.folder() is None
    assert compiled.environment(None) == {}


COMPILE = """
import pathlib, sys, jax
from introdl.grading import compiled
place = pathlib.Path(sys.argv[1])
for write, factor in ((False, 3.0), (True, 5.0), (False, 5.0), (False, 7.0)):
    jax.clear_caches()
    compiled.use(place, write)
    jax.jit(lambda x: factor * x)(1.0)
    print(sum(path.name.endswith("-cache") for path in place.iterdir()) > 0, end=" ")
    print(*sorted((path.name, path.stat().st_mtime_ns) for path in place.iterdir()))
"""


def test_who_may_only_read_the_folder_never_writes(tmp_path: Path) -> None:
    command = [sys.executable, "-c", COMPILE, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    before, *after = done.stdout.splitlines()
    assert before == "False "
    assert after[0].startswith("True ")
    assert after == [after[0]] * 3


def test_settings_of_who_writes_and_who_reads(tmp_path: Path) -> None:
    seconds = "jax_persistent_cache_min_compile_time_secs"
    assert compiled.settings(tmp_path, write=True)[seconds] == 0.0
    assert compiled.settings(tmp_path, write=False)[seconds] == compiled.NEVER
    assert compiled.environment(tmp_path)["JAX_COMPILATION_CACHE_DIR"] == str(tmp_path)
