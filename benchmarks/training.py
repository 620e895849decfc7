"""Seconds per epoch and compile time of the reference networks, beside PyTorch and flax + optax.

All train the same model with the same batch size and constant learning rate on the same data. They
take turns, one epoch each, for the machine's speed drifts. The convolutional network also runs in
all combinations of two convolutions and two loops. Run it with the solved days::

    PYTHONPATH=solutions python benchmarks/training.py
"""

from benchmarks.conditions import THREADS, require_solved  # before JAX and PyTorch

# isort: split
import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import optax
import torch

from day_05_neural_networks.src import mnist
from day_06_cnn.src import mnist_cnn
from introdl.datasets import load_mnist
from introdl.script import Parser, at_least, run
from introdl.training import cross_entropy, minibatches, sgd_step


@dataclass(frozen=True)
class Data:
    """Prepared images and labels as NumPy arrays."""

    images: Any  # (count, 28, 28), float32
    labels: Any  # (count,), int32
    test_images: Any
    test_labels: Any


@dataclass(frozen=True)
class Contestant:
    """One way to train a network.

    Args:
        name: the row's name in the table.
        epoch: ``epoch(number)`` shuffles and trains one epoch, and waits for its end.
        predict: returns the predicted digits of the test images.
    """

    name: str
    epoch: Callable[[int], None]
    predict: Callable[[], Any]


def dense_reference(data: Data) -> Contestant:
    """Day 5's solution: one compiled scan over the minibatches."""
    images, labels, test = map(jnp.asarray, (data.images, data.labels, data.test_images))
    params = mnist.initialize_network(jax.random.key(0), mnist.SIZES)

    def epoch(number: int) -> None:
        nonlocal params
        batches = mnist.minibatches(jax.random.key(number), len(labels), mnist.BATCH_SIZE)
        params, _ = jax.block_until_ready(
            mnist.train_epoch(mnist.network_loss, mnist.sgd_step, params, images, labels, batches,
                              mnist.LEARNING_RATE)
        )  # fmt: skip

    return Contestant("this course", epoch, lambda: mnist.logits_of(params, test).argmax(1))


def dense_flax(data: Data) -> Contestant:
    """A flax module with optax's optimiser, and one jitted step for each minibatch."""
    model = nn.Sequential([
        lambda x: x.reshape(len(x), -1), nn.Dense(mnist.SIZES[1]), nn.relu, nn.Dense(mnist.SIZES[2])
    ])  # fmt: skip
    optimizer = optax.sgd(mnist.LEARNING_RATE)
    return flax_contestant(model, optimizer, data, mnist.BATCH_SIZE)


def flax_contestant(
    model: nn.Module, optimizer: optax.GradientTransformation, data: Data, batch_size: int
) -> Contestant:
    """Trains any flax model."""
    images, labels, test = map(jnp.asarray, (data.images, data.labels, data.test_images))
    params = model.init(jax.random.key(0), images[:1])
    state = optimizer.init(params)

    def loss(params: Any, images: Any, labels: Any) -> Any:
        logits = model.apply(params, images)
        return optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean()

    @jax.jit
    def step(params: Any, state: Any, images: Any, labels: Any, batch: Any) -> tuple[Any, Any]:
        slopes = jax.grad(loss)(params, images[batch], labels[batch])
        updates, state = optimizer.update(slopes, state, params)
        return optax.apply_updates(params, updates), state

    def epoch(number: int) -> None:
        nonlocal params, state
        for batch in mnist.minibatches(jax.random.key(number), len(labels), batch_size):
            params, state = step(params, state, images, labels, batch)
        jax.block_until_ready(params)

    predict = jax.jit(lambda params: model.apply(params, test).argmax(1))
    return Contestant("flax + optax", epoch, lambda: predict(params))


def dense_torch(data: Data) -> Contestant:
    """PyTorch, one step after the other."""
    model = torch.nn.Sequential(
        torch.nn.Flatten(),
        torch.nn.Linear(*mnist.SIZES[:2]),
        torch.nn.ReLU(),
        torch.nn.Linear(*mnist.SIZES[1:]),
    )
    optimizer = torch.optim.SGD(model.parameters(), mnist.LEARNING_RATE)
    return torch_contestant(model, optimizer, data, mnist.BATCH_SIZE)


def torch_contestant(
    model: torch.nn.Module, optimizer: torch.optim.Optimizer, data: Data, batch_size: int
) -> Contestant:
    """Trains any PyTorch model."""
    images, test = torch.from_numpy(data.images), torch.from_numpy(data.test_images)
    labels = torch.from_numpy(data.labels).long()
    loss = torch.nn.CrossEntropyLoss()

    def epoch(number: int) -> None:
        order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(number))
        for batch in order[: len(labels) // batch_size * batch_size].reshape(-1, batch_size):
            optimizer.zero_grad()
            loss(model(images[batch]), labels[batch]).backward()
            optimizer.step()

    def predict() -> Any:
        with torch.no_grad():
            return model(test).argmax(1).numpy()

    return Contestant(f"PyTorch {torch.__version__}", epoch, predict)


def cnn_reference(data: Data) -> Contestant:
    """Day 6's solution: matrix products in one compiled scan over the minibatches."""
    return cnn_scan("this course: patches, scan", mnist_cnn.convolve_patches, data)


def cnn_scan(name: str, convolve: mnist_cnn.Convolve, data: Data) -> Contestant:
    """Day 6's network with any convolution, one compiled scan over the minibatches."""
    images, labels, params = cnn_start(data)
    loss = cnn_loss(convolve)

    def epoch(number: int) -> None:
        nonlocal params
        batches = minibatches(jax.random.key(number), len(labels), mnist_cnn.BATCH_SIZE)
        rates = jnp.full(len(batches), mnist_cnn.LEARNING_RATE)
        params, _ = jax.block_until_ready(
            mnist_cnn.train_epoch(loss, params, images, labels, batches, rates)
        )

    return Contestant(name, epoch, lambda: predict_cnn(params, data))


def cnn_calls(name: str, convolve: mnist_cnn.Convolve, data: Data) -> Contestant:
    """Day 6's network with any convolution, one call of a jitted step for each minibatch."""
    images, labels, params = cnn_start(data)
    loss = cnn_loss(convolve)

    @jax.jit
    def step(params: Any, images: Any, labels: Any, batch: Any) -> Any:
        slopes = jax.grad(loss)(params, images[batch], labels[batch])
        return sgd_step(params, slopes, mnist_cnn.LEARNING_RATE)

    def epoch(number: int) -> None:
        nonlocal params
        for batch in minibatches(jax.random.key(number), len(labels), mnist_cnn.BATCH_SIZE):
            params = step(params, images, labels, batch)
        jax.block_until_ready(params)

    return Contestant(name, epoch, lambda: predict_cnn(params, data))


def cnn_start(data: Data) -> tuple[Any, Any, mnist_cnn.Params]:
    """Images and labels on the device, and the first parameters."""
    params = mnist_cnn.initialize_cnn(jax.random.key(0))
    return jnp.asarray(data.images), jnp.asarray(data.labels), params


def cnn_loss(convolve: mnist_cnn.Convolve) -> Callable[[Any, Any, Any], Any]:
    """The loss of day 6's network with a convolution."""
    return lambda params, images, labels: cross_entropy(
        mnist_cnn.forward(params, images, convolve), labels
    )


def predict_cnn(params: mnist_cnn.Params, data: Data) -> Any:
    """The predicted digits of the test images."""
    return mnist_cnn.logits_of(params, jnp.asarray(data.test_images)).argmax(1)


def cnn_flax(data: Data) -> Contestant:
    """The same network as a flax module."""
    pool = partial(nn.max_pool, window_shape=(2, 2), strides=(2, 2))
    first, second, third = (
        nn.Conv(channels, (3, 3), padding="VALID") for channels in mnist_cnn.CHANNELS
    )
    model = nn.Sequential([
        lambda x: x[..., None], first, nn.relu, pool, second, nn.relu, pool, third, nn.relu,
        lambda x: x.reshape(len(x), -1), nn.Dense(mnist_cnn.DIGITS),
    ])  # fmt: skip
    optimizer = optax.sgd(mnist_cnn.LEARNING_RATE)
    return flax_contestant(model, optimizer, data, mnist_cnn.BATCH_SIZE)


def cnn_torch(data: Data) -> Contestant:
    """The same network in PyTorch."""
    first, second, third = mnist_cnn.CHANNELS
    model = torch.nn.Sequential(
        torch.nn.Unflatten(1, (1, 28)),
        torch.nn.Conv2d(1, first, 3),
        torch.nn.ReLU(),
        torch.nn.MaxPool2d(2),
        torch.nn.Conv2d(first, second, 3),
        torch.nn.ReLU(),
        torch.nn.MaxPool2d(2),
        torch.nn.Conv2d(second, third, 3),
        torch.nn.ReLU(),
        torch.nn.Flatten(),
        torch.nn.Linear(mnist_cnn.FEATURES, mnist_cnn.DIGITS),
    )
    optimizer = torch.optim.SGD(model.parameters(), mnist_cnn.LEARNING_RATE)
    return torch_contestant(model, optimizer, data, mnist_cnn.BATCH_SIZE)


def scale(*sets: Any) -> tuple[Any, ...]:
    """Prepare images as day 6 does."""
    return tuple(np.array(mnist_cnn.scale(images)) for images in sets)


DENSE, CNN = "784-128-10", "convolutional"
MODELS: dict[str, list[Callable[[Data], Contestant]]] = {
    DENSE: [dense_reference, dense_flax, dense_torch],
    CNN: [
        cnn_reference,
        partial(cnn_calls, "patches, calls", mnist_cnn.convolve_patches),
        partial(cnn_scan, "lax convolution, scan", mnist_cnn.convolve),
        partial(cnn_calls, "lax convolution, calls", mnist_cnn.convolve),
        cnn_flax,
        cnn_torch,
    ],
}
PREPARE: dict[str, Callable[[Any, Any], tuple[Any, ...]]] = {
    DENSE: mnist.normalize,
    CNN: scale,
}


def load(model: str, subset: int | None) -> Data:
    """The training images without those kept for validation, and the test images."""
    digits = load_mnist()
    count = subset or len(digits.train_labels) - mnist.VALIDATION
    images, test_images = PREPARE[model](digits.train_images[:count], digits.test_images)
    labels = digits.train_labels[:count].astype(np.int32)
    return Data(images, labels, test_images, digits.test_labels)


def measure(contestants: list[Contestant], epochs: int) -> list[list[float]]:
    """The seconds of each epoch, for each contestant; they take turns."""
    seconds: list[list[float]] = [[] for _ in contestants]
    for number in range(epochs):
        for contestant, column in zip(contestants, seconds, strict=True):
            started = time.perf_counter()
            contestant.epoch(number)
            column.append(time.perf_counter() - started)
    return seconds


def main() -> None:
    """Print a table for each model."""
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", choices=MODELS, help="only this one")
    parser.add_argument("--epochs", type=at_least(2), default=6, help="epochs of each (default 6)")
    parser.add_argument("--subset", type=at_least(64), help="train with the first N images only")
    options = parser.parse_args()
    require_solved(mnist)
    torch.set_num_threads(THREADS)
    for name in [options.model] if options.model else MODELS:
        data = load(name, options.subset)
        contestants = [make(data) for make in MODELS[name]]
        seconds = measure(contestants, options.epochs)
        print(f"{name}, {len(data.labels):,} images, {options.epochs} epochs, {THREADS} threads")
        print(f"{'':28}{'s/epoch':>9}{'(min … max)':>16}{'compile s':>11}{'test accuracy':>15}")
        for contestant, column in zip(contestants, seconds, strict=True):
            first, *rest = column
            median = statistics.median(rest)
            spread = f"({min(rest):.2f} … {max(rest):.2f})"
            # What the first epoch takes longer than the others is compilation.
            compiling = max(first - median, 0.0)
            right = float(np.mean(np.asarray(contestant.predict()) == data.test_labels))
            print(f"{contestant.name:28}{median:9.2f}{spread:>16}{compiling:11.2f}{right:15.2%}")


if __name__ == "__main__":
    run(main)
