"""Task 9.4: reading texts, the loss, and clipping."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from day_09_sequence.src.language_model import (
    bits_per_character,
    clip_by_global_norm,
    forward,
    loss,
)
from introdl.testing import check, given, jit, require, task


@given
def simple_cell(params: Any, carry: Any, x: Any) -> Any:
    """The simplest recurrent cell; its output is not its carry."""
    hidden = jnp.tanh(x + carry @ params["recurrent"])
    return hidden, 3.0 * hidden + 0.5


def read(params: Any, inputs: Any, carry: Any, bias: bool = True) -> Any:
    """The texts read with `simple_cell`, one row and one character after the other."""
    logits, last = [], []
    for row, h in zip(inputs, carry, strict=True):
        places = []
        for character in row:
            x = params["input"][character] + (params["bias"] if bias else 0.0)
            h = np.tanh(x + h @ params["recurrent"])
            places.append((3.0 * h + 0.5) @ params["output"] + params["output_bias"])
        logits.append(places)
        last.append(h)
    return np.array(logits), np.array(last)


def model(rng: np.random.Generator) -> tuple[dict[str, Any], Any]:
    """Parameters for 5 characters and 3 hidden units, and a carry for 2 texts."""
    shapes = {
        "input": (5, 3), "bias": (3,), "recurrent": (3, 3), "output": (3, 5), "output_bias": (5,),
    }  # fmt: skip
    params = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    return params, rng.normal(size=(2, 3))


def single(tree: Any) -> Any:
    """A dict of arrays as JAX has it."""
    return {name: jnp.asarray(value, jnp.float32) for name, value in tree.items()}


@task("9.4", points=1)
def test_forward(rng: np.random.Generator) -> None:
    params, carry = model(rng)
    inputs = rng.integers(0, 5, (2, 4))
    logits, last = read(params, inputs, carry)
    arguments = single(params), jnp.asarray(inputs), jnp.asarray(carry, jnp.float32), simple_cell
    mistakes = {
        "Return a pair: the logits and the carry behind the last character.":
            lambda got: isinstance(got, np.ndarray),
        "Time is the first axis of your logits; swap back, to (batch, time, characters).":
            (logits.swapaxes(0, 1), last),
        "The bias b is missing: x_t = W[character t] + b.": read(params, inputs, carry, bias=False),
        "The bias c of the output is missing: logits = h V + c.":
            (logits - params["output_bias"], last),
        "You begin without memory; begin with the carry that is given.":
            read(params, inputs, np.zeros_like(carry)),
        "The order of the pair is wrong: first the logits, then the carry.":
            lambda got: np.shape(got[0]) == (2, 3),
        "You return the carry from the beginning; return the one behind the last character.":
            (logits, carry),
    }  # fmt: skip
    why = "At each time: x = W[character] + b, carry, h = cell(params, carry, x), logits = h V + c."
    compiled = jit(forward, static_argnums=3)
    check(compiled, *arguments, expect=(logits, last), mistakes=mistakes, why=why)


@given
class Reading:
    """A text read once, and how often Python ran the cell for it."""

    def __init__(self, forward: Any, params: Any, inputs: Any, carry: Any) -> None:
        self.calls = 0

        def cell(params: Any, carry: Any, x: Any) -> Any:
            self.calls += 1
            return carry + x, carry

        self.logits, self.carry = forward(params, inputs, carry, cell)


@task("9.4", points=1)
def test_forward_is_one_scan(rng: np.random.Generator) -> None:
    params, carry = model(rng)
    inputs = jnp.asarray(rng.integers(0, 5, (2, 40)))
    calls = int(Reading(forward, single(params), inputs, jnp.asarray(carry, jnp.float32)).calls)
    require(
        calls <= 4, "forward(params, inputs of shape (2, 40), carry, cell)",
        f"after {calls} calls of the cell from Python",
        "one or two calls, for jax.lax.scan to trace the cell",
        "A Python loop over time is compiled step by step; let jax.lax.scan run the cell.",
    )  # fmt: skip


@task("9.4", points=1)
def test_loss(rng: np.random.Generator) -> None:
    logits = rng.normal(size=(3, 4, 6)) * 2
    targets = rng.integers(0, 6, (3, 4))
    p = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    one_hot = np.eye(6)[targets]
    chosen, raw = ((values * one_hot).sum(-1) for values in (p, logits))
    right = -np.log(chosen).mean()
    check(
        jit(loss), logits.astype(np.float32), targets, expect=right,
        mistakes={
            "The sign is wrong: the loss is minus the mean logarithm, a positive number.": -right,
            "You take the sum over all places; take their mean.": -np.log(chosen).sum(),
            "You take the mean over the texts only; take it over all places.":
                -np.log(chosen).sum(-1).mean(),
            "This is in bits; the loss is in nats, with the natural logarithm.":
                -np.log2(chosen).mean(),
            "These are no probabilities yet: the logits go through log_softmax first.":
                -raw.mean(),
            "The logarithm is missing.": -chosen.mean(),
        },
    )  # fmt: skip
    large = np.array([[[1e4, 0.0], [0.0, -1e4]]], np.float32)
    check(
        jit(loss), large, np.array([[0, 1]]), expect=5000.0,
        why="exp overflows for large logits; jax.nn.log_softmax doesn't.",
    )  # fmt: skip


@task("9.4", points=1)
def test_bits_per_character(rng: np.random.Generator) -> None:
    for nats in (float(np.log(8.0)), float(rng.uniform(1.2, 3.0))):
        check(
            bits_per_character, nats, expect=nats * np.log2(np.e),
            mistakes={
                "Divide by ln 2 instead of multiplying: a bit is less than a nat.":
                    nats / np.log2(np.e),
                "This is the perplexity, e to the loss.": np.exp(nats),
                "log₂ of the loss is something else; divide the loss by ln 2.": np.log2(nats),
                "This is log₁₀; divide by ln 2.": nats * np.log10(np.e),
            },
        )  # fmt: skip


@task("9.4", points=1)
def test_clip_by_global_norm(rng: np.random.Generator) -> None:
    slopes = {"W": rng.normal(size=(2, 3)), "b": 5 * rng.normal(size=4)}
    norms = {name: np.linalg.norm(g) for name, g in slopes.items()}
    norm = np.hypot(norms["W"], norms["b"])
    for limit in (0.5 * norm, 3 * norm):
        factor = min(1.0, limit / norm)
        check(
            jit(clip_by_global_norm), single(slopes), float(limit),
            expect={name: g * factor for name, g in slopes.items()},
            mistakes={
                "Gradients that are short enough must stay as they are: min(1, max_norm / ‖g‖).":
                    {name: g * limit / norm for name, g in slopes.items()},
                "Each array has a factor of its own, which turns the gradient; use one norm of all "
                "arrays together.":
                    {name: g * min(1, limit / norms[name]) for name, g in slopes.items()},
                "You cut each entry, which turns the gradient; use one factor for all.":
                    {name: np.clip(g, -limit, limit) for name, g in slopes.items()},
                "The square root is missing in the norm.":
                    {name: g * min(1, limit / norm**2) for name, g in slopes.items()},
                "The norm of all arrays is not the sum of their norms; sum the squares.":
                    {name: g * min(1, limit / sum(norms.values())) for name, g in slopes.items()},
                "The gradient is as long as before.": slopes,
            },
            why="g ← g min(1, max_norm / ‖g‖) with one norm ‖g‖ of all arrays together.",
        )  # fmt: skip
    nothing = {"W": np.zeros((2, 2), np.float32)}
    check(
        jit(clip_by_global_norm), nothing, 1.0, expect=nothing,
        mistakes={
            "0 / 0 is NaN: divide by jnp.maximum(norm, max_norm) instead of the norm.":
                lambda got: np.any(np.isnan(got["W"])),
        },
    )  # fmt: skip
