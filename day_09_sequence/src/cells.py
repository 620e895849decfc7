"""The LSTM and the GRU: one step of a recurrent network.

Both cells get their input x already multiplied with its weights, as x_t W + b. This product doesn't
depend on the past, so that `language_model.forward` computes it for all times at once. What has to
wait for the step before is one matrix product, the hidden state with the weights of all gates side
by side. Gates and their order are PyTorch's.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

Params = dict[str, jax.Array]
Cell = Callable[[Any, Any, Any], Any]

GATES = {"lstm": 4, "gru": 3}


def lstm_cell(
    params: Params, carry: tuple[jax.Array, jax.Array], x: jax.Array
) -> tuple[tuple[jax.Array, jax.Array], jax.Array]:
    """One step of a long short-term memory.

    a = x + h U, cut into a_i, a_f, a_g, a_o; c' = σ(a_f) c + σ(a_i) tanh(a_g);
    h' = σ(a_o) tanh(c').
    Source of the formula: Gers, Schmidhuber, Cummins, "Learning to Forget" (2000),
    doi 10.1162/089976600300015015.

    Args:
        params: ``recurrent``: the weights U, of shape ``(hidden, 4 * hidden)``, with the columns of
            the input gate i, the forget gate f, the new content g and the output gate o in turn.
        carry: the hidden state h and the memory c, each of shape ``(..., hidden)``.
        x: the input's part x_t W + b, of shape ``(..., 4 * hidden)``.

    Returns:
        The new carry ``(h', c')``, and the output h', as `jax.lax.scan` wants it.
    """
    # TODO 9.2: one matrix product, four gates, new memory, new state (about 6 lines).
    raise NotImplementedError("TODO 9.2: one matrix product, four gates, new memory, new …")


def gru_cell(params: Params, carry: jax.Array, x: jax.Array) -> tuple[jax.Array, jax.Array]:
    """One step of a gated recurrent unit, in PyTorch's convention.

    u = h U + d; x and u are cut into the parts r, z and n; r = σ(x_r + u_r); z = σ(x_z + u_z);
    n = tanh(x_n + r u_n); h' = (1 − z) n + z h. The reset gate r acts behind the matrix product;
    in the original paper it acts on h before it, and z and 1 − z may be exchanged elsewhere.
    Source of the formula: the documentation of torch.nn.GRU; Cho et al., "Learning Phrase
    Representations using RNN Encoder-Decoder" (2014), arXiv 1406.1078.

    Args:
        params: ``recurrent``: the weights U, of shape ``(hidden, 3 * hidden)``, with the columns of
            the reset gate r, the update gate z and the new content n in turn; ``recurrent_bias``:
            d, of shape ``(3 * hidden,)``.
        carry: the hidden state h, of shape ``(..., hidden)``.
        x: the input's part x_t W + b, of shape ``(..., 3 * hidden)``.

    Returns:
        The new state h' twice: as carry and as output, as `jax.lax.scan` wants it.
    """
    # TODO 9.3: one matrix product, two gates, new content, new state (about 6 lines).
    raise NotImplementedError("TODO 9.3: one matrix product, two gates, new content, new …")


CELLS: dict[str, Cell] = {"lstm": lstm_cell, "gru": gru_cell}


def zero_carry(cell: str, *shape: int) -> Any:
    """The carry before the first character: all zeros.

    Args:
        cell: ``"lstm"`` or ``"gru"``.
        *shape: ``batch, hidden``, or only ``hidden`` for a single text.

    Returns:
        What the cell takes as carry.
    """
    zeros = jnp.zeros(shape)
    return (zeros, zeros) if cell == "lstm" else zeros
