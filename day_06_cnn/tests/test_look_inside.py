"""Task 6.7: pictures of the kernels, and their answers to an image."""

from typing import Any

import numpy as np

from day_06_cnn.src.look_inside import feature_maps, filter_pictures
from introdl.testing import check, given, task


@task("6.7", points=1)
def test_filter_pictures(rng: np.random.Generator) -> None:
    hand = np.array([[1.0, -2.0], [2.0, 4.0]], np.float32)[:, :, None, None]
    check(filter_pictures, hand, expect=np.array([[[0.25, -0.5], [0.5, 1.0]]]))
    kernels = rng.normal(size=(3, 4, 1, 5)).astype(np.float32)
    pictures = kernels[:, :, 0].transpose(2, 0, 1)
    largest = np.abs(pictures).max((1, 2), keepdims=True)
    low, high = pictures.min((1, 2), keepdims=True), pictures.max((1, 2), keepdims=True)
    torn = kernels.reshape(5, 3, 4)
    check(
        filter_pictures, kernels, expect=pictures / largest,
        mistakes={
            "Divide each kernel by its own largest absolute value.":
                pictures / np.abs(pictures).max(),
            "Divide by the largest absolute value; weights may be negative.": pictures / high,
            "0 must stay 0: divide only, don't shift.": (pictures - low) / (high - low),
            "reshape mixes the kernels up; move the axis by jnp.moveaxis or transpose.":
                torn / np.abs(torn).max((1, 2), keepdims=True),
            "Divide each kernel by its largest absolute value.": pictures,
            "The outputs come first: (outputs, rows, columns).":
                lambda got: np.shape(got)[-1] == 5,
        },
    )  # fmt: skip


@given
def slide(images: Any, kernels: Any) -> Any:
    """The convolution, right: tasks are tested apart."""
    rows, columns = kernels.shape[:2]
    height, width = images.shape[1] - rows + 1, images.shape[2] - columns + 1
    return sum(
        images[:, a : a + height, b : b + width] @ kernels[a, b]
        for a in range(rows)
        for b in range(columns)
    )


@task("6.7", points=1)
def test_feature_maps(rng: np.random.Generator) -> None:
    image, kernel = rng.normal(size=(7, 9)), rng.normal(size=(3, 2, 1, 4))
    bias = rng.uniform(-1, 1, 4)
    layer = {"kernel": kernel.astype(np.float32), "bias": bias.astype(np.float32)}
    windows = np.lib.stride_tricks.sliding_window_view(image, (3, 2))
    sums = np.einsum("ijab,abo->oij", windows, kernel[:, :, 0])
    maps = sums + bias[:, None, None]
    right = np.maximum(maps, 0)
    check(
        feature_maps, layer, image.astype(np.float32), slide, expect=right, rtol=1e-3, atol=1e-3,
        mistakes={
            "The relu is missing.": maps,
            "The bias is missing.": np.maximum(sums, 0),
            "The outputs come first: (outputs, height, width).": right.transpose(1, 2, 0),
            "reshape mixes the maps up; move the axis by jnp.moveaxis or transpose.":
                right.transpose(1, 2, 0).reshape(right.shape),
            "There is one image, so take the only one of the batch: maps[0].":
                lambda got: np.ndim(got) == 4,
        },
    )  # fmt: skip
