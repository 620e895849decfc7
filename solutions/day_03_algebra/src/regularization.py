"""Overfitting with 300 coefficients, and how filtering the singular values cures it."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from introdl.datasets import load_noisy_signal
from introdl.figures import save_or_show
from introdl.script import run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Array = NDArray[np.floating[Any]]

COLUMNS = 300  # as many coefficients as there are points
EPSILONS = (1e-8, 1e-4, 1e-2, 10.0)


def filter_factors(singular_values: Array, epsilon: float) -> Array:
    """How much of each singular value's part stays: f = σ² / (σ² + ε).

    Source of the formula: Hansen, "Discrete Inverse Problems" (2010), section 4.4.

    Args:
        singular_values: σ, of shape ``(r,)``.
        epsilon: ε > 0, the strength of the filter.

    Returns:
        The factors, of shape ``(r,)``: about 1 where σ² is far above ε, about 0 far below.
    """
    # TODO 3.5: write the formula (about 1 line).
    # BEGIN SOLUTION
    return singular_values**2 / (singular_values**2 + epsilon)
    # END SOLUTION


def fit_regularized(a: Array, b: Array, epsilon: float) -> Array:
    """The regularised solution of A x ≈ b: x = Σ_i f_i (u_iᵀ b / σ_i) v_i.

    It minimises ‖A x − b‖² + ε ‖x‖² (Tikhonov regularisation, ridge regression).
    Source of the formula: Hansen, "Discrete Inverse Problems" (2010), equations 4.8 and 4.9.

    Args:
        a: the matrix, of shape ``(m, n)``; tall, wide or square, also without full rank.
        b: the right-hand side, of shape ``(m,)``.
        epsilon: ε > 0, the strength of the filter.

    Returns:
        The coefficients x, of shape ``(n,)``; finite, even where a singular value is 0.
    """
    # TODO 3.5: filter by f / σ = σ / (σ² + ε), which is finite at σ = 0 (about 3 lines).
    # BEGIN SOLUTION
    u, sigma, vt = np.linalg.svd(a, full_matrices=False)
    filtered = sigma / (sigma**2 + epsilon)
    return vt.T @ (filtered * (u.T @ b))
    # END SOLUTION


def overfit(a: Array, b: Array) -> Array:
    """The solution with the smallest error on the given points, of shape ``(n,)``: no filter."""
    return np.linalg.pinv(a, rcond=1e-15) @ b


def draw() -> "Figure":
    """Draw the overfit and the regularised fit side by side, and the filter factors."""
    import matplotlib.pyplot as plt

    x, y, clean = load_noisy_signal()
    a = np.vander(x, COLUMNS, increasing=True)
    figure, axes = plt.subplots(1, 3, figsize=(13, 4), layout="constrained")
    fits = (
        ("300 coefficients, no filter", overfit(a, y)),
        ("300 coefficients, ε = 0.0001", fit_regularized(a, y, 1e-4)),
    )
    for panel, (title, coefficients) in zip(axes, fits, strict=False):
        panel.plot(x, y, ".", color="0.75", label="noisy signal")
        panel.plot(x, clean, "k--", linewidth=1, label="without noise")
        panel.plot(x, a @ coefficients, "tab:red", linewidth=1.5, label="fit")
        panel.set(xlabel="x", ylabel="y", title=title, ylim=(-2.6, 2.9))
        panel.legend(ncols=3, loc="upper center", fontsize="small")
    sigma = np.linalg.svd(a, compute_uv=False)[:60]
    for epsilon in EPSILONS:
        axes[2].plot(np.arange(1, 61), filter_factors(sigma, epsilon), label=f"ε = {epsilon:g}")
    axes[2].set(xlabel="number of the singular value", ylabel="f", title="Filter factors")
    axes[2].legend()
    return figure


def main() -> None:
    """Print how far each fit is from the signal without noise, and draw them."""
    x, y, clean = load_noisy_signal()
    a = np.vander(x, COLUMNS, increasing=True)
    fits = {"no filter": overfit(a, y)}
    fits |= {f"ε = {epsilon:g}": fit_regularized(a, y, epsilon) for epsilon in EPSILONS}
    for name, coefficients in fits.items():
        to_points = np.mean((a @ coefficients - y) ** 2)
        to_signal = np.mean((a @ coefficients - clean) ** 2)
        print(f"{name:>10}: error {to_points:.3f} on the points, {to_signal:.4f} on the signal")
    save_or_show(draw(), "day_03_algebra", "regularization")


if __name__ == "__main__":
    run(main)
