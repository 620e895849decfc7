"""Reference trainings: whole runs of the solutions that must reach a target.

``solutions/day_*/trainings.py`` holds ``TRAININGS``, a list of `Training`. A day's trainings run in
a process of its own, in which the modules of the days are the solved ones:
``python -m introdl.authoring.trainings day_05_neural_networks 0 1 2``, in ``solutions``.
"""

import argparse
import dataclasses
import json
import os
import runpy
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from introdl.authoring.stubs import SOLUTIONS
from introdl.course import ROOT, Day
from introdl.grading import compiled


@dataclass(frozen=True)
class Training:
    """One training run and what it must reach.

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
    """What a training run came to."""

    name: str
    seed: int
    value: float
    target: float
    reached: bool
    seconds: float

    def __str__(self) -> str:
        return (
            f"{self.name}, seed {self.seed}: {self.value:.4g}, target {self.target:g}, "
            f"{self.seconds:.0f} s"
        )


class TrainingBroke(Exception):
    """A training run ended with an exception; the message holds its last words."""


def measure(day: Day, seeds: tuple[int, ...], thorough: bool) -> Iterator[Measured]:
    """Run a day's trainings in a process of its own; each result comes when it is there.

    Args:
        day: the day; nothing is run if it has no trainings.
        seeds: run each training under these.
        thorough: run the long ones, too.

    Raises:
        TrainingBroke: if one raises an exception.
    """
    if not (SOLUTIONS / day.name / "trainings.py").exists():
        return
    words = [day.name, *map(str, seeds), *(["--thorough"] if thorough else [])]
    environment = {**os.environ, "MPLBACKEND": "Agg", "PYTHONPATH": str(ROOT)}
    # Started in solutions/, `import day_05_neural_networks` finds the solved modules first.
    with (
        tempfile.TemporaryFile("w+") as errors,
        subprocess.Popen(
            [sys.executable, "-m", "introdl.authoring.trainings", *words],
            cwd=SOLUTIONS, env={**environment, **compiled.environment(compiled.folder("trained"))},
            stdout=subprocess.PIPE, stderr=errors, text=True,
        ) as process,
    ):  # fmt: skip
        for line in process.stdout or ():
            if line.startswith(RESULT):
                yield Measured(**json.loads(line.removeprefix(RESULT)))
        if process.wait():
            errors.seek(0)
            raise TrainingBroke("\n".join(errors.read().splitlines()[-5:]))


RESULT = "result: "  # before a line of data, for trainings print, too


def main() -> None:
    """Run the trainings of one day; prints a line of data for each."""
    parser = argparse.ArgumentParser()
    parser.add_argument("day")
    parser.add_argument("seeds", type=int, nargs="+")
    parser.add_argument("--thorough", action="store_true")
    options = parser.parse_args()
    for training in runpy.run_path(f"{options.day}/trainings.py")["TRAININGS"]:
        for seed in options.seeds if options.thorough or not training.thorough else ():
            start = time.monotonic()
            value = float(training.run(seed))
            found = Measured(
                training.name, seed, value, training.target, training.reached(value),
                time.monotonic() - start,
            )  # fmt: skip
            print(f"{RESULT}{json.dumps(dataclasses.asdict(found))}", flush=True)


if __name__ == "__main__":
    main()
