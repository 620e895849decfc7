"""What the commands do. What is slow to import is imported by the command that needs it."""

import argparse
import json
import os
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

from introdl import course
from introdl.course import ROOT, Day
from introdl.errors import SubmissionError, UsageError
from introdl.grading.result import Result

USAGE, BROKEN, INTERRUPTED = 2, 3, 130  # exit codes
FAULT = "Grading itself broke; that is not a student's fault:"


def chosen(selection: str | None) -> tuple[list[Day], str | None]:
    """The days to work on, and the task if one is named: by ``4``, ``4.2``, or None for all."""
    if selection is None:
        return course.days(), None
    day, task = course.choose(selection)
    return [day], task


def grade(options: argparse.Namespace) -> int:
    """Grade a checkout; write the reports that were asked for."""
    from introdl.grading.reports import annotations, github_classroom
    from introdl.grading.result import ungraded

    days, task = chosen(options.task or options.day)
    if options.task and task is None:
        raise UsageError(f"'{options.task}' is not a task; name one such as 2.4.")
    if options.task and options.day and chosen(options.day)[0] != days:
        raise UsageError(f"Task {options.task} does not belong to day {options.day}.")
    try:
        result = graded(options.checkout, days, task, options.seed)
    except SubmissionError as error:
        if not (options.classroom50 or options.gradescope):
            raise
        result = ungraded(days, str(error), options.seed)  # a service wants a result in any case
    write_reports(result, options)
    show(result)
    if options.annotations:
        print(annotations.render(result))
    if options.github_classroom:
        print(github_classroom.notices(result))
    return code(result) or int(options.require_full and result.points < result.max_points)


def write_reports(result: Result, options: argparse.Namespace) -> None:
    """Write the reports into the files that the options name.

    What becomes a grade elsewhere is written only if nothing in the grader broke.
    """
    from introdl.grading.reports import (
        classroom50,
        github_classroom,
        gradescope,
        junit,
        markdown,
        page,
    )
    from introdl.grading.result import as_json

    def write_json(path: Path, data: dict[str, Any]) -> None:
        write(path, json.dumps(data, indent=2) + "\n")

    if options.json:
        write_json(options.json, as_json(result))
    if options.html:
        write(options.html, page.render(result))
    if options.junit:
        write(options.junit, junit.render(result))
    if options.markdown:
        write(options.markdown, markdown.render(result), append=True)
    if options.gradescope and not result.faults:
        write_json(options.gradescope, gradescope.render(result))
    if options.classroom50 and not result.faults:
        write_json(options.classroom50 / "result.json", classroom50.render(result, os.environ))
        write(options.classroom50 / "release-body.md", classroom50.body(result))
    if options.github_classroom and "GITHUB_OUTPUT" in os.environ:
        line = f"result={github_classroom.encoded(result)}\n"
        write(Path(os.environ["GITHUB_OUTPUT"]), line, append=True)


def autograde(options: argparse.Namespace) -> int:
    """Grade this checkout, all days or the chosen one, and write ``build/report.html``."""
    from introdl.grading.reports import page

    result = graded(ROOT, *chosen(options.selection))
    report = ROOT / "build" / "report.html"
    write(report, page.render(result))
    show(result)
    print(f"The whole report: {report.relative_to(ROOT)}")
    return code(result)


def graded(checkout: Path, days: list[Day], task: str | None, seed: int = 0) -> Result:
    """Read a checkout and grade it."""
    from introdl.grading import grader, submission

    return grader.grade(submission.read(checkout, days), days, seed, task)


def code(result: Result) -> int:
    """0, or 3 after telling what broke in the grader."""
    if not result.faults:
        return 0
    print(FAULT, *result.faults, sep="\n\n", file=sys.stderr)
    return BROKEN


def write(path: Path, text: str, append: bool = False) -> None:
    """Write a report."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a" if append else "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(f"Can't write '{path}': {error.strerror}.") from None


def show(result: Result) -> None:
    """Print the result for a person."""
    from rich.console import Console

    from introdl.grading.reports import console

    # GitHub would obey a workflow command in a student's text; between these two lines it doesn't.
    token = secrets.token_hex(16) if "GITHUB_ACTIONS" in os.environ else ""
    if token:
        print(f"::stop-commands::{token}", flush=True)
    console.show(result, Console())
    if token:
        print(f"::{token}::", flush=True)


def test(options: argparse.Namespace) -> int:
    """Plain pytest, with breakpoints and prints."""
    days, task = chosen(options.selection)
    tests = [str(day.folder / "tests") for day in days]
    filters = ["--task", task] if task else []
    rest = [argument for argument in options.pytest if argument != "--"]
    command = [sys.executable, "-m", "pytest", *tests, *filters, *rest]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def watch(options: argparse.Namespace) -> int:
    """Grade again on every save, until Ctrl+C."""
    from introdl.grading import watch

    print("Watching the day folders; save a file to grade it, press Ctrl+C to stop.", flush=True)
    for result in watch.results(*chosen(options.selection)):
        show(result)
    return 0


def update(options: argparse.Namespace) -> int:
    """Bring this copy of the course up to date."""
    from introdl.update import apply

    print(apply.update(options.source))
    return 0


def data(options: argparse.Namespace) -> int:
    """List the data sets, or download a recording."""
    if options.action == "eeg":
        from introdl.datasets.eeg import download

        print("\n".join(f"have {path}" for path in download.fetch(options.subject)))
        return 0
    from introdl.datasets import catalogue

    catalogue.show()
    return 0


def doctor(options: argparse.Namespace) -> int:
    """Examine this machine; 1 if something stops the course."""
    from introdl import doctor

    return doctor.examine(options.quick)


def typing(_: argparse.Namespace) -> int:
    """Run mypy on this package and the days."""
    mypy = [sys.executable, "-m", "mypy"]
    sources = [f"{day.name}/src" for day in course.days()]
    code = subprocess.run([*mypy, "introdl", *sources], cwd=ROOT, check=False).returncode
    # BEGIN MAINTAINERS
    environment = {**os.environ, "MYPYPATH": f".{os.pathsep}{ROOT}"}
    command = [*mypy, "--config-file", str(ROOT / "pyproject.toml"), *sources]
    solved = subprocess.run(command, cwd=ROOT / "solutions", env=environment, check=False)
    code = max(code, solved.returncode)
    # END MAINTAINERS
    return code
