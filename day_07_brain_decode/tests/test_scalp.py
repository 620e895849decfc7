"""Task 7.8 (optional): the data of the scalp maps."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from day_07_brain_decode.src.scalp import class_effects, filter_maps, pattern_maps
from introdl.testing import check, jit, task


def single(value: Any) -> Any:
    """An array as JAX has it."""
    return jnp.asarray(value, jnp.float32)


@task("7.8", points=1)
def test_filter_maps(rng: np.random.Generator) -> None:
    hand = np.zeros((2, 2, 1))
    hand[:, 0, 0], hand[:, 1, 0] = (3.0, -4.0), (0.0, 2.0)
    for kernel in (hand, rng.normal(size=(4, 3, 5))):
        right = np.linalg.norm(kernel, axis=0).T
        check(
            filter_maps, single(kernel), expect=right,
            mistakes={
                "Sensors and outputs are swapped: one row for each output.": right.T,
                "The square root is missing.": right**2,
                "Positive and negative weights cancel; sum their squares.": kernel.sum(0).T,
                "Sum the squares, not the absolute values.": np.abs(kernel).sum(0).T,
                "This is the mean over the taps; take the sum.": right / np.sqrt(len(kernel)),
            },
            why="For each output and sensor: √(Σ_τ K[τ, s, o]²).",
        )  # fmt: skip


def outputs_of(x: Any, kernel: Any) -> Any:
    """The convolution in NumPy, tap by tap."""
    length = x.shape[1] - len(kernel) + 1
    return sum(x[:, i : i + length] @ tap for i, tap in enumerate(kernel))


@task("7.8", points=1)
def test_pattern_maps(rng: np.random.Generator) -> None:
    kernel, x = rng.normal(size=(3, 4, 5)), rng.normal(size=(2, 30, 4))
    y = outputs_of(x, kernel)
    taps, length = len(kernel), y.shape[1]
    pattern = np.stack([
        np.einsum("nts,nto->so", x[:, i : i + length], y) for i in range(taps)
    ]) / (len(x) * length)  # fmt: skip
    right = np.linalg.norm(pattern, axis=0).T
    check(
        jit(pattern_maps), single(kernel), single(x), expect=right, rtol=1e-3,
        mistakes={
            "This is the map of the filters; the pattern is the gradient of C.":
                np.linalg.norm(kernel, axis=0).T,
            "The factor ½ of C is missing.": 2 * right,
            "Take the mean over trials and times, not the sum.": len(x) * length * right,
            "Take the mean over trials and times only; sum over the outputs.":
                right / kernel.shape[2],
            "Square the outputs: C is half of their mean power.":
                lambda got: np.ptp(np.asarray(got), axis=0).max() < 1e-4 and len(got) > 1,
        },
        why="The norm over the taps of jax.grad of ½ Σ_o mean(y²), as in filter_maps.",
    )  # fmt: skip


@task("7.8", points=1)
def test_class_effects(rng: np.random.Generator) -> None:
    windows, outputs, classes = 3, 5, 4
    weight = rng.normal(size=(windows * outputs, classes))
    shaped = weight.reshape(windows, outputs, classes)
    rise = np.einsum("woc->oc", shaped)
    centre = np.eye(classes) - 1 / classes  # a product with it subtracts the mean
    right = rise @ centre
    check(
        class_effects, single(weight), outputs, expect=right,
        mistakes={
            "The mean over the classes is not subtracted: what all logits share says nothing.":
                rise,
            "Subtract the mean over the classes, not over the outputs.": rise - rise.mean(0),
            "This is the mean over the windows; sum over them.": right / windows,
            "The first window's outputs come first: reshape to (windows, outputs, classes).":
                np.einsum("owc->oc", weight.reshape(outputs, windows, classes)) @ centre,
            "Sum over the windows.": lambda got: np.ndim(got) == 3,
        },
    )  # fmt: skip
