"""Real rivers: the Nile's trend, a nonsensical forecast, and a polynomial of degree 20."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from day_03_algebra.src.polynomial import evaluate, fit_line, fit_polynomial
from day_03_algebra.src.regularization import fit_regularized
from introdl.datasets import load_nile, load_rhine
from introdl.figures import save_or_show
from introdl.script import Parser, run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Array = NDArray[np.floating[Any]]

DEGREE, EPSILON = 20, 0.01


def zero_crossing(line: Array) -> float:
    """Where the line c₀ + c₁ t is zero: t = −c₀ / c₁.

    Args:
        line: the coefficients c₀ and c₁, of shape ``(2,)``, with c₁ ≠ 0.

    Returns:
        The time t.
    """
    # TODO 3.7: solve c₀ + c₁ t = 0 for t (about 2 lines).
    # BEGIN SOLUTION
    intercept, slope = line
    return float(-intercept / slope)
    # END SOLUTION


def scale_axis(times: Array) -> Array:
    """Map times to −1 … 1, so that their powers neither explode nor vanish.

    Args:
        times: increasing times, of shape ``(m,)``, m ≥ 2.

    Returns:
        The scaled times, of shape ``(m,)``: the first is −1, the last is 1.
    """
    # TODO 3.7: shift and stretch the axis (about 2 lines).
    # BEGIN SOLUTION
    first, last = times[0], times[-1]
    return 2.0 * (times - first) / (last - first) - 1.0
    # END SOLUTION


def predict_scaled(
    fit: Callable[[Array, Array, int], Array],
    evaluate: Callable[[Array, Array], Array],
    times: Array,
    levels: Array,
    degree: int,
) -> Array:
    """The fitted levels at the given times, with the axis scaled before fitting.

    Args:
        fit: ``fit(x, y, degree)`` returns coefficients.
        evaluate: ``evaluate(coefficients, x)`` returns the polynomial's values.
        times: increasing times, of shape ``(m,)``.
        levels: the measured levels, of shape ``(m,)``.
        degree: the highest power.

    Returns:
        The polynomial's values, of shape ``(m,)``.
    """
    # TODO 3.7: scale, fit, evaluate (about 2 lines).
    # BEGIN SOLUTION
    x = scale_axis(times)
    return evaluate(fit(x, levels, degree), x)
    # END SOLUTION


def fit_filtered(x: Array, y: Array, degree: int) -> Array:
    """A regularised polynomial, of shape ``(degree + 1,)``; small singular values are filtered."""
    return fit_regularized(np.vander(x, degree + 1, increasing=True), y, EPSILON)


def draw(times: Array, levels: Array, name: str, unit: str, time: str) -> "Figure":
    """Draw the measured levels with the line and two polynomials.

    Args:
        times: the times, of shape ``(m,)``.
        levels: the levels, of shape ``(m,)``.
        name: the river, for the title.
        unit: what is measured, for the vertical axis.
        time: what the times are, for the horizontal axis.

    Returns:
        The figure.
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(8, 4.2), layout="constrained")
    axes.plot(times, levels, ".-", color="0.75", label="measured")
    axes.plot(times, evaluate(fit_line(times, levels), times), "k--", label="line")
    for label, fit in (
        (f"degree {DEGREE}", fit_polynomial),
        (f"degree {DEGREE}, ε = {EPSILON:g}", fit_filtered),
    ):
        axes.plot(times, predict_scaled(fit, evaluate, times, levels, DEGREE), label=label)
    axes.set(xlabel=time, ylabel=unit, title=name)
    axes.legend(ncols=2)
    return figure


def arguments() -> Path | None:
    """The Rhine's file, if the command line names one."""
    parser = Parser(description=__doc__)
    parser.add_argument("--rhine", type=Path, metavar="FILE", help="a file of Bonn's Rhine gauge")
    rhine: Path | None = parser.parse_args().rhine
    return rhine


def main() -> None:
    """Fit the Nile, or the Rhine at Bonn where a file is given."""
    rhine = arguments()
    if rhine is None:
        times, levels = load_nile()
        names = "The Nile at Aswan", "annual flow in 10⁸ m³", "year"
    else:
        moments, levels = load_rhine(rhine)
        times = 1970.0 + moments.astype("datetime64[m]").astype(float) / (60 * 24 * 365.2425)
        names = "The Rhine at Bonn", "level in cm", "year"
    line = fit_line(times, levels)
    print(f"{names[0]}: {names[1]}, the line changes by {line[1]:+.3g} each year")
    print(f"it crosses zero in the year {zero_crossing(line):.0f}; do you believe that?")
    save_or_show(draw(times, levels, *names), "day_03_algebra", "river")


if __name__ == "__main__":
    run(main)
