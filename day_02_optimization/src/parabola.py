"""Minimum of a parabola, found by following the negative derivative."""

from typing import TYPE_CHECKING

from day_02_optimization.src.descent import gradient_descent
from introdl.figures import save_or_show
from introdl.script import run

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def parabola(x: float) -> float:
    """The parabola f(x) = x².

    Args:
        x: a number or an array of any shape.

    Returns:
        The value, shaped like ``x``.
    """
    return x * x


def derivative_parabola(x: float) -> float:
    """The derivative of the parabola.

    Args:
        x: a number or an array of any shape.

    Returns:
        The slope at ``x``, shaped like ``x``.
    """
    # TODO 2.1: return the derivative of x² (about 1 line).
    raise NotImplementedError("TODO 2.1: return the derivative of x²")


def draw() -> "Figure":
    """Draw the steps of gradient descent on the parabola."""
    import matplotlib.pyplot as plt
    import numpy as np

    path = np.asarray(gradient_descent(derivative_parabola, 5.0, 0.1, 25))
    grid = np.linspace(-6.0, 6.0, 200)
    figure, axes = plt.subplots(figsize=(6, 4), layout="constrained")
    axes.plot(grid, grid**2, label="f(x) = x²")
    axes.plot(path, path**2, "o-", label="gradient descent")
    axes.set(xlabel="x", ylabel="f(x)", title="Gradient descent on a parabola")
    axes.legend()
    return figure


def main() -> None:
    """Show the figure."""
    save_or_show(draw(), "day_02_optimization", "parabola")


if __name__ == "__main__":
    run(main)
