"""Tasks 7.6 and 7.7: the network for the EEG and its training, on made-up data."""

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from day_07_brain_decode.src.brain_decoder import (
    adjust_dimensions,
    compose,
    confusion_matrix,
    forward,
    initialize,
    mean_pool,
    train,
    train_epoch,
)
from introdl.testing import call, check, check_value, given, jit, require, task

TAPS, FILTERS, OUTPUTS, POOL, STRIDE, SMALLEST = 25, 20, 20, 75, 15, 1e-6


def single(value: Any) -> Any:
    """Arrays and dicts of them as JAX has them."""
    if isinstance(value, dict):
        return {name: single(item) for name, item in value.items()}
    return jnp.asarray(value, jnp.float32)


@task("7.6", points=1)
def test_adjust_dimensions_and_compose(rng: np.random.Generator) -> None:
    trials = rng.normal(size=(2, 3, 5))
    right = np.stack([trial.T for trial in trials])
    got = check(
        adjust_dimensions, trials, expect=right,
        mistakes={
            "reshape mixes the samples of different sensors; swap the axes.":
                trials.reshape(2, 5, 3),
            "Swap sensors and samples: (trials, samples, sensors).": trials,
            "The trials stay the first axis.":
                lambda got: np.shape(got) in ((5, 3, 2), (3, 5, 2), (5, 2, 3)),
        },
    )  # fmt: skip
    why = "Make it float32; JAX computes with 32 bits."
    require(np.asarray(got).dtype == np.float32, "adjust_dimensions(…)",
            f"a {np.asarray(got).dtype} array", "a float32 array", why)  # fmt: skip
    hand = np.array([[1.0, 2.0]]), np.array([[[3.0], [4.0]]])  # one tap, one sensor: 3 + 8 = 11
    for temporal, spatial in (hand, (rng.normal(size=(4, 3)), rng.normal(size=(5, 3, 2)))):
        right = np.tensordot(temporal, spatial, (1, 1))
        check(
            compose, single(temporal), single(spatial), expect=right,
            mistakes={
                "Sum over the temporal filters f.": lambda got: np.ndim(got) == 4,
                "The axes' order is (taps, sensors, outputs).":
                    lambda got, right=right: np.shape(got) != right.shape
                    and np.size(got) == right.size,
                "This is the mean over the filters; take the sum.": right / temporal.shape[1],
            },
            why="K[τ, s, o] = Σ_f A[τ, f] B[s, f, o], for instance with jnp.einsum.",
        )  # fmt: skip


def pooled(x: Any, size: int, stride: int) -> Any:
    """Means of windows, one after the other."""
    starts = range(0, x.shape[1] - size + 1, stride)
    return np.stack([x[:, i : i + size].mean(1) for i in starts], 1)


@task("7.6", points=1)
def test_mean_pool(rng: np.random.Generator) -> None:
    hand = np.array([1.0, 3.0, 5.0, 7.0, 9.0, 100.0])[None, :, None]
    for x, size, stride in ((hand, 3, 2), (rng.normal(size=(2, 23, 3)), 6, 4)):
        right = pooled(x, size, stride)
        check(
            jit(mean_pool, static_argnums=(1, 2)), single(x), size, stride, expect=right,
            mistakes={
                "This is the sum of each window; divide by its size.": size * right,
                "This is the maximum of each window; take the mean.":
                    np.stack([x[:, i : i + size].max(1)
                              for i in range(0, x.shape[1] - size + 1, stride)], 1),
                "Each window begins `stride` samples behind the one before.":
                    pooled(x, size, size),
                "Windows of `size` samples, `stride` apart; you have swapped the two.":
                    pooled(x, stride, size),
                "The last window sticks out at the end; leave it out.":
                    lambda got, right=right: np.shape(got)[1] > right.shape[1],
                "A window is missing: there are (samples − size) // stride + 1.":
                    lambda got, right=right: np.shape(got)[1] < right.shape[1],
                "One sample too many is in each window.":
                    lambda got, x=x, size=size, right=right: np.allclose(
                        got[:, 0], x[:, : size + 1].sum(1) / size, atol=1e-4),
            },
        )  # fmt: skip


@task("7.6", points=1)
def test_initialize(rng: np.random.Generator) -> None:
    first, second = (jax.random.key(int(n)) for n in rng.integers(1 << 30, size=2))
    # One window, and as many classes as taps: two arrays have equally many values.
    samples, sensors, classes = TAPS + POOL - 1, 12, TAPS
    features = ((samples - TAPS + 1 - POOL) // STRIDE + 1) * OUTPUTS
    text = f"initialize(key, {samples}, {sensors}, {classes})"
    draw = jit(initialize, static_argnums=(1, 2, 3))
    params = call(draw, first, samples, sensors, classes)
    shapes = {
        "temporal": [TAPS, FILTERS], "spatial": [sensors, FILTERS, OUTPUTS], "bias": [OUTPUTS],
        "weight": [features, classes], "weight_bias": [classes],
    }  # fmt: skip
    require(isinstance(params, dict), text, params, "a dict of arrays")
    check_value(
        {name: list(np.shape(value)) for name, value in params.items()}, shapes,
        f"the shapes in {text}", why=f"There are {features // OUTPUTS} windows; count_windows "
        "says so.",
    )  # fmt: skip
    counts = {"temporal": TAPS, "spatial": sensors * FILTERS, "weight": features}
    for name, count in counts.items():
        deviation, right = float(np.std(params[name])), 1 / np.sqrt(count)
        sentences = {
            "The values are not scaled; divide by √n.": 1.0,
            "You divide by n; the variance is 1/n, and the standard deviation 1/√n.": 1 / count,
            "The factor 2 belongs to relu, which this network has not: 1/√n.": np.sqrt(2 / count),
            "One output is computed from all sensors and all filters: n = sensors · FILTERS.":
                sensors**-0.5,
        }  # fmt: skip
        why = next((s for s, value in sentences.items() if abs(deviation / value - 1) < 0.15), "")
        where = f"the standard deviation of {text}['{name}']"
        require(abs(deviation / right - 1) < 0.15, where, deviation, f"about {right:.4f}", why)
    for name in ("bias", "weight_bias"):
        check_value(params[name], np.zeros(shapes[name]), f"{text}['{name}']",
                    why="Biases begin with zeros.")  # fmt: skip
    other = call(draw, second, samples, sensors, classes)
    why = "The values do not depend on the key."
    equal = any(np.allclose(params[name], other[name]) for name in counts)
    require(not equal, text, "equal values for two keys", "other values for another key", why)
    drawn = [
        np.sort(np.ravel(params[name]) / np.std(params[name])) for name in ("temporal", "weight")
    ]
    why = "Two arrays are drawn with the same key; split it with jax.random.split."
    apart = not np.allclose(*drawn, atol=1e-3)
    require(apart, text, "the same numbers in two arrays", "independent numbers", why)


def network(params: Any, x: Any, error: str = "", drop: Any = None) -> Any:
    """The network layer by layer, in time and then in space; ``error`` names what is wrong."""
    taps, _ = params["temporal"].shape
    length = x.shape[1] - taps + 1
    filtered = sum(
        x[:, i : i + length, :, None] * params["temporal"][i] for i in range(taps)
    )  # (batch, time, sensors, filters)
    y = np.einsum("btsf,sfo->bto", filtered, params["spatial"])
    y = y + (0.0 if error == "no bias" else params["bias"])
    power = pooled(y if error == "no square" else y**2, POOL, STRIDE)
    if error == "square late":
        power = pooled(y, POOL, STRIDE) ** 2
    features = power if error == "no log" else np.log(power.clip(SMALLEST))
    if error == "log early":
        features = pooled(np.log((y**2).clip(SMALLEST)), POOL, STRIDE)
    features = features if drop is None else drop(features)
    weight = params["weight"].reshape(*features.shape[1:], -1)
    bias = 0.0 if error == "no last bias" else params["weight_bias"]
    return np.tensordot(features, weight, 2) + bias


def some_params(rng: np.random.Generator, windows: int = 3) -> dict[str, Any]:
    """Parameters for 3 sensors, 4 filters, 5 outputs and 4 classes, biases included."""
    shapes = {
        "temporal": (TAPS, 4), "spatial": (3, 4, 5), "bias": (5,), "weight": (5 * windows, 4),
        "weight_bias": (4,),
    }  # fmt: skip
    return {name: rng.normal(size=shape) / 2 for name, shape in shapes.items()}


@given
def halve(x: Any) -> Any:
    """What the test hands over in place of dropout."""
    return 0.5 * x + 1.0


FORWARD_ERRORS = {
    "The bias behind the convolutions is missing.": "no bias",
    "The square is missing: the power is the mean of y².": "no square",
    "Square first, then take the mean of each window.": "square late",
    "The logarithm is missing.": "no log",
    "First the mean of each window, then the logarithm.": "log early",
    "The dense layer's bias is missing.": "no last bias",
}


@task("7.6", points=1)
def test_forward(rng: np.random.Generator) -> None:
    params, x = some_params(rng), rng.normal(size=(2, TAPS - 1 + POOL + 2 * STRIDE, 3))
    right = network(params, x)
    powers = np.exp(right - right.max(1, keepdims=True))
    mistakes: dict[str, Any] = {
        "Return the logits; the softmax is a part of the cross-entropy.":
            powers / powers.sum(1, keepdims=True),
    }  # fmt: skip
    mistakes |= {text: network(params, x, error) for text, error in FORWARD_ERRORS.items()}
    why = "Compose, convolve, add the bias, square, pool, log, dense. Are the single layers right?"
    check(jit(forward), single(params), single(x), expect=right, mistakes=mistakes, why=why,
          rtol=1e-3, atol=1e-3)  # fmt: skip


@task("7.6", points=1)
def test_forward_with_dropout_and_silence(rng: np.random.Generator) -> None:
    params, x = some_params(rng), rng.normal(size=(2, TAPS - 1 + POOL + 2 * STRIDE, 3))
    check(
        jit(forward, static_argnums=2), single(params), single(x), halve,
        expect=network(params, x, drop=halve),
        mistakes={
            "`drop` is not used; apply it to the logarithms.": network(params, x),
            "Apply `drop` to the logarithms, in front of the dense layer, not behind it.":
                0.5 * network(params, x) + 1.0,
        },
        why="`drop` stands between the logarithm and the dense layer.",
        rtol=1e-3, atol=1e-3,
    )  # fmt: skip
    silent = {**params, "bias": np.zeros(5)}
    check(
        jit(forward), single(silent), single(0 * x), expect=network(silent, 0 * x),
        mistakes={
            "log 0 is −∞: take the logarithm of jnp.maximum(power, SMALLEST).":
                lambda got: not np.all(np.isfinite(got)),
        },
        why="The log of a power below SMALLEST is log SMALLEST.",
        rtol=1e-3, atol=1e-3,
    )  # fmt: skip


@given
def distance(params: Any, x: Any, y: Any, key: Any) -> Any:
    """The mean squared error of a line whose height is random."""
    return jnp.mean((x @ params["w"] + params["c"] + jax.random.normal(key) - y) ** 2)


@given
def update(params: Any, moments: Any, slopes: Any) -> Any:
    """A step that also remembers where the parameters were."""
    new = {name: params[name] - 0.1 * slopes[name] + 0.1 * moments[name] for name in params}
    return new, {name: 0.5 * moments[name] + params[name] for name in params}


def epoch(data: Any, batches: Any, heights: Any, error: str = "") -> Any:
    """An epoch with `distance` and `update` in NumPy; ``error`` names what goes wrong."""
    params, moments, x, y = data
    first, memory, losses = params, moments, []
    for batch, height in zip(batches, heights, strict=True):
        rows = slice(None) if error == "all" else batch
        here = first if error == "start" else params
        wrong = x[rows] @ here["w"] + here["c"] + height - y[rows]
        losses.append(np.mean(wrong**2))
        slopes = {"w": 2 * x[rows].T @ wrong / len(wrong), "c": 2 * np.mean(wrong)}
        params, moments = update(params, memory if error == "forget" else moments, slopes)
    return params, moments, np.array(losses)


@task("7.7", points=1)
def test_train_epoch_steps(rng: np.random.Generator) -> None:
    x, y = rng.normal(size=(12, 3)), rng.normal(size=12)
    params, moments = ({"w": rng.normal(size=3), "c": rng.normal()} for _ in range(2))
    batches = rng.permutation(12).reshape(4, 3)
    keys = jax.random.split(jax.random.key(int(rng.integers(1 << 30))), 4)
    heights = np.array([float(jax.random.normal(key)) for key in keys])
    data = params, moments, x, y
    right = epoch(data, batches, heights)
    check(
        train_epoch, distance, update, *map(single, data), jnp.asarray(batches), keys,
        expect=right, rtol=1e-3, atol=1e-4,
        mistakes={
            "The parameters don't change; each step must pass its new ones on to the next.":
                lambda got: np.allclose(got[0]["w"], params["w"]),
            "The moments are lost between the steps; carry them along with the parameters.":
                lambda got: np.allclose(got[2], epoch(data, batches, heights, "forget")[2], 1e-3),
            "The first moments come back; return those behind the last step.":
                (right[0], moments, right[2]),
            "Each step must use its minibatch only, trials[batch] and labels[batch].":
                epoch(data, batches, heights, "all"),
            "Each minibatch has a key of its own; you use the first one for all.":
                epoch(data, batches, heights[:1].repeat(4)),
            "Return the losses of all steps, of shape (steps,).": lambda got: np.ndim(got[2]) == 0,
            "Return three things: parameters, moments, losses.": lambda got: len(got) != 3,
        },
        why="Each step: loss and gradient of one minibatch, then update(…).",
    )  # fmt: skip


@given
class Epochs:
    """Some epochs, and how often Python ran the loss in each of them."""

    def __init__(self, train_epoch: Any, x: Any, y: Any, batches: Any, epochs: int) -> None:
        self.calls = 0

        def loss(params: Any, x: Any, y: Any, key: Any) -> Any:
            self.calls += 1
            return jnp.mean((x @ params - y) ** 2)

        def update(params: Any, moments: Any, slopes: Any) -> Any:
            return params - 0.1 * slopes, moments + 1

        params, moments, self.counts = jnp.zeros(x.shape[1]), jnp.zeros(()), []
        for epoch in range(epochs):
            before = self.calls
            keys = jax.random.split(jax.random.key(epoch), len(batches))
            params, moments, _ = train_epoch(loss, update, params, moments, x, y, batches, keys)
            self.counts.append(self.calls - before)


@task("7.7", points=1)
def test_train_epoch_is_compiled_once(rng: np.random.Generator) -> None:
    x, y = single(rng.normal(size=(64, 3))), single(rng.normal(size=64))
    batches = jnp.asarray(rng.permutation(64).reshape(32, 2))
    counts = [int(n) for n in Epochs(train_epoch, x, y, batches, 2).counts]
    text = "train_epoch(loss, …), twice with 32 minibatches"
    got = f"after {counts} calls of loss from Python"
    few = "a few calls in the first epoch, where JAX traces the loop, and none later"
    why = "Python runs the loss for each minibatch; let jax.lax.scan loop over them."
    require(counts[0] < 16, text, got, few, why)
    why = "Each epoch is compiled anew; keep the decorator with jax.jit."
    require(counts[1] == 0, text, got, few, why)


@given
class Training:
    """A training whose parameters count its epochs and whose losses are given."""

    def __init__(self, train: Any, losses: Any, validation: Any, stop: int) -> None:
        self.told, told = [], []

        class Stopping:
            """Keeps the parameters of the lowest loss, times 100."""

            best_params, best = None, math.inf

            def update(self, loss: Any, params: Any) -> Any:
                told.append([float(loss), float(params)])
                if loss < self.best:
                    self.best, self.best_params = loss, 100 * params
                return len(told) == stop

        def run_epoch(params: Any, moments: Any, epoch: Any) -> Any:
            return params + 1, 2 * moments, np.asarray(losses[epoch]) + moments

        def validate(params: Any) -> Any:
            return jnp.asarray(validation[int(params) - 1])

        got = train(run_epoch, validate, 0, 1, Stopping(), range(len(losses)))
        self.params, self.train_losses, self.validation_losses = got
        self.told = told


@task("7.7", points=1)
def test_train(rng: np.random.Generator) -> None:
    losses = rng.uniform(1, 2, (6, 3)).round(2)
    validation = np.array([1.0, 0.25, 0.5, 0.75, 0.875, 0.1])
    for stop, ran, best in ((4, 4, 2), (99, 6, 6)):
        done = Training(train, losses.tolist(), validation.tolist(), stop)
        ending = f"stops behind epoch {stop - 1}" if stop < 9 else "never stops"
        text = f"train(run_epoch, validate, params, moments, stopping, range(6)); stopping {ending}"
        told = [[float(loss), float(i + 1)] for i, loss in enumerate(validation[:ran])]
        check_value(
            [[float(a) for a in pair] for pair in done.told], told,
            f"what stopping.update was told in {text}",
            mistakes={
                "Training goes on although stopping.update returned True.":
                    lambda got, ran=ran: len(got) > ran,
                "Training ends too early.": lambda got, ran=ran: len(got) < ran,
                "Tell it the validation loss, not the training loss.":
                    lambda got, told=told: got[0][0] != told[0][0],
                "Each epoch must continue with the parameters of the one before.":
                    lambda got: got[1][1] == 1.0,
            },
        )  # fmt: skip
        curve = [float(losses[i].mean() + 2.0**i) for i in range(ran)]
        why = "For each epoch the mean of the losses that run_epoch returns."
        check_value(
            [float(a) for a in done.train_losses], curve, f"the training losses of {text}",
            mistakes={
                "The moments are lost; hand those of one epoch on to the next.":
                    lambda got, curve=curve: np.isclose(got[0], curve[0]),
            },
            why=why,
        )  # fmt: skip
        why = "For each epoch that ran what validate(params) returns, the last epoch included."
        check_value([float(a) for a in done.validation_losses], validation[:ran].tolist(),
                    f"the validation losses of {text}", why=why)  # fmt: skip
        check_value(
            float(done.params), 100.0 * best, f"the parameters of {text}",
            mistakes={
                "These are the last parameters; return stopping.best_params.": float(ran),
            },
            why="Return stopping.best_params.",
        )  # fmt: skip


@task("7.7", points=1)
def test_confusion_matrix(rng: np.random.Generator) -> None:
    hand = np.array([0, 0, 1, 2]), np.array([0, 1, 1, 1]), 3
    labels = np.concatenate([np.zeros(7, int), rng.integers(0, 4, 40)])
    predictions = np.where(rng.random(47) < 0.6, labels, rng.integers(0, 5, 47))
    for truth, guess, classes in (hand, (labels, predictions, 5)):
        one_hot = np.eye(classes, dtype=int)
        right = one_hot[truth].T @ one_hot[guess]
        once = (right > 0).astype(int)
        check(
            confusion_matrix, truth, guess, classes, expect=right,
            mistakes={
                "Rows and columns are swapped: a row for each true class.": right.T,
                "Equal pairs are counted once only; use np.add.at or a loop.": once,
                "Count; don't divide.": lambda got: np.max(got) <= 1 and np.sum(got) > 1,
            },
            why="Add 1 at [label, prediction] for each trial.",
        )  # fmt: skip
