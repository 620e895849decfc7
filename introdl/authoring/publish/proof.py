"""The proof of a template: nothing leaks, and a student can work with it."""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from introdl.authoring import documents, stubs
from introdl.authoring.findings import Findings
from introdl.authoring.publish import leaks, tree
from introdl.course import ROOT, Day

MOST, MOST_OF_A_DAY = 40 << 20, 2 << 20  # bytes; a day without MNIST is small

ONE = "one commit, and the name of Classroom 50's workflow is free"
SMALL = "the repository is small"
SESSIONS = "nox lists a student's sessions only"
STARTS = "the stubs score 0, every task not started"
ENDS = "the solutions score full, with the template's own grader and tests"
FRESH = "nox grades, lints and checks types in a fresh environment"


def proven(folder: Path, days: list[Day], quick: bool = False) -> Findings:
    """Prove a template.

    Args:
        folder: the repository.
        days: the days that it has.
        quick: leave out what needs a fresh environment.
    """
    findings, whole = Findings("template"), sum(day.points for day in days)
    leaks.check(folder, findings)
    findings.note(ONE, "the repository", past_or_workflow(folder))
    findings.note(SMALL, "the repository", too_large(folder))
    with tempfile.TemporaryDirectory(prefix="introdl-template-") as place:
        copy = Path(place)  # what is made while it is proven stays out of the template
        subprocess.run(["git", "clone", "--quiet", str(folder), place], check=True)
        findings.note(SESSIONS, "noxfile.py", others_sessions(copy))
        findings.note(STARTS, "the stubs", differences(grade(copy), 0, "not started"))
        if not quick:
            findings.note(FRESH, "the copy", unusable(copy, whole))
        for day in days:
            tree.write(stubs.solved_files(day), copy)
        findings.note(ENDS, "the solutions", differences(grade(copy), whole, "passed"))
    return findings


def past_or_workflow(folder: Path) -> Iterator[str]:
    """What is wrong with the history and the workflows."""
    count = ["git", "-C", str(folder), "rev-list", "--all", "--count"]
    commits = subprocess.run(count, capture_output=True, text=True, check=True).stdout.strip()
    if commits != "1":
        yield f"has {commits} commits; students can read all of them."
    if (folder / ".github" / "workflows" / "autograde.yaml").exists():
        yield "has .github/workflows/autograde.yaml, a name that belongs to Classroom 50."


def size(folder: Path) -> int:
    """The bytes of a repository, git's own files included."""
    return sum(found.stat().st_size for found in folder.rglob("*") if found.is_file())


def too_large(folder: Path) -> Iterator[str]:
    """Whether a repository is larger than it should be."""
    most = MOST if (folder / "data" / "mnist").exists() else MOST_OF_A_DAY
    if size(folder) > most:
        yield f"has {size(folder) / 1e6:.1f} MB; {most >> 20} MB is the most."


def others_sessions(folder: Path) -> Iterator[str]:
    """The maintainers' sessions that nox lists in a template."""
    noxfile = (ROOT / "noxfile.py").read_text(encoding="utf-8")
    everything, students = (
        {"noxfile.py": text.encode()} for text in (noxfile, tree.cut(noxfile, "noxfile.py"))
    )
    ours = documents.sessions(everything) - documents.sessions(students)
    command = [sys.executable, "-m", "nox", "--list"]
    listed = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if listed.returncode:
        yield f"nox can't read it: {listed.stderr}"
        return
    for session in re.findall(r"^[*-] (\w+)", listed.stdout, re.MULTILINE):
        if session in ours:
            yield f"has the session '{session}'."


def grade(folder: Path) -> dict[str, Any]:
    """Grade a checkout with its own grader and tests; the result as JSON, or what ``broke``."""
    report = folder / "build" / "proof.json"
    command = [sys.executable, "-m", "introdl", "grade", ".", "--json", str(report)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        return {"broke": done.stderr}
    result: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    return result


def differences(result: dict[str, Any], wanted: int, status: str) -> Iterator[str]:
    """Where a result has other points than wanted, or a task another status."""
    if "broke" in result:
        yield f"were not graded: {result['broke']}"
        return
    if result["points"] != wanted:
        yield f"have {result['points']} points, not {wanted}."
    for task in (task for day in result["days"] for task in day["tasks"]):
        if task["status"] != status:
            yield f"task {task['task']} is '{task['status']}', not '{status}'."


def unusable(folder: Path, points: int) -> Iterator[str]:
    """What goes wrong when a student types nox for the first time, and then checks the code."""
    own = ("VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH")
    environment = {name: value for name, value in os.environ.items() if name not in own}
    for sessions, says in (([], f"Points 0/{points}"), (["-s", "lint", "typing"], "")):
        done = subprocess.run(
            [sys.executable, "-m", "nox", *sessions], cwd=folder, env=environment,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode or says not in done.stdout:
            ends = f"{done.stdout}\n{done.stderr}".strip().splitlines()[-12:]
            command = " ".join(["nox", *sessions])
            yield f"{command} ended with code {done.returncode}: {' / '.join(ends)}"
