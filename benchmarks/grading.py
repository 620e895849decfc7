"""How long grading a day takes, against plain pytest on the same solved day, in one run.

Both commands run in turn on a copy of the course in which the day is solved; the ratio of each
pair counts, for the machine's speed drifts.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from introdl.course import ROOT, choose


def seconds(command: list[str], folder: Path) -> float:
    """The wall time of one command."""
    started = time.perf_counter()
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def main() -> None:
    """Print both medians and the median ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--day", default="2")
    parser.add_argument("--runs", type=int, default=7)
    options = parser.parse_args()
    day, _ = choose(options.day)
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(temporary, "course")
        leave = shutil.ignore_patterns(".git", ".nox", "build", "cache", "__pycache__", ".*_cache")
        shutil.copytree(ROOT, copy, ignore=leave)
        shutil.copytree(ROOT / "solutions" / day.name / "src", copy / day.name / "src",
                        dirs_exist_ok=True)  # fmt: skip
        grade = [sys.executable, "-m", "introdl", "grade", ".", "--day", str(day.number)]
        plain = [sys.executable, "-m", "pytest", "-q", f"{day.name}/tests"]
        pairs = []
        for run in range(options.runs + 1):
            pair = seconds(grade, copy), seconds(plain, copy)
            if run:  # the first pair warms the caches up
                pairs.append(pair)
    graded, tested = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    print(f"grade {graded:.2f} s, plain pytest {tested:.2f} s, median ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
