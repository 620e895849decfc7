"""What makes deep networks learn, and stop in time: momentum, Adam, dropout, early stopping.

A *tree* is what JAX calls a pytree: dicts and lists of arrays, nested in any way.
"""

import math
from typing import Any

import jax
import jax.numpy as jnp

FIRST, SECOND, SMALL = 0.9, 0.999, 1e-8  # β₁, β₂ and the small number of Adam's paper


def momentum_update(
    params: Any, velocity: Any, gradients: Any, learning_rate: Any, momentum: Any
) -> tuple[Any, Any]:
    """One step of gradient descent with momentum: v ← α v − ε g, then θ ← θ + v.

    Source of the formula: Goodfellow, Bengio, Courville, "Deep Learning" (2016), algorithm 8.2.

    Args:
        params: θ, a tree of float arrays.
        velocity: v, a tree of the same structure and shapes; zeros before the first step.
        gradients: g, a tree of the same structure and shapes.
        learning_rate: ε, the step size.
        momentum: α, from 0 (plain gradient descent) to below 1.

    Returns:
        The new parameters and the new velocity; nothing is changed in place.
    """
    # TODO 7.1: first the velocity, then the parameters, by jax.tree.map (about 3 lines).
    # BEGIN SOLUTION
    velocity = jax.tree.map(lambda v, g: momentum * v - learning_rate * g, velocity, gradients)
    return jax.tree.map(lambda p, v: p + v, params, velocity), velocity
    # END SOLUTION


def initial_moments(params: Any) -> dict[str, Any]:
    """What Adam remembers before its first step.

    Args:
        params: a tree of float arrays.

    Returns:
        ``"steps"``: t, how many steps were made, a whole number; ``"mean"`` and ``"square"``: m and
        v, the running means of the gradients and of their squares, trees like ``params``.
    """
    zeros = jax.tree.map(jnp.zeros_like, params)
    return {"steps": jnp.zeros((), jnp.int32), "mean": zeros, "square": zeros}


def adam_update(
    params: Any, moments: dict[str, Any], gradients: Any, learning_rate: Any
) -> tuple[Any, dict[str, Any]]:
    """One step of Adam, with β₁ = ``FIRST``, β₂ = ``SECOND`` and the small number ``SMALL``.

    m ← β₁ m + (1 − β₁) g and v ← β₂ v + (1 − β₂) g², both 0 before the first step. Without
    their bias, m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ). Then θ ← θ − ε m̂ / (√v̂ + small).
    Source of the formula: Kingma, Ba, "Adam: A Method for Stochastic Optimization" (2015),
    arXiv 1412.6980, algorithm 1.

    Args:
        params: θ, a tree of float arrays.
        moments: the dict from the step before, or from `initial_moments`.
        gradients: g, a tree of the same structure and shapes as ``params``.
        learning_rate: ε, the step size.

    Returns:
        The new parameters and the new moments; nothing is changed in place.
    """
    # TODO 7.2: count the step, update both running means, step without their bias (about 9 lines).
    # BEGIN SOLUTION
    steps = moments["steps"] + 1
    mean = jax.tree.map(lambda m, g: FIRST * m + (1 - FIRST) * g, moments["mean"], gradients)
    square = jax.tree.map(
        lambda v, g: SECOND * v + (1 - SECOND) * g**2, moments["square"], gradients
    )

    def step(p: Any, m: Any, v: Any) -> Any:
        m_hat, v_hat = m / (1 - FIRST**steps), v / (1 - SECOND**steps)
        return p - learning_rate * m_hat / (jnp.sqrt(v_hat) + SMALL)

    params = jax.tree.map(step, params, mean, square)
    return params, {"steps": steps, "mean": mean, "square": square}
    # END SOLUTION


def adamw_update(
    params: Any,
    moments: dict[str, Any],
    gradients: Any,
    learning_rate: Any,
    weight_decay: Any,
) -> tuple[Any, dict[str, Any]]:
    """One step of Adam with decoupled weight decay: θ ← θ − ε (m̂ / (√v̂ + small) + λ θ).

    The decay does not enter the gradients, so Adam's running means never see it.
    Source of the formula: Loshchilov, Hutter, "Decoupled Weight Decay Regularization" (2019),
    arXiv 1711.05101, algorithm 2. As in PyTorch and optax, the learning rate multiplies λ, too.

    Args:
        params: θ, a tree of float arrays.
        moments: as for `adam_update`.
        gradients: g, a tree of the same structure and shapes as ``params``.
        learning_rate: ε, the step size.
        weight_decay: λ; 0 gives Adam.

    Returns:
        The new parameters and the new moments; nothing is changed in place.
    """
    # TODO 7.3: call adam_update, and subtract ε λ times the old parameters (about 3 lines).
    # BEGIN SOLUTION
    stepped, moments = adam_update(params, moments, gradients, learning_rate)
    decay = learning_rate * weight_decay
    return jax.tree.map(lambda new, old: new - decay * old, stepped, params), moments
    # END SOLUTION


def dropout(key: jax.Array, x: Any, rate: float) -> jax.Array:
    """Set each value to 0 with probability ``rate``, and divide the others by 1 − rate.

    So the mean of each value stays what it is without dropout. In evaluation the rate is 0.
    Source: Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov, "Dropout" (2014), JMLR 15; the
    factor stands here in training, section 10, instead of in evaluation.

    Args:
        key: a random key.
        x: a float array of any shape.
        rate: the probability of a zero, from 0 to below 1; with 0 the result is ``x``.

    Returns:
        A float array shaped like ``x``.
    """
    # TODO 7.4: draw with jax.random.bernoulli which values stay, then jnp.where (about 2 lines).
    # BEGIN SOLUTION
    stays = jax.random.bernoulli(key, 1 - rate, jnp.shape(x))
    return jnp.where(stays, x / (1 - rate), 0.0)
    # END SOLUTION


class EarlyStopping:
    """Keep the parameters with the lowest validation loss, and say when to stop.

    Source: Goodfellow, Bengio, Courville, "Deep Learning" (2016), algorithm 7.1.

    Attributes:
        patience: how many epochs in a row may bring no progress.
        best_loss: the lowest validation loss so far, infinite before the first epoch.
        best_params: the parameters that had it, None before the first epoch.
        waited: how many epochs in a row, the last one included, brought no lower loss.
    """

    def __init__(self, patience: int) -> None:
        self.patience = patience
        self.best_loss = math.inf
        self.best_params: Any = None
        self.waited = 0

    def update(self, loss: float, params: Any) -> bool:
        """Take note of an epoch. A loss that is only as low as the best one is no progress.

        Args:
            loss: the validation loss behind this epoch, a number.
            params: the parameters behind this epoch, a tree.

        Returns:
            Whether to stop: True once ``patience`` epochs in a row brought no lower loss.
        """
        # TODO 7.5: is it lower? Then remember both and wait anew; else wait (about 6 lines).
        # BEGIN SOLUTION
        if loss < self.best_loss:
            self.best_loss, self.best_params = loss, params
            self.waited = 0
        else:
            self.waited += 1
        return self.waited >= self.patience
        # END SOLUTION
