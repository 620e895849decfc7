"""Seconds per epoch of day 7's network for EEG, beside other ways to compute its convolutions.

The reference composes both convolutions to one kernel and multiplies it with blocks of samples, in
one compiled scan over the minibatches. Beside it: the same with `lax.conv`, and PyTorch with one
composed convolution and with both one after the other. All have the same weights, see the same
made-up trials, update by AdamW, and must find the same first loss; there is no dropout. They
take turns, one epoch each, for the machine's speed drifts. Run it with the solved days::

    PYTHONPATH=solutions python benchmarks/brain_decode.py
"""

from benchmarks.conditions import THREADS, require_solved  # before JAX and PyTorch

# isort: split
import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import torch

from day_07_brain_decode.src import brain_decoder, convolution, optimizers
from introdl.errors import UsageError
from introdl.script import Parser, at_least, run
from introdl.training import cross_entropy

SENSORS, SAMPLES, CLASSES = 44, 1125, 4


@dataclass(frozen=True)
class Data:
    """Made-up trials, of shape (trials, samples, sensors), their labels, and the first weights."""

    trials: Any
    labels: Any
    batches: Any  # (steps, batch)
    params: Any


@dataclass(frozen=True)
class Contestant:
    """One way to train; ``epoch()`` trains once with all minibatches and returns the first loss."""

    name: str
    epoch: Callable[[], float]


def convolve_lax(x: jax.Array, kernel: jax.Array) -> jax.Array:
    """The convolution as JAX has it."""
    axes = ("NWC", "WIO", "NWC")
    return jax.lax.conv_general_dilated(x, kernel, (1,), "VALID", dimension_numbers=axes)


def course(name: str, data: Data, convolve: Callable[[Any, Any], Any]) -> Contestant:
    """The reference, with any convolution."""

    def loss(params: Any, x: Any, labels: Any, key: Any) -> Any:
        brain_decoder.convolve = convolve  # read while JAX traces `forward`, here and only once
        return cross_entropy(brain_decoder.forward(params, x), labels)

    def update(params: Any, moments: Any, gradients: Any) -> Any:
        return optimizers.adamw_update(params, moments, gradients, 0.001, 0.01)

    trials, labels, batches = map(jnp.asarray, (data.trials, data.labels, data.batches))
    keys = jax.random.split(jax.random.key(0), len(batches))
    params, moments = data.params, optimizers.initial_moments(data.params)

    def epoch() -> float:
        nonlocal params, moments
        params, moments, losses = brain_decoder.train_epoch(
            loss, update, params, moments, trials, labels, batches, keys
        )
        return float(losses[0])

    return Contestant(name, epoch)


class TorchNetwork(torch.nn.Module):
    """The same layers with the same weights; ``composed`` says how to convolve."""

    def __init__(self, params: Any, composed: bool) -> None:
        super().__init__()
        self.composed = composed
        for name, value in params.items():
            setattr(self, name, torch.nn.Parameter(torch.tensor(np.asarray(value))))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The logits of trials of shape (batch, sensors, samples)."""
        functions = torch.nn.functional
        if self.composed:
            kernel = torch.einsum("tf,sfo->ost", self.temporal, self.spatial)
            y = functions.conv1d(x, kernel, self.bias)
        else:
            in_time = functions.conv2d(x[:, None], self.temporal.T[:, None, None])
            in_space = self.spatial.permute(2, 1, 0)[..., None]
            y = functions.conv2d(in_time, in_space, self.bias)[:, :, 0]
        power = functions.avg_pool1d(y**2, brain_decoder.POOL, brain_decoder.STRIDE)
        features = torch.log(torch.clamp(power, min=brain_decoder.SMALLEST))
        return features.transpose(1, 2).flatten(1) @ self.weight + self.weight_bias


def pytorch(name: str, data: Data, composed: bool) -> Contestant:
    """PyTorch, step by step."""
    model = TorchNetwork(data.params, composed)
    adamw = torch.optim.AdamW(model.parameters(), 0.001, weight_decay=0.01)
    trials = torch.tensor(data.trials).transpose(1, 2).contiguous()
    labels, batches = torch.tensor(data.labels), torch.tensor(data.batches)

    def epoch() -> float:
        losses = []
        for batch in batches:
            adamw.zero_grad()
            loss = torch.nn.functional.cross_entropy(model(trials[batch]), labels[batch])
            loss.backward()
            adamw.step()
            losses.append(float(loss.detach()))
        return losses[0]

    return Contestant(f"PyTorch {torch.__version__}, {name}", epoch)


def made_up(count: int, batch_size: int) -> Data:
    """White noise with random labels; only the sizes matter here."""
    rng = np.random.default_rng(0)
    trials = rng.standard_normal((count, SAMPLES, SENSORS), dtype=np.float32)
    steps = count // batch_size
    batches = rng.permutation(count)[: steps * batch_size].reshape(steps, batch_size)
    params = brain_decoder.initialize(jax.random.key(0), SAMPLES, SENSORS, CLASSES)
    return Data(trials, rng.integers(0, CLASSES, count), batches, params)


def main() -> None:
    """Let all of them take turns, and print a table."""
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=at_least(2), default=5, help="epochs of each (default 5)")
    parser.add_argument("--trials", type=at_least(32), default=352, help="trials (default 352)")
    options = parser.parse_args()
    require_solved(brain_decoder)
    torch.set_num_threads(THREADS)
    data = made_up(options.trials, brain_decoder.BATCH_SIZE)
    contestants = [
        course("this course, blocks", data, convolution.convolve),
        course("the same with lax.conv", data, convolve_lax),
        pytorch("composed", data, composed=True),
        pytorch("two convolutions", data, composed=False),
    ]
    seconds: list[list[float]] = [[] for _ in contestants]
    losses = []
    for number in range(options.epochs):
        for contestant, column in zip(contestants, seconds, strict=True):
            started = time.perf_counter()
            loss = contestant.epoch()
            column.append(time.perf_counter() - started)
            losses += [] if number else [loss]
    print(f"{options.trials} trials of {SENSORS} × {SAMPLES}, {brain_decoder.OUTPUTS} outputs, "
          f"{options.epochs} epochs, {THREADS} threads")  # fmt: skip
    print(f"{'':36}{'s/epoch':>9}{'(min … max)':>18}{'compile s':>11}")
    for contestant, (first, *rest) in zip(contestants, seconds, strict=True):
        median = statistics.median(rest)
        spread = f"({min(rest):.2f} … {max(rest):.2f})"
        # What the first epoch takes longer than the others is compilation.
        print(f"{contestant.name:36}{median:9.2f}{spread:>18}{max(first - median, 0.0):11.2f}")
    if not np.allclose(losses, losses[0], rtol=1e-4):
        raise UsageError(f"The first losses differ: {losses}; the networks are not the same.")
    print(f"All find the same first loss with the same weights: {losses[0]:.4f} nats.")


if __name__ == "__main__":
    run(main)
