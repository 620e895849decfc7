"""The READMEs' figures, drawn by the solutions: ``solutions/day_*/figures.py`` has ``draw``."""

import os
import subprocess
import sys

from introdl import course
from introdl.authoring.stubs import SOLUTIONS
from introdl.course import ROOT

_DRAW = """
import importlib.util, pathlib, sys
spec = importlib.util.spec_from_file_location("day_figures", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
module.draw(pathlib.Path(sys.argv[2]))
"""


def draw() -> int:
    """Draw every day's figures into ``day_*/figures``; returns the first exit code that isn't 0."""
    environment = {**os.environ, "MPLBACKEND": "Agg"}
    for day in course.days():
        script = SOLUTIONS / day.name / "figures.py"
        folder = day.folder / "figures"
        folder.mkdir(exist_ok=True)
        command = [sys.executable, "-c", _DRAW, str(script), str(folder)]
        # Run there, the modules of a day are the solved ones.
        code = subprocess.run(command, cwd=SOLUTIONS, env=environment, check=False).returncode
        if code:
            return code
        print(f"drew {folder.relative_to(ROOT)}")
    return 0
