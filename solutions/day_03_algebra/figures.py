"""The figures of day 3's README, drawn by the solutions."""

from pathlib import Path

from day_03_algebra.src import model_choice, polynomial, regularization, river
from introdl.datasets import load_nile
from introdl.figures import save_figure


def draw(folder: Path) -> None:
    """Write every figure into the folder."""
    nile = river.draw(*load_nile(), "The Nile at Aswan", "annual flow in 10⁸ m³", "year")
    figures = {
        "polynomial": polynomial.draw(),
        "regularization": regularization.draw(),
        "model_choice": model_choice.draw(),
        "river": nile,
    }
    for name, figure in figures.items():
        save_figure(figure, folder / f"{name}.png")
