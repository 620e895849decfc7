"""The figures of day 8's README, drawn by the solutions."""

from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from day_08_interpretability.src import input_optimization as optimization
from day_08_interpretability.src import integrated_gradients as integrated
from day_08_interpretability.src import linear, saliency


def draw(folder: Path) -> None:
    """Write every figure into the folder."""
    save(linear.draw(linear.fit()[0]), folder / "templates.png")
    save(saliency.figure_of(saliency.SAMPLES, saliency.NOISE), folder / "saliency.png")
    favourites = optimization.favourites(
        optimization.STEPS, optimization.STEP_SIZE, optimization.SMOOTHNESS, optimization.INK
    )
    save(optimization.draw(*favourites), folder / "favourites.png")
    images, labels, found, _ = integrated.compute(
        integrated.IMAGES, integrated.STEPS, integrated.CHUNK
    )
    save(integrated.draw_examples(images, labels, found), folder / "attributions.png")
    average = integrated.average_per_digit(found, labels)
    save(integrated.draw_average(average), folder / "average.png")


def save(figure: Figure, path: Path) -> None:
    """Write a small PNG."""
    figure.savefig(path, dpi=80)
    plt.close(figure)
