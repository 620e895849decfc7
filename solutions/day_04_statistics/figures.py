"""The figures of day 4's README, drawn by the solutions."""

from pathlib import Path

import matplotlib.pyplot as plt

from day_04_statistics.src import diabetes, gaussian, mixture, sunspots
from introdl.datasets import load_diabetes
from introdl.figures import save_figure, write_movie


def draw(folder: Path) -> None:
    """Write every figure into the folder."""
    clusters = diabetes.match_clusters(diabetes.cluster(), load_diabetes().diagnosis)
    figures = {
        "sunspots": sunspots.draw(),
        "gaussian": gaussian.draw(),
        "diabetes": diabetes.draw(clusters),
    }
    for name, figure in figures.items():
        save_figure(figure, folder / f"{name}.png")
    figure, draw_step, _ = mixture.movie()
    figure.set_dpi(70)
    steps = [*range(21), *[mixture.STEPS] * 6]
    write_movie(figure, lambda i: draw_step(steps[i]), len(steps), folder / "mixture.gif", 5)
    plt.close(figure)
