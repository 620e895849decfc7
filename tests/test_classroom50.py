"""A bundle for Classroom 50 grades like `introdl grade`, or says who is to blame that it did not.

A stand-in sets what Classroom 50's runner sets and runs ``autograder.py`` in a checkout. The
environment that it would install is borrowed: this Python's stands where it would be kept.
"""

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import jsonschema
import pytest

from introdl import course
from introdl.__main__ import main
from introdl.authoring.publish import bundle, classroom50
from introdl.course import ROOT, Day
from introdl.errors import UsageError
from introdl.grading import submission
from introdl.grading.grader import Grader, Job
from introdl.grading.submission import Submission

SCHEMAS = Path(__file__).parent / "schemas"
DAY = Day(ROOT / "day_02_optimization")
SLUG = "day-02-optimization"
TAG = "submit/2026-09-01T12-29-05Z-a1b2c3d"


def valid(data: Any, schema: str) -> Any:
    """The data, which fit the schema."""
    rules = json.loads((SCHEMAS / schema).read_text(encoding="utf-8"))
    jsonschema.validate(data, rules, cls=jsonschema.Draft202012Validator)
    return data


def load(script: Path) -> ModuleType:
    """A bundle's ``autograder.py`` as a module."""
    spec = importlib.util.spec_from_file_location("autograder", script)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A config repository with the bundle of day 2."""
    out = tmp_path_factory.mktemp("config")
    classroom50.write(out, "deep-learning", "school", [DAY])
    return out / "deep-learning"


@pytest.fixture
def autograder(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The bundle's script, where the runner has set its variables."""
    repository = "https://github.com/school/deep-learning-day-02-optimization-ada"
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    for name, value in {
        "HOME": str(tmp_path / "home"),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_ACTIONS": "true",
        "GITHUB_TOKEN": "ghs_secret-of-the-runner",
        "PAGES_BASE_URL": "https://school.github.io/classroom50",
        "CLASSROOM": "deep-learning",
        "ASSIGNMENT": SLUG,
        "SUBMISSION_TAG": TAG,
        "USERNAME": "ada",
        "OWNER": "ada",
        "ASSIGNMENT_TYPE": "individual",
        "COMMIT_URL": f"{repository}/commit/a1b2c3d",
        "RELEASE_URL": f"{repository}/releases/tag/submit%2F2026",
        "REVIEW_URL": f"{repository}/compare/0...a1b2c3d",
        "CLASSROOM50_BUNDLE_DIR": str(made / "autograders" / SLUG),
    }.items():
        monkeypatch.setenv(name, value)
    return load(made / "autograders" / SLUG / "autograder.py")


def borrow(autograder: ModuleType) -> None:
    """Let this Python's environment stand where the script would install one."""
    place: Path = autograder.cached()
    place.parent.mkdir(parents=True)
    place.symlink_to(sys.prefix)


def pretend(autograder: ModuleType, script: str) -> Path:
    """Let a shell script stand for the environment's Python; returns its folder."""
    place: Path = autograder.cached()
    executable(place / "bin" / "python", script)
    return place


def executable(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)


def run(autograder: ModuleType, checkout: Path) -> subprocess.CompletedProcess[str]:
    """Run the script as the runner does."""
    return subprocess.run(
        [sys.executable, str(autograder.__file__)],
        cwd=checkout, capture_output=True, text=True, check=False,
    )  # fmt: skip


def graded(autograder: ModuleType, checkout: Path) -> dict[str, Any]:
    """The valid result of a run that went well."""
    borrow(autograder)
    done = run(autograder, checkout)
    assert done.returncode == 0, done.stderr
    result = json.loads((checkout / "result.json").read_text(encoding="utf-8"))
    return dict(valid(result, "classroom50-result-v1.json"))


def write(checkout: Path, files: Submission) -> Path:
    for path, content in files.files.items():
        (checkout / path).parent.mkdir(parents=True, exist_ok=True)
        (checkout / path).write_bytes(content)
    return checkout


def partly(solved: Submission, unsolved: Submission) -> Submission:
    name = f"{DAY.name}/src/paraboloid.py"
    return solved.with_file(name, unsolved.files[name].decode())


def same_points(result: dict[str, Any], grader: Grader, checkout: Path) -> bool:
    """Whether a result says of each task what `introdl grade` says of this checkout."""
    [(_, day)] = grader.run([Job(submission.read(checkout, [DAY]), DAY)])
    wanted = {task.task: task.points for task in day.tasks}
    found = {
        row["test-name"].split()[1]: row["score"] + row.get("bonus", 0) for row in result["tests"]
    }
    assert (result["score"], result["max-score"]) == (day.points, day.max_points)
    return found == wanted


# Grading


Choose = Callable[[Submission, Submission], Submission]


@pytest.mark.parametrize(
    ("choose", "status"),
    [
        (lambda solved, _: solved, "success"),
        (lambda _, unsolved: unsolved, "failure"),
        (partly, "failure"),
    ],
)
def test_points_are_those_of_grade(
    choose: Choose,
    status: str,
    autograder: ModuleType,
    solved: Submission,
    unsolved: Submission,
    grader: Grader,
    tmp_path: Path,
) -> None:
    checkout = write(tmp_path / "checkout", choose(solved, unsolved))
    result = graded(autograder, checkout)
    assert same_points(result, grader, checkout)
    assert result["max-score"] == 20
    assert result["submission"] == TAG
    assert "/compare/" in result["review"]
    points = f"Points {result['score']}/20"
    assert (tmp_path / "output").read_text() == f"status={status}\nsummary={points}\n"
    assert (checkout / "release-body.md").read_text(encoding="utf-8").startswith(f"## {points}")
    assert points in (checkout / "report.html").read_text(encoding="utf-8")


def test_hostile_checkout_gains_nothing(
    autograder: ModuleType,
    solved: Submission,
    unsolved: Submission,
    grader: Grader,
    tmp_path: Path,
) -> None:
    checkout = write(tmp_path / "checkout", partly(solved, unsolved))
    outside, trace = tmp_path / "outside", tmp_path / "trace"
    outside.write_text("precious")
    betray = f"open({str(trace)!r}, 'w').close()\n"
    modules = ["sitecustomize", "usercustomize", "conftest", "json", "jax", "autograder"]
    for name in [*modules, "introdl/__init__", "introdl/__main__", "introdl/course"]:
        path = checkout / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(betray)
    (checkout / "pytest.ini").write_text("[pytest]\naddopts = --collect-only\n")
    (checkout / "pyproject.toml").write_text("[tool.uv]\nindex-url = 'http://127.0.0.1:9'\n")
    (checkout / DAY.name / "tests").mkdir()
    (checkout / DAY.name / "tests" / "test_paraboloid.py").write_text(betray)
    (checkout / "result.json").symlink_to(outside)
    (checkout / "report.html").symlink_to(tmp_path / "nowhere")
    (checkout / "release-body.md" / "deep").mkdir(parents=True)
    result = graded(autograder, checkout)
    assert same_points(result, grader, checkout)
    assert result["score"] < 20
    assert not trace.exists()
    assert outside.read_text() == "precious"
    assert not (tmp_path / "nowhere").exists()
    for name in ("result.json", "release-body.md", "report.html"):
        assert (checkout / name).is_file()
        assert not (checkout / name).is_symlink()


def test_empty_checkout_has_a_result_with_a_sentence(
    autograder: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSIGNMENT_TYPE", "team")
    (tmp_path / "result.json").mkdir()
    result = graded(autograder, tmp_path)
    assert (result["score"], result["max-score"]) == (0, 20)
    assert result["assignment_type"] == "team"
    assert "no folder day_02_optimization" in result["tests"][0]["feedback"]


# What no student is to blame for


def broken(done: subprocess.CompletedProcess[str], checkout: Path, words: str) -> None:
    """A run said that it was the infrastructure, and left nothing that looks like a result."""
    assert done.returncode == 1
    assert "not the student's fault" in done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert not (checkout / "result.json").exists()


def test_grader_that_breaks_leaves_no_result(autograder: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "result.json").write_text("{}")
    pretend(autograder, "exit 3")
    broken(run(autograder, tmp_path), tmp_path, "exit code 3")


def test_grader_that_writes_nothing_leaves_no_result(
    autograder: ModuleType, tmp_path: Path
) -> None:
    pretend(autograder, "exit 0")
    broken(run(autograder, tmp_path), tmp_path, "No such file")


def test_time_that_is_over_leaves_no_result(
    autograder: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(autograder, "sleep 100")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(autograder.Broken, match="took too long"):
        autograder.classroom50(autograder.Clock(0.3))


def test_packages_that_can_t_be_installed_leave_no_result(
    autograder: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    executable(tmp_path / "bin" / "uv", "exit 7")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    broken(run(autograder, tmp_path), tmp_path, "could not be installed")
    assert list(autograder.cached().parent.iterdir()) == []


def test_runner_that_sets_nothing_is_told_so(
    autograder: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SUBMISSION_TAG")
    broken(run(autograder, tmp_path), tmp_path, "did not set SUBMISSION_TAG")


# The environment


def test_grading_sees_no_token_and_no_setting_of_python(
    autograder: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    pretend(autograder, f"env > {tmp_path}/env; pwd > {tmp_path}/pwd; echo $* > {tmp_path}/command")
    run(autograder, tmp_path)
    names = {line.partition("=")[0] for line in (tmp_path / "env").read_text().splitlines()}
    assert not {name for name in names if "TOKEN" in name or name.startswith("PYTHON")}
    assert {"HOME", "PATH", "SUBMISSION_TAG"} <= names
    assert (tmp_path / "pwd").read_text().strip() == os.environ["CLASSROOM50_BUNDLE_DIR"]
    assert (tmp_path / "command").read_text().startswith(f"-E -s -m introdl grade {tmp_path} ")


def test_environment_is_made_once_and_whole(
    autograder: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a stand-in for uv that notes how it was called."""
    script = f"echo $* >> {tmp_path}/calls; mkdir -p $6/bin; touch $6/bin/python"
    executable(
        tmp_path / "bin" / "uv",
        f'case $1 in venv) {script};; *) echo "$@" >> {tmp_path}/calls;; esac',
    )
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    place = autograder.cached()
    for _ in range(2):
        assert autograder.environment(place, autograder.Clock()) == place / "bin" / "python"
    make, install = (tmp_path / "calls").read_text().splitlines()
    assert make.startswith("venv --quiet --allow-existing --python")
    assert "--compile-bytecode" in install
    assert install.endswith("--only-binary :all: -r requirements.txt -c constraints.txt")
    assert [path.name for path in place.parent.iterdir()] == [place.name]


def test_without_uv_pip_installs(autograder: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    make, install = autograder.installation(Path("/x"))
    assert make == [sys.executable, "-m", "venv", "/x"]
    assert install[:4] == ["/x/bin/python", "-m", "pip", "install"]


def test_another_python_or_package_makes_another_environment(
    autograder: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = autograder.cached()
    monkeypatch.setattr(sys, "version", "3.99")
    assert autograder.cached() != first
    assert autograder.cached().parent == first.parent == Path.home() / ".cache" / "introdl"


# The bundle


def test_bundle_holds_what_grading_needs_and_no_more(made: Path) -> None:
    folder = made / "autograders" / SLUG
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert {"autograder.py", "requirements.txt", "constraints.txt", "introdl/__main__.py"} <= files
    assert {f"{DAY.name}/README.md", f"{DAY.name}/tests/test_descent.py"} <= files
    assert not [name for name in files if "authoring" in name or "solutions" in name]
    assert {name.split("/")[0] for name in files if name.startswith("day_")} == {DAY.name}
    required = (folder / "requirements.txt").read_text().splitlines()
    assert not [line for line in required if line.startswith("nox")]
    assert [line for line in required if line.startswith("jax>=")]


@pytest.mark.parametrize("day", course.days(), ids=lambda day: str(day.number))
def test_every_bundle_has_room(day: Day) -> None:
    assert 0 < classroom50.packed(bundle.files(day, "autograder.py")) < classroom50.LARGEST


def test_assignments_fit_the_schema(made: Path) -> None:
    data = json.loads((made / "assignments.json").read_text(encoding="utf-8"))
    [entry] = valid(data, "classroom50-assignments-v1.json")["assignments"]
    assert (entry["slug"], entry["name"]) == (SLUG, f"Day 2 · {DAY.title}")
    assert entry["template"] == {"owner": "school", "repo": SLUG, "branch": "main"}
    assert {classroom50.slug(day) for day in course.days()} >= {SLUG, "day-04-statistics"}


def test_what_an_instructor_has_set_stays(tmp_path: Path) -> None:
    kept = {"slug": SLUG, "name": "Mine", "mode": "group", "autograder": "default", "due": "x"}
    path = tmp_path / "dl" / "assignments.json"
    path.parent.mkdir()
    path.write_text(
        json.dumps({"schema": classroom50.SCHEMA, "assignments": [kept, {**kept, "slug": "own"}]})
    )
    for _ in range(2):  # the second time there is a bundle of ours
        classroom50.write(tmp_path, "dl", "school", [DAY, Day(ROOT / "day_01_intro")])
    data = json.loads(path.read_text(encoding="utf-8"))
    assert data["assignments"][0] == kept
    assert [entry["slug"] for entry in data["assignments"]] == [SLUG, "own", "day-01-intro"]


def test_an_old_bundle_is_replaced_and_a_strange_one_is_not(tmp_path: Path) -> None:
    classroom50.write(tmp_path, "dl", "school", [DAY])
    folder = tmp_path / "dl" / "autograders" / SLUG
    (folder / "introdl" / "gone.py").touch()
    classroom50.write(tmp_path, "dl", "school", [DAY])
    assert not (folder / "introdl" / "gone.py").exists()
    (folder / "introdl" / "course.py").unlink()
    with pytest.raises(UsageError, match="another autograder"):
        classroom50.write(tmp_path, "dl", "school", [DAY])
    assert (folder / "autograder.py").is_file()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--classroom", "Deep Learning", "--org", "school"], "is not a valid classroom name"),
        (["--classroom", "dl", "--org", "a/b"], "is not a valid name of a GitHub"),
        (["--classroom", "dl", "--org", "school", "--day", "77"], "There is no day or task '77'"),
        (["--classroom", "own", "--org", "school"], "is not a list of assignments"),
    ],
)
def test_bad_input_gets_one_sentence(
    arguments: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "assignments.json").write_text('{"mine": 1}')
    assert main(["classroom50", str(tmp_path), *arguments]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert words in line
    assert [path.name for path in tmp_path.iterdir()] == ["own"]


def test_bundle_that_is_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(classroom50, "LARGEST", 50_000)
    with pytest.raises(UsageError, match=r"day 2 has 0\.1 MiB"):
        classroom50.write(tmp_path, "dl", "school", [DAY])
    assert list(tmp_path.iterdir()) == []
