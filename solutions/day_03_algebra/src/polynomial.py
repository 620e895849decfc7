"""Linear regression: lines and polynomials through noisy points."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from introdl.datasets import load_noisy_signal
from introdl.figures import save_or_show
from introdl.script import run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Array = NDArray[np.floating[Any]]


def point_matrix(x: Array, columns: int) -> Array:
    """The matrix A of the powers of all points: a_ij = x_i^j, j = 0 … columns − 1.

    Args:
        x: the points, of shape ``(m,)``.
        columns: the number of powers, the power 0 included.

    Returns:
        The matrix, of shape ``(m, columns)``; its first column holds ones.
    """
    # TODO 3.3: raise every point to every power (about 1 line).
    # BEGIN SOLUTION
    return x[:, np.newaxis] ** np.arange(columns)
    # END SOLUTION


def fit_line(x: Array, y: Array) -> Array:
    """The line c₀ + c₁ x with the smallest squared error.

    c₁ = Σ (x − x̄)(y − ȳ) / Σ (x − x̄)² and c₀ = ȳ − c₁ x̄, where the bar means the mean.
    Source of the formula: Bishop, "Pattern Recognition and Machine Learning" (2006), section 3.1.

    Args:
        x: the points, of shape ``(m,)``.
        y: the values, of shape ``(m,)``.

    Returns:
        The coefficients c₀ (intercept) and c₁ (slope), of shape ``(2,)``.
    """
    # TODO 3.4: compute slope and intercept (about 4 lines).
    # BEGIN SOLUTION
    dx, dy = x - x.mean(), y - y.mean()
    slope = np.sum(dx * dy) / np.sum(dx**2)
    intercept = y.mean() - slope * x.mean()
    return np.array([intercept, slope])
    # END SOLUTION


def fit_polynomial(x: Array, y: Array, degree: int) -> Array:
    """The polynomial with the smallest squared error: c = A⁺ y.

    Args:
        x: the points, of shape ``(m,)``.
        y: the values, of shape ``(m,)``.
        degree: the highest power.

    Returns:
        The coefficients c₀ … c_degree, of shape ``(degree + 1,)``.
    """
    # TODO 3.4: use np.vander(x, columns, increasing=True) and np.linalg.pinv (about 2 lines).
    # BEGIN SOLUTION
    a = np.vander(x, degree + 1, increasing=True)
    return np.linalg.pinv(a) @ y
    # END SOLUTION


def evaluate(coefficients: Array, x: Array) -> Array:
    """The values of a polynomial, Σ_j c_j x^j.

    Args:
        coefficients: c₀, c₁, …, of shape ``(n,)``.
        x: the points, of shape ``(m,)``.

    Returns:
        The values, of shape ``(m,)``.
    """
    # TODO 3.4: multiply the powers with the coefficients (about 1 line).
    # BEGIN SOLUTION
    return np.vander(x, len(coefficients), increasing=True) @ coefficients
    # END SOLUTION


def mean_squared_error(prediction: Array, target: Array) -> float:
    """The mean of the squared differences, 1/m Σ (p − t)².

    Args:
        prediction: the model's values, of shape ``(m,)``.
        target: the true values, of shape ``(m,)``.

    Returns:
        The error, 0 or larger.
    """
    # TODO 3.4: average the squared differences (about 1 line).
    # BEGIN SOLUTION
    return float(np.mean((prediction - target) ** 2))
    # END SOLUTION


def draw() -> "Figure":
    """Draw a line and two polynomials through the noisy signal."""
    import matplotlib.pyplot as plt

    x, y, clean = load_noisy_signal()
    fits = {"line": fit_line(x, y)}
    fits |= {f"degree {degree}": fit_polynomial(x, y, degree) for degree in (4, 8)}
    figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
    axes.plot(x, y, ".", color="0.75", label="noisy signal")
    axes.plot(x, clean, "k--", linewidth=1, label="without noise")
    for name, coefficients in fits.items():
        values = evaluate(coefficients, x)
        error = mean_squared_error(values, y)
        axes.plot(x, values, linewidth=2, label=f"{name}, error {error:.3f}")
    axes.set(xlabel="x", ylabel="y", title="Least squares", ylim=(-2.6, 2.9))
    axes.legend(ncols=2, loc="upper center")
    return figure


def main() -> None:
    """Fit the noisy signal by polynomials and draw them."""
    x, y, _ = load_noisy_signal()
    for degree in (1, 2, 4, 6, 8, 10):
        error = mean_squared_error(evaluate(fit_polynomial(x, y, degree), x), y)
        print(f"degree {degree:2}: mean squared error {error:.4f}")
    save_or_show(draw(), "day_03_algebra", "polynomial")


if __name__ == "__main__":
    run(main)
