"""The figures of day 2's README, drawn by the solutions."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from day_02_optimization.src import autodiff, bumpy, parabola, paraboloid
from introdl.figures import save_figure, write_movie


def draw(folder: Path) -> None:
    """Write every figure into the folder."""
    save_figure(parabola.draw(), folder / "parabola.png")
    save_figure(paraboloid.draw(), folder / "paraboloid.png")
    save_figure(autodiff.draw(), folder / "autodiff.png")
    plain, rolling = bumpy.paths()
    figure, draw_step = bumpy.draw_paths(plain, rolling)
    steps = np.r_[np.arange(0, 60, 2), np.arange(60, bumpy.STEPS, 10), [bumpy.STEPS] * 8]
    movie = folder / "bumpy.gif"
    write_movie(figure, lambda i: draw_step(int(steps[i])), len(steps), movie, 10)
    plt.close(figure)
