"""Gaussians: density and distribution in one dimension, density in two."""

from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import numpy as np

from introdl.figures import save_or_show
from introdl.script import run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COVARIANCES = {
    "uncorrelated": [[1.0, 0.0], [0.0, 1.0]],
    "positively correlated": [[1.0, 0.8], [0.8, 1.0]],
    "negatively correlated": [[2.0, -0.7], [-0.7, 0.5]],
}


@jax.jit
def gaussian_pdf(x: jax.Array, mean: float, std: float) -> jax.Array:
    """The density of the Gaussian, 1 / (√(2π) σ) exp(−(x − μ)² / (2σ²)).

    Args:
        x: the points, of any shape.
        mean: μ.
        std: the standard deviation σ > 0.

    Returns:
        The density, of the same shape.
    """
    # TODO 4.4: write the formula with jnp (about 2 lines).
    # BEGIN SOLUTION
    distance = (x - mean) / std
    return jnp.exp(-(distance**2) / 2) / (jnp.sqrt(2 * jnp.pi) * std)
    # END SOLUTION


@jax.jit
def gaussian_cdf(x: jax.Array, mean: float, std: float) -> jax.Array:
    """The probability of a value up to x: the integral of the density from −∞ to x.

    Below μ − 10 σ there is nothing left to integrate. The trapezoid rule does the rest.

    Args:
        x: the upper ends, of any shape; between μ − 8 σ and μ + 8 σ.
        mean: μ.
        std: the standard deviation σ > 0.

    Returns:
        The probability, of the same shape.
    """
    # TODO 4.4: integrate over 1001 points with jnp.linspace and jnp.trapezoid (about 2 lines).
    # BEGIN SOLUTION
    points = jnp.linspace(mean - 10 * std, x, 1001)  # the new axis comes first
    return jnp.trapezoid(gaussian_pdf(points, mean, std), points, axis=0)
    # END SOLUTION


@jax.jit
def gaussian_pdf_2d(x: jax.Array, mean: jax.Array, covariance: jax.Array) -> jax.Array:
    """The density 1 / (2π √det Σ) exp(−½ (x − μ)ᵀ Σ⁻¹ (x − μ)).

    Source of the formula: Bishop, "Pattern Recognition and Machine Learning" (2006), equation 2.43.

    Args:
        x: the points, of shape ``(..., 2)``.
        mean: μ, of shape ``(2,)``.
        covariance: Σ, symmetric and positive definite, of shape ``(2, 2)``.

    Returns:
        The density, of shape ``(...)``.
    """
    # TODO 4.5: compute the exponent for all points at once, then the factor (about 4 lines).
    # BEGIN SOLUTION
    distance = x - mean
    exponent = -0.5 * jnp.sum(distance @ jnp.linalg.inv(covariance) * distance, axis=-1)
    return jnp.exp(exponent) / (2 * jnp.pi * jnp.sqrt(jnp.linalg.det(covariance)))
    # END SOLUTION


def draw() -> "Figure":
    """Draw density and distribution in one dimension, and three densities in two."""
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(1, 4, figsize=(15, 3.8), layout="constrained")
    x = jnp.linspace(-4.0, 4.0, 201)
    for std in (0.5, 1.0, 2.0):
        [line] = panels[0].plot(x, gaussian_pdf(x, 0.0, std), label=f"density, σ = {std:g}")
        panels[0].plot(x, gaussian_cdf(x, 0.0, std), "--", color=line.get_color())
    panels[0].set(xlabel="x", ylabel="density, probability (dashed)", title="One dimension")
    panels[0].legend(fontsize="small")
    grid = jnp.stack(jnp.meshgrid(jnp.linspace(-3, 3, 121), jnp.linspace(-3, 3, 121)), axis=-1)
    for panel, (name, covariance) in zip(panels[1:], COVARIANCES.items(), strict=True):
        density = gaussian_pdf_2d(grid, jnp.zeros(2), jnp.asarray(covariance))
        filled = panel.contourf(
            grid[..., 0], grid[..., 1], density, levels=np.linspace(0, 0.28, 15)
        )
        panel.set(xlabel="$x_0$", ylabel="$x_1$", title=name, aspect="equal")
    figure.colorbar(filled, ax=panels[1:], label="density")
    return figure


def main() -> None:
    """Check that the densities integrate to 1, and draw them."""
    for bound in (1.0, 2.0, 3.0):
        within = gaussian_cdf(jnp.asarray(bound), 0.0, 1.0) - gaussian_cdf(
            jnp.asarray(-bound), 0.0, 1.0
        )
        print(f"within {bound:g} standard deviations: {float(within):.4f}")
    axis = jnp.linspace(-8.0, 8.0, 321)
    grid = jnp.stack(jnp.meshgrid(axis, axis), axis=-1)
    for name, covariance in COVARIANCES.items():
        density = gaussian_pdf_2d(grid, jnp.zeros(2), jnp.asarray(covariance))
        print(f"integral, {name}: {float(np.sum(density)) * 0.05**2:.4f}")
    save_or_show(draw(), "day_04_statistics", "gaussian")


if __name__ == "__main__":
    run(main)
