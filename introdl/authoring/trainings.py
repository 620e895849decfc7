"""Reference trainings: whole runs of the solutions that must reach a target.

``solutions/day_*/trainings.py`` holds ``TRAININGS``, a list of `Training`. Verification runs each
in a process of its own, in which the modules of the days are the solved ones.
"""

import json
import os
import runpy
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

from introdl.authoring.stubs import SOLUTIONS
from introdl.course import Day


@dataclass(frozen=True)
class Training:
    """One training and what it must reach.

    Args:
        name: what is trained and measured, with its unit.
        run: trains with this seed and returns the measured value.
        target: what the value must reach.
        at_most: whether the value must stay below the target instead of above.
        thorough: whether it is too long for everyday, and runs with ``--thorough`` only.
    """

    name: str
    run: Callable[[int], float]
    target: float
    at_most: bool = False
    thorough: bool = False

    def reached(self, value: float) -> bool:
        """Whether a value reaches the target."""
        return value <= self.target if self.at_most else value >= self.target


@dataclass(frozen=True)
class Measured:
    """What a training came to."""

    name: str
    seed: int
    value: float
    target: float
    reached: bool
    seconds: float


def read(day: Day) -> list[Training]:
    """The trainings of a day; none if it has no such file."""
    path = SOLUTIONS / day.name / "trainings.py"
    if not path.exists():
        return []
    trainings: list[Training] = runpy.run_path(str(path))["TRAININGS"]
    return trainings


def measure(day: Day, index: int, seed: int) -> Measured | str:
    """Run one training in a process of its own; returns its last words if it fails."""
    command = [sys.executable, "-c", _MEASURE, day.name, str(index), str(seed)]
    environment = {**os.environ, "MPLBACKEND": "Agg"}
    done = subprocess.run(
        command, cwd=SOLUTIONS, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        return "\n".join(done.stderr.splitlines()[-5:])
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


# Run in solutions/, where `import day_05_neural_networks` finds the solved one first.
_MEASURE = """
import json, pathlib, sys, time
from introdl.authoring import trainings
from introdl.course import ROOT, Day
day, index, seed = Day(ROOT / sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
training = trainings.read(day)[index]
start = time.monotonic()
value = float(training.run(seed))
print(json.dumps({
    "name": training.name, "seed": seed, "value": value, "target": training.target,
    "reached": training.reached(value), "seconds": time.monotonic() - start,
}))
"""
