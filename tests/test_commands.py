"""The commands as a person types them: exit codes, reports, and one sentence for bad input."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from introdl import course
from introdl.__main__ import main
from introdl.authoring import stubs
from introdl.course import ROOT
from introdl.errors import GraderFault, UsageError
from introdl.grading import grader
from introdl.grading.result import Result, day_result

DAY = course.days()[1]
REQUIRED = sum(task.points for task in DAY.tasks if not task.bonus)
WHOLE = sum(task.points for day in course.days() for task in day.tasks if not task.bonus)


@pytest.fixture
def solved(tmp_path: Path) -> Path:
    """A copy of the course with every day solved."""
    for day in course.days():
        for path, source in stubs.solved_files(day).items():
            (tmp_path / "solved" / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "solved" / path).write_bytes(source)
    return tmp_path / "solved"


def grade(checkout: Path, *options: str) -> int:
    """Run ``python -m introdl grade``."""
    return main(["grade", str(checkout), *options])


def test_solved_course_has_all_points(solved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert grade(solved, "--require-full") == 0
    assert f"Points {WHOLE}/{WHOLE}" in capsys.readouterr().out


def test_one_function_left_out_costs_exactly_its_points(
    solved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paraboloid = f"{DAY.name}/src/paraboloid.py"
    shutil.copy(ROOT / paraboloid, solved / paraboloid)
    [missing] = [task.points for task in DAY.tasks if task.number == "2.3"]
    assert grade(solved, "--day", "2", "--json", str(tmp_path / "result.json")) == 0
    result = json.loads((tmp_path / "result.json").read_text())
    assert (result["points"], result["max_points"]) == (REQUIRED - missing, REQUIRED)
    assert grade(solved, "--day", "2", "--require-full") == 1


def test_reports_are_written(
    solved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "summary.md").write_text("Before.\n")
    shutil.copy(ROOT / DAY.name / "src" / "parabola.py", solved / DAY.name / "src")
    reports = {"json": "deep/result.json", "html": "report.html", "markdown": "summary.md"}
    options = [f"--{kind}={tmp_path / name}" for kind, name in reports.items()]
    assert grade(solved, "--task", "2.1", "--seed", "7", "--annotations", *options) == 0
    result = json.loads((tmp_path / "deep" / "result.json").read_text())
    assert (result["schema"], result["seed"], result["points"]) == ("introdl/result/v1", 7, 0)
    assert "<html" in (tmp_path / "report.html").read_text()
    assert (tmp_path / "summary.md").read_text().startswith("Before.\n")
    printed = capsys.readouterr().out
    assert "::notice title=Autograding complete::Points 0/1" in printed


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["grade", "/nowhere/at/all"], "There is no folder '/nowhere/at/all'"),
        (["grade", "{empty}"], "has no folder day_01_intro"),
        (["grade", "{solved}", "--day", "77"], "There is no day or task '77'"),
        (["grade", "{solved}", "--task", "2"], "'2' is not a task"),
        (["grade", "{solved}", "--task", "2.99"], "There is no day or task '2.99'"),
        (["grade", "{solved}", "--day", "1", "--task", "2.1"], "does not belong to day 1"),
        (["grade", "{solved}", "--seed", "-1"], "'-1' is not a whole number of at least 0"),
        (["grade", "{solved}", "--seed", "x"], "'x' is not a whole number of at least 0"),
        (["grade", "{solved}", "--task", "2.1", "--json", "/proc/no/file"], "Can't write"),
        (["grade"], "The following arguments are required: checkout"),
        (["autograde", "day_02"], "There is no day or task 'day_02'"),
        (["test", "12.1"], "There is no day or task '12.1'"),
        (["dance"], "invalid choice: 'dance'"),
    ],
)
def test_bad_input_gets_one_sentence(
    arguments: list[str], words: str, solved: Path, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    (tmp_path / "empty").mkdir()
    places = {"empty": tmp_path / "empty", "solved": solved}
    try:
        code = main([argument.format(**places) for argument in arguments])
    except SystemExit as end:
        code = int(end.code or 0)
    said = capsys.readouterr().err
    assert code == 2
    assert words in said
    assert len(said.splitlines()) == 1


def test_missing_readme_is_said_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"day_05_x/README\.md is missing"):
        _ = course.Day(tmp_path / "day_05_x").tasks


def broken_grader(*_: object) -> Result:
    """A grader whose process ended."""
    raise GraderFault("its own process ended")


def faulty_day(*_: object) -> Result:
    """A grading in which a day's test process ended without a result."""
    return Result(0, "limits", 0.0, (day_result(DAY, [], "the test process ended"),))


@pytest.mark.parametrize("broken", [broken_grader, faulty_day])
def test_a_fault_of_the_grader_has_a_code_of_its_own(
    broken: Callable[..., Result], solved: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr(grader, "grade", broken)
    assert grade(solved) == 3
    said = capsys.readouterr().err
    assert "Grading itself broke" in said
    assert "process ended" in said


def test_test_command_prints_the_autograders_feedback() -> None:
    command = [sys.executable, "-m", "introdl", "test", "2.1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "TODO 2.1 is not started yet (day_02_optimization/src/parabola.py" in done.stdout
    assert "Traceback" not in done.stdout


@pytest.mark.parametrize("start", [["-c"], ["script.py"]], ids=["python -c", "script"])
def test_days_are_imported_by_their_full_name_from_anywhere(
    start: list[str], tmp_path: Path
) -> None:
    code = "from day_02_optimization.src.descent import momentum_descent as f; print(f.__name__)"
    (tmp_path / "script.py").write_text(code)
    command = [sys.executable, *start, *([code] if start == ["-c"] else [])]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout == "momentum_descent\n", done.stderr


@pytest.mark.parametrize("page", ["README.md", "day_01_intro/README.md"])
def test_pages_name_the_points_of_an_unsolved_course(page: str) -> None:
    assert f"`Points 0/{WHOLE}`" in (ROOT / page).read_text(encoding="utf-8")
