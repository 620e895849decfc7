"""Gaussian mixtures, fitted by expectation maximisation (EM)."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import logsumexp
from jax.scipy.stats import multivariate_normal

from introdl.figures import build_path, save_or_show, write_movie
from introdl.script import run

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# "weights": (k,), "means": (k, d), "covariances": (k, d, d), for k components in d dimensions
Params = dict[str, jax.Array]

STEPS = 40
CLOUDS = (  # mean, covariance and number of points of each cloud
    ((-2.0, 0.0), ((1.0, 0.8), (0.8, 1.0)), 300),
    ((2.0, 2.0), ((0.3, 0.0), (0.0, 1.5)), 200),
    ((2.5, -2.5), ((1.5, -0.6), (-0.6, 0.5)), 100),
)
EMPTY = 1e-6  # a component with less than this many points is empty


@jax.jit
def log_joint(x: jax.Array, params: Params) -> jax.Array:
    """log(ρ_j N(x_i; μ_j, Σ_j)) of each point and component.

    Args:
        x: the points, of shape ``(n, d)``.
        params: the mixture of k components.

    Returns:
        The logarithms, of shape ``(n, k)``.
    """
    density = jax.vmap(multivariate_normal.logpdf, in_axes=(None, 0, 0), out_axes=1)
    weights = params["weights"][jnp.newaxis, :]
    return jnp.log(weights) + density(x, params["means"], params["covariances"])


@jax.jit
def responsibilities(x: jax.Array, params: Params) -> jax.Array:
    """How much each component is responsible for each point (the E step).

    z_ij = ρ_j N(x_i; μ_j, Σ_j) / Σ_l ρ_l N(x_i; μ_l, Σ_l).
    Source of the formula: Bishop, "Pattern Recognition and Machine Learning" (2006), equation 9.23.

    Args:
        x: the points, of shape ``(n, d)``.
        params: the mixture of k components.

    Returns:
        The responsibilities, of shape ``(n, k)``; each row sums to 1, also far from all components.
    """
    # TODO 4.6: normalise exp(log_joint) in each row without underflow (about 1 line).
    raise NotImplementedError("TODO 4.6: normalise exp(log_joint) in each row without …")


def update_parameters(x: jax.Array, z: jax.Array) -> Params:
    """The mixture that fits the points best, given the responsibilities (the M step).

    With n_j = Σ_i z_ij: ρ_j = n_j / n, μ_j = 1/n_j Σ_i z_ij x_i, and
    Σ_j = 1/n_j Σ_i z_ij (x_i − μ_j)(x_i − μ_j)ᵀ.
    Source of the formulas: Bishop, "Pattern Recognition and Machine Learning" (2006), equations
    9.24 to 9.27.

    Args:
        x: the points, of shape ``(n, d)``.
        z: the responsibilities, of shape ``(n, k)``.

    Returns:
        The new mixture.

    Raises:
        ValueError: if a component is empty: its n_j is smaller than ``EMPTY``.
    """
    # TODO 4.7: refuse empty components, then compute ρ, μ and Σ (about 8 lines).
    raise NotImplementedError("TODO 4.7: refuse empty components, then compute ρ, μ and Σ")


@jax.jit
def log_likelihood(x: jax.Array, params: Params) -> jax.Array:
    """The logarithm of the probability of all points, Σ_i log Σ_j ρ_j N(x_i; μ_j, Σ_j).

    Source of the formula: Bishop, "Pattern Recognition and Machine Learning" (2006), equation 9.28.

    Args:
        x: the points, of shape ``(n, d)``.
        params: the mixture of k components.

    Returns:
        The log-likelihood, of shape ``()``.
    """
    # TODO 4.7: sum over components with logsumexp, then over points (about 1 line).
    raise NotImplementedError("TODO 4.7: sum over components with logsumexp, then over …")


def fit(
    step: Callable[[jax.Array, Any], Any],
    score: Callable[[jax.Array, Any], Any],
    x: jax.Array,
    params: Any,
    steps: int,
) -> tuple[Any, jax.Array]:
    """Repeat a step, and note the score before the first and after each step.

    Args:
        step: ``step(x, params)`` returns better parameters.
        score: ``score(x, params)`` returns a number.
        x: the points, of shape ``(n, d)``.
        params: the start.
        steps: the number of steps.

    Returns:
        The last parameters, and the scores, of shape ``(steps + 1,)``.
    """
    # TODO 4.7: step, score, repeat (about 5 lines).
    raise NotImplementedError("TODO 4.7: step, score, repeat")


def em_step(x: jax.Array, params: Params) -> Params:
    """One step of EM: responsibilities, then parameters."""
    return update_parameters(x, responsibilities(x, params))


def start(x: jax.Array, means: jax.Array) -> Params:
    """A start with given means, equal weights, and the covariance of all points.

    Args:
        x: the points, of shape ``(n, d)``.
        means: of shape ``(k, d)``.

    Returns:
        The mixture.
    """
    k = len(means)
    covariance = jnp.atleast_2d(jnp.cov(x, rowvar=False))
    return {
        "weights": jnp.full(k, 1 / k),
        "means": means,
        "covariances": jnp.tile(covariance, (k, 1, 1)),
    }


def clouds() -> jax.Array:
    """Three clouds of points, of shape ``(600, 2)``."""
    rng = np.random.default_rng(7)
    parts = [rng.multivariate_normal(mean, covariance, n) for mean, covariance, n in CLOUDS]
    return jnp.asarray(np.concatenate(parts))


def ellipse(mean: Any, covariance: Any, radius: float = 2.0) -> Any:
    """The points with Mahalanobis distance ``radius`` from the mean, of shape ``(100, 2)``.

    The axes point along the eigenvectors of the covariance; their lengths are the roots of the
    eigenvalues.
    """
    values, vectors = np.linalg.eigh(covariance)
    angles = np.linspace(0, 2 * np.pi, 100)
    circle = np.stack([np.cos(angles), np.sin(angles)])
    return np.asarray(mean) + radius * (vectors @ (np.sqrt(values)[:, None] * circle)).T


def draw_mixture(axes: "Axes", x: jax.Array, params: Params) -> None:
    """Draw the points in the colours of their components, and an ellipse for each component."""
    z = np.asarray(responsibilities(x, params))
    colors = np.array([[0.12, 0.47, 0.71], [0.84, 0.15, 0.16], [0.17, 0.63, 0.17]])
    axes.scatter(x[:, 0], x[:, 1], s=8, c=np.clip(z @ colors, 0, 1), alpha=0.6)
    for j, color in enumerate(colors):
        outline = ellipse(params["means"][j], params["covariances"][j])
        axes.plot(*outline.T, color=color, linewidth=2)
        axes.plot(*params["means"][j], "k+", markersize=12, markeredgewidth=2)


def movie() -> tuple["Figure", Callable[[int], None], jax.Array]:
    """Fit the clouds.

    Returns:
        A figure, a function that draws it after a number of steps, and the log-likelihoods.
    """
    import matplotlib.pyplot as plt

    x = clouds()
    history = [start(x, jnp.array([[0.0, 1.0], [0.5, 0.0], [0.0, -1.0]]))]
    for _ in range(STEPS):
        history.append(em_step(x, history[-1]))
    _, scores = fit(em_step, log_likelihood, x, history[0], STEPS)
    figure, axes = plt.subplots(figsize=(6, 5.4), layout="constrained")

    def draw(step: int) -> None:
        axes.clear()
        draw_mixture(axes, x, history[step])
        for mean, covariance, _ in CLOUDS:
            [truth] = axes.plot(*ellipse(mean, covariance).T, "k--", linewidth=1)
        truth.set_label("true covariance")
        axes.legend(loc="upper left")
        axes.set(xlim=(-5.5, 6.5), ylim=(-5.5, 6.0), xlabel="$x_0$", ylabel="$x_1$")
        axes.set_title(f"EM, step {step}: log-likelihood {float(scores[step]):.0f}")

    return figure, draw, scores


def main() -> None:
    """Fit three clouds, print the log-likelihood, and write a movie."""
    figure, draw, scores = movie()
    for step in (0, 1, 5, 10, 20, STEPS):
        print(f"step {step:2}: log-likelihood {float(scores[step]):.1f}")
    write_movie(figure, draw, STEPS + 1, build_path("day_04_statistics", "mixture"), 6)
    draw(STEPS)
    save_or_show(figure, "day_04_statistics", "mixture")


if __name__ == "__main__":
    run(main)
