"""Saliency maps: to which pixels does a network's answer react?"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from introdl.datasets import load_mnist
from introdl.figures import save_or_show
from introdl.networks import digit_network, load_digit_network
from introdl.script import Parser, at_least, positive, run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DAY = "day_08_interpretability"
SAMPLES, NOISE = 50, 0.3

Forward = Callable[[Any, jax.Array], jax.Array]


def saliency_map(forward: Forward, params: Any, image: jax.Array, label: Any) -> jax.Array:
    """How strongly the logit of a digit reacts to each pixel: |∂ z_label / ∂ x|.

    Source of the formula: Simonyan, Vedaldi, Zisserman, "Deep Inside Convolutional Networks"
    (2014), arXiv 1312.6034, section 3.

    Args:
        forward: ``forward(params, images)`` maps images of shape ``(batch, 28, 28)`` to logits of
            shape ``(batch, 10)``.
        params: the network's parameters.
        image: one grey image, of shape ``(28, 28)``.
        label: the digit, a whole number.

    Returns:
        The map, of shape ``(28, 28)``; no entry is negative.
    """
    # TODO 8.2: a function of one image that returns one logit; its gradient (about 4 lines).
    raise NotImplementedError("TODO 8.2: a function of one image that returns one logit; …")


def saliency_maps(forward: Forward, params: Any, images: jax.Array, labels: jax.Array) -> jax.Array:
    """The saliency maps of many images at once.

    Args:
        forward: see `saliency_map`.
        params: the network's parameters.
        images: grey images, of shape ``(batch, 28, 28)``.
        labels: a digit for each of them, of shape ``(batch,)``.

    Returns:
        The maps, of shape ``(batch, 28, 28)``.
    """
    # TODO 8.2: the same for each pair of image and label, by jax.vmap (about 3 lines).
    raise NotImplementedError("TODO 8.2: the same for each pair of image and label, by …")


def smooth_grad(
    forward: Forward,
    params: Any,
    image: jax.Array,
    label: Any,
    key: jax.Array,
    samples: int,
    noise: float,
) -> jax.Array:
    """The mean gradient over noisy copies of an image: |1/n Σ ∂ z_label / ∂ x (x + σ ε)|.

    Source of the formula: Smilkov, Thorat, Kim, Viégas, Wattenberg, "SmoothGrad" (2017),
    arXiv 1706.03825.

    Args:
        forward: see `saliency_map`.
        params: the network's parameters.
        image: one grey image, of shape ``(28, 28)``.
        label: the digit, a whole number.
        key: a random key.
        samples: n, the number of noisy copies.
        noise: σ, the standard deviation of the normal noise.

    Returns:
        The absolute value of the mean gradient, of shape ``(28, 28)``.
    """
    # TODO 8.3: noisy copies, their gradients by vmap, the mean, then abs (about 6 lines).
    raise NotImplementedError("TODO 8.3: noisy copies, their gradients by vmap, the mean, …")


def first_of_each(images: Any, labels: Any) -> Any:
    """The first image of each digit, scaled to 0 … 1, of shape ``(10, 28, 28)``."""
    places = [int(np.flatnonzero(labels == digit)[0]) for digit in range(10)]
    return jnp.asarray(images[np.array(places)], jnp.float32) / 255


def draw(images: Any, rows: dict[str, Any]) -> "Figure":
    """Draw ten images, and below each its maps.

    Args:
        images: of shape ``(10, 28, 28)``.
        rows: for each kind of map its name and the maps, of shape ``(10, 28, 28)``.
    """
    import matplotlib.pyplot as plt

    size = (9, 1 + 0.85 * (len(rows) + 1))
    figure, grid = plt.subplots(len(rows) + 1, 10, figsize=size, layout="constrained")
    for row, (name, maps) in zip(grid, {"image": images, **rows}.items(), strict=True):
        for axes, picture in zip(row, np.asarray(maps), strict=True):
            axes.imshow(picture, cmap="gray_r" if name == "image" else "inferno", vmin=0)
            axes.set(xticks=[], yticks=[])
        row[0].set_ylabel(name)
    figure.suptitle("To which pixels does the logit of the true digit react? (bright: strongly)")
    return figure


def main() -> None:
    """Draw the maps of one test image for each digit."""
    parser = Parser(description=__doc__)
    parser.add_argument("--samples", type=at_least(1), default=SAMPLES, metavar="N",
                        help=f"noisy copies for SmoothGrad (default {SAMPLES})")  # fmt: skip
    parser.add_argument("--noise", type=positive, default=NOISE, metavar="X",
                        help=f"standard deviation of the noise (default {NOISE})")  # fmt: skip
    options = parser.parse_args()
    save_or_show(figure_of(options.samples, options.noise), DAY, "saliency")


def figure_of(samples: int, noise: float) -> "Figure":
    """The figure of the script; without task 8.3 it has a row less."""
    digits, params = load_mnist(), load_digit_network()
    images, labels = first_of_each(digits.test_images, digits.test_labels), jnp.arange(10)
    rows = {"saliency": saliency_maps(digit_network, params, images, labels)}

    def smooth(image: jax.Array, label: jax.Array, key: jax.Array) -> jax.Array:
        return smooth_grad(digit_network, params, image, label, key, samples, noise)

    try:
        keys = jax.random.split(jax.random.key(0), 10)
        rows["SmoothGrad"] = jax.jit(jax.vmap(smooth))(images, labels, keys)
    except NotImplementedError:
        print("Task 8.3 (optional) is not started yet; it adds a row.")
    return draw(images, rows)


if __name__ == "__main__":
    run(main)
