"""A convolutional network learns to read the handwritten digits of MNIST."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from day_06_cnn.src.convolution import max_pool
from day_06_cnn.src.look_inside import draw_inside
from introdl.datasets import load_mnist
from introdl.figures import Trained, draw_trained, save_or_show
from introdl.script import TrainingParser, run, training_size
from introdl.training import accuracy, cross_entropy, minibatches, sgd_step

Params = list[dict[str, jax.Array]]
Convolve = Callable[[Any, Any], Any]

CHANNELS = (16, 32, 64)  # kernels of the three convolutional layers, each of 3 × 3 pixels
FEATURES = 3 * 3 * 64  # values behind the third: the side goes 28 → 26 → 13 → 11 → 5 → 3
DIGITS = 10
VALIDATION = 5000  # images at the end of the training set that are kept back
EPOCHS, LEARNING_RATE, BATCH_SIZE = 6, 0.3, 50


def initialize_cnn(
    key: jax.Array, channels: Sequence[int] = CHANNELS, features: int = FEATURES
) -> Params:
    """Draw the first parameters: convolutional layers with kernels of 3 × 3, and a dense layer.

    Kernels and weights come from the normal distribution with mean 0 and variance 2/n, where n is
    the number of values that one output is computed from. Biases are 0.
    Source of the formula: He, Zhang, Ren, Sun, "Delving deep into rectifiers" (2015), equation 10.

    Args:
        key: a random key.
        channels: the number of output channels of each convolutional layer; the images have one.
        features: the number of inputs of the dense layer.

    Returns:
        For each convolutional layer a dict with float32 arrays: ``"kernel"`` of shape
        ``(3, 3, inputs, outputs)`` and ``"bias"`` of shape ``(outputs,)``. Then for the dense layer
        ``"weight"`` of shape ``(features, 10)`` and ``"bias"`` of shape ``(10,)``.
    """
    # TODO 6.5: one key for each layer; draw and scale kernels, then the weight (about 10 lines).
    # BEGIN SOLUTION
    *keys, last_key = jax.random.split(key, len(channels) + 1)
    params = []
    for layer_key, inputs, outputs in zip(keys, (1, *channels[:-1]), channels, strict=True):
        kernel = jax.random.normal(layer_key, (3, 3, inputs, outputs))
        kernel = jnp.sqrt(2 / (3 * 3 * inputs)) * kernel
        params.append({"kernel": kernel, "bias": jnp.zeros(outputs)})
    weight = jnp.sqrt(2 / features) * jax.random.normal(last_key, (features, DIGITS))
    return [*params, {"weight": weight, "bias": jnp.zeros(DIGITS)}]
    # END SOLUTION


def convolve(images: Any, kernels: Any) -> jax.Array:
    """Correlate every image with every kernel, and sum over the input channels ("valid").

    Args:
        images: a float array of shape ``(batch, height, width, inputs)``.
        kernels: a float array of shape ``(rows, columns, inputs, outputs)``.

    Returns:
        A float array of shape ``(batch, height - rows + 1, width - columns + 1, outputs)``.
    """
    # TODO 6.5: call lax.conv_general_dilated; say which axis is what (about 4 lines).
    # BEGIN SOLUTION
    axes = ("NHWC", "HWIO", "NHWC")
    return lax.conv_general_dilated(images, kernels, (1, 1), "VALID", dimension_numbers=axes)
    # END SOLUTION


def forward(
    params: Params,
    images: Any,
    convolve: Convolve = convolve,
    pool: Callable[[Any], Any] = max_pool,
) -> jax.Array:
    """Compute the logits.

    Each convolutional layer is relu(convolve(x, kernel) + bias); between two of them ``pool``
    halves the side. What comes out of the last one is a row for the dense layer, without relu.

    Args:
        params: the layers, as from `initialize_cnn`.
        images: a float array of shape ``(batch, height, width)``.
        convolve: maps images and kernels to images, as `convolve` does.
        pool: maps images of shape ``(batch, height, width, channels)`` to smaller ones.

    Returns:
        The logits, of shape ``(batch, 10)``.
    """
    # TODO 6.5: give the images a channel axis, go through the layers (about 8 lines).
    # BEGIN SOLUTION

    def layer(x: Any, p: dict[str, jax.Array]) -> jax.Array:
        return jax.nn.relu(convolve(x, p["kernel"]) + p["bias"])

    x = layer(images[..., None], params[0])
    for p in params[1:-1]:
        x = layer(pool(x), p)
    return x.reshape(len(x), -1) @ params[-1]["weight"] + params[-1]["bias"]
    # END SOLUTION


def convolve_patches(images: Any, kernels: Any) -> jax.Array:
    """The same as `convolve`, as one matrix product of all patches with all kernels.

    The pixel below kernel entry (a, b) is, for all places at once, the image shifted by (a, b).
    These shifted images side by side, along the channels, are the patches.

    Args:
        images: a float array of shape ``(batch, height, width, inputs)``.
        kernels: a float array of shape ``(rows, columns, inputs, outputs)``.

    Returns:
        A float array of shape ``(batch, height - rows + 1, width - columns + 1, outputs)``.
    """
    # TODO 6.6: slice, jnp.concatenate along the last axis, multiply with @ (about 8 lines).
    # BEGIN SOLUTION
    rows, columns, inputs, outputs = kernels.shape
    height, width = images.shape[1] - rows + 1, images.shape[2] - columns + 1
    shifted = [
        images[:, a : a + height, b : b + width] for a in range(rows) for b in range(columns)
    ]
    patches = jnp.concatenate(shifted, axis=-1)  # (batch, height, width, rows * columns * inputs)
    return patches @ kernels.reshape(rows * columns * inputs, outputs)
    # END SOLUTION


def cosine_rates(steps: int, learning_rate: float) -> jax.Array:
    """Learning rates that fall from the given one to 0, like half a wave of the cosine.

    ε_t = ½ ε (1 + cos(π t / steps)) for t = 0, …, steps − 1.
    Source of the formula: Loshchilov, Hutter, "SGDR" (2017), equation 5.

    Args:
        steps: the number of steps of the whole training.
        learning_rate: ε, the first and largest rate.

    Returns:
        One rate for each step, of shape ``(steps,)``.
    """
    # TODO 6.6: write the formula with jnp.arange and jnp.cos (about 1 line).
    # BEGIN SOLUTION
    return 0.5 * learning_rate * (1 + jnp.cos(jnp.pi * jnp.arange(steps) / steps))
    # END SOLUTION


def shift_images(images: Any, offsets: Any) -> jax.Array:
    """Shift each image by an offset of its own; what leaves on one side comes back on the other.

    Args:
        images: an array of shape ``(count, height, width)``.
        offsets: for each image how many rows down and how many columns to the right, whole numbers
            of shape ``(count, 2)``; negative ones lead up and to the left.

    Returns:
        The shifted images, of the same shape.
    """
    # TODO 6.6: jax.vmap of jnp.roll over both axes of one image (about 1 line).
    # BEGIN SOLUTION
    return jax.vmap(lambda image, offset: jnp.roll(image, offset, axis=(0, 1)))(images, offsets)
    # END SOLUTION


@partial(jax.jit, static_argnames="loss")
def train_epoch(
    loss: Callable[[Any, Any, Any], Any],
    params: Any,
    images: Any,
    labels: Any,
    batches: Any,
    rates: Any,
) -> tuple[Any, jax.Array]:
    """Make one step of gradient descent for each minibatch, each with its own learning rate.

    Args:
        loss: ``loss(params, images, labels)`` returns a number.
        params: the parameters at the beginning, a tree of arrays.
        images: all training images, of shape ``(count, ...)``.
        labels: their labels, of shape ``(count, ...)``.
        batches: the indices of each minibatch, of shape ``(steps, batch)``.
        rates: the learning rate of each step, of shape ``(steps,)``.

    Returns:
        The parameters after the last step, and the losses, of shape ``(steps,)``: each that of its
        minibatch before its step.
    """
    # TODO 6.6: as on day 5, but lax.scan goes through batches and rates side by side; use sgd_step
    # (about 5 lines).
    # BEGIN SOLUTION

    def step(params: Any, batch_and_rate: Any) -> tuple[Any, Any]:
        batch, rate = batch_and_rate
        value, gradients = jax.value_and_grad(loss)(params, images[batch], labels[batch])
        return sgd_step(params, gradients, rate), value

    return lax.scan(step, params, (batches, rates))
    # END SOLUTION


def scale(pixels: Any) -> jax.Array:
    """Images with numbers from 0, paper, to 1, ink."""
    return jnp.asarray(pixels, jnp.float32) / 255


def cnn_loss(params: Params, images: jax.Array, labels: jax.Array) -> jax.Array:
    """The cross-entropy of a minibatch, with the convolution that is fast inside lax.scan."""
    return cross_entropy(forward(params, images, convolve_patches), labels)


@jax.jit
def jitter(key: jax.Array, images: jax.Array) -> jax.Array:
    """Shift each image at random by −1, 0 or 1 pixel in both directions."""
    return shift_images(images, jax.random.randint(key, (len(images), 2), -1, 2))


@jax.jit
def logits_of(params: Params, images: jax.Array) -> jax.Array:
    """The logits of many images, in blocks of 500 so that the patches need little memory."""
    blocks = images.reshape(-1, 500, *images.shape[1:])
    logits = lax.map(lambda block: forward(params, block, convolve_patches), blocks)
    return logits.reshape(len(images), -1)


def fit(
    epochs: int = EPOCHS,
    learning_rate: float = LEARNING_RATE,
    batch_size: int = BATCH_SIZE,
    seed: int = 0,
    subset: int | None = None,
) -> Trained:
    """Train the network, watch the validation accuracy, and test once at the end.

    Args:
        epochs: passes through the training images.
        learning_rate: the first step size; it falls to 0 by the last step.
        batch_size: the number of images in a minibatch.
        seed: of the first parameters and of the shuffling.
        subset: train with the first N images only.

    Raises:
        UsageError: if there are not as many images, or too few for a minibatch.
    """
    from tqdm import tqdm  # type: ignore[import-untyped]

    digits = load_mnist()
    count = training_size(len(digits.train_images) - VALIDATION, subset, batch_size)
    # All images go to the device once, before training.
    images, validation_images, test_images = map(
        scale, (digits.train_images[:count], digits.train_images[-VALIDATION:], digits.test_images)
    )
    labels = jnp.asarray(digits.train_labels[:count])
    validation_labels = jnp.asarray(digits.train_labels[-VALIDATION:])
    key, init_key = jax.random.split(jax.random.key(seed))
    params = initialize_cnn(init_key)
    steps = count // batch_size
    rates = cosine_rates(epochs * steps, learning_rate).reshape(epochs, steps)
    losses, accuracies = [], []
    bar = tqdm(range(epochs), unit="epoch")
    for epoch in bar:
        order_key, offset_key = jax.random.split(jax.random.fold_in(key, epoch))
        batches = minibatches(order_key, count, batch_size)
        shifted = jitter(offset_key, images)
        params, values = train_epoch(cnn_loss, params, shifted, labels, batches, rates[epoch])
        losses.append(float(values.mean()))
        right = accuracy(logits_of(params, validation_images), validation_labels)
        accuracies.append(float(right))
        bar.set_postfix_str(f"loss {losses[-1]:.4f}, validation accuracy {accuracies[-1]:.2%}")
    predictions = np.asarray(logits_of(params, test_images).argmax(axis=1))
    return Trained(params, losses, accuracies, digits.test_images, digits.test_labels, predictions)


def main() -> None:
    """Train with the options of the command line, and show how it went."""
    options = TrainingParser(__doc__, EPOCHS, LEARNING_RATE, BATCH_SIZE).parse_args()
    trained = fit(**vars(options))
    print(f"test accuracy: {trained.test_accuracy:.2%}")
    for name, figure in draw_trained(trained).items():
        save_or_show(figure, "day_06_cnn", name)
    try:
        inside = draw_inside(trained.params[0], scale(trained.test_images[0]), convolve)
    except NotImplementedError:
        print("Task 6.7 (optional) is not started yet; it shows what the first layer has learned.")
    else:
        save_or_show(inside, "day_06_cnn", "inside")


if __name__ == "__main__":
    run(main)
