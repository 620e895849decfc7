"""Gradient descent, without and with momentum, for a function of any number of variables."""

from collections.abc import Callable
from typing import Any

import numpy as np

Gradient = Callable[[Any], Any]


def gradient_descent(gradient: Gradient, start: Any, step_size: float, steps: int) -> Any:
    """Walk against the gradient: x ← x − ε ∇f(x).

    Source of the formula: Goodfellow, Bengio, Courville, "Deep Learning" (2016), section 4.3.

    Args:
        gradient: a function that maps a position to the gradient there, of the same shape.
        start: the first position, a number or an array of shape ``(n,)``.
        step_size: ε, how far one step goes.
        steps: the number of steps.

    Returns:
        All positions, the start included, of shape ``(steps + 1,)`` or ``(steps + 1, n)``.
    """
    # TODO 2.2: make the steps and collect every position in an array (about 5 lines).
    # BEGIN SOLUTION
    position = np.asarray(start, dtype=float)
    positions = [position]
    for _ in range(steps):
        position = position - step_size * np.asarray(gradient(position))
        positions.append(position)
    return np.stack(positions)
    # END SOLUTION


def momentum_descent(
    gradient: Gradient, start: Any, step_size: float, momentum: float, steps: int
) -> Any:
    """Walk with a velocity that remembers earlier gradients.

    v ← α v − ε ∇f(x), then x ← x + v, with v = 0 at the start.
    Source of the formula: Goodfellow, Bengio, Courville, "Deep Learning" (2016), algorithm 8.2.

    Args:
        gradient: a function that maps a position to the gradient there, of the same shape.
        start: the first position, a number or an array of shape ``(n,)``.
        step_size: ε, how strongly the gradient changes the velocity.
        momentum: α in [0, 1), how much of the old velocity stays.
        steps: the number of steps.

    Returns:
        All positions, the start included, of shape ``(steps + 1,)`` or ``(steps + 1, n)``.
    """
    # TODO 2.5: as above, with a velocity (about 7 lines).
    # BEGIN SOLUTION
    position = np.asarray(start, dtype=float)
    velocity = np.zeros_like(position)
    positions = [position]
    for _ in range(steps):
        velocity = momentum * velocity - step_size * np.asarray(gradient(position))
        position = position + velocity
        positions.append(position)
    return np.stack(positions)
    # END SOLUTION
