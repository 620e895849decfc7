"""Input optimisation: what does a network like to see best?"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from introdl.figures import save_or_show
from introdl.networks import digit_network, load_digit_network
from introdl.script import Parser, at_least, positive, run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DAY = "day_08_interpretability"
STEPS, STEP_SIZE, SMOOTHNESS, INK = 300, 0.1, 0.1, 0.1
GREY = 0.5  # the first image; from white paper the ascent ends at some single stroke

Forward = Callable[[Any, jax.Array], jax.Array]


def roughness(image: jax.Array) -> jax.Array:
    """The sum of the squared differences of neighbouring pixels, below and beside each other.

    Source of the formula: Mahendran, Vedaldi, "Understanding deep image representations by
    inverting them" (2015), arXiv 1412.0035, section 2, total variation with β = 2.

    Args:
        image: a grey image, of shape ``(height, width)``.

    Returns:
        A number that is 0 only for an image of one grey, of shape ``()``.
    """
    # TODO 8.4: differences along both axes, squared and summed (about 3 lines).
    raise NotImplementedError("TODO 8.4: differences along both axes, squared and summed")


def objective(
    forward: Forward,
    roughness: Callable[[jax.Array], jax.Array],
    params: Any,
    image: jax.Array,
    label: Any,
    smoothness: float,
    ink: float,
) -> jax.Array:
    """What a good picture of a digit makes large: its logit, little roughness and little ink.

    J(x) = z_label(x) − λ R(x) − μ Σ x².

    Args:
        forward: ``forward(params, images)`` maps images of shape ``(batch, 28, 28)`` to logits of
            shape ``(batch, 10)``.
        roughness: R, a function of one image.
        params: the network's parameters.
        image: one grey image, of shape ``(28, 28)``.
        label: the digit, a whole number.
        smoothness: λ, how much roughness costs.
        ink: μ, how much ink costs.

    Returns:
        The objective, of shape ``()``.
    """
    # TODO 8.4: the logit minus both costs (about 2 lines).
    raise NotImplementedError("TODO 8.4: the logit minus both costs")


def optimize_input(
    objective: Callable[[jax.Array], jax.Array], start: jax.Array, steps: int, step_size: float
) -> jax.Array:
    """Gradient ascent on an image whose pixels stay between 0 and 1.

    x ← clip(x + ε g / max(‖g‖, 1e-12), 0, 1) with the gradient g; each step has the length ε before
    the pixels are clipped, however large the gradient is.

    Args:
        objective: maps an image to a number that shall become large.
        start: the first image, of shape ``(height, width)``.
        steps: the number of steps.
        step_size: ε, the length of a step.

    Returns:
        The last image, of the shape of ``start``.
    """
    # TODO 8.4: the steps by jax.lax.scan or fori_loop (about 7 lines).
    raise NotImplementedError("TODO 8.4: the steps by jax.lax.scan or fori_loop")


def favourites(steps: int, step_size: float, smoothness: float, ink: float) -> tuple[Any, Any]:
    """The optimised images of all ten digits, side by side.

    Args:
        steps: the number of steps.
        step_size: the length of a step.
        smoothness: how much roughness costs.
        ink: how much ink costs.

    Returns:
        The images, of shape ``(10, 28, 28)``, and the probabilities that the network gives them,
        of shape ``(10, 10)``.
    """
    params = load_digit_network()

    def best(label: jax.Array) -> jax.Array:
        def score(image: jax.Array) -> jax.Array:
            return objective(digit_network, roughness, params, image, label, smoothness, ink)

        return optimize_input(score, jnp.full((28, 28), GREY), steps, step_size)

    images = jax.jit(jax.vmap(best))(jnp.arange(10))
    return images, jax.nn.softmax(digit_network(params, images))


def draw(images: Any, probabilities: Any) -> "Figure":
    """Draw the images, with what the network says about them."""
    import matplotlib.pyplot as plt

    figure, grid = plt.subplots(2, 5, figsize=(8, 3.9), layout="constrained")
    rows = zip(grid.flat, np.asarray(images), np.asarray(probabilities), strict=True)
    for digit, (axes, image, row) in enumerate(rows):
        axes.imshow(image, cmap="gray_r", vmin=0, vmax=1)
        axes.set(title=f"{digit}: {row[digit]:.1%}", xticks=[], yticks=[])
    figure.suptitle("What the network likes to see best, and the probability of that digit")
    return figure


def main() -> None:
    """Optimise an input for each digit and draw them."""
    parser = Parser(description=__doc__)
    for name, kind, default, text in (
        ("--steps", at_least(1), STEPS, "steps of gradient ascent"),
        ("--step-size", positive, STEP_SIZE, "length of a step"),
        ("--smoothness", positive, SMOOTHNESS, "how much roughness costs"),
        ("--ink", positive, INK, "how much ink costs"),
    ):
        parser.add_argument(name, type=kind, default=default, metavar="X",
                            help=f"{text} (default {default})")  # fmt: skip
    images, probabilities = favourites(**vars(parser.parse_args()))
    save_or_show(draw(images, probabilities), DAY, "favourites")


if __name__ == "__main__":
    run(main)
