"""Tasks 8.5 and 8.6: integrated gradients, of one image and of many."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from day_08_interpretability.src.integrated_gradients import (
    attributions,
    average_per_digit,
    integrated_gradients,
)
from introdl.testing import call, check, given, require, task

SIDE = 4


@given
def cubic_network(params: Any, images: Any) -> Any:
    """Logits z = A x³ / 3 + B x."""
    x = images.reshape(images.shape[0], -1)
    return x**3 @ params["A"] / 3 + x @ params["B"]


@given
def bent_network(params: Any, images: Any) -> Any:
    """A hidden layer of tanh."""
    x = images.reshape(images.shape[0], -1)
    return jnp.tanh(x @ params["A"]) @ params["B"]


def by_rule(params: Any, x: Any, base: Any, label: int, alphas: Any) -> Any:
    """Integrated gradients of `cubic_network` with given points on the line from base to x."""
    away = x - base
    mean_square = base**2 + 2 * base * away * alphas.mean() + away**2 * (alphas**2).mean()
    a, b = params["A"][:, label], params["B"][:, label]
    return (away * (a * mean_square + b)).reshape(SIDE, SIDE)


def single(tree: Any) -> Any:
    """Arrays as JAX has them."""
    return {name: jnp.asarray(value, jnp.float32) for name, value in tree.items()}


@task("8.5", points=2)
def test_integrated_gradients(rng: np.random.Generator) -> None:
    params = {name: rng.uniform(0.5, 2.0, (SIDE * SIDE, 3)) for name in "AB"}
    x, base = rng.uniform(0.5, 1.0, 16), rng.uniform(0.0, 0.4, 16)
    label, steps = int(rng.integers(3)), 5
    middles = np.linspace(0, 1, 2 * steps + 1)[1::2]
    middle = by_rule(params, x, base, label, middles)
    away = (x - base).reshape(SIDE, SIDE)
    mean = middle / away
    check(
        integrated_gradients, cubic_network, single(params),
        *(jnp.asarray(a.reshape(SIDE, SIDE), jnp.float32) for a in (x, base)), label, steps,
        expect=middle, rtol=1e-3,
        mistakes={
            "The factor 1/m is missing: the sum over the line must be a mean.": steps * middle,
            "The factor x − x′ is missing.": mean,
            "The factor is the image; it must be the difference x − x′.":
                mean * x.reshape(SIDE, SIDE),
            "The points are at the left ends; the midpoint rule takes α = (k + ½)/m from k = 0.":
                by_rule(params, x, base, label, middles - 0.5 / steps),
            "The points are at the right ends; the midpoint rule takes α = (k − ½)/m from k = 1.":
                by_rule(params, x, base, label, middles + 0.5 / steps),
            "These points include both ends; the midpoint rule takes α = (k + ½)/m from k = 0.":
                by_rule(params, x, base, label, np.linspace(0, 1, steps)),
            "The line begins at 0; it must begin at the baseline: x′ + α (x − x′).":
                by_rule(params, x, 0 * x, label, middles) * away / x.reshape(SIDE, SIDE),
            "x and x′ are exchanged.": by_rule(params, base, x, label, middles),
            "Contributions can be negative; there is no absolute value.":
                lambda got: np.allclose(got, np.abs(middle)) and np.any(middle < 0),
        },
        why="(x − x′) times the mean gradient at x′ + α_k (x − x′) with α_k = (k + ½)/m.",
    )  # fmt: skip


def bent(params: Any, x: Any) -> Any:
    """The logits of `bent_network`."""
    return np.tanh(x @ params["A"]) @ params["B"]


@task("8.5", points=2)
def test_completeness(rng: np.random.Generator) -> None:
    difference = 0.0
    while abs(difference) < 0.5:  # a relative error needs something to relate to
        params = {"A": rng.normal(0, 0.6, (16, 8)), "B": rng.normal(size=(8, 3))}
        x, base, label = rng.uniform(0, 1, 16), rng.uniform(0, 1, 16), int(rng.integers(3))
        difference = float((bent(params, x) - bent(params, base))[label])
    found = np.asarray(call(
        integrated_gradients, bent_network, single(params),
        *(jnp.asarray(a.reshape(SIDE, SIDE), jnp.float32) for a in (x, base)), label, 300,
    ))  # fmt: skip
    total = float(found.sum())
    require(
        abs(total - difference) < 0.01 * abs(difference),
        "the sum of integrated_gradients(…, steps=300)", f"{total:.5f}",
        f"F(x) − F(x′) = {difference:.5f}, to 1 %",
        completeness_reason(total, difference),
    )  # fmt: skip


def completeness_reason(total: float, difference: float) -> str:
    """Why the contributions don't add up."""
    if abs(total / 300 - difference) < 0.02 * abs(difference):
        return "The factor 1/m is missing: the sum over the line must be a mean."
    if abs(total + difference) < 0.02 * abs(difference):
        return "The sign is wrong: x − x′, and from the baseline to the image."
    return "Completeness: the contributions must add up to F(x) − F(x′), if all factors are there."


@given
def squares(image: Any, label: Any) -> Any:
    """Some attribution; the test needs no student's one."""
    return image**2 + label


@given
class Computing:
    """Attributions of some images, and the batches in which they were computed."""

    def __init__(self, attributions: Any, images: Any, labels: Any, chunk: int) -> None:
        self.calls = 0

        def attribute(image: Any, label: Any) -> Any:
            self.calls += 1
            return image**2 + label

        self.found = attributions(attribute, images, labels, chunk)


@task("8.6", points=2)
def test_attributions_in_chunks(rng: np.random.Generator) -> None:
    images = rng.uniform(0, 1, (23, 3, 3)).astype(np.float32)
    labels = rng.permutation(np.arange(23) % 10)
    right = images**2 + labels[:, None, None]
    for chunk in (5, 30):
        check(
            attributions, squares, images, labels, chunk, expect=right,
            mistakes={
                "The last chunk is missing: 23 images are no multiple of the chunk.":
                    right[:20],
                "Only the first chunk is returned; put all of them together.": right[:5],
                "Only the last chunk is returned; put all of them together.": right[20:],
                "The chunks are not joined: np.concatenate makes one array of them.":
                    lambda got: isinstance(got, list),
                "Each image needs its own label, from the same chunk.":
                    lambda got: np.allclose(got[:5], right[:5])
                    and not np.allclose(got[5:10], right[5:10]),
            },
            why="For each chunk the vmap of attribute, then np.concatenate.",
        )  # fmt: skip
    calls = int(Computing(attributions, images, labels, 5).calls)
    require(
        calls <= 4, "attributions(attribute, 23 images, labels, 5)",
        f"after {calls} calls of attribute from Python",
        "two calls: jax.jit compiles one program for 5 images, and one for the last 3",
        "Each chunk is traced anew; apply jax.jit to the vmap once, before the loop.",
    )  # fmt: skip


@task("8.6", points=1)
def test_average_per_digit(rng: np.random.Generator) -> None:
    labels = rng.permutation(np.r_[np.arange(10), rng.integers(0, 10, 25)])
    maps = rng.normal(size=(35, 3, 3)) + labels[:, None, None]
    one_hot = np.eye(10)[labels]
    occurs = one_hot.sum(0)[:, None, None]

    def sums(maps: Any) -> Any:
        return np.tensordot(one_hot, maps, (0, 0))

    right = sums(maps) / occurs
    check(
        average_per_digit, maps.astype(np.float32), labels, expect=right, rtol=1e-3,
        mistakes={
            "This is the sum for each digit; divide by how often it occurs.":
                sums(maps),
            "Divide by the number of images of this digit, not of all.":
                sums(maps) / 35,
            "This is the mean over all images; return one mean for each digit.": maps.mean(0),
            "This is one number for each digit; take the mean over the images only (axis 0).":
                right.mean((1, 2)),
            "Take the mean of the attributions as they are, without an absolute value.":
                sums(np.abs(maps)) / occurs,
        },
        why="For each digit from 0 to 9 the mean of the maps with this label.",
    )  # fmt: skip
