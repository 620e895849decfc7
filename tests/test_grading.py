"""Tiny known submissions, and what the grader must say to them, kept in ``golden/grading``."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from introdl.course import ROOT, Day
from introdl.errors import UsageError
from introdl.fenced import sandbox
from introdl.grading import compiled, submission
from introdl.grading.grader import Grader, Job
from introdl.grading.result import DayResult, Result, as_json, day_result
from introdl.grading.submission import Submission

DAY = Day(ROOT / "day_02_optimization")
PARABOLA = f"{DAY.name}/src/parabola.py"
GOLDEN = Path(__file__).parent / "golden" / "grading"
CASES = (
    "solved",
    "unsolved",
    "partly_solved",
    "syntax_error",
    "missing_file",
    "renamed_function",
    "raises_on_import",
    "exits_on_import",
)


def submissions(solved: Submission, unsolved: Submission) -> dict[str, Submission]:
    """The known submissions by name; all but the first three break one file of a solved day."""
    text = solved.files[PARABOLA].decode()
    without = {path: data for path, data in solved.files.items() if path != PARABOLA}
    renamed = text.replace("def derivative_parabola", "def derivative")
    return {
        "solved": solved,
        "unsolved": unsolved,
        "partly_solved": unsolved.with_file(PARABOLA, text),
        "syntax_error": solved.with_file(PARABOLA, f"{text}\ndef broken(:\n    pass\n"),
        "missing_file": Submission(without),
        "renamed_function": solved.with_file(PARABOLA, renamed),
        "raises_on_import": solved.with_file(PARABOLA, f"{text}\nsteps = int('many')\n"),
        "exits_on_import": solved.with_file(PARABOLA, f"{text}\nraise SystemExit(0)\n"),
    }


@pytest.fixture(scope="module")
def results(grader: Grader, solved: Submission, unsolved: Submission) -> dict[str, DayResult]:
    """All known submissions, graded."""
    known = submissions(solved, unsolved)
    jobs = [Job(known[name], DAY, label=name) for name in CASES]
    return {job.label: result for job, result in grader.run(jobs)}


def compact(day: DayResult) -> dict[str, Any]:
    """A result without what changes from run to run: times, and the lines of the sources."""
    whole = as_json(Result(seed=0, fence="", seconds=0.0, days=(day,)))["days"][0]
    sums = {name: whole[name] for name in ("points", "max_points", "bonus", "max_bonus")}
    tasks, messages = {}, {}
    for task in whole["tasks"]:
        tasks[task["task"]] = f"{task['status']}, {task['points']} of {task['max_points']}"
        for test in task["tests"]:
            if test["message"]:
                text = re.sub(r"line \d+", "line …", test["message"])
                messages[test["name"]] = text.splitlines()
    return {**sums, "tasks": tasks, "messages": messages}


@pytest.mark.parametrize("name", CASES)
def test_known_submission(
    name: str, results: dict[str, DayResult], request: pytest.FixtureRequest
) -> None:
    found, path = compact(results[name]), GOLDEN / f"{name}.json"
    if request.config.getoption("--write-goldens"):
        path.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    assert found == json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", CASES)
def test_grader_has_no_fault(name: str, results: dict[str, DayResult]) -> None:
    day = results[name]
    assert Result(0, "", 0.0, (day,)).faults == []
    assert day.max_points == results["solved"].points
    assert all(len(t.message.splitlines()) <= 6 for task in day.tasks for t in task.tests)


@pytest.mark.parametrize("name", CASES[3:])
def test_broken_file_costs_its_own_task(name: str, results: dict[str, DayResult]) -> None:
    lost = {task.task for task in results[name].tasks if task.points < task.max_points}
    assert lost == {"2.1"}


def test_json_has_the_documented_fields(results: dict[str, DayResult]) -> None:
    data = as_json(Result(7, "namespaces", 1.25, (results["solved"],)))
    assert data["schema"] == "introdl/result/v1"
    assert {"points", "max_points", "bonus", "max_bonus", "seed", "fence"} < set(data)
    task = data["days"][0]["tasks"][0]
    assert set(task) == {"task", "title", "points", "max_points", "bonus", "status", "tests"}
    assert set(task["tests"][0]) == {
        "name", "points", "max_points", "status", "message", "seconds",
    }  # fmt: skip
    json.dumps(data)


def test_one_task_alone(grader: Grader, unsolved: Submission) -> None:
    [(_, day)] = grader.run([Job(unsolved, DAY, task="2.1")])
    assert [task.task for task in day.tasks] == ["2.1"]


def test_seed_changes_inputs_not_points(grader: Grader, solved: Submission) -> None:
    jobs = [Job(solved, DAY, seed=seed) for seed in (1, 20_261_123)]
    assert {day.points for _, day in grader.run(jobs)} == {sum(t.points for t in required(DAY))}


DEPRECATED = """
import warnings
def derivative_parabola(x):
    warnings.warn("jax.something is deprecated", DeprecationWarning, stacklevel=2)
    return 2.0 * x
"""

UNUSUAL = """
import jax.numpy as jnp
def derivative_parabola(x):
    return float(jnp.sum(jnp.arange({length}.0)) * 0.0 + 2.0 * x)
"""


def with_parabola(solved: Submission, text: str) -> Submission:
    """Day 2 with this text at the end of a solved file."""
    return solved.with_file(PARABOLA, solved.files[PARABOLA].decode() + text)


@pytest.mark.parametrize("reference", [False, True])
def test_reference_code_must_not_use_what_jax_drops(
    grader: Grader, solved: Submission, reference: bool
) -> None:
    changed = with_parabola(solved, DEPRECATED)
    [(_, day)] = grader.run([Job(changed, DAY, task="2.1", reference=reference)])
    [task] = day.tasks
    assert task.status == ("error" if reference else "passed")
    assert ("jax.something is deprecated" in task.tests[0].message) == reference


def test_reference_code_alone_fills_the_compilations(grader: Grader, solved: Submission) -> None:
    place = compiled.folder()
    assert place is not None
    length = 10_000 + os.getpid() % 10_000  # so that nobody has compiled it before
    changed = with_parabola(solved, UNUSUAL.format(length=length))
    kept = []
    for reference in (False, False, True):
        [(_, day)] = grader.run([Job(changed, DAY, task="2.1", reference=reference)])
        assert day.points == day.max_points
        kept.append({path.name for path in place.iterdir()})
    assert kept[0] == kept[1] < kept[2]


HITS = """
import jax, jax.numpy as jnp
hits = []
jax.monitoring.register_event_listener(
    lambda event, **_: hits.append(event) if event.endswith("cache_hits") else None
)
def derivative_parabola(x):
    jnp.sum(jnp.arange({length}.0) ** 2)
    return 2.0 * x if hits else 0.0
"""


def test_a_submission_finds_what_reference_code_compiled(
    grader: Grader, solved: Submission
) -> None:
    length = 20_000 + os.getpid() % 10_000
    changed = with_parabola(solved, HITS.format(length=length))
    points = []
    for reference in (False, True, False):
        [(_, day)] = grader.run([Job(changed, DAY, task="2.1", reference=reference)])
        points.append(day.points)
    found = grader.fence == sandbox.NAMESPACES  # elsewhere submissions see no compilations
    assert points == [0, 0, day.max_points if found else 0]


def test_given_module_that_is_missing_is_added(tmp_path: Path) -> None:
    day = Day(ROOT / "day_06_cnn")
    Submission({}).write(tmp_path, day)
    added = sorted(path.name for path in (tmp_path / day.name / "src").iterdir())
    assert added == ["scene.py"]


def required(day: Day) -> list[Any]:
    """The tasks that aren't optional."""
    return [task for task in day.tasks if not task.bonus]


def test_fault_of_the_grader_is_not_the_students() -> None:
    day = day_result(DAY, [], "the test process ended without a result")
    assert Result(0, "", 0.0, (day,)).faults == ["the test process ended without a result"]


def checkout(folder: Path, files: Submission) -> Path:
    """A student's checkout in a folder."""
    files.write(folder, DAY)
    return folder


def test_reading_takes_only_the_sources(tmp_path: Path, unsolved: Submission) -> None:
    root = checkout(tmp_path, unsolved)
    (root / DAY.name / "README.md").write_text("# Day 2 · Gift\n\n### 2.1 All · 0 points\n")
    (root / DAY.name / "tests").mkdir()
    (root / DAY.name / "tests" / "test_parabola.py").write_text("def test_nothing(): pass\n")
    (root / "conftest.py").write_text("raise SystemExit\n")
    assert submission.read(root, [DAY]) == unsolved


def test_reading_follows_no_links(tmp_path: Path, unsolved: Submission) -> None:
    root = checkout(tmp_path, unsolved)
    solution = ROOT / "solutions" / PARABOLA
    (root / PARABOLA).unlink()
    (root / PARABOLA).symlink_to(solution)
    (root / DAY.name / "src" / "more").symlink_to(solution.parent)
    os.mkfifo(root / DAY.name / "src" / "pipe.py")
    expected = {path: data for path, data in unsolved.files.items() if path != PARABOLA}
    assert submission.read(root, [DAY]).files == expected


@pytest.mark.parametrize("link", [DAY.name, f"{DAY.name}/src"])
def test_reading_follows_no_linked_folder(tmp_path: Path, link: str) -> None:
    (tmp_path / link).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / link).symlink_to(ROOT / "solutions" / link)
    assert submission.read(tmp_path, [DAY]).files == {}


def test_reading_says_what_is_wrong(tmp_path: Path, unsolved: Submission) -> None:
    with pytest.raises(UsageError, match="There is no folder"):
        submission.read(tmp_path / "nowhere", [DAY])
    with pytest.raises(UsageError, match="has no folder day_02_optimization"):
        submission.read(tmp_path, [DAY])
    root = checkout(tmp_path, unsolved)
    for number in range(9):
        (root / DAY.name / "src" / f"{number}.bin").write_bytes(bytes(submission.LARGEST_FILE))
    with pytest.raises(UsageError, match="larger than 64 MB"):
        submission.read(root, [DAY])
