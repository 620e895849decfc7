"""The figures of day 5's README, drawn by the solutions."""

from pathlib import Path

from day_05_neural_networks.src import denoise, mnist
from introdl.figures import draw_trained, save_figure


def draw(folder: Path) -> None:
    """Write every figure into the folder."""
    save_figure(denoise.draw(*denoise.fit()), folder / "denoise.png")
    for name, figure in draw_trained(mnist.fit()).items():
        save_figure(figure, folder / f"{name}.png")
