"""Compute ``network.npz`` with PyTorch: logits and gradients of the network of day 7.

    python -m pip install torch==2.13.0
    python tests/golden/brain_decode/make.py

The tests then need no PyTorch. Here the two convolutions come one after the other, as in the
original's description. Everything is computed in double precision.
"""

from pathlib import Path

import numpy as np
import torch
from torch import nn

BATCH, SENSORS, SAMPLES, CLASSES = 3, 6, 140, 4
TAPS, FILTERS, OUTPUTS, POOL, STRIDE, SMALLEST = 25, 5, 7, 75, 15, 1e-6
WINDOWS = (SAMPLES - TAPS + 1 - POOL) // STRIDE + 1


class Network(nn.Module):
    """Convolutions in time and space, square, mean pool, log, dense."""

    def __init__(self) -> None:
        super().__init__()
        self.temporal = nn.Conv2d(1, FILTERS, (1, TAPS), bias=False)
        self.spatial = nn.Conv2d(FILTERS, OUTPUTS, (SENSORS, 1))
        self.pool = nn.AvgPool2d((1, POOL), (1, STRIDE))
        self.dense = nn.Linear(OUTPUTS * WINDOWS, CLASSES)

    def forward(self, trials: torch.Tensor) -> torch.Tensor:
        """The logits of trials of shape (batch, sensors, samples)."""
        y = self.spatial(self.temporal(trials[:, None]))
        features = torch.log(torch.clamp(self.pool(y**2), min=SMALLEST))
        return self.dense(features.flatten(1))


def main() -> None:
    """Write the file beside this script."""
    rng = np.random.default_rng(7)
    network = Network().double()
    arrays = {}
    for name, parameter in network.named_parameters():
        value = rng.normal(size=tuple(parameter.shape)) / np.sqrt(max(1, parameter[0].numel()))
        parameter.data = torch.tensor(value)
        arrays[name] = value
    trials = rng.normal(size=(BATCH, SENSORS, SAMPLES))
    trials[2] = 1e-5 * trials[2]  # as good as silent
    labels = rng.integers(0, CLASSES, BATCH)
    logits = network(torch.tensor(trials))
    loss = nn.functional.cross_entropy(logits, torch.tensor(labels))
    loss.backward()
    arrays |= {"trials": trials, "labels": labels, "logits": logits.detach().numpy()}
    arrays["loss"] = loss.detach().numpy()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None
        arrays[f"gradient_{name}"] = parameter.grad.numpy()
    np.savez_compressed(Path(__file__).with_name("network.npz"), **arrays)


if __name__ == "__main__":
    main()
