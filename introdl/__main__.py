"""The commands: ``python -m introdl grade CHECKOUT``, ``autograde``, ``test`` and so on."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from introdl import commands
from introdl.commands import BROKEN, FAULT, INTERRUPTED, USAGE
from introdl.errors import GraderFault, UsageError
from introdl.script import Parser, at_least


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
        print(FAULT, error, sep="\n", file=sys.stderr)
        return BROKEN
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader of the output, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    root = Parser(prog="python -m introdl", description=__doc__)
    add = root.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser).add_parser

    grade = add("grade", help="grade a checkout with this repository's tests")
    grade.add_argument("checkout", type=Path, help="the folder with the student's day_* folders")
    grade.add_argument("--day", help="grade this day only: 2 or day_02_optimization")
    grade.add_argument("--task", help="grade this task only: 2.4")
    grade.add_argument("--seed", type=at_least(0), default=0, help="seed of the random inputs")
    grade.add_argument("--json", type=Path, metavar="FILE", help="write the result as JSON")
    grade.add_argument("--html", type=Path, metavar="FILE", help="write the report as one page")
    grade.add_argument("--markdown", type=Path, metavar="FILE", help="append a summary")
    grade.add_argument("--junit", type=Path, metavar="FILE", help="write the result as JUnit XML")
    grade.add_argument("--gradescope", type=Path, metavar="FILE", help="write results.json")
    grade.add_argument(
        "--classroom50", type=Path, metavar="FOLDER", help="write result.json and release-body.md"
    )
    grade.add_argument(
        "--github-classroom", action="store_true",
        help="print GitHub Classroom's notices, and set the output 'result' in a workflow",
    )  # fmt: skip
    grade.add_argument("--annotations", action="store_true", help="print GitHub annotations")
    grade.add_argument(
        "--require-full", action="store_true", help="exit with 1 unless all points are there"
    )
    grade.set_defaults(run=commands.grade)

    for name, run, text in (
        ("autograde", commands.autograde, "grade this checkout and write build/report.html"),
        ("test", commands.test, "run plain pytest in one process, for debugging"),
        ("watch", commands.watch, "grade again whenever a file is saved"),
    ):
        command = add(name, help=text)
        command.add_argument("selection", nargs="?", help="a day or task: 2 or 2.4")
        if name == "test":
            command.add_argument("pytest", nargs=argparse.REMAINDER, help="pytest's own options")
        command.set_defaults(run=run)

    update = add("update", help="bring this copy of the course up to date, in one commit")
    update.add_argument("source", help="the newer template: a folder, a zip file or a repository")
    update.set_defaults(run=commands.update)

    data = add("data", help="the data sets: what they are, and where")
    data.add_argument(
        "action", choices=["list", "eeg"], nargs="?", default="list",
        help="list: print what there is; eeg: download a recording of the High-Gamma set",
    )  # fmt: skip
    data.add_argument(
        "--subject", type=at_least(1), default=1, metavar="N",
        help="whose recording eeg downloads, 1 to 14 (default 1)",
    )  # fmt: skip
    data.set_defaults(run=commands.data)

    doctor = add("doctor", help="say what is wrong with this machine, and what to do about it")
    doctor.add_argument(
        "--quick",
        action="store_true",
        help="only what an installation needs; silent if all is well",
    )
    doctor.set_defaults(run=commands.doctor)

    add("typing", help="check the type hints").set_defaults(run=commands.typing)
    # BEGIN MAINTAINERS
    from introdl.authoring import commands as maintainers

    maintainers.add_to(add)
    # END MAINTAINERS
    return root


if __name__ == "__main__":
    raise SystemExit(main())
