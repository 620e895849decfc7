"""A bumpy paraboloid: plain gradient descent gets stuck, momentum rolls on."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from day_02_optimization.src.descent import gradient_descent, momentum_descent
from introdl.figures import build_path, save_or_show, write_movie
from introdl.script import run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

START = np.array([2.9, -2.9])
MINIMA = np.array([[0.476, -0.238], [-0.476, -0.238]])  # both are global, f = -1.703
STEP_SIZE, MOMENTUM, STEPS = 0.01, 0.8, 150


def bumpy(position: Any) -> Any:
    """The bumpy paraboloid f(x) = x₀² + x₁² + cos(2π x₀) + sin(2π x₁).

    Args:
        position: an array of shape ``(..., 2)``.

    Returns:
        The value, of shape ``(...)``.
    """
    x, y = position[..., 0], position[..., 1]
    return x**2 + y**2 + np.cos(2 * np.pi * x) + np.sin(2 * np.pi * y)


def gradient_bumpy(position: Any) -> Any:
    """The gradient of the bumpy paraboloid.

    Args:
        position: an array of shape ``(2,)``.

    Returns:
        The partial derivatives, of shape ``(2,)``.
    """
    # TODO 2.4: differentiate for x₀ and x₁ and stack the two (about 4 lines).
    # BEGIN SOLUTION
    x, y = position[0], position[1]
    along_x = 2 * x - 2 * np.pi * np.sin(2 * np.pi * x)
    along_y = 2 * y + 2 * np.pi * np.cos(2 * np.pi * y)
    return np.stack([along_x, along_y])
    # END SOLUTION


def paths() -> tuple[Any, Any]:
    """The positions without and with momentum, each of shape ``(STEPS + 1, 2)``."""
    plain = gradient_descent(gradient_bumpy, START, STEP_SIZE, STEPS)
    rolling = momentum_descent(gradient_bumpy, START, STEP_SIZE, MOMENTUM, STEPS)
    return np.asarray(plain), np.asarray(rolling)


def main() -> None:
    """Draw both paths on the contour lines and write a movie."""
    plain, rolling = paths()
    for name, path in (("without momentum", plain), ("with momentum", rolling)):
        print(f"{name}: f = {float(bumpy(path[-1])):.3f} at {np.round(path[-1], 3)}")
    figure, draw = draw_paths(plain, rolling)
    draw(STEPS)
    write_movie(figure, draw, STEPS + 1, build_path("day_02_optimization", "bumpy"))
    save_or_show(figure, "day_02_optimization", "bumpy")


def draw_paths(plain: Any, rolling: Any) -> tuple["Figure", Callable[[int], None]]:
    """Prepare the contour lines with two paths.

    Args:
        plain: the positions of gradient descent, of shape ``(steps + 1, 2)``.
        rolling: the positions of momentum descent, of shape ``(steps + 1, 2)``.

    Returns:
        The figure, and a function that draws both paths up to a step.
    """
    import matplotlib.pyplot as plt

    grid = np.stack(np.meshgrid(np.linspace(-3.5, 3.5, 150), np.linspace(-3.5, 3.5, 150)), -1)
    figure, axes = plt.subplots(figsize=(6, 4.8), layout="constrained")
    filled = axes.contourf(grid[..., 0], grid[..., 1], bumpy(grid), levels=25)
    figure.colorbar(filled, label="f(x)")
    lines = [
        axes.plot([], [], ".-", color=color, label=label)[0]
        for color, label in (("white", "gradient descent"), ("tab:red", "with momentum"))
    ]
    axes.set(xlabel="x₀", ylabel="x₁", title="Descent on a bumpy paraboloid")
    axes.legend(loc="upper left")

    def draw(step: int) -> None:
        for line, path in zip(lines, (plain, rolling), strict=True):
            line.set_data(path[: step + 1, 0], path[: step + 1, 1])

    return figure, draw


if __name__ == "__main__":
    run(main)
