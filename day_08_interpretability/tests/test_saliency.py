"""Tasks 8.2 and 8.3: saliency maps."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from day_08_interpretability.src.saliency import saliency_map, saliency_maps, smooth_grad
from introdl.testing import call, check, given, jit, require, task

SIDE = 5


@given
def small_network(params: Any, images: Any) -> Any:
    """Logits z = A x² / 2 + B x: its gradient is known by hand."""
    x = images.reshape(images.shape[0], -1)
    return 0.5 * x**2 @ params["A"] + x @ params["B"]


def example(rng: np.random.Generator, count: int) -> tuple[Any, Any, Any]:
    """Parameters for 3 classes, images, and labels."""
    params = {name: rng.normal(size=(SIDE * SIDE, 3)).astype(np.float32) for name in "AB"}
    images = rng.uniform(0.2, 1.0, (count, SIDE, SIDE)).astype(np.float32)
    return params, images, rng.permutation(np.arange(count) % 3)


def slope(params: Any, image: Any, label: int) -> Any:
    """The gradient of one logit."""
    a, b = params["A"][:, label], params["B"][:, label]
    return (a * image.reshape(-1) + b).reshape(image.shape)


def single(tree: Any) -> Any:
    """Arrays as JAX has them."""
    return {name: jnp.asarray(value) for name, value in tree.items()}


@task("8.2", points=2)
def test_saliency_map(rng: np.random.Generator) -> None:
    params, images, _ = example(rng, 3)
    for image, label in zip(images, (2, 0, 1), strict=True):
        right = slope(params, image, label)
        every = sum(slope(params, image, k) for k in range(3))
        x = image.reshape(1, -1)
        z = (0.5 * x**2 @ params["A"] + x @ params["B"])[0]
        p = np.exp(z) / np.exp(z).sum()
        mean = sum(p[k] * slope(params, image, k) for k in range(3))
        check(
            saliency_map, small_network, single(params), jnp.asarray(image), label,
            expect=np.abs(right), rtol=1e-3,
            mistakes={
                "The absolute value is missing.": right,
                "You differentiate the sum of all logits; take that of the label only.":
                    np.abs(every),
                "You differentiate the largest logit; take that of the label.":
                    np.abs(slope(params, image, int(z.argmax()))),
                "You differentiate the probability; take the logit, before the softmax.":
                    np.abs(p[label] * (right - mean)),
                "You differentiate the loss; take the logit of the label.":
                    np.abs(mean - right),
                "This is the gradient times the image; the map is the gradient alone.":
                    np.abs(right * image),
            },
            why="forward wants a batch: give the image a first axis, and take entry [0, label].",
        )  # fmt: skip


@task("8.2", points=2)
def test_saliency_maps(rng: np.random.Generator) -> None:
    params, images, labels = example(rng, 6)
    pairs = zip(images, labels, strict=True)
    right = np.stack([np.abs(slope(params, *pair)) for pair in pairs])
    first = np.stack([np.abs(slope(params, image, labels[0])) for image in images])
    check(
        jit(saliency_maps, static_argnums=0), small_network, single(params), jnp.asarray(images),
        jnp.asarray(labels), expect=right, rtol=1e-3,
        mistakes={
            "All maps are for the first label; each image has its own.": first,
            "This is the mean of the maps; return one for each image.": right.mean(0),
            "This is one map; return one for each image.": lambda got: np.ndim(got) == 2,
        },
        why="jax.vmap of a function of one image and its label. Is saliency_map right?",
    )  # fmt: skip


@given
def steep_network(params: Any, images: Any) -> Any:
    """Logits z = B x³ / 3, whose gradient is B x²: noise changes its mean."""
    x = images.reshape(images.shape[0], -1)
    return x**3 @ params["B"] / 3


@task("8.3", points=2)
def test_smooth_grad(rng: np.random.Generator) -> None:
    signs = rng.permutation([1.0, -1.0] * 13)[: SIDE * SIDE, None]
    params = {"B": jnp.asarray(signs * [[1.0, 0.5, -1.0]], jnp.float32)}
    image = rng.uniform(-0.5, 0.5, (SIDE, SIDE))
    noise, samples = float(rng.uniform(0.4, 0.6)), 20_000
    key = jax.random.key(int(rng.integers(1 << 30)))
    arguments = steep_network, params, jnp.asarray(image, jnp.float32), 1, key, samples, noise
    found = np.asarray(call(jit(smooth_grad, static_argnums=(0, 5)), *arguments))
    right = 0.5 * (image**2 + noise**2)  # the mean of (x + σ ε)²
    text = f"smooth_grad(…, samples={samples}, noise={noise:.3f})"
    require(found.shape == right.shape, text, found, f"a map of shape {right.shape}")
    known = {
        "There is no noise in the images: x + σ ε with ε from jax.random.normal.": 0.5 * image**2,
        "The noise has the wrong size: multiply standard normal numbers by σ.":
            0.5 * (image**2 + 1.0),
        "This is the sum over the copies; take their mean.": samples * right,
        "The noise is multiplied by σ² or √σ; multiply by σ.": 0.5 * (image**2 + noise**4),
        "The noise must be normal, not uniform between 0 and 1.":
            0.5 * (image**2 + noise * image + noise**2 / 3),
    }  # fmt: skip
    size = 0.03
    why = next((s for s, p in known.items() if p is not None
                and np.allclose(found, p, atol=size, rtol=0.02)), "")  # fmt: skip
    negative = "The absolute value is missing: of the mean gradient."
    why = negative if np.allclose(found, signs.reshape(SIDE, SIDE) * right, atol=size) else why
    same = np.allclose(found, right, atol=size)
    place = np.unravel_index(np.abs(found - right).argmax(), right.shape)
    got = f"a map with {found[place]:.4f} at {tuple(int(i) for i in place)}"
    require(same, text, got, f"about {right[place]:.4f} there", why or "mean first, then abs")
