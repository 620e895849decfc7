"""The maintainers' commands; students' copies contain neither this package nor the solutions."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from introdl import course
from introdl.commands import chosen, show
from introdl.course import ROOT, Day
from introdl.errors import UsageError


def add_to(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the commands with ``add``, which takes a name and ``help``."""
    add("stubs", help="write the stubs from the solutions").set_defaults(run=stubs)
    add("figures", help="draw the READMEs' figures from the solutions").set_defaults(run=figures)
    add("solutions", help="grade the solutions; JAX's deprecations are errors").set_defaults(
        run=solutions
    )

    command = add("verify", help="prove that the course works")
    command.add_argument("--day", help="verify this day only")
    command.add_argument(
        "--only", choices=("facts", "grading", "trainings", "tests"), help="run this stage alone"
    )
    command.add_argument(
        "--changed", action="store_true", help="verify what the working tree's change can reach"
    )
    command.add_argument(
        "--thorough",
        action="store_true",
        help="three seeds, long trainings, and a template in a fresh environment",
    )
    command.set_defaults(run=verify)

    command = add("template", help="write the students' template, or check one")
    command.add_argument("out", nargs="?", type=Path, help="the folder for it, new or empty")
    add_days(command)
    command.add_argument("--name", default="", help="the title of its front page")
    command.add_argument(
        "--quick", action="store_true", help="skip the test in a fresh environment"
    )
    command.add_argument("--check", type=Path, metavar="DIR", help="look for leaks in a checkout")
    command.set_defaults(run=template)

    command = add("classroom50", help="write what Classroom 50's config repository needs")
    command.add_argument("out", type=Path, help="a clone of the config repository, or a new folder")
    command.add_argument("--classroom", required=True, help="the classroom's short name")
    command.add_argument("--org", required=True, help="the organisation that owns the templates")
    add_days(command)
    command.set_defaults(run=classroom50)

    command = add("gradescope", help="write an autograder for Gradescope for each day")
    command.add_argument("out", type=Path, help="the folder for the zip files")
    add_days(command)
    command.set_defaults(run=gradescope)

    command = add("wheelhouse", help="download what installs the course without a network")
    command.add_argument("out", type=Path, help="the folder for it, new or empty")
    command.add_argument(
        "--python", nargs="+", default=["3.12"], metavar="X.Y", help="for these (default 3.12)"
    )
    command.add_argument(
        "--system", nargs="+", default=["linux", "macos"], metavar="NAME",
        help="linux, linux-arm, macos (default: linux macos); Windows uses linux, in WSL",
    )  # fmt: skip
    command.set_defaults(run=wheelhouse)

    command = add("new", help="write the scaffold of a new task")
    command.add_argument("number", help="the task's number: 4.9")
    command.add_argument("title", help="its title: 'Rank correlation'")
    command.add_argument("--points", type=int, default=1, help="what it is worth (default 1)")
    command.add_argument("--optional", action="store_true", help="a task with a ★")
    command.add_argument("--file", help="the module for it (default: one named after the title)")
    command.set_defaults(run=new)


def add_days(command: argparse.ArgumentParser) -> None:
    """Add the option that names days: ``--day 4 5``."""
    command.add_argument(
        "--day", nargs="+", action="extend", metavar="N", help="these days only (default: all)"
    )


def stubs(_: argparse.Namespace) -> int:
    """Write the stubs."""
    from introdl.authoring import stubs

    changed = stubs.write()
    print("\n".join(f"wrote {path.relative_to(ROOT)}" for path in changed) or "nothing to do")
    return 0


def figures(_: argparse.Namespace) -> int:
    """Draw the figures."""
    from introdl.authoring import figures

    return figures.draw()


def solutions(_: argparse.Namespace) -> int:
    """Grade the solutions of all days; 1 unless they have all points."""
    from introdl.authoring.verify.grading import solution_job
    from introdl.grading.grader import grade_jobs

    result = grade_jobs([solution_job(day, 0) for day in course.days()])
    show(result)
    return int(bool(result.faults) or result.points < result.max_points)


def verify(options: argparse.Namespace) -> int:
    """Prove that the course works."""
    from introdl.authoring import verify
    from introdl.authoring.verify import scope

    days, task = chosen(options.day)
    if task:
        raise UsageError(f"--day names a whole day, such as {days[0].number}.")
    if options.changed and options.day:
        raise UsageError("Give --day or --changed, not both.")
    wanted = scope.one_day(days[0]) if options.day else scope.everything(days)
    if options.changed:
        wanted = scope.changed(days, scope.working_tree())
        print(f"The change since the last commit can reach {wanted}.")
    if options.only:
        wanted = wanted.only(options.only)
    return verify.run(wanted, options.thorough)


def template(options: argparse.Namespace) -> int:
    """Write the students' template, or look for leaks in one."""
    from rich.console import Console

    from introdl.authoring.findings import Findings
    from introdl.authoring.publish import leaks, proof, template

    if (options.out is None) == (options.check is None):
        raise UsageError("Name the folder for the template, before --day; or one with --check.")
    if options.check:
        findings = Findings("leaks")
        leaks.check(options.check, findings)
        findings.tell(Console())
        return int(findings.wrong > 0)
    days = whole_days(options.day)
    template.require_outside(options.out)
    if not template.write(options.out, days, options.name, options.quick, Console()):
        print("Nothing was written.", file=sys.stderr)
        return 1
    print(f"The template is in {options.out}, {proof.size(options.out) / 1e6:.1f} MB.")
    if options.quick:
        print("Not tried: nox in a fresh environment (--quick).")
    return 0


def classroom50(options: argparse.Namespace) -> int:
    """Write a classroom's assignments and bundles."""
    from introdl.authoring.publish import classroom50

    days = whole_days(options.day)
    for path in classroom50.write(options.out, options.classroom, options.org, days):
        print(f"wrote {path}")
    return 0


def gradescope(options: argparse.Namespace) -> int:
    """Write the zip files for Gradescope."""
    from introdl.authoring.publish import gradescope

    for path in gradescope.write(options.out, whole_days(options.day)):
        print(f"wrote {path}, {path.stat().st_size / 1e6:.1f} MB")
    return 0


def wheelhouse(options: argparse.Namespace) -> int:
    """Download the wheels of the course."""
    from introdl.authoring.publish import wheelhouse

    proven = wheelhouse.write(options.out, options.python, options.system)
    size = sum(path.stat().st_size for path in options.out.iterdir())
    print(f"The wheels are in {options.out}, {size / 1e6:.0f} MB; README.txt says how to use them:")
    print(wheelhouse.INSTALL)
    print(
        "The course was installed from them."
        if proven
        else "Not tried here: none is for this machine."
    )
    return 0


def whole_days(selection: list[str] | None) -> list[Day]:
    """The days that are named, in the course's order; all if none is."""
    if not selection:
        return course.days()
    found = [course.choose(word) for word in selection]
    for day, task in found:
        if task:
            raise UsageError(f"--day names a whole day, such as {day.number}.")
    return [day for day in course.days() if any(day == other for other, _ in found)]


def new(options: argparse.Namespace) -> int:
    """Write the scaffold of a task."""
    from introdl.authoring import new

    written = new.scaffold(
        options.number, options.title, options.points, options.optional, options.file
    )
    for path in written:
        print(f"wrote {path.relative_to(ROOT)}")
    print("Now replace each FILL IN; nox -s verify -- --only facts says what is missing.")
    return 0
