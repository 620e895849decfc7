"""The figures of day 5's README, drawn by the solutions."""

from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from day_05_neural_networks.src import denoise, mnist


def draw(folder: Path) -> None:
    """Write every figure into the folder."""
    save(denoise.draw(*denoise.fit()), folder / "denoise.png")
    for name, figure in mnist.figures(mnist.fit()).items():
        save(figure, folder / f"{name}.png")


def save(figure: Figure, path: Path) -> None:
    """Write a small PNG."""
    figure.savefig(path, dpi=80)
    plt.close(figure)
