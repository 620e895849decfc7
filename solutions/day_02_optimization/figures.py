"""The figures of day 2's README, drawn by the solutions."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from day_02_optimization.src import autodiff, bumpy, parabola, paraboloid
from introdl.figures import write_movie


def draw(folder: Path) -> None:
    """Write every figure into the folder."""
    save(parabola.draw(), folder / "parabola.png")
    save(paraboloid.draw(), folder / "paraboloid.png")
    save(autodiff.draw(), folder / "autodiff.png")
    plain, rolling = bumpy.paths()
    figure, draw_step = bumpy.draw_paths(plain, rolling)
    steps = np.r_[np.arange(0, 60, 2), np.arange(60, bumpy.STEPS, 10), [bumpy.STEPS] * 8]
    movie = folder / "bumpy.gif"
    write_movie(figure, lambda i: draw_step(int(steps[i])), len(steps), "", "", 10, file=movie)
    plt.close(figure)


def save(figure: Figure, path: Path) -> None:
    """Write a small PNG."""
    figure.savefig(path, dpi=80)
    plt.close(figure)
