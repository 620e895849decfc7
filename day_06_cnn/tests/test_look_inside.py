"""Task 6.7: pictures of the kernels, and their answers to an image."""

from typing import Any

import numpy as np

from day_06_cnn.src.look_inside import feature_maps, filter_pictures
from introdl.testing import check, given, task


def scaled(pictures: Any) -> Any:
    """Each picture divided by its largest absolute value."""
    return np.stack([picture / np.linalg.norm(picture.ravel(), np.inf) for picture in pictures])


@task("6.7", points=1)
def test_filter_pictures(rng: np.random.Generator) -> None:
    hand = np.array([[1.0, -2.0], [2.0, 4.0]], np.float32)[:, :, None, None]
    check(filter_pictures, hand, expect=np.array([[[0.25, -0.5], [0.5, 1.0]]]))
    kernels = rng.normal(size=(3, 4, 1, 5)).astype(np.float32)
    pictures = np.stack([kernels[:, :, 0, output] for output in range(5)])
    low, high = pictures.min((1, 2), keepdims=True), pictures.max((1, 2), keepdims=True)
    check(
        filter_pictures, kernels, expect=scaled(pictures),
        mistakes={
            "Divide each kernel by its own largest absolute value.":
                pictures / np.abs(pictures).max(),
            "Divide by the largest absolute value; weights may be negative.": pictures / high,
            "0 must stay 0: divide only, don't shift.": (pictures - low) / (high - low),
            "reshape mixes the kernels up; move the axis by jnp.moveaxis or transpose.":
                scaled(kernels.reshape(5, 3, 4)),
            "Divide each kernel by its largest absolute value.": pictures,
            "The outputs come first: (outputs, rows, columns).":
                lambda got: np.shape(got)[-1] == 5,
        },
    )  # fmt: skip


@given
def corners(images: Any, kernels: Any) -> Any:
    """What stands for the convolution here: two entries of each kernel of 3 × 2 alone."""
    return images[:, :-2, :-1] @ kernels[0, 0] + images[:, 2:, 1:] @ kernels[2, 1]


@task("6.7", points=1)
def test_feature_maps(rng: np.random.Generator) -> None:
    image, kernel = rng.normal(size=(7, 9)), rng.normal(size=(3, 2, 1, 4))
    bias = rng.uniform(-1, 1, 4)
    layer = {"kernel": kernel.astype(np.float32), "bias": bias.astype(np.float32)}
    sums = np.multiply.outer(kernel[0, 0, 0], image[:-2, :-1])
    sums += np.multiply.outer(kernel[2, 1, 0], image[2:, 1:])
    maps = sums + bias[:, None, None]
    right = np.maximum(maps, 0)
    check(
        feature_maps, layer, image.astype(np.float32), corners, expect=right, rtol=1e-3, atol=1e-3,
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
