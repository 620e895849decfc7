"""What the first layer of a convolutional network has learned: its filters and feature maps."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def filter_pictures(kernels: Any) -> jax.Array:
    """Make one picture of each kernel of the first layer, scaled for a colour map around 0.

    Args:
        kernels: a float array of shape ``(rows, columns, 1, outputs)``; no kernel is all zeros.

    Returns:
        The kernels, of shape ``(outputs, rows, columns)``, each divided by its own largest absolute
        value: numbers from −1 to 1, and 0 stays 0.
    """
    # TODO 6.7: bring the outputs to the front, divide by each one's maximum (about 3 lines).
    # BEGIN SOLUTION
    pictures = jnp.moveaxis(kernels[:, :, 0], -1, 0)
    return pictures / jnp.abs(pictures).max(axis=(1, 2), keepdims=True)
    # END SOLUTION


def feature_maps(layer: dict[str, Any], image: Any, convolve: Callable[[Any, Any], Any]) -> Any:
    """What the first layer answers to one image: relu(convolve(image, kernel) + bias).

    Args:
        layer: ``"kernel"`` of shape ``(rows, columns, 1, outputs)`` and ``"bias"`` of shape
            ``(outputs,)``.
        image: a float array of shape ``(height, width)``.
        convolve: maps images of shape ``(batch, height, width, inputs)`` and kernels to images.

    Returns:
        One map for each kernel, of shape ``(outputs, height - rows + 1, width - columns + 1)``.
    """
    # TODO 6.7: give the image a batch and a channel axis, and move the outputs to the front
    # (about 3 lines).
    # BEGIN SOLUTION
    images = image[None, :, :, None]
    maps = jax.nn.relu(convolve(images, layer["kernel"]) + layer["bias"])
    return jnp.moveaxis(maps[0], -1, 0)
    # END SOLUTION


def draw_inside(layer: dict[str, Any], image: Any, convolve: Callable[[Any, Any], Any]) -> "Figure":
    """Draw the kernels of the first layer, and what each of them answers to one image.

    Args:
        layer: as for `feature_maps`, with 16 outputs.
        image: as for `feature_maps`.
        convolve: as for `feature_maps`.
    """
    import matplotlib.pyplot as plt

    pictures = np.asarray(filter_pictures(layer["kernel"]))
    maps = np.asarray(feature_maps(layer, image, convolve))
    figure, grid = plt.subplots(4, 8, figsize=(8.4, 4.8), layout="constrained")
    for axes in grid.flat:
        axes.set(xticks=[], yticks=[])
    for i in range(16):
        row, column = 2 * (i // 8), i % 8
        kernel = grid[row, column].imshow(pictures[i], cmap="RdBu_r", vmin=-1, vmax=1)
        answer = grid[row + 1, column].imshow(maps[i], cmap="magma", vmin=0, vmax=maps.max())
        grid[row, column].set_title(f"kernel {i}", fontsize=9)
    figure.colorbar(kernel, ax=grid[:2], label="weight / largest", shrink=0.9)
    figure.colorbar(answer, ax=grid[2:], label="answer", shrink=0.9)
    figure.suptitle("The first layer: kernels of 3 × 3 pixels, and their answers to one digit")
    return figure
