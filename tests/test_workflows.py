"""The workflow files are valid and safe, and their steps do what Actions would make them do."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from introdl.authoring import documents
from introdl.course import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
AUTOGRADING = ROOT / ".github" / "workflows" / "autograding.yml"
PINNED = re.compile(r"uses: actions/[\w-]+@[0-9a-f]{40} # v\d+")


def tool(name: str) -> str:
    """A program of the environment that runs these tests."""
    found = shutil.which(name, path=str(Path(sys.executable).parent))
    assert found, f"{name} is missing; install the extra 'dev'"
    return found


def load(path: Path) -> Any:
    """A workflow as data."""
    return YAML(typ="safe").load(path)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflow_matches_github_schema(path: Path) -> None:
    command = [tool("check-jsonschema"), "--builtin-schema", "vendor.github-workflows", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_workflows_have_no_security_finding() -> None:
    command = [tool("zizmor"), "--offline", "--no-progress", str(ROOT / ".github")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "zizmor: ignore" not in "".join(path.read_text() for path in WORKFLOWS)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_first_party_and_pinned(path: Path) -> None:
    lines = [line for line in path.read_text().splitlines() if "uses:" in line]
    assert lines
    assert all(PINNED.search(line) for line in lines)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_permissions_are_least(path: Path) -> None:
    assert load(path)["permissions"] == {"contents": "read"}


def test_classroom_50_keeps_its_workflow_name() -> None:
    assert not (ROOT / ".github" / "workflows" / "autograde.yaml").exists()


@pytest.mark.parametrize("path", [*WORKFLOWS, ROOT / ".ci" / "run"], ids=lambda path: path.name)
def test_sessions_exist(path: Path) -> None:
    commands = re.findall(r"nox -s ([\w ]+)", path.read_text())
    named = {name for command in commands for name in command.split()}
    assert named <= documents.sessions({"noxfile.py": (ROOT / "noxfile.py").read_bytes()})
    assert named or path == AUTOGRADING


def test_sessions_use_an_environment_that_has_the_course(noxfile: dict[str, Any]) -> None:
    assert noxfile["is_ready"](sys.executable)
    for extra in ("eeg", "quality", "dev"):
        assert noxfile["where"](sys.executable, noxfile["SIGNS"][extra]) != ["None"]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh clone of what is tracked or about to be."""
    folder = tmp_path_factory.mktemp("clone")
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


def python_for(folder: Path) -> Path:
    """A new environment that borrows this one's packages, so that only the clone is installed."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    libraries = next(folder.glob("lib/python*/site-packages"))
    borrowed = [p for p in sys.path if p.endswith(("site-packages", "dist-packages"))]
    (libraries / "borrowed.pth").write_text("\n".join(borrowed))
    return folder / "bin"


def test_autograding_steps_run_as_in_actions(clone: Path, tmp_path: Path) -> None:
    summary, output = tmp_path / "summary.md", tmp_path / "output"
    path = os.pathsep.join([str(python_for(tmp_path / "venv")), os.environ["PATH"]])
    keep = {k: v for k, v in os.environ.items() if not k.startswith(("VIRTUAL_ENV", "PYTHONPATH"))}
    environment = {
        **keep,
        "PATH": path,
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_WORKSPACE": str(clone),
        "GITHUB_STEP_SUMMARY": str(summary),
        "GITHUB_OUTPUT": str(output),
    }
    printed = ""
    for step in load(AUTOGRADING)["jobs"]["autograde"]["steps"]:
        if "run" in step:
            done = subprocess.run(
                ["bash", "-eo", "pipefail", "-c", step["run"]],
                cwd=clone, env=environment, capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert done.returncode == 0, done.stdout + done.stderr
            printed += done.stdout
    result = json.loads((clone / "build" / "result.json").read_text())
    assert result["schema"] == "introdl/result/v1"
    assert result["points"] == 0
    assert result["max_points"] > 0
    assert f"0/{result['max_points']}" in summary.read_text()
    assert "<html" in (clone / "build" / "report.html").read_text()
    points = f"Points 0/{result['max_points']}"
    assert f"::notice title=Autograding complete::{points}" in printed
