"""Tasks 6.5 and 6.6: a convolutional network, on made-up data."""

from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from day_06_cnn.src.mnist_cnn import (
    convolve,
    convolve_patches,
    cosine_rates,
    forward,
    initialize_cnn,
    shift_images,
    train_epoch,
)
from introdl.testing import call, check, check_value, given, jit, require, task


@task("6.5", points=1, seconds=60)
def test_initialize_cnn(rng: np.random.Generator) -> None:
    key = jax.random.key(int(rng.integers(1 << 30)))
    params = call(initialize_cnn, key, (48, 48, 48), 300)
    shapes = [(3, 3, 1, 48), (3, 3, 48, 48), (3, 3, 48, 48), (300, 10)]
    text = "initialize_cnn(key, (48, 48, 48), 300)"
    check_shapes(params, shapes, text)
    for layer, shape in zip(params, shapes, strict=True):
        name = "weight" if len(shape) == 2 else "kernel"
        check_value(layer["bias"], np.zeros(shape[-1]), "a bias", why="Biases begin with zeros.")
        count, deviation = int(np.prod(shape[:-1])), float(np.std(layer[name]))
        sentences = {
            "It is not scaled; multiply by √(2/n).": 1.0,
            "This is the variance; the standard deviation is its root, √(2/n).": 2 / count,
            "The factor 2 is missing: √(2/n).": np.sqrt(1 / count),
            "n counts all inputs of one output: 3 · 3 pixels in each input channel.":
                np.sqrt(2 / shape[-2]),
            "n counts the input channels, too: 3 · 3 · inputs.": np.sqrt(2 / 9),
            "n is the number of inputs of one output, not the number of outputs.":
                np.sqrt(2 / shape[-1]),
        }  # fmt: skip
        right = np.sqrt(2 / count)
        why = next((s for s, value in sentences.items() if abs(deviation / value - 1) < 0.15), "")
        where = f"the deviation of the {name} of shape {shape} in {text}"
        require(abs(deviation / right - 1) < 0.15, where, deviation, f"about {right:.4f}", why)
    equal = np.allclose(params[1]["kernel"], params[2]["kernel"])
    why = "Two layers have the same kernels; give each a key of its own by jax.random.split."
    require(not equal, text, "equal kernels in two layers", "independent kernels", why)
    again = call(initialize_cnn, key)
    check_shapes(again, [(3, 3, 1, 16), (3, 3, 16, 32), (3, 3, 32, 64), (576, 10)],
                 "initialize_cnn(key)")  # fmt: skip
    other = call(initialize_cnn, jax.random.key(1 << 31))
    equal = np.allclose(again[0]["kernel"], other[0]["kernel"])
    why = "The kernels do not depend on the key."
    require(not equal, "initialize_cnn(key)", "the same kernels for two keys", "others", why)


def check_shapes(params: Any, shapes: list[Any], text: str) -> None:
    """Compare the shapes of all layers."""
    *kernels, weight = shapes
    expect = [{"kernel": shape, "bias": shape[-1:]} for shape in kernels]
    check_value(
        [{name: np.shape(value) for name, value in layer.items()} for layer in params],
        [*expect, {"weight": weight, "bias": weight[-1:]}],
        f"the shapes in {text}",
        mistakes={
            "Kernels have the shape (3, 3, inputs, outputs).":
                lambda got: tuple(got[0]["kernel"][-2:]) != kernels[0][-2:],
            "The dense layer is missing; it comes last.": lambda got: len(got) == len(kernels),
        },
    )  # fmt: skip


def correlated(images: Any, kernels: Any, error: str = "") -> Any:
    """The layer's correlation in 64 bits; ``error`` names what goes wrong."""
    images, kernels = np.asarray(images, float), np.asarray(kernels, float)
    if error == "order" and kernels.shape[0] > 1:
        kernels = kernels.swapaxes(0, 1).reshape(kernels.shape)
    if error == "flip":
        kernels = kernels[::-1, ::-1]
    windows = np.lib.stride_tricks.sliding_window_view(images, kernels.shape[:2], axis=(1, 2))
    if error == "first channel":
        return np.einsum("nijcab,abco->nijo", windows[:, :, :, :1], kernels[:, :, :1])
    return np.einsum("nijcab,abco->nijo", windows, kernels)


def check_convolve(function: Any, rng: np.random.Generator) -> None:
    """Check the example by hand and some shapes."""
    hand = np.array([[[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]]], np.float32)[None]
    kernels = np.array([[[1.0, 0.0], [1.0, 0.0]], [[0.0, 2.0], [0.0, 0.0]]], np.float32)[None]
    cases = [(hand, kernels)]
    for shape, kernel_shape in (
        ((2, 6, 8, 3), (3, 3, 3, 5)), ((3, 7, 5, 1), (2, 4, 1, 6)), ((2, 4, 5, 4), (4, 5, 4, 2)),
        ((1, 5, 4, 3), (1, 1, 3, 2)),
    ):  # fmt: skip
        images, kernels = rng.normal(size=shape), rng.normal(size=kernel_shape)
        cases.append((images.astype(np.float32), kernels.astype(np.float32)))
    for images, kernels in cases:
        right = correlated(images, kernels)
        same = (*images.shape[:3], kernels.shape[3])
        check(
            function, images, kernels, expect=right, rtol=1e-3, atol=1e-3,
            mistakes={
                "The result is as large as the image; the padding must be 'VALID'.":
                    lambda got, s=same, r=right: np.shape(got) == s != r.shape,
                "The kernels are flipped; take them as they are.":
                    correlated(images, kernels, "flip"),
                "Sum over all input channels; this uses the first alone.":
                    correlated(images, kernels, "first channel"),
                "The order of the patches doesn't fit the kernels: first rows, then columns.":
                    correlated(images, kernels, "order"),
                "The channels are the last axis: (batch, height, width, channels).":
                    lambda got, r=right: np.shape(got) == (r.shape[0], r.shape[3], *r.shape[1:3]),
            },
            why="Each output is the sum over rows, columns and input channels. Do they all fit?",
        )  # fmt: skip
        check(jit(function), images, kernels, expect=right, rtol=1e-3, atol=1e-3)


@task("6.5", points=1, seconds=60)
def test_convolve(rng: np.random.Generator) -> None:
    check_convolve(convolve, rng)


@given
def corners(images: Any, kernels: Any) -> Any:
    """What stands for the convolution in task 6.5: two entries of each kernel of 3 × 3 alone."""
    return images[:, :-2, :-2] @ kernels[0, 0] + images[:, 2:, 2:] @ kernels[2, 2]


@given
def largest(x: Any) -> Any:
    """Maximum pooling in blocks of 2 × 2, right."""
    x = x[:, : x.shape[1] // 2 * 2, : x.shape[2] // 2 * 2]
    pairs = jnp.maximum(x[:, ::2], x[:, 1::2])
    return jnp.maximum(pairs[:, :, ::2], pairs[:, :, 1::2])


@given
def corner(x: Any) -> Any:
    """Another pooling: the first pixel of each block of 2 × 2."""
    return x[:, : x.shape[1] // 2 * 2 : 2, : x.shape[2] // 2 * 2 : 2]


def logits_of(params: Any, images: Any, pool: Any, error: str = "") -> Any:
    """The network in NumPy; ``error`` names what goes wrong."""
    answer = correlated if error == "own convolution" else corners
    x = np.expand_dims(np.asarray(images, float), 3)
    for number, layer in enumerate(params[:-1]):
        if number and error != "pool first":
            x = np.asarray(pool(x), float)
        x = answer(x, layer["kernel"]) + (0.0 if error == "bias" else layer["bias"])
        x = x if error == "linear" else np.clip(x, 0.0, None)
    weight = params[-1]["weight"].reshape(*x.shape[1:], -1)
    logits = np.tensordot(x, weight, 3) + (0.0 if error == "last bias" else params[-1]["bias"])
    return np.maximum(logits, 0.0) if error == "last" else logits


def some_cnn(rng: np.random.Generator, channels: tuple[int, ...], features: int) -> Any:
    """Layers with kernels, weights and biases of moderate size."""

    def draw(*shape: int) -> Any:
        return (rng.normal(size=shape) / np.sqrt(np.prod(shape[:-1]))).astype(np.float32)

    layers = [
        {"kernel": draw(3, 3, *pair), "bias": rng.uniform(-0.5, 0.5, pair[1]).astype(np.float32)}
        for pair in pairwise((1, *channels))
    ]
    bias = rng.uniform(-1, 1, 10).astype(np.float32)
    return [*layers, {"weight": draw(features, 10), "bias": bias}]


@task("6.5", points=2, seconds=60)
def test_forward(rng: np.random.Generator) -> None:
    # Two layers: 12 → 10 → 5 → 3. Three layers: 28 → 26 → 13 → 11 → 5 → 3.
    for channels, size, pool in (
        ((3, 5), 12, largest),
        ((4, 3, 6), 28, largest),
        ((3, 5), 12, corner),
    ):
        params = some_cnn(rng, channels, 9 * channels[-1])
        images = rng.normal(size=(3, size, size)).astype(np.float32)
        right = logits_of(params, images, pool)
        powers = np.exp(right - right.max(1, keepdims=True))
        check(
            forward, params, images, corners, pool, expect=right, rtol=1e-3, atol=1e-3,
            mistakes={
                "The last layer has no relu; logits may be negative.":
                    logits_of(params, images, pool, "last"),
                "There is no relu behind the convolutions.":
                    logits_of(params, images, pool, "linear"),
                "The biases of the convolutional layers are missing.":
                    logits_of(params, images, pool, "bias"),
                "The bias of the dense layer is missing.":
                    logits_of(params, images, pool, "last bias"),
                "Return the logits; the softmax is a part of the cross-entropy.":
                    powers / powers.sum(1, keepdims=True),
                "Call the argument `pool`, not a pooling of your choice.":
                    logits_of(params, images, largest),
                "Call the argument `convolve`, not a convolution of your choice.":
                    logits_of(params, images, pool, "own convolution"),
            },
        )  # fmt: skip
        compiled = jit(forward, static_argnums=(2, 3))
        check(compiled, params, images, corners, pool, expect=right, rtol=1e-3, atol=1e-3)


@given
class Program:
    """The operations that JAX finds in a function, as text."""

    def __init__(self, function: Any, images: Any, kernels: Any) -> None:
        self.text = str(jax.make_jaxpr(function)(images, kernels))


@task("6.6", points=1, seconds=60)
def test_convolve_patches(rng: np.random.Generator) -> None:
    check_convolve(convolve_patches, rng)
    images, kernels = np.zeros((2, 6, 6, 3), np.float32), np.zeros((3, 3, 3, 4), np.float32)
    text = str(Program(convolve_patches, images, kernels).text)
    why = "Build the patches from slices and use one matrix product; this calls JAX's convolution."
    require("conv_general" not in text, "convolve_patches(…)", "a convolution by lax",
            "a matrix product", why)  # fmt: skip
    why = "Put the patches together by jnp.concatenate, and multiply them with all kernels by @."
    require("dot_general" in text, "convolve_patches(…)", "no matrix product",
            "a matrix product", why)  # fmt: skip


@task("6.6", points=1)
def test_cosine_rates(rng: np.random.Generator) -> None:
    for steps, rate in ((4, 0.2), (int(rng.integers(5, 30)), float(rng.uniform(0.1, 0.5)))):
        t = np.linspace(0.0, 1.0, steps, endpoint=False)

        def wave(t: Any, rate: float = rate) -> Any:
            return rate * np.cos(np.pi / 2 * t) ** 2

        right = wave(t)
        check(
            cosine_rates, steps, rate, expect=right,
            mistakes={
                "The rates rise; they must begin with the largest.":
                    lambda got: got[0] < got[-1],
                "The factor ½ is missing.": 2 * right,
                "The 1 is missing: ½ ε (1 + cos …).": right - rate / 2,
                "The factor π is missing in the cosine.": wave(t / np.pi),
                "This is a whole wave; use cos(π t / steps).":
                    wave(2 * t),
                "Divide t by steps; step number `steps` would have the rate 0.":
                    wave(np.linspace(0.0, 1.0, steps)),
                "t begins with 0: the first step has the full rate.":
                    wave(t + 1 / steps),
                "There is one rate for each step.": lambda got, n=steps: np.shape(got) != (n,),
            },
        )  # fmt: skip


def shifted(images: Any, offsets: Any) -> Any:
    """Each image shifted by its own offset."""
    down, across = (np.arange(count) for count in images.shape[1:])
    return np.stack([
        image.take(down - rows, 0, mode="wrap").take(across - columns, 1, mode="wrap")
        for image, (rows, columns) in zip(images, offsets, strict=True)
    ])  # fmt: skip


@task("6.6", points=1)
def test_shift_images(rng: np.random.Generator) -> None:
    hand = np.array([[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]] * 2, np.float32)
    right = np.array([[[4.0, 5.0, 6.0], [1.0, 2.0, 3.0]], [[2.0, 3.0, 1.0], [5.0, 6.0, 4.0]]])
    assert np.array_equal(shifted(hand, [[1, 0], [0, -1]]), right)
    check_shift(hand, np.array([[1, 0], [0, -1]]))
    images = rng.normal(size=(6, 5, 7)).astype(np.float32)
    offsets = np.array([[0, 1], [1, 0], [-1, 1], [2, -1], [1, 1], [-1, -2]])
    check_shift(images, offsets[rng.permutation(6)])


def check_shift(images: Any, offsets: Any) -> None:
    """Check some images, compiled too, and name the usual errors."""
    right = shifted(images, offsets)
    check(
        shift_images, images, offsets, expect=right,
        mistakes={
            "Each image has an offset of its own; this shifts all of them by the first.":
                shifted(images, offsets[:1].repeat(len(images), 0)),
            "The first number of an offset says how many rows, the second how many columns.":
                shifted(images, offsets[:, ::-1]),
            "The direction is wrong: positive offsets lead down and to the right.":
                shifted(images, -offsets),
            "Only the rows are shifted; give jnp.roll both axes, axis=(0, 1).":
                shifted(images, offsets * [1, 0]),
            "Shift both rows and columns: axis=(0, 1).": shifted(images, offsets * [0, 1]),
        },
    )  # fmt: skip
    check(jit(shift_images), images, offsets, expect=right)


@given
def distance(params: Any, x: Any, y: Any) -> Any:
    """The mean squared error of a line."""
    return jnp.mean((x @ params["w"] + params["c"] - y) ** 2)


def line_epoch(params: Any, x: Any, y: Any, batches: Any, rates: Any, error: str = "") -> Any:
    """An epoch with `distance` in 64 bits; ``error`` names what goes wrong."""
    w, c, losses = np.asarray(params["w"], float), float(params["c"]), []

    def away(rows: Any) -> Any:
        return x[rows] @ w + c - y[rows]

    for batch, rate in zip(batches, rates, strict=True):
        rows = slice(None) if error == "all" else batch
        wrong = away(rows)
        losses.append(np.mean(wrong**2))
        step = {"up": -rate, "first": rates[0]}.get(error, rate)
        w = w - step * 2 * x[rows].T @ wrong / len(wrong)
        c = c - step * 2 * np.mean(wrong)
        if error == "late":
            losses[-1] = np.mean(away(rows) ** 2)
    return {"w": w, "c": c}, np.array(losses)


@task("6.6", points=1)
def test_train_epoch_steps(rng: np.random.Generator) -> None:
    x, y = (rng.normal(size=s).astype(np.float32) for s in ((12, 3), (12,)))
    params = {"w": rng.normal(size=3).astype(np.float32), "c": np.float32(1.0)}
    batches, rates = rng.permutation(12).reshape(4, 3), np.array([0.15, 0.1, 0.05, 0.02])
    rest = params, x, y, batches, rates.astype(np.float32)
    check(
        train_epoch, distance, *rest, expect=line_epoch(*rest),
        mistakes={
            "The parameters don't change; each step must pass its new ones on to the next.":
                lambda got: np.allclose(got[0]["w"], params["w"]),
            "Each step has its own rate; scan over (batches, rates).": line_epoch(*rest, "first"),
            "Each step must use its minibatch only, images[batch] and labels[batch].":
                line_epoch(*rest, "all"),
            "You walk uphill; sgd_step(params, gradients, rate) goes down.":
                line_epoch(*rest, "up"),
            "Return the loss of each minibatch before its step: use jax.value_and_grad.":
                (line_epoch(*rest)[0], line_epoch(*rest, "late")[1]),
            "Return the losses of all steps, of shape (steps,).":
                lambda got: np.ndim(got[1]) == 0,
            "The order is wrong: first the parameters, then the losses.":
                lambda got: isinstance(got[1], dict),
        },
        why="Each step: loss and gradient of one minibatch, then sgd_step with its rate.",
    )  # fmt: skip


@given
class Epochs:
    """Some epochs, and how often Python ran the loss."""

    def __init__(self, train_epoch: Any, images: Any, labels: Any, params: Any, batches: Any,
                 rates: Any) -> None:  # fmt: skip
        self.calls, self.losses = 0, []

        def loss(params: Any, images: Any, labels: Any) -> Any:
            self.calls += 1
            hidden = jnp.tanh(jnp.tensordot(images, params["kernel"], 2))
            misses = hidden @ params["weight"] - jax.nn.one_hot(labels, 10)
            return (misses**2).sum(1).mean()

        for order in batches:
            params, losses = train_epoch(loss, params, images, labels, order, rates)
            self.losses.append(float(losses.mean()))


@task("6.6", points=1)
def test_train_epoch_overfits_64_images(rng: np.random.Generator) -> None:
    images, labels = rng.normal(size=(64, 12, 12)), rng.integers(0, 10, 64)
    params = {
        "kernel": rng.normal(size=(12, 12, 32)) / 12,
        "weight": rng.normal(size=(32, 10)) / 6,
    }
    params = {name: value.astype(np.float32) for name, value in params.items()}
    batches = np.stack([rng.permutation(64).reshape(16, 4) for _ in range(30)])
    rates = np.full(16, 0.1, np.float32)
    done = Epochs(train_epoch, images.astype(np.float32), labels, params, batches, rates)
    losses, calls = [float(value) for value in done.losses], int(done.calls)
    text = "30 epochs of train_epoch(…) with 64 images and random labels"
    why = "The loss must fall: is each step's result the start of the next one?"
    require(losses[-1] < 0.1 < losses[0], text, f"losses from {losses[0]:.3f} to {losses[-1]:.3f}",
            "a loss below 0.1", why)  # fmt: skip
    why = "Python runs the loss for each minibatch or epoch; let lax.scan loop over minibatches."
    require(calls < 16, text, f"{calls} calls of loss", "a few, in the first epoch", why)
