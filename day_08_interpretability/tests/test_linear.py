"""Task 8.1: a linear classifier and its templates."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from day_08_interpretability.src.linear import (
    class_templates,
    decayed_loss,
    linear_logits,
    train_epoch,
)
from introdl.testing import check, given, task


def model(rng: np.random.Generator) -> tuple[dict[str, Any], Any, Any]:
    """Parameters, images and labels."""
    params = {
        "W": rng.normal(0, 0.1, (784, 10)).astype(np.float32),
        "b": rng.normal(size=10).astype(np.float32),
    }
    return params, rng.uniform(0, 1, (4, 28, 28)).astype(np.float32), rng.integers(0, 10, 4)


def logits_of(params: dict[str, Any], images: Any) -> Any:
    """The logits in double precision."""
    weights = params["W"].astype(float).reshape(28, 28, 10)
    return np.tensordot(images, weights, 2) + params["b"]


@task("8.1", points=1)
def test_linear_logits(rng: np.random.Generator) -> None:
    params, images, _ = model(rng)
    right = logits_of(params, images)
    p = np.exp(right) / np.exp(right).sum(-1, keepdims=True)
    check(
        linear_logits, params, images, expect=right, rtol=1e-3, atol=1e-3,
        mistakes={
            "The bias b is missing.": right - params["b"],
            "The rows of pixels are mixed up; reshape to (batch, 784) and keep the order.":
                logits_of(params, images.swapaxes(1, 2)),
            "These are probabilities; return the logits, without a softmax.": p,
            "Each image has ten logits: the shape is (batch, 10).": right.T,
        },
        why="x W + b, with each image x as a row of 784 pixels.",
    )  # fmt: skip


@task("8.1", points=1)
def test_decayed_loss(rng: np.random.Generator) -> None:
    params, images, labels = model(rng)
    z = logits_of(params, images)
    cost = (np.logaddexp.reduce(z, axis=1) - np.choose(labels, z.T)).mean()
    norm, bias = np.linalg.norm(params["W"]), np.linalg.norm(params["b"])
    for decay in (0.1, float(rng.uniform(0.02, 0.08))):
        punishment = decay / 2 * norm**2
        right = cost + punishment
        check(
            decayed_loss, params, images, labels, decay, expect=right, rtol=1e-3, atol=1e-3,
            mistakes={
                "The weight decay is missing: + ½ λ ‖W‖².": cost,
                "The factor ½ is missing in the weight decay.": cost + 2 * punishment,
                "Large weights are rewarded; add the weight decay.": cost - punishment,
                "The bias is not punished, only W.": right + decay / 2 * bias**2,
                "‖W‖² is the sum of the squares, not their mean.":
                    cost + punishment / params["W"].size,
                "‖W‖² is squared: no square root.": cost + punishment / norm,
            },
            why="The mean cross-entropy plus ½ λ times the sum of all W². Is linear_logits right?",
        )  # fmt: skip


@given
def line_loss(params: Any, x: Any, y: Any) -> Any:
    """The squared error of a line; the test needs no student's loss."""
    return jnp.mean((params["w"] * x + params["c"] - y) ** 2)


def descend(params: Any, x: Any, y: Any, batches: Any, rate: float, moving: bool = True) -> Any:
    """Gradient descent on a line, in NumPy; the gradient always at the start if not moving."""
    now = dict(params)
    for batch in batches:
        place = now if moving else params
        error = place["w"] * x[batch] + place["c"] - y[batch]
        now["w"] = now["w"] - rate * 2 * (error * x[batch]).mean()
        now["c"] = now["c"] - rate * 2 * error.mean()
    return now


@task("8.1", points=1)
def test_train_epoch(rng: np.random.Generator) -> None:
    params, (x, y) = {"w": rng.normal(), "c": rng.normal()}, rng.normal(size=(2, 12))
    batches, rate = rng.permutation(12).reshape(3, 4), 0.1
    right = descend(params, x, y, batches, rate)
    arrays = {name: jnp.asarray(value, jnp.float32) for name, value in params.items()}
    x32, y32 = (jnp.asarray(a, jnp.float32) for a in (x, y))
    check(
        train_epoch, line_loss, arrays, x32, y32, jnp.asarray(batches), rate, expect=right,
        mistakes={
            "You walk uphill; subtract the gradient (sgd_step does).":
                descend(params, x, y, batches, -rate),
            "The parameters are unchanged; hand the new ones on from step to step.": params,
            "Only the first minibatch is used.": descend(params, x, y, batches[:1], rate),
            "The last minibatch alone is used.": descend(params, x, y, batches[-1:], rate),
            "Each step uses the gradient at the start; compute it anew with the new parameters.":
                descend(params, x, y, batches, rate, moving=False),
            "All images make one step; make one for each minibatch.":
                descend(params, x, y, [np.arange(12)], rate),
            "lax.scan returns a pair; return the parameters alone.":
                lambda got: isinstance(got, tuple),
        },
        why="For each minibatch: jax.grad(loss) of its images and labels, then sgd_step.",
    )  # fmt: skip


@task("8.1", points=2)
def test_class_templates(rng: np.random.Generator) -> None:
    params, _, _ = model(rng)
    right = np.stack([params["W"][:, digit].reshape(28, 28) for digit in range(10)])
    check(
        class_templates, params, expect=right,
        mistakes={
            "A digit's weights are a column of W; transpose before you reshape.":
                params["W"].reshape(10, 28, 28),
            "Rows and columns of the images are exchanged.": right.swapaxes(1, 2),
            "The digits are the first axis: the shape is (10, 28, 28).":
                np.moveaxis(right, 0, -1),
            "Templates are the weights alone, without the bias.":
                right + params["b"][:, None, None],
        },
        why="Column k of W, as an image of 28 × 28 pixels, is the template of digit k.",
    )  # fmt: skip
