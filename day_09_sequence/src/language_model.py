"""A language model: it reads a text character by character and guesses the next one."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from day_09_sequence.src.cells import GATES, Cell, Params

Update = Callable[[Any, Any, Any, Any], Any]


def initialize(key: jax.Array, cell: str, characters: int, hidden: int) -> Params:
    """Draw the parameters of a language model.

    Args:
        key: a random key.
        cell: ``"lstm"`` or ``"gru"``.
        characters: the number of different characters.
        hidden: the number of hidden units.

    Returns:
        ``input``: W, a row for each character, of shape ``(characters, gates * hidden)``, and
        ``bias``: b; ``recurrent``: U, of shape ``(hidden, gates * hidden)``, orthogonal for each
        gate, and for the GRU ``recurrent_bias``: d; ``output``: V, of shape
        ``(hidden, characters)``, and ``output_bias``: c.
    """
    for_input, for_recurrent, for_output = jax.random.split(key, 3)
    gates = GATES[cell]
    squares = jax.random.orthogonal(for_recurrent, hidden, (gates,))
    params = {
        "input": 0.5 * jax.random.normal(for_input, (characters, gates * hidden)),
        "bias": jnp.zeros(gates * hidden),
        "recurrent": jnp.concatenate(list(squares), axis=1),
        "output": jax.random.normal(for_output, (hidden, characters)) / math.sqrt(hidden),
        "output_bias": jnp.zeros(characters),
    }
    if cell == "gru":
        params["recurrent_bias"] = jnp.zeros(gates * hidden)
    return params


def forward(params: Params, inputs: jax.Array, carry: Any, cell: Cell) -> tuple[jax.Array, Any]:
    """Read texts and guess the next character at each place.

    x_t = W[character t] + b; carry, h_t = cell(params, carry, x_t); logits_t = h_t V + c.

    Args:
        params: the parameters, see `initialize`.
        inputs: the texts' characters as numbers, of shape ``(batch, time)``.
        carry: the cell's carry before the first character.
        cell: the cell, `lstm_cell` or `gru_cell`.

    Returns:
        The logits, of shape ``(batch, time, characters)``, and the carry behind the last character.
    """
    # TODO 9.4: all inputs' parts at once, then jax.lax.scan over the times (about 4 lines).
    raise NotImplementedError("TODO 9.4: all inputs' parts at once, then jax.lax.scan …")


def loss(logits: jax.Array, targets: jax.Array) -> jax.Array:
    """The mean cross-entropy: minus the logarithm of the probability given to what came next.

    Args:
        logits: the model's outputs, of shape ``(batch, time, characters)``.
        targets: the characters that came next, as numbers, of shape ``(batch, time)``.

    Returns:
        The mean over all places in nats (natural logarithm), of shape ``()``.
    """
    # TODO 9.4: log_softmax, then take the target's entry (about 3 lines).
    raise NotImplementedError("TODO 9.4: log_softmax, then take the target's entry")


def bits_per_character(nats: Any) -> Any:
    """Convert a loss from nats to bits: how many yes-or-no questions a character costs.

    Args:
        nats: a loss with the natural logarithm, a number or an array.

    Returns:
        The loss with the logarithm of base 2, of the same shape.
    """
    # TODO 9.4: log₂ p = ln p / ln 2 (about 1 line).
    raise NotImplementedError("TODO 9.4: log₂ p = ln p / ln 2")


def clip_by_global_norm(gradients: Any, max_norm: float) -> Any:
    """Shorten gradients that are too long, all by the same factor, so that they keep direction.

    g ← g min(1, max_norm / ‖g‖), where ‖g‖ is the norm of all gradients together.
    Source of the formula: Pascanu, Mikolov, Bengio, "On the difficulty of training recurrent neural
    networks" (2013), arXiv 1211.5063, algorithm 1.

    Args:
        gradients: any tree of arrays.
        max_norm: the largest norm that is left as it is.

    Returns:
        A tree of the same structure and shapes. Gradients that are all 0 stay 0.
    """
    # TODO 9.4: one norm over jax.tree.leaves, one factor for all (about 4 lines).
    raise NotImplementedError("TODO 9.4: one norm over jax.tree.leaves, one factor for all")


def learning_rates(steps: int, peak: float, warm_up: int) -> Any:
    """The learning rate of each step: a ramp up to the peak, then half a cosine down to 0.

    ε_t = peak (t + 1) / warm_up for t < warm_up, then
    ε_t = peak (1 + cos(π (t − warm_up) / (steps − warm_up))) / 2.
    Source of the formula: Loshchilov, Hutter, "SGDR" (2017), arXiv 1608.03983, equation 5.

    Args:
        steps: the number of steps.
        peak: the largest learning rate.
        warm_up: the number of steps in which it is reached, fewer than ``steps``.

    Returns:
        The learning rates, of shape ``(steps,)``.
    """
    # TODO 9.5: both formulas for all t, chosen by np.where (about 4 lines).
    raise NotImplementedError("TODO 9.5: both formulas for all t, chosen by np.where")


@partial(jax.jit, static_argnames=("objective", "update"))
def train_step(
    objective: Callable[[Any, jax.Array, jax.Array], jax.Array],
    update: Update,
    params: Any,
    moments: Any,
    inputs: jax.Array,
    targets: jax.Array,
    learning_rate: jax.Array,
) -> tuple[Any, Any, jax.Array]:
    """One step of training on one minibatch.

    Args:
        objective: ``objective(params, inputs, targets)`` is the loss, of shape ``()``.
        update: ``update(params, moments, gradients, learning_rate)`` returns the new parameters and
            moments: clipping and Adam.
        params: the parameters, any tree of arrays.
        moments: what the optimiser remembers.
        inputs: one minibatch, of shape ``(batch, time)``.
        targets: the characters that came next, of the same shape.
        learning_rate: the step size, of shape ``()``.

    Returns:
        The new parameters, the new moments, and the loss before the step.
    """
    # TODO 9.5: value and gradient of the objective, then update (about 3 lines).
    raise NotImplementedError("TODO 9.5: value and gradient of the objective, then update")


def train(
    objective: Callable[[Any, jax.Array, jax.Array], jax.Array],
    update: Update,
    params: Any,
    moments: Any,
    inputs: Any,
    targets: Any,
    rates: Any,
) -> tuple[Any, Any, Any]:
    """Train on minibatches, one after the other.

    Args:
        objective: see `train_step`.
        update: see `train_step`.
        params: the parameters, any tree of arrays.
        moments: what the optimiser remembers.
        inputs: the minibatches, of shape ``(steps, batch, time)``.
        targets: the characters that came next, of the same shape.
        rates: each step's learning rate, of shape ``(steps,)``.

    Returns:
        The new parameters, the new moments, and the losses, of shape ``(steps,)``.
    """
    # TODO 9.5: call train_step for each minibatch and collect the losses (about 5 lines).
    raise NotImplementedError("TODO 9.5: call train_step for each minibatch and collect …")


@partial(jax.jit, static_argnames=("length", "cell"))
def sample(
    params: Params,
    prompt: jax.Array,
    length: int,
    temperature: jax.Array | float,
    key: jax.Array,
    carry: Any,
    cell: Cell,
) -> jax.Array:
    """Let the model go on with a text, all in one `jax.lax.scan`.

    The model reads the prompt. Then each next character is drawn with the probabilities
    softmax(logits / temperature), and read in its turn.

    Args:
        params: the parameters, see `initialize`.
        prompt: the text to go on with, as numbers, of shape ``(n,)`` with n > 0.
        length: how many characters to draw.
        temperature: below 1 the model takes fewer risks, above 1 more; above 0.
        key: a random key; the same key draws the same text.
        carry: the cell's carry before the prompt.
        cell: the cell, `lstm_cell` or `gru_cell`.

    Returns:
        The characters drawn, without the prompt, of shape ``(length,)``.
    """
    # TODO 9.6: scan over the prompt and the places to fill (about 12 lines).
    raise NotImplementedError("TODO 9.6: scan over the prompt and the places to fill")


@partial(jax.jit, static_argnames=("objective", "update"))
def carried_step(
    objective: Callable[[Any, jax.Array, jax.Array, Any], tuple[jax.Array, Any]],
    update: Update,
    params: Any,
    moments: Any,
    carry: Any,
    inputs: jax.Array,
    targets: jax.Array,
    learning_rate: jax.Array,
) -> tuple[Any, Any, Any, jax.Array]:
    """One step of training that begins with the carry of the minibatch before.

    Args:
        objective: ``objective(params, inputs, targets, carry)`` is a pair: the loss, of shape
            ``()``, and the carry behind the last character.
        update: see `train_step`.
        params: the parameters, any tree of arrays.
        moments: what the optimiser remembers.
        carry: the cell's carry behind the minibatch before.
        inputs: one minibatch, of shape ``(batch, time)``.
        targets: the characters that came next, of the same shape.
        learning_rate: the step size, of shape ``()``.

    Returns:
        The new parameters, the new moments, the new carry, and the loss before the step.
    """
    # TODO 9.7: as train_step, with has_aux=True (about 4 lines).
    raise NotImplementedError("TODO 9.7: as train_step, with has_aux=True")


def train_carried(
    objective: Callable[[Any, jax.Array, jax.Array, Any], tuple[jax.Array, Any]],
    update: Update,
    params: Any,
    moments: Any,
    carry: Any,
    inputs: Any,
    targets: Any,
    rates: Any,
) -> tuple[Any, Any, Any, Any]:
    """Truncated backpropagation through time: states go on from minibatch to minibatch.

    The gradient doesn't flow back across the border of two minibatches; there it is truncated.
    Source of the method: Williams, Peng, "An efficient gradient-based algorithm for on-line
    training of recurrent network trajectories" (1990), doi 10.1162/neco.1990.2.4.490.

    Args:
        objective: see `carried_step`.
        update: see `train_step`.
        params: the parameters, any tree of arrays.
        moments: what the optimiser remembers.
        carry: the cell's carry before the first minibatch.
        inputs: the minibatches in the text's order, of shape ``(steps, batch, time)``.
        targets: the characters that came next, of the same shape.
        rates: each step's learning rate, of shape ``(steps,)``.

    Returns:
        The new parameters, the new moments, the last carry, and the losses, of shape ``(steps,)``.
    """
    # TODO 9.7: as train, and hand the carry on (about 7 lines).
    raise NotImplementedError("TODO 9.7: as train, and hand the carry on")
