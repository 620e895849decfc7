"""Minimum of a paraboloid in two dimensions, with a step size of your choice."""

from typing import TYPE_CHECKING, Any

import numpy as np

from day_02_optimization.src.descent import gradient_descent
from introdl.figures import save_or_show
from introdl.script import run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

START = np.array([2.9, -2.9])


def paraboloid(position: Any) -> Any:
    """The paraboloid f(x) = x₀² + x₁².

    Args:
        position: an array of shape ``(..., 2)``.

    Returns:
        The value, of shape ``(...)``.
    """
    return (position**2).sum(-1)


def gradient_paraboloid(position: Any) -> Any:
    """The gradient of the paraboloid.

    Args:
        position: an array of shape ``(2,)``.

    Returns:
        The partial derivatives, of shape ``(2,)``.
    """
    # TODO 2.3: return both partial derivatives as one array (about 1 line).
    # BEGIN SOLUTION
    return 2.0 * position
    # END SOLUTION


def choose_settings() -> tuple[float, int]:
    """Choose a step size and a number of steps that lead from (2.9, −2.9) to the minimum.

    Returns:
        The step size and the number of steps, at most 200.
    """
    # TODO 2.3: try settings until the last position is within 0.001 of the minimum (about 1 line).
    # BEGIN SOLUTION
    return 0.1, 50
    # END SOLUTION


def draw() -> "Figure":
    """Draw the path on the contour lines."""
    import matplotlib.pyplot as plt

    path = np.asarray(gradient_descent(gradient_paraboloid, START, *choose_settings()))
    grid = np.stack(np.meshgrid(np.linspace(-3.5, 3.5, 100), np.linspace(-3.5, 3.5, 100)), -1)
    figure, axes = plt.subplots(figsize=(5, 4), layout="constrained")
    lines = axes.contourf(grid[..., 0], grid[..., 1], paraboloid(grid), levels=20)
    figure.colorbar(lines, label="f(x)")
    axes.plot(path[:, 0], path[:, 1], "o-", color="white")
    axes.set(xlabel="x₀", ylabel="x₁", title="Gradient descent on a paraboloid")
    return figure


def main() -> None:
    """Show the figure."""
    save_or_show(draw(), "day_02_optimization", "paraboloid")


if __name__ == "__main__":
    run(main)
