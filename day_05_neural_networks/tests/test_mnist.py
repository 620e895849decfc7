"""Tasks 5.4 to 5.7: a network for the digits, on made-up data."""

from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from day_05_neural_networks.src.mnist import (
    accuracy,
    cross_entropy,
    forward,
    initialize_network,
    minibatches,
    normalize,
    sgd_step,
    train_epoch,
)
from introdl.testing import call, check, check_value, given, grad, jit, require, task


def pixels(rng: np.random.Generator, count: int, most: int) -> Any:
    """Made-up images: a dark border and grey pixels up to ``most``."""
    images = rng.integers(0, most, (count, 28, 28)).astype(np.uint8)
    images[:, :4] = 0
    return images


@task("5.4", points=1)
def test_normalize(rng: np.random.Generator) -> None:
    train, validation, test = pixels(rng, 6, 250), pixels(rng, 4, 120), pixels(rng, 3, 90)
    sets = train, validation, test

    def scaled(mean: Any, deviation: Any) -> list[Any]:
        return [(images - mean) / deviation for images in sets]

    mean, deviation = train.mean(), train.std()
    every = np.concatenate(sets)
    per_pixel = train.mean(0), train.std(0) + 1e-8
    right = scaled(mean, deviation)
    small = {"rtol": 1e-3, "atol": 1e-3}
    got = check(
        normalize, *sets, expect=right, **small,
        mistakes={
            "Each set is scaled by its own mean; use the training set's for all of them.":
                [(images - images.mean()) / images.std() for images in sets],
            "Mean and deviation are those of all sets; the training set's alone may be used.":
                scaled(every.mean(), every.std()),
            "This divides by 255; use the mean and standard deviation of the training pixels.":
                [images / 255 for images in sets],
            "Use one mean for all pixels together; some pixels never change.":
                lambda out: np.allclose(out[1], (validation - per_pixel[0]) / per_pixel[1], 1e-2),
            "You divide by the variance; use the standard deviation.": scaled(mean, deviation**2),
            "The mean is not subtracted.": scaled(0.0, deviation),
            "Only the mean is subtracted; divide by the standard deviation, too.":
                scaled(mean, 1.0),
            "uint8 numbers overflow: 10 − 20 is 246. Convert to float32 first.":
                lambda out: np.min(out[0]) >= 0,
        },
    )  # fmt: skip
    types = {str(np.asarray(images).dtype) for images in got}
    why = "Convert with .astype(np.float32); 64 bits take twice the memory and time."
    require(types == {"float32"}, "normalize(…)", f"{types} arrays", "float32 arrays", why)
    check(normalize, train, expect=right[:1], **small, why="There may be no other set.")


@task("5.4", points=1)
def test_initialize_network(rng: np.random.Generator) -> None:
    key = jax.random.key(int(rng.integers(1 << 30)))
    sizes = (300, 200, 200, 200)
    text = f"initialize_network(key, {sizes})"
    params = call(initialize_network, key, sizes)
    check_value(
        [{name: np.shape(value) for name, value in layer.items()} for layer in params],
        [{"weight": pair, "bias": pair[1:]} for pair in ((300, 200), (200, 200), (200, 200))],
        f"the shapes in {text}",
        mistakes={
            "The weights are the wrong way round: (inputs, outputs).":
                lambda got: got[0]["weight"] == (200, 300),
            "There is one layer less than there are sizes.": lambda got: len(got) == len(sizes),
        },
    )  # fmt: skip
    for layer, (inputs, outputs) in zip(params, pairwise(sizes), strict=True):
        check_value(layer["bias"], np.zeros(outputs), "a bias", why="Biases begin with zeros.")
        deviation, right = float(np.std(layer["weight"])), np.sqrt(2 / inputs)
        sentences = {
            "The weights are not scaled; multiply by √(2/n).": 1.0,
            "This is the variance; the standard deviation is its root, √(2/n).": 2 / inputs,
            "The factor 2 is missing: √(2/n).": np.sqrt(1 / inputs),
            "n is the number of the layer's inputs, not of its outputs.": np.sqrt(2 / outputs),
        }
        why = next((s for s, value in sentences.items() if abs(deviation / value - 1) < 0.05), "")
        where = f"the deviation of the weights of shape {(inputs, outputs)} in {text}"
        require(abs(deviation / right - 1) < 0.05, where, deviation, f"about {right:.4f}", why)
    why = "Two layers have the same weights; give each a key of its own by jax.random.split."
    equal = np.allclose(params[1]["weight"], params[2]["weight"])
    require(not equal, text, "equal weights in two layers", "independent weights", why)
    other = call(initialize_network, jax.random.key(1 << 31), sizes)
    why = "The weights do not depend on the key."
    equal = np.allclose(params[0]["weight"], other[0]["weight"])
    require(not equal, text, "the same weights for two keys", "other weights", why)


def some_network(rng: np.random.Generator, sizes: tuple[int, ...]) -> list[dict[str, Any]]:
    """Layers with weights and biases of moderate size."""
    return [
        {
            "weight": (rng.normal(size=pair) / np.sqrt(pair[0])).astype(np.float32),
            "bias": rng.uniform(-1, 1, pair[1]).astype(np.float32),
        }
        for pair in pairwise(sizes)
    ]


def logits_of(params: Any, x: Any, error: str = "") -> Any:
    """The network in NumPy; ``error`` names what goes wrong."""
    x = np.array([image.ravel() for image in x], float)
    for i, layer in enumerate(params):
        # The bias is the weight of one more input, which is 1.
        one = np.full(len(x), 0.0 if error == "bias" else 1.0)
        x = np.column_stack([x, one]) @ np.vstack([layer["weight"], layer["bias"]])
        if error != "linear" and (i < len(params) - 1 or error == "last"):
            x = 0.5 + 0.5 * np.tanh(0.5 * x) if error == "sigmoid" else np.clip(x, 0.0, None)
    return x


@task("5.4", points=1)
def test_forward(rng: np.random.Generator) -> None:
    # By hand: relu(1 − 2, 1 + 2) = (0, 3), so the logit is 3 · 2 + 1 = 7.
    hand = [
        {"weight": np.array([[1.0, 1.0], [-1.0, 1.0]], np.float32), "bias": np.zeros(2)},
        {"weight": np.array([[5.0], [2.0]], np.float32), "bias": np.ones(1)},
    ]
    cases = [(hand, np.array([[1.0, 2.0]], np.float32), np.array([[7.0]]))]
    for sizes, shape in (((784, 12, 10), (5, 28, 28)), ((6, 8, 7, 4), (3, 2, 3))):
        params, images = some_network(rng, sizes), rng.normal(size=shape).astype(np.float32)
        cases.append((params, images, logits_of(params, images)))
    for params, images, right in cases:
        powers = np.exp(right - right.max(1, keepdims=True))
        mistakes = {
            "The last layer has no relu; logits may be negative.":
                logits_of(params, images, "last"),
            "There is no relu between the layers.": logits_of(params, images, "linear"),
            "The biases are missing.": logits_of(params, images, "bias"),
            "Use relu between the layers, not the sigmoid.": logits_of(params, images, "sigmoid"),
            "Return the logits; the softmax is a part of the cross-entropy.":
                powers / powers.sum(1, keepdims=True),
        }  # fmt: skip
        check(forward, params, images, expect=right, mistakes=mistakes, rtol=1e-3, atol=1e-4)
        check(jit(forward), params, images, expect=right, rtol=1e-3, atol=1e-4)


def log_softmax(logits: Any) -> Any:
    """The logarithm of the softmax in 64 bits."""
    z = np.asarray(logits, float)
    return z - np.logaddexp.reduce(z, axis=1, keepdims=True)


def of_label(values: Any, labels: Any) -> Any:
    """The value of the true class in each row."""
    return (values * np.eye(values.shape[1])[labels]).sum(1)


def losses_of(logits: Any, labels: Any) -> Any:
    """The cross-entropy of each row."""
    return -of_label(log_softmax(logits), labels)


@task("5.5", points=1)
def test_cross_entropy(rng: np.random.Generator) -> None:
    even, labels = np.zeros((7, 5), np.float32), rng.permutation([0, 1, 2, 3, 4, 1, 3])
    check_loss(even, labels, np.log(5.0))
    logits = rng.normal(size=(7, 5)).astype(np.float32)
    check_loss(logits, labels, losses_of(logits, labels).mean())
    slope = (np.exp(log_softmax(logits)) - np.eye(5)[labels]) / 7
    check(
        jit(grad(cross_entropy)), logits, labels, expect=slope,
        why="JAX must be able to differentiate the loss; use jnp, and no rounding.",
    )  # fmt: skip


def check_loss(logits: Any, labels: Any, right: float) -> None:
    """Check one loss and name the usual errors."""
    count, classes = logits.shape
    chosen = of_label(logits, labels)
    losses = losses_of(logits, labels)
    check(
        cross_entropy, logits, labels, expect=right,
        mistakes={
            "Return the mean over the batch, one number.": lambda got: np.ndim(got) > 0,
            "This is the sum over the batch; return the mean.": count * right,
            "The sign is wrong: a loss is positive.": -right,
            "Take the natural logarithm.": right / np.log(2.0),
            "This divides by the number of classes, too; take the mean over the batch only.":
                right / classes,
            "The sum runs over each row's classes (axis=1), not over the batch.":
                (np.log(np.exp(logits).sum(0)[labels]) - chosen).mean(),
            "The logit of the true class is missing: log Σ exp(zⱼ) − z_k.":
                (losses + chosen).mean(),
            "The logarithm is missing: −log p.": -np.exp(-losses).mean(),
        },
    )  # fmt: skip


@task("5.5", points=1)
def test_cross_entropy_is_stable(rng: np.random.Generator) -> None:
    signs = 2.0 * np.eye(4) - 1.0
    unsafe = "eᶻ is too large or too small for 32 bits here; subtract each row's maximum first."
    clipped = "A logarithm that is cut off hides large losses; use log Σ exp(zⱼ) − z_k instead."
    for size in (1e4, -1e4, 200.0):
        logits = (size * signs + rng.normal(size=(4, 4))).astype(np.float32)
        for labels in (np.arange(4), np.array([1, 2, 3, 0])):
            right = losses_of(logits, labels).mean()
            mistakes = {
                unsafe: lambda got: not np.isfinite(got),
                clipped: lambda got, right=right: 0 < got < 0.9 * right,
            }
            check(cross_entropy, logits, labels, expect=right, mistakes=mistakes, rtol=1e-3)
            slope = (np.exp(log_softmax(logits)) - np.eye(4)[labels]) / 4
            why = "The gradient, too, must be finite and right for such logits."
            mistakes = {unsafe: lambda got: not np.all(np.isfinite(got))}
            check(jit(grad(cross_entropy)), logits, labels, expect=slope, mistakes=mistakes,
                  why=why, rtol=1e-2, atol=1e-3)  # fmt: skip


@task("5.6", points=1)
def test_accuracy(rng: np.random.Generator) -> None:
    hand = np.array([[0.1, 0.9], [0.8, 0.2], [-2.0, -1.0]], np.float32)
    logits = rng.normal(size=(11, 6)).astype(np.float32)
    best = logits.argmax(1)
    labels = np.where(np.arange(11) < 7, best, (best + 1) % 6)
    for z, k, hits in ((hand, np.array([1, 1, 1]), 2), (logits, labels, 7)):
        check(
            accuracy, z, k, expect=hits / len(k),
            mistakes={
                "This is the error rate; return the share that is right.": 1 - hits / len(k),
                "This is how many are right; divide by the batch.": float(hits),
                "Return one number, the mean.": lambda got: np.ndim(got) > 0,
                "This is in percent; return a number from 0 to 1.": 100 * hits / len(k),
            },
            why="The prediction is the place of the largest logit in each row (axis=1).",
        )  # fmt: skip
    check(jit(accuracy), logits, labels, expect=7 / 11)


@task("5.6", points=1)
def test_sgd_step(rng: np.random.Generator) -> None:
    def values() -> Any:
        a, b, c = (rng.uniform(1, 2, shape).astype(np.float32) for shape in ((2, 3), (3,), ()))
        return [{"weight": a, "bias": b}, {"scale": c}]

    hand = {"w": np.array([3.0, 1.0])}, {"w": np.array([2.0, 3.0])}
    for pair, rate in ((hand, 0.5), ((values(), values()), 0.25)):
        params, right = pair

        def each(function: Any, pair: Any = pair) -> Any:
            return jax.tree.map(function, *pair)

        # The gradient that leads from the parameters to the result.
        slopes = each(lambda start, end, rate=rate: (start - end) / rate)
        check(
            sgd_step, params, slopes, rate, expect=right,
            mistakes={
                "You walk uphill; use p − ε g.": each(lambda start, end: 2 * start - end),
                "The learning rate is missing.":
                    each(lambda start, end, rate=rate: start - (start - end) / rate),
                "These are the steps; subtract them from the parameters.":
                    each(lambda start, end: start - end),
                "The parameters are unchanged: jax.tree.map returns a new tree; return that.":
                    params,
            },
            why="jax.tree.map(function, params, gradients) works for any nesting.",
        )  # fmt: skip


@task("5.7", points=1)
def test_minibatches(rng: np.random.Generator) -> None:
    first, second = (jax.random.key(int(n)) for n in rng.integers(1 << 30, size=2))
    for count, size in ((40, 8), (43, 8)):
        text = f"minibatches(key, {count}, {size})"
        one, again, other = (np.asarray(call(minibatches, k, count, size))
                             for k in (first, first, second))  # fmt: skip
        shape = count // size, size
        why = "One row for each full minibatch; leave out what does not fill one."
        require(one.shape == shape, text, f"shape {one.shape}", f"shape {shape}", why)
        whole = one.dtype.kind in "iu" and one.min() >= 0 and one.max() < count
        require(whole, text, one, f"whole numbers from 0 to {count - 1}")
        why = "Some image comes twice: shuffle with jax.random.permutation."
        require(len(set(one.flat)) == one.size, text, one, "no index twice", why)
        why = "The order is not random; shuffle with jax.random.permutation and the key."
        shuffled = not np.array_equal(np.sort(one.ravel()), one.ravel())
        require(shuffled and not np.array_equal(one, other), text, one, "a random order", why)
        why = "Only the minibatches' order is random; shuffle the images."
        blocks = all(np.ptp(row) == size - 1 for row in one)
        require(not blocks, text, one, "rows of images from everywhere", why)
        why = "The same key must give the same order."
        require(np.array_equal(one, again), text, "another order", "the same order", why)


@given
def distance(params: Any, x: Any, y: Any) -> Any:
    """The mean squared error of a line."""
    return jnp.mean((x @ params["w"] + params["c"] - y) ** 2)


@given
def descend(params: Any, slopes: Any, rate: Any) -> Any:
    """One step of gradient descent, with all parameters in one row."""
    from jax.flatten_util import ravel_pytree

    flat, unflatten = ravel_pytree(params)
    return unflatten(flat - rate * ravel_pytree(slopes)[0])


def line_epoch(params: Any, x: Any, y: Any, batches: Any, rate: float, error: str = "") -> Any:
    """An epoch with `distance` and `descend` in 64 bits; ``error`` names what goes wrong."""
    w, c = np.asarray(params["w"], float), float(params["c"])
    start, losses = (w, c), []

    def away(w: Any, c: float, rows: Any) -> Any:
        return x[rows] @ w + c - y[rows]

    for batch in batches:
        rows = slice(None) if error == "all" else batch
        at_w, at_c = start if error == "start" else (w, c)
        wrong = away(at_w, at_c, rows)
        losses.append(np.mean(wrong**2))
        w = w - rate * 2 * x[rows].T @ wrong / len(wrong)
        c = c - rate * 2 * np.mean(wrong)
        if error == "late":
            losses[-1] = np.mean(away(w, c, rows) ** 2)
    return {"w": w, "c": c}, np.array(losses)


@task("5.7", points=1)
def test_train_epoch_steps(rng: np.random.Generator) -> None:
    x, y = (rng.normal(size=s).astype(np.float32) for s in ((12, 3), (12,)))
    params = {"w": rng.normal(size=3).astype(np.float32), "c": np.float32(1.0)}
    batches = rng.permutation(12).reshape(4, 3)
    rest = params, x, y, batches, 0.1
    given_data = params, *map(jnp.asarray, (x, y, batches)), 0.1
    right, losses = line_epoch(*rest)
    check(
        train_epoch, distance, descend, *given_data, expect=(right, losses),
        mistakes={
            "The parameters don't change; each step must pass its new ones on to the next.":
                lambda got: np.allclose(got[0]["w"], params["w"]),
            "Each step must use its minibatch only, images[batch] and labels[batch].":
                line_epoch(*rest, "all"),
            "Return the loss of each minibatch before its step: use jax.value_and_grad.":
                (right, line_epoch(*rest, "late")[1]),
            "Return the losses of all steps, of shape (steps,).":
                lambda got: np.ndim(got[1]) == 0,
            "The order is wrong: first the parameters, then the losses.":
                lambda got: isinstance(got[1], dict),
            "The minibatches come in the wrong order.": line_epoch(*rest[:3], batches[::-1], 0.1),
        },
        why="Each step: loss and gradient of one minibatch, then update(params, gradients, rate).",
    )  # fmt: skip


@given
class Epochs:
    """Some epochs, and how often Python ran the loss in each of them."""

    def __init__(self, train_epoch: Any, x: Any, y: Any, batches: Any, rates: Any) -> None:
        self.calls = 0

        def loss(params: Any, x: Any, y: Any) -> Any:
            self.calls += 1
            return jnp.mean((x @ params - y) ** 2)

        def update(params: Any, slopes: Any, rate: Any) -> Any:
            return params - rate * slopes

        params, self.counts = jnp.zeros(x.shape[1]), []
        for rate in rates:
            before = self.calls
            params, _ = train_epoch(loss, update, params, x, y, batches, rate)
            self.counts.append(self.calls - before)


@task("5.7", points=1)
def test_train_epoch_is_compiled_once(rng: np.random.Generator) -> None:
    x, y = (jnp.asarray(rng.normal(size=s), jnp.float32) for s in ((64, 3), (64,)))
    batches = jnp.asarray(rng.permutation(64).reshape(32, 2))
    counts = [int(n) for n in Epochs(train_epoch, x, y, batches, [0.1, 0.1, 0.05]).counts]
    text = "train_epoch(loss, …), three times with 32 minibatches; the last time with another rate"
    got = f"after {counts} calls of loss from Python"
    few = "a few calls in the first epoch, where JAX traces the loop, and none later"
    why = "Python runs the loss for each minibatch; let jax.lax.scan loop over them."
    require(counts[0] < 16, text, got, few, why)
    why = "Each epoch is compiled anew; decorate the function with jax.jit."
    require(counts[1] == 0, text, got, few, why)
    why = "Another learning rate compiles anew; only `loss` and `update` may be static arguments."
    require(counts[2] == 0, text, got, few, why)


@given
def digit_loss(params: Any, images: Any, labels: Any) -> Any:
    """The squared error of a network with one hidden layer; task 5.7 is tested apart."""
    guesses = jnp.tanh(jnp.tensordot(images, params["w1"], 2)) @ params["w2"]
    return ((guesses - jax.nn.one_hot(labels, 10)) ** 2).sum(1).mean()


@task("5.7", points=1)
def test_train_epoch_overfits_64_images(rng: np.random.Generator) -> None:
    images = rng.normal(size=(64, 28, 28)).astype(np.float32)
    labels = rng.integers(0, 10, 64)
    data = jnp.asarray(images), jnp.asarray(labels)
    params: Any = {
        "w1": (rng.normal(size=(28, 28, 32)) / 28).astype(np.float32),
        "w2": (rng.normal(size=(32, 10)) / 6).astype(np.float32),
    }
    losses: list[float] = []
    for _ in range(60):
        batches = jnp.asarray(rng.permutation(64).reshape(4, 16))
        params, values = call(train_epoch, digit_loss, descend, params, *data, batches, 0.1)
        losses.append(float(np.mean(values)))
    text = "60 epochs of train_epoch(…) on 64 images with random labels"
    why = "The loss must fall: is each step's result the start of the next one?"
    require(losses[-1] < 0.05 < losses[0], text, f"losses from {losses[0]:.3f} to {losses[-1]:.3f}",
            "a loss below 0.05", why)  # fmt: skip
    guesses = np.tanh(np.tensordot(images, params["w1"], 2)) @ params["w2"]
    read = np.mean(guesses.argmax(1) == labels)
    require(read == 1.0, text, f"{read:.0%} of them right", "all 64 right", why)
