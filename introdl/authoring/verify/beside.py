"""What runs beside grading: the reference trainings, and the tests of introdl itself."""

import os
import subprocess
import sys

from rich.console import Console

from introdl.authoring import trainings
from introdl.authoring.findings import Findings
from introdl.authoring.verify.grading import SEEDS
from introdl.course import ROOT, Day
from introdl.fenced import sandbox
from introdl.grading import compiled

TRAINED = "reference trainings reach their targets"
OWN = "tests of introdl itself"


def check_trainings(days: list[Day], thorough: bool, console: Console) -> Findings:
    """Run the reference trainings, one after the other.

    Args:
        days: the days whose trainings are run.
        thorough: run them under three seeds, and the long ones, too.
        console: where each result is told at once.
    """
    findings = Findings("trainings")
    for day in days:
        try:
            for found in trainings.measure(day, SEEDS if thorough else SEEDS[:1], thorough):
                console.print(f"  {found}", markup=False, highlight=False, soft_wrap=True)
                findings.note(TRAINED, day.name, [] if found.reached else [str(found)])
        except trainings.TrainingBroke as error:
            findings.note(TRAINED, day.name, [f"a training run broke: {error}"])
    return findings


def check_tests(files: list[str], console: Console) -> Findings:
    """Run the tests of introdl itself; what they print is shown when they have ended.

    Args:
        files: the files or folders with the tests.
        console: where to show it.
    """
    findings, kept = Findings("tests"), compiled.environment(compiled.folder("tested"))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--durations=10", *files],
        cwd=ROOT, env={**os.environ, **sandbox.ENVIRONMENT, **kept},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    console.print(done.stdout, markup=False, highlight=False, soft_wrap=True)
    problem = f"pytest ended with code {done.returncode}; see above."
    findings.note(OWN, "tests", [problem] if done.returncode else [])
    return findings
