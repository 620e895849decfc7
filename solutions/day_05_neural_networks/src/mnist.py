"""A fully connected network learns to read the handwritten digits of MNIST."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from introdl.datasets import load_mnist
from introdl.figures import Trained, draw_trained, save_or_show
from introdl.script import TrainingParser, run, training_size

Params = list[dict[str, jax.Array]]

SIZES = (784, 128, 10)  # pixels, hidden neurons, digits
VALIDATION = 5000  # images at the end of the training set that are kept back
EPOCHS, LEARNING_RATE, BATCH_SIZE = 10, 0.1, 64


def normalize(train: Any, *others: Any) -> tuple[Any, ...]:
    """Shift and scale all sets so that the *training* pixels have mean 0 and deviation 1.

    One mean and one standard deviation, those of all training pixels together, serve every set.

    Args:
        train: the training images, a uint8 array of shape ``(n, 28, 28)``.
        *others: further sets, uint8 arrays of shape ``(m, 28, 28)``.

    Returns:
        A tuple of the training set and the others, as float32 arrays of the same shapes.
    """
    # TODO 5.4: (images − mean) / deviation for each set, with float32 numbers (about 4 lines).
    # BEGIN SOLUTION
    mean, deviation = np.float32(train.mean()), np.float32(train.std())
    return tuple((images.astype(np.float32) - mean) / deviation for images in (train, *others))
    # END SOLUTION


def initialize_network(key: jax.Array, sizes: Sequence[int]) -> Params:
    """Draw the first parameters of a fully connected network.

    Weights come from the normal distribution with mean 0 and variance 2/n, where n is the number of
    inputs of the layer. Biases are 0.
    Source of the formula: He, Zhang, Ren, Sun, "Delving deep into rectifiers" (2015), equation 10.

    Args:
        key: a random key.
        sizes: the number of inputs, of neurons in each hidden layer, and of outputs.

    Returns:
        For each layer, from the input on, a dict with float32 arrays: ``"weight"`` of shape
        ``(inputs, outputs)`` and ``"bias"`` of shape ``(outputs,)``.
    """
    # TODO 5.4: one key for each layer; draw, scale, collect (about 8 lines).
    # BEGIN SOLUTION
    keys = jax.random.split(key, len(sizes) - 1)
    params = []
    for layer_key, inputs, outputs in zip(keys, sizes[:-1], sizes[1:], strict=True):
        weight = jnp.sqrt(2 / inputs) * jax.random.normal(layer_key, (inputs, outputs))
        params.append({"weight": weight, "bias": jnp.zeros(outputs)})
    return params
    # END SOLUTION


def forward(params: Params, images: Any) -> jax.Array:
    """Compute the logits: layers x W + b, with relu between them, and none behind the last.

    Args:
        params: the layers, as from `initialize_network`.
        images: a float array of shape ``(batch, 28, 28)``, or of any ``(batch, ...)`` that has as
            many values in an image as the first layer has inputs.

    Returns:
        The logits, of shape ``(batch, 10)``, or as many columns as the last layer has outputs.
    """
    # TODO 5.4: make each image a row, then go through the layers (about 5 lines).
    # BEGIN SOLUTION
    x = images.reshape(len(images), -1)
    for layer in params[:-1]:
        x = jax.nn.relu(x @ layer["weight"] + layer["bias"])
    return x @ params[-1]["weight"] + params[-1]["bias"]
    # END SOLUTION


def cross_entropy(logits: jax.Array, labels: jax.Array) -> jax.Array:
    """The mean of −log p(true class), where p is the softmax of the logits.

    −log p(k) = log Σⱼ exp(zⱼ) − z_k, and log Σⱼ exp(zⱼ) = m + log Σⱼ exp(zⱼ − m) with m = max z.
    Source of the formula: Goodfellow, Bengio, Courville, "Deep Learning" (2016), section 6.2.2.3.

    Args:
        logits: z, a float array of shape ``(batch, classes)``.
        labels: the true classes k, whole numbers of shape ``(batch,)``.

    Returns:
        The mean over the batch in nats, of shape ``()``; finite for logits of ±10,000 too.
    """
    # TODO 5.5: subtract each row's maximum, then use the formula above (about 4 lines).
    # BEGIN SOLUTION
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_sum = jnp.log(jnp.exp(shifted).sum(axis=1))
    of_true_class = shifted[jnp.arange(len(labels)), labels]
    return jnp.mean(log_sum - of_true_class)
    # END SOLUTION


def accuracy(logits: jax.Array, labels: jax.Array) -> jax.Array:
    """The share of images whose largest logit is that of the true class.

    Args:
        logits: a float array of shape ``(batch, classes)``.
        labels: the true classes, whole numbers of shape ``(batch,)``.

    Returns:
        A number from 0 to 1, of shape ``()``.
    """
    # TODO 5.6: compare the largest logit's place with the label (about 1 line).
    # BEGIN SOLUTION
    return jnp.mean(logits.argmax(axis=1) == labels)
    # END SOLUTION


def sgd_step(params: Any, gradients: Any, learning_rate: Any) -> Any:
    """One step of gradient descent for every parameter: θ ← θ − ε ∇C.

    Args:
        params: a tree of float arrays: lists and dicts of arrays, nested in any way.
        gradients: a tree of the same structure and shapes.
        learning_rate: the step size ε.

    Returns:
        A new tree; nothing is changed in place.
    """
    # TODO 5.6: use jax.tree.map on both trees (about 1 line).
    # BEGIN SOLUTION
    return jax.tree.map(lambda p, g: p - learning_rate * g, params, gradients)
    # END SOLUTION


def minibatches(key: jax.Array, count: int, batch_size: int) -> jax.Array:
    """Shuffle the images' indices and cut them into minibatches.

    Args:
        key: a random key.
        count: the number of images.
        batch_size: the number of images in a minibatch.

    Returns:
        Indices from 0 to count − 1, none of them twice, in random order: whole numbers of shape
        ``(count // batch_size, batch_size)``. What doesn't fill a minibatch is left out.
    """
    # TODO 5.7: permute, cut off the rest, reshape (about 3 lines).
    # BEGIN SOLUTION
    steps = count // batch_size
    order = jax.random.permutation(key, count)
    return order[: steps * batch_size].reshape(steps, batch_size)
    # END SOLUTION


@partial(jax.jit, static_argnames=("loss", "update"))
def train_epoch(
    loss: Callable[[Any, Any, Any], Any],
    update: Callable[[Any, Any, Any], Any],
    params: Any,
    images: Any,
    labels: Any,
    batches: Any,
    learning_rate: Any,
) -> tuple[Any, jax.Array]:
    """Make one step of gradient descent for each minibatch, all in one compiled loop.

    Args:
        loss: ``loss(params, images, labels)`` returns a number.
        update: ``update(params, gradients, learning_rate)`` returns the new parameters.
        params: the parameters at the beginning, a tree of arrays.
        images: all training images, of shape ``(count, ...)``.
        labels: their labels, of shape ``(count, ...)``.
        batches: the indices of each minibatch, of shape ``(steps, batch)``.
        learning_rate: the step size ε.

    Returns:
        The parameters after the last step, and the losses, of shape ``(steps,)``: each that of its
        minibatch before its step.
    """
    # TODO 5.7: write one step with jax.value_and_grad, and run it with lax.scan (about 5 lines).
    # BEGIN SOLUTION

    def step(params: Any, batch: Any) -> tuple[Any, Any]:
        value, gradients = jax.value_and_grad(loss)(params, images[batch], labels[batch])
        return update(params, gradients, learning_rate), value

    return jax.lax.scan(step, params, batches)
    # END SOLUTION


def network_loss(params: Params, images: jax.Array, labels: jax.Array) -> jax.Array:
    """The cross-entropy of a minibatch."""
    return cross_entropy(forward(params, images), labels)


logits_of = jax.jit(forward)


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
        learning_rate: the step size.
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
        jnp.asarray,
        normalize(
            digits.train_images[:count], digits.train_images[-VALIDATION:], digits.test_images
        ),
    )
    labels, validation_labels = map(
        jnp.asarray, (digits.train_labels[:count], digits.train_labels[-VALIDATION:])
    )
    key, init_key = jax.random.split(jax.random.key(seed))
    params = initialize_network(init_key, SIZES)
    losses, accuracies = [], []
    bar = tqdm(range(epochs), unit="epoch")
    for epoch in bar:
        batches = minibatches(jax.random.fold_in(key, epoch), count, batch_size)
        params, values = train_epoch(
            network_loss, sgd_step, params, images, labels, batches, learning_rate
        )
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
        save_or_show(figure, "day_05_neural_networks", name)


if __name__ == "__main__":
    run(main)
