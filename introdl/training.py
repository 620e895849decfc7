"""What is given to the networks of days 6 to 9: minibatches, loss, accuracy and gradient descent.

On day 5 you write these functions yourself.
"""

from typing import Any

import jax
import jax.numpy as jnp

from introdl.errors import UsageError


def minibatches(key: jax.Array, count: int, batch_size: int) -> jax.Array:
    """Shuffle the examples and cut them into minibatches.

    Args:
        key: a random key.
        count: the number of examples.
        batch_size: the number of examples in a minibatch.

    Returns:
        The examples' indices, of shape ``(count // batch_size, batch_size)``. What doesn't fill a
        minibatch is left out; with a new key it is another part each time.

    Raises:
        UsageError: if there are too few examples for one minibatch.
    """
    steps = count // batch_size
    if steps < 1:
        raise UsageError(f"{count} examples are too few for a minibatch of {batch_size}.")
    return jax.random.permutation(key, count)[: steps * batch_size].reshape(steps, batch_size)


def cross_entropy(logits: jax.Array, labels: jax.Array) -> jax.Array:
    """The mean cross-entropy of the softmax, safe for logits of any size.

    Args:
        logits: the network's outputs, of shape ``(..., classes)``.
        labels: the true classes, whole numbers of shape ``(...)``.

    Returns:
        The mean loss in nats, of shape ``()``.
    """
    log_probabilities = jax.nn.log_softmax(logits)
    return -jnp.take_along_axis(log_probabilities, labels[..., None], axis=-1).mean()


def accuracy(logits: jax.Array, labels: jax.Array) -> jax.Array:
    """The share of examples whose largest logit is that of the true class.

    Args:
        logits: the network's outputs, of shape ``(..., classes)``.
        labels: the true classes, whole numbers of shape ``(...)``.

    Returns:
        A number from 0 to 1, of shape ``()``.
    """
    return jnp.mean(logits.argmax(-1) == labels)


def sgd_step(params: Any, gradients: Any, learning_rate: float) -> Any:
    """One step of gradient descent: θ ← θ − ε ∇C.

    Args:
        params: the parameters, any tree of arrays.
        gradients: a tree of the same structure and shapes.
        learning_rate: the step size ε.

    Returns:
        The new parameters; the old ones stay as they are.
    """
    return jax.tree.map(lambda p, g: p - learning_rate * g, params, gradients)
