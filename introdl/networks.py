"""A trained network that reads handwritten digits, given to look inside on day 8.

It has the layers of day 6's network: three convolutions with 3 × 3 kernels, maxima over 2 × 2
pixels after the first two, and a dense layer.
"""

import io

import jax
import jax.numpy as jnp
import numpy as np

from introdl.datasets import embedded

FILE = "digit_network.npz"

Params = dict[str, jax.Array]


def load_digit_network() -> Params:
    """Read the trained weights from ``data/digit_network.npz``.

    Returns:
        For layers 1 to 3 ``kernel1``, …, of shape ``(3, 3, inputs, outputs)``, and ``bias1``, …, of
        shape ``(outputs,)``; for the dense layer ``weight``, of shape ``(features, 10)``, and
        ``bias``, of shape ``(10,)``. All are float32.

    Raises:
        UsageError: if the file is missing or damaged.
    """
    with np.load(io.BytesIO(embedded.read(FILE)), allow_pickle=False) as arrays:
        return {name: jnp.asarray(arrays[name]) for name in arrays.files}


@jax.jit
def digit_network(params: Params, images: jax.Array) -> jax.Array:
    """The logits of the ten digits.

    Args:
        params: the weights, as from `load_digit_network`.
        images: grey images with pixels from 0 (paper) to 1 (ink), of shape ``(batch, 28, 28)``.

    Returns:
        The logits, of shape ``(batch, 10)``.
    """
    x = jax.nn.relu(convolve(images[..., None], params["kernel1"]) + params["bias1"])
    x = jax.nn.relu(convolve(pool(x), params["kernel2"]) + params["bias2"])
    x = jax.nn.relu(convolve(pool(x), params["kernel3"]) + params["bias3"])
    return x.reshape(len(x), -1) @ params["weight"] + params["bias"]


def convolve(images: jax.Array, kernels: jax.Array) -> jax.Array:
    """All images with all kernels ("valid"), as one matrix product.

    On a CPU, its gradient inside `jax.lax.scan` is much faster than that of `jax.lax.conv`.

    Args:
        images: of shape ``(batch, height, width, inputs)``.
        kernels: of shape ``(rows, columns, inputs, outputs)``.

    Returns:
        Of shape ``(batch, height - rows + 1, width - columns + 1, outputs)``.
    """
    rows, columns, inputs, outputs = kernels.shape
    height, width = images.shape[1] - rows + 1, images.shape[2] - columns + 1
    shifted = [images[:, i : i + height, j : j + width] for i, j in np.ndindex(rows, columns)]
    return jnp.concatenate(shifted, -1) @ kernels.reshape(rows * columns * inputs, outputs)


def pool(images: jax.Array) -> jax.Array:
    """The maximum of each 2 × 2 pixels; an odd row or column at the end is left out.

    Args:
        images: of shape ``(batch, height, width, channels)``.

    Returns:
        Of shape ``(batch, height // 2, width // 2, channels)``.
    """
    batch, height, width, channels = images.shape
    height, width = height // 2, width // 2
    cut = images[:, : 2 * height, : 2 * width]
    return cut.reshape(batch, height, 2, width, 2, channels).max((2, 4))
