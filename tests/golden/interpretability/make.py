"""Compute ``maps.npz`` with PyTorch and Captum: what day 8's maps are for the given network.

    python -m pip install torch==2.13.0 captum==0.9.0
    python tests/golden/interpretability/make.py

The course must be installed, too. The tests then need neither PyTorch nor Captum. Everything is
computed in double precision. When ``data/digit_network.npz`` changes, run this again.

The images get some noise: where a maximum is not unique, as on white paper, PyTorch gives the
gradient to the first of the equal values, but JAX shares it among them.
"""

from pathlib import Path

import numpy as np
import torch
from captum.attr import IntegratedGradients, Saliency

from introdl.datasets import load_mnist
from introdl.networks import load_digit_network

IMAGES, STEPS = 4, 50


def network(weights: dict[str, np.ndarray]) -> torch.nn.Module:
    """The layers of `introdl.networks.digit_network`, from PyTorch's own."""
    layers: list[torch.nn.Module] = []
    for i in (1, 2, 3):
        kernel = torch.tensor(weights[f"kernel{i}"]).permute(3, 2, 0, 1)
        layer = torch.nn.Conv2d(*kernel.shape[1::-1], 3)
        layer.weight.data, layer.bias.data = kernel, torch.tensor(weights[f"bias{i}"])
        layers += [layer, torch.nn.ReLU(), *([torch.nn.MaxPool2d(2)] if i < 3 else [])]
    dense = torch.nn.Linear(*weights["weight"].shape)
    # PyTorch flattens channels, rows, columns; the course rows, columns, channels.
    matrix = weights["weight"].reshape(3, 3, 64, 10).transpose(3, 2, 0, 1).reshape(10, -1)
    dense.weight.data, dense.bias.data = torch.tensor(matrix), torch.tensor(weights["bias"])
    return torch.nn.Sequential(*layers, torch.nn.Flatten(), dense).double()


def main() -> None:
    """Write the file beside this script."""
    rng, digits = np.random.default_rng(8), load_mnist()
    weights = {name: np.asarray(value, float) for name, value in load_digit_network().items()}
    model, shape = network(weights), (IMAGES, 28, 28)
    images = digits.test_images[:IMAGES] / 255 + rng.normal(0, 0.05, shape)
    baselines, labels = rng.normal(0, 0.05, shape), digits.test_labels[:IMAGES].astype(np.int64)
    x, base = (torch.tensor(a)[:, None] for a in (images, baselines))
    target = torch.tensor(labels)
    saliency = Saliency(model).attribute(x.requires_grad_(), target)
    integrated = IntegratedGradients(model, multiply_by_inputs=True).attribute(
        x, base, target, n_steps=STEPS, method="riemann_middle"
    )
    arrays = {
        "images": images, "baselines": baselines, "labels": labels, "steps": STEPS,
        "logits": model(x).detach(), "saliency": saliency[:, 0].detach(),
        "integrated": integrated[:, 0].detach(),
    }  # fmt: skip
    path = Path(__file__).with_name("maps.npz")
    np.savez_compressed(path, **{name: np.asarray(value) for name, value in arrays.items()})


if __name__ == "__main__":
    main()
