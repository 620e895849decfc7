"""Task 9.6: the model goes on with a text."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from day_09_sequence.src.language_model import sample
from introdl.testing import call, check, given, require, task

CHARACTERS = 11


@given
def adding_cell(params: Any, carry: Any, x: Any) -> Any:
    """Adds up the numbers of all characters read; the next one is their sum modulo 11, minus 3."""
    total = carry + x
    return total, 100.0 * jax.nn.one_hot(total[0].astype(int) % 11, 11)


def array(values: Any) -> jax.Array:
    """Numbers as JAX has them."""
    return jnp.asarray(values, jnp.float32)


def adding_model() -> Any:
    """Parameters with which `adding_cell` sees a character's number and says its guess."""
    return {
        "input": array(np.arange(CHARACTERS)[:, None] - 1.0),
        "bias": array(np.ones(1)),
        "output": array(np.roll(np.eye(CHARACTERS), 3, axis=0)),
        "output_bias": array(np.zeros(CHARACTERS)),
    }


def add(prompt: list[int], length: int, start: int = 0, prompt_read: int | None = None) -> Any:
    """What the adding model must write."""
    total = start + sum(prompt if prompt_read is None else prompt[:prompt_read])
    drawn = []
    for _ in range(length):
        drawn.append((total - 3) % CHARACTERS)
        total += drawn[-1]
    return np.array(drawn)


@task("9.6", points=1)
def test_sample_reads_the_prompt(rng: np.random.Generator) -> None:
    firsts: list[int] = []
    while len(set(firsts)) < 5 or 3 in firsts:  # every error leads to another text
        prompt = [int(n) for n in rng.integers(1, CHARACTERS, 4)]
        start = int(rng.integers(1, 9))
        longer = add(prompt, 10, start)
        right, last_only = longer[:9], add(prompt[-1:], 9, start)
        forgotten, unread = add(prompt, 9), add(prompt, 9, start, prompt_read=3)
        firsts = [int(text[0]) for text in (right, longer[1:], last_only, forgotten, unread)]
    check(
        sample, adding_model(), jnp.asarray(prompt), 9, 1.0, jax.random.key(0),
        array([start]), adding_cell, expect=right,
        mistakes={
            "The prompt belongs not to the result; return what is drawn behind it.":
                lambda got: list(got[:4]) == prompt,
            "The first character drawn is missing: the logits behind the prompt's last character "
            "give it.": lambda got: list(got) == list(longer[1 : len(got) + 1]),
            "One character too many; return `length` of them.": longer,
            "Only the prompt's last character is read; read all of it.": last_only,
            "You begin without memory; begin with the carry that is given.": forgotten,
            "The prompt's last character is not read before the first draw.": unread,
        },
        why="Read the prompt's characters one by one, then draw, read what was drawn, and so on.",
    )  # fmt: skip


@given
class Writing:
    """A text written once, and how often Python ran the cell for it."""

    def __init__(self, sample: Any, params: Any, prompt: Any, key: Any) -> None:
        self.calls = 0

        def cell(params: Any, carry: Any, x: Any) -> Any:
            self.calls += 1
            return carry + x, jnp.zeros(11)

        self.drawn = sample(params, prompt, 60, 1.0, key, jnp.zeros(1), cell)


@task("9.6", points=1)
def test_sample_is_one_scan(rng: np.random.Generator) -> None:
    prompt = jnp.asarray(rng.integers(0, CHARACTERS, 20))
    calls = int(Writing(sample, adding_model(), prompt, jax.random.key(1)).calls)
    require(
        calls <= 8, "sample(params, prompt of shape (20,), 60, …)",
        f"after {calls} calls of the cell from Python",
        "a few calls, for jax.lax.scan to trace the cell",
        "A Python loop over the characters is compiled step by step; use jax.lax.scan.",
    )  # fmt: skip


@given
def forgetful_cell(params: Any, carry: Any, x: Any) -> Any:
    """Knows nothing: the logits are the output's bias alone."""
    return carry, 0.0 * x


def shares(logits: Any, temperature: float) -> Any:
    """softmax(logits / temperature)."""
    weights = np.exp((logits - logits.max()) / temperature)
    return weights / weights.sum()


@task("9.6", points=1)
def test_sample_draws_with_the_temperature(rng: np.random.Generator) -> None:
    logits = rng.permutation([0.0, 0.6, 1.2, 1.8, 2.4, 3.0, -0.6]).astype(np.float32)
    params = {**adding_model(), "output": array(np.zeros((1, 7))), "output_bias": array(logits)}
    prompt, carry, length = jnp.asarray([1, 2]), array([0.0]), 20_000
    seeds = [int(n) for n in rng.integers(1 << 30, size=2)]
    first, second = (jax.random.key(seed) for seed in seeds)
    for temperature in (0.5, 1.0, 2.0):
        arguments = params, prompt, length, temperature
        drawn = np.asarray(call(sample, *arguments, first, carry, forgetful_cell))
        text = f"the shares of 7 characters in sample(…, {length}, temperature={temperature}, …)"
        fine = drawn.shape == (length,) and drawn.dtype.kind in "iu"
        require(fine, "sample(…)", drawn, f"{length} whole numbers")
        found = np.bincount(drawn.astype(int) % 7, minlength=7) / length
        right = shares(logits, temperature)
        known = {
            "Always the same character is drawn: use jax.random.categorical, not argmax, and split "
            "the key in each step.": np.eye(7)[found.argmax()],
            "The temperature has no effect: draw with the logits / temperature.":
                shares(logits, 1.0),
            "Divide the logits by the temperature, don't multiply.":
                shares(logits, 1 / temperature),
            "jax.random.categorical takes the logits, not the probabilities.":
                shares(right, 1.0),
            "The temperature divides the probabilities; it must divide the logits.":
                shares(shares(logits, 1.0), temperature),
        }  # fmt: skip
        why = next((s for s, p in known.items() if np.allclose(found, p, atol=0.02)), "")
        same = np.allclose(found, right, atol=0.02)
        require(same, text, found, str(right.round(3)), why or "Is each key used only once?")
        following = np.bincount(drawn[1:][drawn[:-1] == logits.argmax()], minlength=7)
        follow = np.allclose(following / following.sum(), right, atol=0.05)
        why = "Equal characters follow each other too often; split the key in each step."
        require(follow, text, "draws that depend on each other", "independent draws", why)
    again = call(sample, *arguments, first, carry, forgetful_cell)
    text = "sample(…) twice with the same key"
    require(np.array_equal(drawn, again), text, "two different texts", "the same text twice",
            "Use the key that is given, and nothing else random.")  # fmt: skip
    other = call(sample, *arguments, second, carry, forgetful_cell)
    text = "sample(…) with another key"
    require(not np.array_equal(drawn, other), text, "the same text", "another text",
            "Use the key that is given.")  # fmt: skip
