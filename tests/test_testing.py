"""What the days' tests say in plain pytest, and that the autograder says the same."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import jax
import pytest

from introdl.authoring import mistakes, stubs
from introdl.course import ROOT, Day
from introdl.errors import UsageError
from introdl.grading.grader import Grader, Job
from introdl.grading.submission import Submission
from introdl.outcome import STATUSES, TestOutcome, task_status
from introdl.testing.values import compare, show

DAY = Day(ROOT / "day_02_optimization")

# A plugin for the pytest that is being tested: it writes down what became of each test.
DUMP = """
import json, os
from introdl.testing.plugin import OUTCOMES

def pytest_sessionfinish(session):
    found = {}
    for outcome in session.config.stash[OUTCOMES].values():
        names = ("status", "message", "points", "max_points", "fault")
        found[outcome.name] = {name: getattr(outcome, name) for name in names}
    with open(os.environ["DUMP"], "w") as file:
        json.dump(found, file)
"""

STUDENT = '''
"""A student's file."""

import sys
import jax.numpy as jnp
import numpy as np


def right(x): return 2.0 * x
def none(x): 2.0 * x
def shape(x): return jnp.stack([x, x])
def integer(x): return x > 0
def nan(x): return x / 0.0 * 0.0
def todo(x): raise NotImplementedError("TODO 8.1: double it")
def square(x): return x * x
def wrong(x): return x + 100.0
def helper(x): return np.linalg.inv(np.zeros((2, 2)))
def raises(x):
    return helper(x)
def branches(x): return 2.0 * x if x > 0 else x
def in_place(x):
    x *= 2.0
    return x
def exits(x): sys.exit(1)
def skips(x):
    import pytest
    pytest.skip("too hard")
def broadcast(x): return x[:, None] - x
def text(x): return "2"
def cases(x): return 2.0 * abs(x)
def accepts(x): return x
def refuses(x): raise ValueError("negative")
def recursion(x): return recursion(x)
def cyclic(x):
    value = [x]
    value.append(value)
    return value
'''

BROKEN = "def broken(:\n    pass\n"

TESTS = '''
"""A toy day's tests."""

import jax.numpy as jnp
import numpy as np
import pytest

from day_98_toy.src import student
from day_98_toy.src.absent import anything
from day_98_toy.src.broken import something
from introdl.testing import call, check, check_raises, jit, require, task

X = jnp.asarray([1.0, 2.0])
MISTAKES = {"You squared it.": lambda got: np.allclose(got, [1.0, 4.0])}


def ask(function, **options):
    check(function, X, expect=np.array([2.0, 4.0]), mistakes=MISTAKES, **options)


@task("8.2", points=3)
@pytest.mark.parametrize("x", [1.0, -2.0, -3.0], ids=["plus", "minus", "more"])
def test_cases(x):
    check(student.cases, x, expect=2.0 * x)


@task("8.3", points=1)
def test_jit():
    check(jit(student.branches), 1.0, expect=2.0)


@task("8.3", points=1)
def test_in_place():
    check(student.in_place, np.ones(2), expect=np.full(2, 2.0))


@task("8.3", points=1)
def test_unusable():
    require(call(student.text, 1.0) < 3, "text(1.0)", "2", "less than 3")


@task("8.3", points=1)
def test_accepts():
    check_raises(student.accepts, -1.0, error=ValueError, why="Refuse negative numbers.")


@task("8.4", points=1)
def test_refuses():
    check_raises(student.refuses, -1.0, error=ValueError, why="Refuse negative numbers.")


@task("8.3", points=1)
def test_other_error():
    check_raises(student.refuses, -1.0, error=TypeError, why="Refuse text.")


@task("8.3", points=1)
def test_absent_file():
    ask(anything)


@task("8.3", points=1)
def test_broken_file():
    ask(something)


@task("8.3", points=1)
def test_broken_test():
    1 / 0


def test_without_task():
    pass


@pytest.mark.parametrize("name", ["one"])
@task("8.5", points=1)
def test_random(name, rng):
    assert rng.normal() == rng.normal(), "different"
'''

SIMPLE = {
    "right": ("passed", ""),
    "none": ("failed", "none([1.0, 2.0])\n  returned  None\n  expected  [2.0, 4.0]\n"
             "  It returned None, so perhaps a `return` is missing."),
    "shape": ("failed", "It returned shape (2, 2), expected shape (2,)."),
    "nan": ("failed", "NaN or infinity"),
    "todo": ("not started", "TODO 8.1 is not started yet (day_98_toy/src/student.py, line 13)."),
    "square": ("failed", "square([1.0, 2.0])\n  returned  [1.0, 4.0]\n  expected  [2.0, 4.0]\n"
               "  First difference at [0]: 1.0, not 2.0.\n  You squared it."),
    "wrong": ("failed", "First difference at [0]: 101.0, not 2.0."),
    "raises": ("error", "raises([1.0, 2.0])\n  raised LinAlgError: Singular matrix\n"
               "  day_98_toy/src/student.py, line 16 in helper\n"
               "    def helper(x): return np.linalg.inv(np.zeros((2, 2)))"),
    "exits": ("error", "raised SystemExit: 1"),
    "skips": ("error", "raised Skipped: too hard"),
    "broadcast": ("failed", "Arrays of different ranks were broadcast in line 27; is this"),
    "text": ("failed", "It returned a str, not numbers."),
    "recursion": ("error", "The function calls itself without an end."),
    "cyclic": ("failed", "It returned"),
    "renamed": ("error", "there is no `renamed` in day_98_toy/src/student.py; was it renamed"),
}  # fmt: skip

OTHERS = {
    "test_cases": ("failed", "[minus] cases(-2.0)\n  returned  4.0\n  expected  -4.0"),
    "test_jit": ("error", "Under jax.jit a Python `if` or `while` can't look at an array's value"),
    "test_in_place": ("failed", "changed its argument 1 in place."),
    "test_unusable": ("failed", "text(1.0)\n  returned  '2'\n  The test can't use this value"),
    "test_accepts": ("failed", "returned  -1.0\n  expected  a ValueError\n  Refuse negative"),
    "test_refuses": ("passed", ""),
    "test_other_error": ("error", "  expected  TypeError\n  Refuse text."),
    "test_absent_file": ("error", "day_98_toy/src/absent.py is missing"),
    "test_broken_file": ("error", "raised SyntaxError: invalid syntax\n  day_98_toy/src/broken.py"),
    "test_broken_test": ("error", "This test itself broke; that is not your fault"),
    "test_random": ("error", "This test itself broke"),
}

Outcomes = dict[str, dict[str, object]]


def plain_pytest(folder: Path, *arguments: str) -> tuple[Outcomes, str]:
    """Run pytest as a student does; the folder is the root of a checkout."""
    (folder / "dump.py").write_text(DUMP)
    (folder / "pytest.ini").write_text(
        "[pytest]\naddopts = -p introdl.testing.plugin --import-mode=importlib\n"
    )
    environment = {
        **os.environ,
        "DUMP": str(folder / "dump.json"),
        "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}",
        "JAX_PLATFORMS": "cpu",
    }
    command = [sys.executable, "-m", "pytest", "-p", "dump", "-p", "no:cacheprovider", *arguments]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    found: Outcomes = json.loads((folder / "dump.json").read_text())
    return found, done.stdout


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> tuple[Outcomes, str]:
    """A toy day in plain pytest: its outcomes, and what it printed."""
    folder = tmp_path_factory.mktemp("toy")
    tests, sources = folder / "day_98_toy" / "tests", folder / "day_98_toy" / "src"
    tests.mkdir(parents=True)
    sources.mkdir()
    (folder / "day_98_toy" / "README.md").write_text("# Day 98 · Toy\n\n### 8.2 Cases · 3 points\n")
    (sources / "student.py").write_text(STUDENT.lstrip())
    (sources / "broken.py").write_text(BROKEN)
    simple = "".join(
        f'\n\n@task("8.1", points=1)\ndef test_{name}():\n    ask(student.{name})\n'
        for name in SIMPLE
    )
    (tests / "test_toy.py").write_text(TESTS.lstrip() + simple)
    return plain_pytest(folder, "day_98_toy/tests")


EXPECTED = {**{f"test_{name}": value for name, value in SIMPLE.items()}, **OTHERS}


@pytest.mark.parametrize("name", EXPECTED)
def test_diagnosis(name: str, toy: tuple[Outcomes, str]) -> None:
    status, words = EXPECTED[name]
    found = toy[0][name]
    message = str(found["message"])
    assert found["status"] == status, message
    assert words in message
    assert len(message.splitlines()) <= 6
    assert found["points"] == (found["max_points"] if status == "passed" else 0)
    assert bool(found["fault"]) == ("test itself broke" in message)


def test_messages_show_no_frames_of_the_tests(toy: tuple[Outcomes, str]) -> None:
    outcomes, printed = toy
    for found in outcomes.values():
        assert "test_toy" not in str(found["message"])
        assert "introdl" not in str(found["message"])
    assert "Traceback" not in printed


def test_parametrised_test_counts_once(toy: tuple[Outcomes, str]) -> None:
    outcomes, printed = toy
    assert outcomes["test_cases"]["max_points"] == 3
    assert " 8.2   0/3   failed       Cases" in printed


def test_summary_of_points(toy: tuple[Outcomes, str]) -> None:
    outcomes, printed = toy
    points = [int(str(found["points"])) for found in outcomes.values()]
    most = [int(str(found["max_points"])) for found in outcomes.values()]
    assert f"{sum(points)}/{sum(most)} points" in printed
    assert "test_without_task" not in outcomes


def test_status_of_a_task() -> None:
    def status(*parts: str) -> str:
        return task_status([TestOutcome("test", "1.1", 1, part) for part in parts])

    assert status("passed", "passed") == "passed"
    assert status("not started", "not started") == "not started"
    assert status("passed", "not started") == "failed"
    assert status("not started", "timeout", "failed") == "timeout"
    assert all(status(part) == part for part in STATUSES)


def test_random_keys_are_data() -> None:
    key = jax.random.key(5)
    assert show(key) == "jax.random.wrap_key_data([0, 5])"
    assert compare({"key": key}, {"key": jax.random.key(5)}, 0.0, 0.0) is None
    assert compare(jax.random.split(key), jax.random.split(jax.random.key(6)), 0.0, 0.0)


def checkout(folder: Path, submission: Submission) -> Outcomes:
    """A submission's day 2 in plain pytest, in a checkout of its own."""
    submission.write(folder, DAY)
    shutil.copytree(DAY.folder / "tests", folder / DAY.name / "tests")
    shutil.copy(DAY.folder / "README.md", folder / DAY.name)
    return plain_pytest(folder, f"{DAY.name}/tests")[0]


def with_mistakes(solved: Submission) -> Submission:
    """Day 2 with the first known mistake of each task that fits beside the others."""
    found, done = solved, set()
    for mistake in mistakes.read(stubs.SOLUTIONS / DAY.name):
        path = f"{DAY.name}/src/{mistake.file}"
        if mistake.task not in done:
            try:
                found = found.with_file(path, mistake.apply(found.files[path].decode()))
            except UsageError:
                continue
            done.add(mistake.task)
    return found


def with_errors(solved: Submission) -> Submission:
    """Day 2 with one kind of error in each of some files."""
    errors = {
        "parabola.py": "\ndef derivative_parabola(x): pass\n",
        "descent.py": "\ndef gradient_descent(*args): return [0.0][1]\n",
        "paraboloid.py": "\ndef gradient_paraboloid(position): return position[None]\n",
        "bumpy.py": "\ndel gradient_bumpy\n",
    }
    for name, text in errors.items():
        path = f"{DAY.name}/src/{name}"
        solved = solved.with_file(path, solved.files[path].decode() + text)
    path = f"{DAY.name}/src/autodiff.py"
    return solved.with_file(path, "import nothing_of_this_name\n")


@pytest.mark.parametrize("kind", ["mistakes", "errors", "unsolved"])
def test_autograder_says_the_same(
    kind: str, tmp_path: Path, solved: Submission, unsolved: Submission, grader: Grader
) -> None:
    made = {
        "mistakes": with_mistakes(solved),
        "errors": with_errors(solved),
        "unsolved": unsolved,
    }[kind]
    here = {
        name: (found["status"], found["message"])
        for name, found in checkout(tmp_path, made).items()
    }
    [(_, day)] = grader.run([Job(made, DAY)])
    there = {t.name: (t.status, t.message) for task in day.tasks for t in task.tests}
    assert here == there
    assert any(status != "passed" for status, _ in here.values())
