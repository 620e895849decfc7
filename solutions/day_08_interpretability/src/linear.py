"""A linear classifier of digits, whose weights can be looked at as images."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from introdl.datasets import load_mnist
from introdl.figures import save_or_show
from introdl.script import TrainingParser, run, training_size
from introdl.training import accuracy, cross_entropy, minibatches, sgd_step

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DAY = "day_08_interpretability"
SIDE, DIGITS = 28, 10
TRAINING = 55_000  # the other 5,000 of the 60,000 images are for validation
EPOCHS, LEARNING_RATE, BATCH_SIZE, DECAY = 20, 0.1, 100, 1e-3

Params = dict[str, jax.Array]


def initialize() -> Params:
    """The parameters before training: all zeros, which is fine for a single layer.

    Returns:
        ``W`` of shape ``(784, 10)`` and ``b`` of shape ``(10,)``.
    """
    return {"W": jnp.zeros((SIDE * SIDE, DIGITS)), "b": jnp.zeros(DIGITS)}


def linear_logits(params: Params, images: jax.Array) -> jax.Array:
    """The logits of a linear classifier: z = x W + b, with each image x as one row of pixels.

    Args:
        params: ``W`` of shape ``(784, 10)`` and ``b`` of shape ``(10,)``.
        images: grey images, of shape ``(batch, 28, 28)``.

    Returns:
        The logits, of shape ``(batch, 10)``.
    """
    # TODO 8.1: reshape the images to rows, then one matrix product (about 2 lines).
    # BEGIN SOLUTION
    rows = images.reshape(len(images), -1)
    return rows @ params["W"] + params["b"]
    # END SOLUTION


def decayed_loss(params: Params, images: jax.Array, labels: jax.Array, decay: float) -> jax.Array:
    """The cross-entropy of softmax regression with weight decay: C + ½ λ ‖W‖².

    Source of the formula: Goodfellow, Bengio, Courville, "Deep Learning" (2016), section 7.1.1.

    Args:
        params: ``W`` of shape ``(784, 10)`` and ``b`` of shape ``(10,)``.
        images: grey images, of shape ``(batch, 28, 28)``.
        labels: the digits, whole numbers of shape ``(batch,)``.
        decay: λ, how strongly large weights are punished; the bias is not.

    Returns:
        The mean cross-entropy over the images plus the punishment, of shape ``()``.
    """
    # TODO 8.1: cross_entropy of the logits, plus the sum of the squares (about 2 lines).
    # BEGIN SOLUTION
    cost = cross_entropy(linear_logits(params, images), labels)
    return cost + 0.5 * decay * jnp.sum(params["W"] ** 2)
    # END SOLUTION


def class_templates(params: Params) -> jax.Array:
    """The weights of each digit as an image: what the classifier compares a picture with.

    Args:
        params: ``W`` of shape ``(784, 10)`` and ``b`` of shape ``(10,)``.

    Returns:
        One image for each digit, of shape ``(10, 28, 28)``.
    """
    # TODO 8.1: column k of W belongs to digit k (about 1 line).
    # BEGIN SOLUTION
    return params["W"].T.reshape(DIGITS, SIDE, SIDE)
    # END SOLUTION


@partial(jax.jit, static_argnames="loss")
def train_epoch(
    loss: Callable[[Any, Any, Any], jax.Array],
    params: Any,
    images: Any,
    labels: Any,
    batches: Any,
    learning_rate: Any,
) -> Any:
    """One step of gradient descent for each minibatch: θ ← θ − ε ∇C.

    Args:
        loss: ``loss(params, images, labels)`` is the cost of a minibatch.
        params: the parameters, any tree of arrays.
        images: all training images, of shape ``(count, ...)``.
        labels: their labels, of shape ``(count,)``.
        batches: the indices of each minibatch, of shape ``(steps, batch)``.
        learning_rate: the step size ε.

    Returns:
        The parameters after the last step.
    """
    # TODO 8.1: lax.scan over the minibatches with jax.grad and sgd_step (about 5 lines).
    # BEGIN SOLUTION

    def step(params: Any, batch: jax.Array) -> tuple[Any, None]:
        gradients = jax.grad(loss)(params, images[batch], labels[batch])
        return sgd_step(params, gradients, learning_rate), None

    return jax.lax.scan(step, params, batches)[0]
    # END SOLUTION


def softmax_loss(params: Params, images: jax.Array, labels: jax.Array) -> jax.Array:
    """What is trained: the cross-entropy with this file's weight decay."""
    return decayed_loss(params, images, labels, DECAY)


def fit(
    epochs: int = EPOCHS,
    learning_rate: float = LEARNING_RATE,
    batch_size: int = BATCH_SIZE,
    seed: int = 0,
    subset: int | None = None,
) -> tuple[Params, float]:
    """Train the classifier.

    Returns:
        The parameters, and the share of the 10,000 test images that are read correctly.

    Raises:
        UsageError: if there are fewer training images, or too few for a minibatch.
    """
    from tqdm import tqdm  # type: ignore[import-untyped]

    digits = load_mnist()
    count = training_size(TRAINING, subset, batch_size)
    images, labels = prepared(digits.train_images, digits.train_labels)
    validation = images[TRAINING:], labels[TRAINING:]
    images, labels = images[:count], labels[:count]
    key, params = jax.random.key(seed), initialize()
    bar = tqdm(range(epochs), unit="epoch")
    for epoch in bar:
        batches = minibatches(jax.random.fold_in(key, epoch), count, batch_size)
        params = train_epoch(softmax_loss, params, images, labels, batches, learning_rate)
        cost, right = softmax_loss(params, *validation), share_read(params, *validation)
        bar.set_postfix_str(f"validation loss {cost:.3f}, accuracy {right:.2%}")
    return params, share_read(params, *prepared(digits.test_images, digits.test_labels))


def prepared(images: Any, labels: Any) -> tuple[jax.Array, jax.Array]:
    """The images with pixels from 0 (paper) to 1 (ink), and the labels, on the device."""
    return jnp.asarray(images, jnp.float32) / 255, jnp.asarray(labels)


def share_read(params: Params, images: jax.Array, labels: jax.Array) -> float:
    """The share of the images that are read correctly."""
    return float(accuracy(linear_logits(params, images), labels))


def draw(params: Params) -> "Figure":
    """Draw the templates of the ten digits."""
    import matplotlib.pyplot as plt

    templates = np.asarray(class_templates(params))
    largest = np.abs(templates).max()
    figure, grid = plt.subplots(2, 5, figsize=(8, 3.8), layout="constrained")
    for digit, (axes, template) in enumerate(zip(grid.flat, templates, strict=True)):
        image = axes.imshow(template, cmap="RdBu_r", vmin=-largest, vmax=largest)
        axes.set(title=str(digit), xticks=[], yticks=[])
    figure.colorbar(image, ax=grid, label="weight (logit per unit of ink)")
    figure.suptitle("Templates of a linear classifier: red for the digit, blue against it")
    return figure


def main() -> None:
    """Train the classifier and draw its templates."""
    options = TrainingParser(__doc__, EPOCHS, LEARNING_RATE, BATCH_SIZE).parse_args()
    params, right = fit(**vars(options))
    print(f"test accuracy: {right:.2%}")
    save_or_show(draw(params), DAY, "templates")


if __name__ == "__main__":
    run(main)
