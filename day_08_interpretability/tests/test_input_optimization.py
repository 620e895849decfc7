"""Task 8.4: what a network likes to see."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from day_08_interpretability.src.input_optimization import objective, optimize_input, roughness
from introdl.testing import check, given, jit, task


@task("8.4", points=1)
def test_roughness(rng: np.random.Generator) -> None:
    for image in (np.array([[0.0, 1.0], [3.0, 3.0]]), rng.uniform(0, 1, (6, 4))):
        down, right = np.diff(image, axis=0), np.diff(image, axis=1)
        vertical, horizontal = np.linalg.norm(down) ** 2, np.linalg.norm(right) ** 2
        rolled = sum(((np.roll(image, 1, axis) - image) ** 2).sum() for axis in (0, 1))
        check(
            jit(roughness), image.astype(np.float32), expect=vertical + horizontal,
            mistakes={
                "Only neighbours below each other are compared; do it beside each other, too.":
                    vertical,
                "Only neighbours beside each other are compared; do it below each other, too.":
                    horizontal,
                "The first and the last pixel of a line are no neighbours (jnp.roll joins them).":
                    rolled,
                "Take the squares of the differences, not their absolute values.":
                    np.abs(down).sum() + np.abs(right).sum(),
                "Take the sum, not the mean.": vertical / down.size + horizontal / right.size,
                "The squares must be summed: positive and negative differences cancel out.":
                    down.sum() + right.sum(),
            },
            why="Σ (x[i+1, j] − x[i, j])² + Σ (x[i, j+1] − x[i, j])².",
        )  # fmt: skip


@given
def network(params: Any, images: Any) -> Any:
    """A linear network with a bias."""
    return jnp.tensordot(images, params["W"], 2) + params["b"]


@given
def brightness(image: Any) -> Any:
    """Some function of the image in place of the roughness; the test needs no student's one."""
    return jnp.sum(image[0]) + 2.0


@task("8.4", points=1)
def test_objective(rng: np.random.Generator) -> None:
    weights, bias = rng.normal(size=(4, 4, 10)), rng.normal(size=10)
    params = {"W": jnp.asarray(weights, jnp.float32), "b": jnp.asarray(bias, jnp.float32)}
    image, label = rng.uniform(0.2, 1, (4, 4)), int(rng.integers(10))
    z = np.tensordot(image, weights, 2) + bias
    squares, rough = (image**2).sum(), image[0].sum() + 2
    smoothness, ink = 0.3, 0.7
    right = z[label] - smoothness * rough - ink * squares
    check(
        objective, network, brightness, params, jnp.asarray(image, jnp.float32), label,
        smoothness, ink, expect=right, rtol=1e-3, atol=1e-3,
        mistakes={
            "Roughness and ink cost something: subtract them.":
                z[label] + smoothness * rough + ink * squares,
            "The roughness is missing: − λ R(x).": z[label] - ink * squares,
            "The ink is missing: − μ Σ x².": z[label] - smoothness * rough,
            "λ and μ are exchanged.": z[label] - ink * rough - smoothness * squares,
            "Ink is the sum of the squares: Σ x².":
                z[label] - smoothness * rough - ink * image.sum(),
            "Take the logit of the label, not the largest one.":
                z.max() - smoothness * rough - ink * squares if z.argmax() != label else np.inf,
        },
        why="z_label(x) − λ R(x) − μ Σ x²; forward wants a batch, so give the image a first axis.",
    )  # fmt: skip


@given
def hill(image: Any) -> Any:
    """Highest where all pixels are at 0.7, and flat in a corner: its slope isn't constant."""
    return -jnp.sum((image - 0.7) ** 2 * jnp.arange(1.0, 5.0).reshape(2, 2))


@given
def plain(image: Any) -> Any:
    """No slope at all."""
    return 0.0 * jnp.sum(image)


@given
def outside(image: Any) -> Any:
    """Grows without an end, upwards for one pixel and downwards for the others."""
    return image[0, 0] - 0.5 * jnp.sum(image[1])


def climb(start: Any, steps: int, size: float, **wrong: Any) -> Any:
    """Gradient ascent on `hill` in NumPy, or with one of the usual errors."""
    x = start.astype(float)
    for _ in range(steps):
        g = -2 * (x - 0.7) * np.arange(1.0, 5.0).reshape(2, 2)
        length = 1.0 if wrong.get("plain") else np.sqrt((g**2).sum())
        length = np.abs(g) if wrong.get("sign") else length
        x = np.clip(x + wrong.get("direction", 1.0) * size * g / length, 0.0, 1.0)
    return x


@task("8.4", points=2)
def test_optimize_input(rng: np.random.Generator) -> None:
    start, steps, size = rng.uniform(0.0, 0.4, (2, 2)), 4, 0.05
    check(
        optimize_input, hill, jnp.asarray(start, jnp.float32), steps, size,
        expect=climb(start, steps, size),
        mistakes={
            "You walk downhill; ascent adds the gradient.":
                climb(start, steps, size, direction=-1.0),
            "The gradient is not divided by its length: g / ‖g‖.":
                climb(start, steps, size, plain=True),
            "Divide by the length of the whole gradient, not pixel by pixel.":
                climb(start, steps, size, sign=True),
            "A step is missing: make `steps` of them.": climb(start, steps - 1, size),
            "Return the last image alone.": lambda got: np.ndim(got) == 3,
        },
        why="x ← clip(x + ε g / max(‖g‖, 1e-12), 0, 1); compute the gradient anew in each step.",
    )  # fmt: skip
    check(
        optimize_input, outside, jnp.asarray([[0.5, 0.5], [0.5, 0.5]]), 30, 0.1,
        expect=np.array([[1.0, 0.5], [0.0, 0.0]]),
        why="Pixels must stay between 0 and 1: jnp.clip in each step.",
    )  # fmt: skip
    check(
        optimize_input, plain, jnp.asarray(start, jnp.float32), 3, 0.1, expect=start,
        mistakes={
            "0 / 0 is NaN: divide by max(‖g‖, 1e-12).": lambda got: np.any(np.isnan(got)),
        },
    )  # fmt: skip
