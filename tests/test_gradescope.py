"""An autograder for Gradescope grades like `introdl grade`, whatever part of a day is uploaded.

Its two scripts run in a folder laid out as Gradescope does. A stand-in for uv hands out this
Python's environment where the real one would be installed.
"""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from introdl.__main__ import main
from introdl.authoring.publish import bundle, gradescope
from introdl.course import ROOT, Day
from introdl.errors import SubmissionError
from introdl.grading import submission
from introdl.grading.grader import Grader, Job
from introdl.grading.submission import Submission

SCHEMA = Path(__file__).parent / "schemas" / "gradescope-results.json"
DAY = Day(ROOT / "day_02_optimization")
OTHER = Day(ROOT / "day_04_statistics")
ZIP = "gradescope-day-02.zip"


def write(folder: Path, files: dict[str, bytes]) -> Path:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


def stand_in(path: Path, *lines: str) -> None:
    """A shell script in place of a program."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]), encoding="utf-8")
    path.chmod(0o755)


def unpack(root: Path) -> Path:
    """Gradescope's folder before it builds the image."""
    [made] = gradescope.write(root.parent, [DAY])
    assert made.name == ZIP
    with zipfile.ZipFile(made) as archive:
        archive.extractall(root / "source")
    shutil.copy(root / "source" / "run_autograder", root)
    return root


def set_up(root: Path, python3: str) -> subprocess.CompletedProcess[str]:
    """Run setup.sh with a system whose ``python3 -m venv`` behaves as the lines say.

    Its pip installs nothing, and its uv finds this Python and makes a link to its environment.
    """
    tools = root.parent / "tools"
    stand_in(tools / "python")
    stand_in(
        tools / "uv",
        f"case $1-$2 in python-find) echo {sys.executable};;",
        f"venv-*) rmdir $6; ln -s {sys.prefix} $6;;",
        f"pip-*) echo $* > {root.parent}/installed;; esac",
    )
    system = root.parent / "system"
    copy = f"mkdir -p $folder/bin; cp {tools}/* $folder/bin"
    stand_in(system / "python3", "for folder; do :; done", python3, copy)
    stand_in(system / "apt-get", f"echo $* >> {root.parent}/apt")
    return subprocess.run(
        ["bash", str(root / "source" / "setup.sh")],
        cwd="/", capture_output=True, text=True, check=False,
        env={"PATH": f"{system}:/usr/bin:/bin"},
    )  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Gradescope's folder after it built the image."""
    root = unpack(tmp_path_factory.mktemp("gradescope") / "autograder")
    done = set_up(root, "")
    assert done.returncode == 0, done.stderr
    assert "-c constraints.txt" in (root.parent / "installed").read_text()
    assert not (root.parent / "apt").exists()
    return root


def run(root: Path, upload: Path) -> subprocess.CompletedProcess[str]:
    """Run the autograder as Gradescope does for each submission, in a container of its own."""
    for name in ("submission", "results"):
        shutil.rmtree(root / name, ignore_errors=True)
    shutil.copytree(upload, root / "submission", symlinks=True)
    (root / "results").mkdir()
    return subprocess.run(
        ["bash", str(root / "run_autograder")],
        cwd=root, capture_output=True, text=True, check=False, env={"PATH": os.environ["PATH"]},
    )  # fmt: skip


def results(root: Path, upload: Path) -> dict[str, Any]:
    """The valid results of a run that went well."""
    done = run(root, upload)
    assert done.returncode == 0, done.stderr
    data = json.loads((root / "results" / "results.json").read_text(encoding="utf-8"))
    rules = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.validate(data, rules, cls=jsonschema.Draft202012Validator)
    return dict(data)


@pytest.fixture
def partly(solved: Submission, unsolved: Submission) -> Submission:
    name = f"{DAY.name}/src/paraboloid.py"
    return solved.with_file(name, unsolved.files[name].decode())


def same_points(data: dict[str, Any], grader: Grader, files: Submission) -> bool:
    """Whether results say of each task what `introdl grade` says of the same files."""
    [(_, day)] = grader.run([Job(files, DAY)])
    assert data["score"] == day.points
    found = {test["number"]: (test["score"], test["max_score"]) for test in data["tests"]}
    return found == {task.task: (task.points, task.max_points) for task in day.tasks}


# Grading


def test_a_whole_repository_is_graded(
    built: Path, solved: Submission, grader: Grader, tmp_path: Path
) -> None:
    data = results(built, write(tmp_path / "upload", solved.files))
    assert data["score"] == 20
    assert same_points(data, grader, solved)


def test_files_alone_are_graded(
    built: Path, partly: Submission, grader: Grader, tmp_path: Path
) -> None:
    files = {Path(path).name: content for path, content in partly.files.items()}
    hostile = {"introdl/__main__.py": b"", "conftest.py": b"1/0", "sitecustomize.py": b"1/0"}
    data = results(built, write(tmp_path / "upload", {**files, **hostile}))
    assert 0 < data["score"] < 20
    assert same_points(data, grader, partly)


def test_an_upload_of_something_else_is_told_what_to_hand_in(built: Path, tmp_path: Path) -> None:
    data = results(built, write(tmp_path / "upload", {"homework.py": b"x = 1"}))
    assert (data["score"], data["extra_data"]["max_score"]) == (0, 20)
    assert "no folder day_02_optimization" in data["tests"][0]["output"]


def test_a_grader_that_breaks_gives_no_points(built: Path, tmp_path: Path) -> None:
    """Without results.json Gradescope says that the autograder failed."""
    (tmp_path / "upload").mkdir()
    (built / "source" / "introdl" / "grading" / "submission.py").rename(built / "away")
    try:
        done = run(built, tmp_path / "upload")
    finally:
        (built / "away").rename(built / "source" / "introdl" / "grading" / "submission.py")
    assert done.returncode == 1
    assert "not the student's fault" in done.stderr
    assert list((built / "results").iterdir()) == []


# Setting up


def test_setup_installs_venv_where_ubuntu_lacks_it(tmp_path: Path) -> None:
    root = unpack(tmp_path / "autograder")
    done = set_up(root, f"[ -e {tmp_path}/apt ] || exit 1")
    assert done.returncode == 0, done.stderr
    assert "install -y python3 python3-venv" in (tmp_path / "apt").read_text()
    assert (root / "source" / "environment" / "bin" / "python").exists()


def test_setup_that_fails_fails_the_image(tmp_path: Path) -> None:
    assert set_up(unpack(tmp_path / "autograder"), "exit 1").returncode != 0


# Uploads


def layouts(files: dict[str, bytes]) -> dict[str, dict[str, bytes]]:
    """What students upload in place of the repository."""
    short = {Path(path).name: content for path, content in files.items()}
    return {
        "the day's folder": files,
        "the day's folder in another": {f"course-main/{p}": c for p, c in files.items()},
        "src": {f"src/{name}": content for name, content in short.items()},
        "src in a folder of another name": {f"day2/src/{n}": c for n, c in short.items()},
        "files": short,
        "files in a folder": {f"my-day-2/{name}": content for name, content in short.items()},
        "a zip of a Mac": {**files, "__MACOSX/src/parabola.py": b"junk", ".git/parabola.py": b"x"},
    }


@pytest.mark.parametrize("layout", layouts({}))
def test_layouts_that_are_clear_are_read(layout: str, partly: Submission, tmp_path: Path) -> None:
    folder = write(tmp_path / "upload", layouts(partly.files)[layout])
    assert submission.read(folder, [OTHER, DAY]).files == partly.files


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"notes.txt": b""},
        {"a/src/parabola.py": b"", "b/src/parabola.py": b""},
        {"parabola.py": b"", "mixture.py": b""},
        {"a/b/c/d/parabola.py": b""},
    ],
)
def test_layouts_that_are_unclear_are_refused(files: dict[str, bytes], tmp_path: Path) -> None:
    folder = write(tmp_path / "upload", {"README.md": b"", **files})
    with pytest.raises(SubmissionError, match="has no folder"):
        submission.read(folder, [OTHER, DAY])


def test_links_of_an_upload_lead_nowhere(tmp_path: Path) -> None:
    (tmp_path / "upload" / "day").mkdir(parents=True)
    (tmp_path / "upload" / "src").symlink_to(ROOT / DAY.name / "src")
    (tmp_path / "upload" / "day" / "parabola.py").symlink_to(ROOT / "pyproject.toml")
    (tmp_path / "upload" / "day" / "autodiff.py").write_bytes(b"x = 1")
    found = submission.read(tmp_path / "upload", [DAY])
    assert found.files == {f"{DAY.name}/src/autodiff.py": b"x = 1"}


# The zip


def test_the_same_files_give_the_same_zip() -> None:
    files = bundle.files(DAY, "autograder.py", *gradescope.SCRIPTS)
    first = gradescope.packed(files)
    assert first == gradescope.packed(dict(reversed(files.items())))


def test_the_zip_has_its_scripts_on_top(tmp_path: Path) -> None:
    root = unpack(tmp_path / "autograder")
    with zipfile.ZipFile(tmp_path / ZIP) as archive:
        rights = {entry.filename: entry.external_attr >> 16 for entry in archive.infolist()}
    assert rights["setup.sh"] == rights["run_autograder"] == 0o755
    assert rights["autograder.py"] == 0o644
    assert not [name for name in rights if "solutions" in name or "authoring" in name]
    assert (root / "source" / DAY.name / "tests").is_dir()


def test_the_command_writes_a_zip_for_each_day(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["gradescope", str(tmp_path / "new"), "--day", "2", "4"]) == 0
    names = ["gradescope-day-02.zip", "gradescope-day-04.zip"]
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == names
    assert capsys.readouterr().out.count("wrote ") == 2
    (tmp_path / "file").touch()
    assert main(["gradescope", str(tmp_path / "file")]) == 2
    assert "Can't write into" in capsys.readouterr().err
