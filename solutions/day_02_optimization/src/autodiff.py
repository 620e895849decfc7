"""Gradients by automatic differentiation, checked by finite differences."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from day_02_optimization.src.bumpy import START, bumpy, gradient_bumpy
from day_02_optimization.src.descent import momentum_descent
from day_02_optimization.src.paraboloid import gradient_paraboloid, paraboloid
from introdl.figures import save_or_show
from introdl.script import run

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def safe_norm(position: jax.Array) -> jax.Array:
    """The Euclidean norm ‖x‖ with the gradient 0 at the origin, where the true norm has none.

    ``jnp.sqrt`` has an infinite slope at 0, and infinity times 0 is NaN. The inner ``where`` keeps
    0 away from the square root, the outer one puts the right value back.

    Args:
        position: an array of shape ``(n,)``.

    Returns:
        The norm, of shape ``()``.
    """
    squared = jnp.sum(position**2)
    positive = squared > 0
    return jnp.where(positive, jnp.sqrt(jnp.where(positive, squared, 1.0)), 0.0)


def function(position: jax.Array) -> jax.Array:
    """f(x) = x·x + cos(2π x₀) + sin(2π x₁) + ½ relu(x₀) + 10 tanh‖x‖.

    Args:
        position: an array of shape ``(2,)``.

    Returns:
        The value, of shape ``()``.
    """
    # TODO 2.6: write the formula with jnp, jax.nn.relu and safe_norm (about 4 lines).
    # BEGIN SOLUTION
    x, y = position[0], position[1]
    waves = jnp.cos(2 * jnp.pi * x) + jnp.sin(2 * jnp.pi * y)
    ramp = 0.5 * jax.nn.relu(x)
    return jnp.dot(position, position) + waves + ramp + 10.0 * jnp.tanh(safe_norm(position))
    # END SOLUTION


def gradient(position: jax.Array) -> jax.Array:
    """The gradient of `function`, by automatic differentiation.

    Args:
        position: an array of shape ``(2,)``.

    Returns:
        The partial derivatives, of shape ``(2,)``; finite everywhere, at the origin too.
    """
    # TODO 2.6: let JAX differentiate `function` (about 1 line).
    # BEGIN SOLUTION
    return jax.grad(function)(jnp.asarray(position, dtype=float))
    # END SOLUTION


def finite_difference(function: Callable[[Any], Any], position: Any, h: float) -> Any:
    """Approximate a gradient by central differences, one direction at a time.

    ∂f/∂xᵢ ≈ (f(x + h eᵢ) − f(x − h eᵢ)) / 2h, where eᵢ is 1 at i and 0 elsewhere.
    Source of the formula: Nocedal, Wright, "Numerical Optimization" (2006), equation 8.7.

    Args:
        function: maps a position of shape ``(n,)`` to a number.
        position: where to differentiate, of shape ``(n,)``.
        h: half the distance of the two points.

    Returns:
        The approximate gradient, of shape ``(n,)``.
    """
    # TODO 2.7: step to both sides along each axis (about 4 lines).
    # BEGIN SOLUTION
    position = np.asarray(position, dtype=float)
    directions = np.eye(position.size)
    differences = [function(position + h * e) - function(position - h * e) for e in directions]
    return np.array(differences) / (2 * h)
    # END SOLUTION


def newton(function: Callable[[Any], Any], start: Any, steps: int) -> Any:
    """Newton's method: x ← x − H⁻¹ ∇f(x), with the Hessian matrix H of second derivatives.

    Source of the formula: Goodfellow, Bengio, Courville, "Deep Learning" (2016), equation 4.12.

    Args:
        function: maps a position of shape ``(n,)`` to a number; written in JAX.
        start: the first position, of shape ``(n,)``.
        steps: the number of steps.

    Returns:
        All positions, the start included, of shape ``(steps + 1, n)``.
    """
    # TODO 2.8: solve for the step with jax.hessian and jnp.linalg.solve (about 7 lines).
    # BEGIN SOLUTION
    slope, curvature = jax.grad(function), jax.hessian(function)
    position = jnp.asarray(start, dtype=float)
    positions = [position]
    for _ in range(steps):
        position = position - jnp.linalg.solve(curvature(position), slope(position))
        positions.append(position)
    return jnp.stack(positions)
    # END SOLUTION


def gradient_errors() -> dict[str, float]:
    """Check every gradient of the day by finite differences.

    Returns:
        For each gradient its largest absolute error at the start position.
    """
    pairs = {
        "paraboloid": (paraboloid, gradient_paraboloid),
        "bumpy": (bumpy, gradient_bumpy),
        "autodiff": (function, gradient),
    }
    return {
        name: float(np.abs(finite_difference(f, START, 1e-2) - np.asarray(slope(START))).max())
        for name, (f, slope) in pairs.items()
    }


def draw() -> "Figure":
    """Draw how the function's value falls during descent with momentum."""
    import matplotlib.pyplot as plt

    path = np.asarray(momentum_descent(gradient, START, 0.01, 0.8, 150))
    values = np.asarray(jax.vmap(function)(jnp.asarray(path)))
    figure, axes = plt.subplots(figsize=(6, 4), layout="constrained")
    axes.plot(values)
    axes.set(xlabel="step", ylabel="f(x)", title="Momentum descent with jax.grad")
    return figure


def main() -> None:
    """Check the gradients, then show the descent."""
    for name, error in gradient_errors().items():
        print(f"gradient of {name}: largest error {error:.1e}")
    save_or_show(draw(), "day_02_optimization", "autodiff")


if __name__ == "__main__":
    run(main)
