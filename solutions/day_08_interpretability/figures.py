"""The figures of day 8's README, drawn by the solutions."""

from pathlib import Path

from day_08_interpretability.src import input_optimization as optimization
from day_08_interpretability.src import integrated_gradients as integrated
from day_08_interpretability.src import linear, saliency
from introdl.figures import save_figure


def draw(folder: Path) -> None:
    """Write every figure into the folder."""
    save_figure(linear.draw(linear.fit()[0]), folder / "templates.png")
    save_figure(saliency.figure_of(saliency.SAMPLES, saliency.NOISE), folder / "saliency.png")
    favourites = optimization.favourites(
        optimization.STEPS, optimization.STEP_SIZE, optimization.SMOOTHNESS, optimization.INK
    )
    save_figure(optimization.draw(*favourites), folder / "favourites.png")
    images, labels, found, _ = integrated.compute(
        integrated.IMAGES, integrated.STEPS, integrated.CHUNK
    )
    save_figure(integrated.draw_examples(images, labels, found), folder / "attributions.png")
    average = integrated.average_per_digit(found, labels)
    save_figure(integrated.draw_average(average), folder / "average.png")
