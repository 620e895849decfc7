"""Adam, which you wrote on day 7, for the training of the language model."""

from typing import Any

import jax
import jax.numpy as jnp

# β₂ is 0.99, not 0.999 as on day 7: the mean of the squared gradients then reaches back over about
# 100 steps instead of 1000, which suits a training of a few thousand steps whose gradients change
# quickly.
FIRST, SECOND, SMALL = 0.9, 0.99, 1e-8


def initial_moments(params: Any) -> dict[str, Any]:
    """What Adam remembers before its first step.

    Args:
        params: the parameters, any tree of arrays.

    Returns:
        ``steps``: how many steps were made; ``mean`` and ``square``: the running means of the
        gradients and of their squares, trees like ``params``.
    """
    zeros = jax.tree.map(jnp.zeros_like, params)
    return {"steps": jnp.zeros((), jnp.int32), "mean": zeros, "square": zeros}


def adam(
    params: Any, moments: dict[str, Any], gradients: Any, learning_rate: jax.Array | float
) -> tuple[Any, dict[str, Any]]:
    """One step of Adam.

    Source of the formula: Kingma, Ba, "Adam: A Method for Stochastic Optimization" (2015),
    arXiv 1412.6980, algorithm 1.

    Args:
        params: the parameters, any tree of arrays.
        moments: from the step before, or `initial_moments`.
        gradients: a tree like ``params``.
        learning_rate: the step size.

    Returns:
        The new parameters and moments.
    """
    steps = moments["steps"] + 1
    mean = jax.tree.map(lambda m, g: FIRST * m + (1 - FIRST) * g, moments["mean"], gradients)
    square = jax.tree.map(
        lambda v, g: SECOND * v + (1 - SECOND) * g**2, moments["square"], gradients
    )
    rate = learning_rate / (1 - FIRST**steps)
    params = jax.tree.map(
        lambda p, m, v: p - rate * m / (jnp.sqrt(v / (1 - SECOND**steps)) + SMALL),
        params, mean, square,
    )  # fmt: skip
    return params, {"steps": steps, "mean": mean, "square": square}
