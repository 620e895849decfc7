"""Integrated gradients: how much did each pixel contribute to the network's answer?"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from introdl.datasets import load_mnist
from introdl.errors import UsageError
from introdl.figures import save_or_show
from introdl.networks import digit_network, load_digit_network
from introdl.script import Parser, at_least, run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DAY = "day_08_interpretability"
IMAGES, STEPS, CHUNK = 500, 300, 50

Forward = Callable[[Any, jax.Array], jax.Array]


def integrated_gradients(
    forward: Forward, params: Any, image: jax.Array, baseline: jax.Array, label: Any, steps: int
) -> jax.Array:
    """The contribution of each pixel to the difference of a logit between image and baseline.

    IG = (x − x′) 1/m Σ_k ∂F/∂x (x′ + α_k (x − x′)) with F = z_label and α_k = (k − ½)/m for
    k = 1, …, m: the midpoint rule for the integral along the straight line.
    Source of the formula: Sundararajan, Taly, Yan, "Axiomatic Attribution for Deep Networks"
    (2017), arXiv 1703.01365, equation 1.

    Args:
        forward: ``forward(params, images)`` maps images of shape ``(batch, 28, 28)`` to logits of
            shape ``(batch, 10)``.
        params: the network's parameters.
        image: x, one grey image of shape ``(28, 28)``.
        baseline: x′, an image without information, of the same shape.
        label: the digit, a whole number.
        steps: m, the number of points on the line.

    Returns:
        The contributions, of shape ``(28, 28)``. Their sum is F(x) − F(x′), but for the error of
        the rule.
    """
    # TODO 8.5: scan over the α, add up the gradients, then the factors (about 9 lines).
    raise NotImplementedError("TODO 8.5: scan over the α, add up the gradients, then the …")


def chunks(count: int, chunk: int) -> Iterator[slice]:
    """The slices ``0:chunk``, ``chunk:2 * chunk``, … up to ``count``, with a progress bar.

    Args:
        count: how many images there are.
        chunk: how many of them a slice takes; the last one may take fewer.
    """
    from tqdm import tqdm  # type: ignore[import-untyped]

    for start in tqdm(range(0, count, chunk), unit="chunk"):
        yield slice(start, min(start + chunk, count))


def attributions(
    attribute: Callable[[jax.Array, jax.Array], jax.Array], images: Any, labels: Any, chunk: int
) -> Any:
    """Attributions of many images, chunk by chunk, so that the memory is bounded.

    Args:
        attribute: maps one image of shape ``(28, 28)`` and its label to its attributions, of the
            same shape as the image.
        images: of shape ``(n, 28, 28)``.
        labels: of shape ``(n,)``.
        chunk: how many images are computed at once; n need not be a multiple of it.

    Returns:
        A NumPy array of shape ``(n, 28, 28)``.
    """
    # TODO 8.6: jit the vmap of attribute; call it for each of chunks(…) (about 5 lines).
    raise NotImplementedError("TODO 8.6: jit the vmap of attribute; call it for each of …")


def average_per_digit(attributions: Any, labels: Any) -> Any:
    """The mean attribution of the images of each digit.

    Args:
        attributions: of shape ``(n, 28, 28)``.
        labels: the images' digits, of shape ``(n,)``; each digit occurs.

    Returns:
        One mean for each digit, of shape ``(10, 28, 28)``.
    """
    # TODO 8.6: choose the images of each digit by a mask (about 2 lines).
    raise NotImplementedError("TODO 8.6: choose the images of each digit by a mask")


def compute(count: int, steps: int, chunk: int) -> tuple[Any, Any, Any, Any]:
    """Attributions of the first test images, with white paper as baseline.

    Returns:
        The images, their labels, the attributions, and the relative error of completeness for each
        image: how far Σ IG is from F(x) − F(x′).

    Raises:
        UsageError: if there are not so many images, or so few that a digit is missing.
    """
    digits = load_mnist()
    if count > len(digits.test_images):
        raise UsageError("There are 10,000 test images; make --images smaller.")
    labels = digits.test_labels[:count].astype(np.int32)
    if len(set(labels.tolist())) < 10:
        raise UsageError(f"Among {count} images a digit is missing; make --images larger.")
    images = digits.test_images[:count].astype(np.float32) / 255
    params, baseline = load_digit_network(), jnp.zeros((28, 28))

    def attribute(image: jax.Array, label: jax.Array) -> jax.Array:
        return integrated_gradients(digit_network, params, image, baseline, label, steps)

    found = attributions(attribute, images, labels, chunk)
    rows = np.arange(count)
    logits = np.asarray(digit_network(params, jnp.asarray(images)))[rows, labels]
    difference = logits - np.asarray(digit_network(params, baseline[None]))[0, labels]
    errors = np.abs(found.sum((1, 2)) - difference) / np.abs(difference)
    return images, labels, found, errors


def draw_examples(images: Any, labels: Any, attributions: Any) -> "Figure":
    """Draw one image of each digit, and its attributions."""
    import matplotlib.pyplot as plt

    figure, grid = plt.subplots(2, 10, figsize=(9.5, 2.4), layout="constrained")
    places = [int(np.flatnonzero(labels == digit)[0]) for digit in range(10)]
    largest = np.quantile(np.abs(attributions[places]), 0.995)  # a few pixels are far larger
    for column, place in zip(grid.T, places, strict=True):
        column[0].imshow(images[place], cmap="gray_r")
        picture = column[1].imshow(attributions[place], cmap="RdBu_r", vmin=-largest, vmax=largest)
        for axes in column:
            axes.set(xticks=[], yticks=[])
    figure.colorbar(picture, ax=grid, label="contribution\n(logit)", extend="both")
    figure.suptitle("What each pixel contributes to the logit: red for the digit, blue against it")
    return figure


def draw_average(average: Any) -> "Figure":
    """Draw the mean attribution of each digit."""
    import matplotlib.pyplot as plt

    largest = np.abs(average).max()
    figure, grid = plt.subplots(2, 5, figsize=(8, 3.8), layout="constrained")
    for digit, (axes, picture) in enumerate(zip(grid.flat, average, strict=True)):
        image = axes.imshow(picture, cmap="RdBu_r", vmin=-largest, vmax=largest)
        axes.set(title=str(digit), xticks=[], yticks=[])
    figure.colorbar(image, ax=grid, label="mean contribution (logit)")
    figure.suptitle("Average attribution of each digit: red for the digit, blue against it")
    return figure


def main() -> None:
    """Compute the attributions of many test images and draw them."""
    parser = Parser(description=__doc__)
    for name, default, text in (
        ("--images", IMAGES, "the first N test images"),
        ("--steps", STEPS, "points on the line from baseline to image"),
        ("--chunk", CHUNK, "images that are computed at once"),
    ):
        parser.add_argument(name, type=at_least(1), default=default, metavar="N",
                            help=f"{text} (default {default})")  # fmt: skip
    options = parser.parse_args()
    images, labels, found, errors = compute(options.images, options.steps, options.chunk)
    print(f"completeness: median error {np.median(errors):.2%}, largest {errors.max():.2%}")
    save_or_show(draw_examples(images, labels, found), DAY, "attributions")
    save_or_show(draw_average(average_per_digit(found, labels)), DAY, "average")


if __name__ == "__main__":
    run(main)
