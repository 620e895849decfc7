"""Correlation of an image with a kernel, in three ways, and pooling."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax


def correlate_direct(image: Any, kernel: Any) -> Any:
    """Slide the kernel over the image, and sum up the products at each place.

    Y[i, j] = Σₐ Σ_b K[a, b] X[i + a, j + b], for all places where the whole kernel fits.
    Source of the formula: Goodfellow, Bengio, Courville, "Deep Learning" (2016), equation 9.6.

    Args:
        image: X, a float array of shape ``(height, width)``.
        kernel: K, a float array of shape ``(rows, columns)``, not larger than the image.

    Returns:
        Y, a float array of shape ``(height - rows + 1, width - columns + 1)``.
    """
    # TODO 6.1: two loops over the places, and a sum at each of them (about 7 lines).
    # BEGIN SOLUTION
    rows, columns = kernel.shape
    height, width = image.shape[0] - rows + 1, image.shape[1] - columns + 1
    result = np.zeros((height, width))
    for i in range(height):
        for j in range(width):
            result[i, j] = np.sum(kernel * image[i : i + rows, j : j + columns])
    return result
    # END SOLUTION


def im2col_indices(image_shape: tuple[int, ...], kernel_shape: tuple[int, ...]) -> tuple[Any, Any]:
    """Where the pixels are that the kernel covers, for each of its places.

    Place p of the kernel has its upper left corner in row i and column j of the image; entry q of
    the kernel is in its row a and column b. Both are counted row by row. Then pixel (p, q) is in
    row i + a and column j + b.
    Source: Chellapilla, Puri, Simard, "High performance convolutional neural networks for document
    processing" (2006), section 3.

    Args:
        image_shape: height and width of the image.
        kernel_shape: rows and columns of the kernel.

    Returns:
        The pixels' rows and their columns in the image, two arrays of whole numbers of shape
        ``(places, entries)``, where ``places`` is (height - rows + 1) (width - columns + 1) and
        ``entries`` is rows · columns.
    """
    # TODO 6.2: add the kernel's row and column numbers to those of the places (about 5 lines).
    # BEGIN SOLUTION
    height = image_shape[0] - kernel_shape[0] + 1
    width = image_shape[1] - kernel_shape[1] + 1
    i, j = np.indices((height, width)).reshape(2, -1, 1)
    a, b = np.indices(kernel_shape).reshape(2, 1, -1)
    return i + a, j + b
    # END SOLUTION


def correlate_im2col(image: jax.Array, kernel: jax.Array) -> jax.Array:
    """The same correlation as one matrix product.

    The pixels below the kernel become one row of a matrix for each place ("image to columns").

    Args:
        image: a float array of shape ``(height, width)``.
        kernel: a float array of shape ``(rows, columns)``, not larger than the image.

    Returns:
        A float array of shape ``(height - rows + 1, width - columns + 1)``.
    """
    # TODO 6.2: collect the pixels by their indices, multiply, reshape (about 4 lines).
    # BEGIN SOLUTION
    shape = image.shape[0] - kernel.shape[0] + 1, image.shape[1] - kernel.shape[1] + 1
    pixels = image[im2col_indices(image.shape, kernel.shape)]
    return (pixels @ kernel.reshape(-1)).reshape(shape)
    # END SOLUTION


@jax.jit
def correlate_lax(image: Any, kernel: Any) -> jax.Array:
    """The same correlation by JAX's own operation, compiled.

    ``lax.conv`` works on many images with many channels and many kernels at once, so both arrays
    get two axes of length 1 in front: ``(image, channel, …)`` and ``(kernel, channel, …)``.

    Args:
        image: a float array of shape ``(height, width)``.
        kernel: a float array of shape ``(rows, columns)``, not larger than the image.

    Returns:
        A float32 array of shape ``(height - rows + 1, width - columns + 1)``.
    """
    images = jnp.asarray(image, jnp.float32)[None, None]
    kernels = jnp.asarray(kernel, jnp.float32)[None, None]
    return lax.conv(images, kernels, window_strides=(1, 1), padding="VALID")[0, 0]


def max_pool(images: jax.Array, size: int = 2) -> jax.Array:
    """Keep the largest value of each block of ``size`` × ``size`` pixels.

    The blocks don't overlap. Rows and columns at the end that don't fill a block are left out.

    Args:
        images: a float array of shape ``(batch, height, width, channels)``.
        size: the number of rows and of columns of a block.

    Returns:
        A float array of shape ``(batch, height // size, width // size, channels)``.
    """
    # TODO 6.3: cut off the rest, give each block two axes of its own, take the maximum
    # (about 4 lines).
    # BEGIN SOLUTION
    batch, height, width, channels = images.shape
    rows, columns = height // size, width // size
    whole = images[:, : rows * size, : columns * size]
    return whole.reshape(batch, rows, size, columns, size, channels).max(axis=(2, 4))
    # END SOLUTION
