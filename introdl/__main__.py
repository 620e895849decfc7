"""The commands: ``python -m introdl grade CHECKOUT``, ``autograde``, ``test`` and so on."""

import argparse
import importlib
import importlib.util
import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from introdl import course
from introdl.course import ROOT, Day
from introdl.errors import GraderFault, UsageError
from introdl.script import Parser, at_least

if TYPE_CHECKING:
    from introdl.grading.result import Result

USAGE, BROKEN, INTERRUPTED = 2, 3, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = parser().parse_args(arguments)
    try:
        code: int = options.run(options)
        return code
    except UsageError as error:
        print(error, file=sys.stderr)
        return USAGE
    except GraderFault as error:
        print(f"Grading itself broke: {error}", file=sys.stderr)
        return BROKEN
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader of the output, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    root = Parser(prog="python -m introdl", description=__doc__)
    commands = root.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)

    grade = commands.add_parser("grade", help="grade a checkout with this repository's tests")
    grade.add_argument("checkout", type=Path, help="the folder with the student's day_* folders")
    grade.add_argument("--day", help="grade this day only: 2 or day_02_optimization")
    grade.add_argument("--task", help="grade this task only: 2.4")
    grade.add_argument("--seed", type=int, default=0, help="seed of the tests' random inputs")
    grade.add_argument("--json", type=Path, metavar="FILE", help="write the result as JSON")
    grade.add_argument("--html", type=Path, metavar="FILE", help="write the report as one page")
    grade.add_argument("--markdown", type=Path, metavar="FILE", help="append a summary")
    grade.add_argument("--annotations", action="store_true", help="print GitHub annotations")
    grade.add_argument(
        "--require-full", action="store_true", help="exit with 1 unless all points are there"
    )
    grade.set_defaults(run=run_grade)

    for name, run, text in (
        ("autograde", run_autograde, "grade this checkout and write build/report.html"),
        ("test", run_test, "run plain pytest in one process, for debugging"),
        ("watch", run_watch, "grade again whenever a file is saved"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("selection", nargs="?", help="a day or task: 2 or 2.4")
        if name == "test":
            command.add_argument("pytest", nargs=argparse.REMAINDER, help="pytest's own options")
        command.set_defaults(run=run)

    data = commands.add_parser("data", help="the data sets: what they are, and where")
    data.add_argument(
        "action", choices=["list", "eeg"], nargs="?", default="list",
        help="list: print what there is; eeg: download a recording of the High-Gamma set",
    )  # fmt: skip
    data.add_argument(
        "--subject", type=at_least(1), default=1, metavar="N",
        help="whose recording eeg downloads, 1 to 14 (default 1)",
    )  # fmt: skip
    data.set_defaults(run=run_data)

    commands.add_parser("typing", help="check the type hints").set_defaults(run=run_typing)
    for name, text in (
        ("stubs", "write the stubs from the solutions"),
        ("figures", "draw the READMEs' figures from the solutions"),
        ("verify", "prove that the course works"),
    ):
        command = commands.add_parser(name, help=text)
        if name == "verify":
            command.add_argument("--day", help="verify this day only")
            command.add_argument(
                "--thorough",
                action="store_true",
                help="three seeds, and long trainings, too",
            )
        command.set_defaults(run=run_authoring, name=name)
    return root


def chosen(day: str | None, task: str | None) -> tuple[list[Day], str | None]:
    """The days to work on, and the task if one is named."""
    if task is not None:
        found, number = course.choose(task)
        if number is None:
            raise UsageError(f"'{task}' is not a task; name one such as 2.4.")
        if day is not None and course.choose(day)[0] != found:
            raise UsageError(f"Task {task} does not belong to day {day}.")
        return [found], number
    if day is not None:
        found, number = course.choose(day)
        return [found], number
    return course.days(), None


def run_grade(options: argparse.Namespace) -> int:
    """Grade a checkout; write the reports that were asked for."""
    from introdl.grading import submission
    from introdl.grading.grader import grade
    from introdl.grading.reports import annotations, markdown, page
    from introdl.grading.result import as_json

    days, task = chosen(options.day, options.task)
    if options.seed < 0:
        raise UsageError("The seed must be 0 or a positive whole number.")
    student = submission.read(options.checkout, days)
    result = grade(student, days, options.seed, task)
    show(result)
    if options.annotations:
        print(annotations.render(result))
    if options.json:
        write(options.json, json.dumps(as_json(result), indent=2) + "\n")
    if options.html:
        write(options.html, page.render(result))
    if options.markdown:
        write(options.markdown, markdown.render(result), append=True)
    if result.faults:
        print("Grading itself broke; this is no student's fault:", file=sys.stderr)
        print("\n\n".join(result.faults), file=sys.stderr)
        return BROKEN
    return int(options.require_full and result.points < result.max_points)


def write(path: Path, text: str, append: bool = False) -> None:
    """Write a report."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a" if append else "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(f"Can't write '{path}': {error.strerror}.") from None


def show(result: "Result") -> None:
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


def run_autograde(options: argparse.Namespace) -> int:
    """Grade this checkout, all days or the chosen one, and write ``build/report.html``."""
    report = ROOT / "build" / "report.html"
    arguments = ["grade", str(ROOT), "--html", str(report)]
    if options.selection:
        day, task = course.choose(options.selection)
        arguments += ["--task", task] if task else ["--day", day.name]
    code = main(arguments)
    if code == 0:
        print(f"The whole report: {report.relative_to(ROOT)}")
    return code


def run_test(options: argparse.Namespace) -> int:
    """Plain pytest, with breakpoints and prints."""
    days, task = chosen(options.selection, None) if options.selection else (course.days(), None)
    tests = [str(day.folder / "tests") for day in days]
    filters = ["--task", task] if task else []
    rest = [argument for argument in options.pytest if argument != "--"]
    command = [sys.executable, "-m", "pytest", *tests, *filters, *rest]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def run_watch(options: argparse.Namespace) -> int:
    """Grade again on every save; looks at the files' times, which works on every system."""
    from introdl.grading import submission
    from introdl.grading.grader import Grader, Job
    from introdl.grading.result import Result

    days, task = chosen(options.selection, None)
    seen: dict[Path, float] = {}
    print("Watching the day folders; save a file to grade it, press Ctrl+C to stop.")
    with Grader() as grader:
        while True:
            files = [path for day in days for path in (day.folder / "src").glob("**/*.py")]
            times = {path: path.stat().st_mtime for path in files}
            changed = [d for d in days if any(times[p] != seen.get(p) for p in files if
                       p.is_relative_to(d.folder))]  # fmt: skip
            if changed:
                seen, started = times, time.monotonic()
                student = submission.read(ROOT, changed)
                jobs = [Job(student, day, task=task) for day in changed]
                results = {job.day.number: result for job, result in grader.run(jobs)}
                ordered = tuple(results[day.number] for day in changed)
                show(Result(0, grader.fence, time.monotonic() - started, ordered))
            time.sleep(0.3)


def run_data(options: argparse.Namespace) -> int:
    """List the data sets, or download a recording."""
    if options.action == "eeg":
        from introdl.datasets.eeg import download

        print("\n".join(f"have {path}" for path in download.fetch(options.subject)))
        return 0
    from introdl.datasets import catalogue

    catalogue.show()
    return 0


def run_typing(options: argparse.Namespace) -> int:
    """Run mypy on this package and the days, and apart from them on the solutions."""
    mypy = [sys.executable, "-m", "mypy"]
    sources = [f"{day.name}/src" for day in course.days()]
    code = subprocess.run([*mypy, "introdl", *sources], cwd=ROOT, check=False).returncode
    solutions = ROOT / "solutions"
    if solutions.exists():
        environment = {**os.environ, "MYPYPATH": f".{os.pathsep}{ROOT}"}
        command = [*mypy, "--config-file", str(ROOT / "pyproject.toml"), *sources]
        solved = subprocess.run(command, cwd=solutions, env=environment, check=False)
        code = max(code, solved.returncode)
    return code


def run_authoring(options: argparse.Namespace) -> int:
    """A maintainer's command; students' copies don't contain that code."""
    if importlib.util.find_spec("introdl.authoring") is None:
        raise UsageError(f"'{options.name}' needs the solutions, which only maintainers have.")
    if options.name == "stubs":
        stubs = importlib.import_module("introdl.authoring.stubs")
        changed = stubs.write()
        print("\n".join(f"wrote {path.relative_to(ROOT)}" for path in changed) or "nothing to do")
        return 0
    if options.name == "figures":
        return int(importlib.import_module("introdl.authoring.figures").draw())
    verify = importlib.import_module("introdl.authoring.verify")
    return int(verify.run(chosen(options.day, None)[0], options.thorough))


if __name__ == "__main__":
    raise SystemExit(main())
