"""The figures of day 4's README, drawn by the solutions."""

from pathlib import Path

import matplotlib.pyplot as plt

from day_04_statistics.src import diabetes, gaussian, mixture, sunspots
from introdl.datasets import load_diabetes
from introdl.figures import write_movie


def draw(folder: Path) -> None:
    """Write every figure into the folder."""
    clusters = diabetes.match_clusters(diabetes.cluster(), load_diabetes().diagnosis)
    figures = {
        "sunspots": sunspots.draw(),
        "gaussian": gaussian.draw(),
        "diabetes": diabetes.draw(clusters),
    }
    for name, figure in figures.items():
        figure.savefig(folder / f"{name}.png", dpi=80)
        plt.close(figure)
    figure, draw_step, _ = mixture.movie()
    figure.set_dpi(70)
    steps = [*range(21), *[mixture.STEPS] * 6]
    file = folder / "mixture.gif"
    write_movie(figure, lambda i: draw_step(steps[i]), len(steps), "", "", 5, file=file)
    plt.close(figure)
