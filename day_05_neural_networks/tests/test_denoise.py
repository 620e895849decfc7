"""Tasks 5.1 to 5.3: a network with one hidden layer, its gradient by hand, and its training."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from day_05_neural_networks.src.denoise import (
    backward,
    initialize,
    network,
    sigmoid,
    squared_error,
    train,
)
from introdl.testing import call, check, check_value, given, jit, require, task


def logistic(x: Any) -> Any:
    """The sigmoid; tanh never overflows."""
    return 0.5 + 0.5 * jnp.tanh(0.5 * jnp.asarray(x))


def some_params(rng: np.random.Generator, inputs: int, hidden: int) -> dict[str, Any]:
    """Parameters of moderate size, bias included."""
    shapes = {"W1": (hidden, inputs), "b": (hidden,), "W2": (inputs, hidden)}
    return {
        name: rng.uniform(-1.0, 1.0, size=shape).astype(np.float32)
        for name, shape in shapes.items()
    }


@task("5.1", points=1)
def test_sigmoid(rng: np.random.Generator) -> None:
    for x in (0.0, np.array([-2.0, 1.0], np.float32), rng.uniform(-4, 4, (2, 3))):
        right = logistic(x)
        check(
            sigmoid, x, expect=right,
            mistakes={
                "The sign is wrong: σ(x) = 1 / (1 + e⁻ˣ) grows with x.": 1.0 - right,
                "This is tanh; it maps into (−1, 1), the sigmoid into (0, 1).": np.tanh(x),
            },
        )  # fmt: skip
    x = np.array([-100.0, 100.0], np.float32)  # e¹⁰⁰ is infinite in 32 bits
    check(
        sigmoid, x, expect=np.array([0.0, 1.0]),
        mistakes={
            "e¹⁰⁰ is too large for 32 bits, and ∞/∞ is NaN; write 1 / (1 + e⁻ˣ).":
                lambda got: np.any(np.isnan(got)),
        },
    )  # fmt: skip
    check(jit(sigmoid), 0.5 + x, expect=logistic(0.5 + x))


@task("5.1", points=1)
def test_initialize(rng: np.random.Generator) -> None:
    key = jax.random.key(int(rng.integers(1 << 30)))
    inputs, hidden = 400, 100
    text = f"initialize(key, {inputs}, {hidden})"
    params = call(initialize, key, inputs, hidden)
    shapes = {"W1": (hidden, inputs), "b": (hidden,), "W2": (inputs, hidden)}
    require(isinstance(params, dict), text, params, "a dict of arrays")
    check_value(
        {name: list(np.shape(value)) for name, value in params.items()},
        {name: list(shape) for name, shape in shapes.items()},
        f"the shapes in {text}",
        mistakes={
            "W1 is the wrong way round: a row for each hidden neuron.":
                lambda got: got["W1"] == [inputs, hidden],
            "W2 is the wrong way round: a row for each output.":
                lambda got: got["W2"] == [hidden, inputs],
        },
    )  # fmt: skip
    check_value(params["b"], np.zeros(hidden), f"{text}['b']", why="The bias begins with zeros.")
    for name, count, others in (("W1", inputs, hidden), ("W2", hidden, inputs)):
        weights, right = np.asarray(params[name], float), 1 / np.sqrt(count)
        deviation = weights.std()
        sentences = {
            "The weights are not scaled; divide by √n.": 1.0,
            "You divide by n; the standard deviation is 1/√n.": 1 / count,
            "n is the number of the layer's inputs, not of its outputs.": 1 / np.sqrt(others),
        }  # fmt: skip
        why = next((s for s, value in sentences.items() if abs(deviation / value - 1) < 0.1), "")
        where = f"the standard deviation of {text}['{name}']"
        require(abs(deviation / right - 1) < 0.05, where, deviation, f"about {right:.4f}", why)
        why = "Draw from the normal distribution, whose mean is 0."
        middle = abs(weights.mean()) < 0.05 * right and np.abs(weights).max() > 3 * right
        require(middle, f"{text}['{name}']", weights, "normally distributed weights", why)


@task("5.1", points=1)
def test_initialize_is_random(rng: np.random.Generator) -> None:
    first, second = (jax.random.key(int(n)) for n in rng.integers(1 << 30, size=2))
    one, again, other = (call(initialize, key, 6, 6) for key in (first, first, second))
    text = "initialize(key, 6, 6)"
    why = "Use the key and nothing else that is random: the same key gives the same numbers."
    same = all(np.array_equal(one[name], again[name]) for name in ("W1", "W2"))
    require(same, text, "two results for the same key", "the same weights each time", why)
    why = "The weights do not depend on the key."
    differ = all(not np.allclose(one[name], other[name]) for name in ("W1", "W2"))
    require(differ, text, "the same weights for two keys", "other weights for another key", why)
    why = "Both matrices are drawn with the same key; split it with jax.random.split."
    apart = not np.allclose(one["W1"], one["W2"])
    require(apart, text, "W1 equal to W2", "independent matrices", why)


# By hand: the hidden neurons get 0 and ln 3, so their values are 1/2 and 3/4.
SMALL = {
    "W1": np.array([[1.0, -1.0], [0.0, 0.0]], np.float32),
    "b": np.array([0.0, np.log(3.0)], np.float32),
    "W2": np.array([[2.0, 0.0], [0.0, 4.0]], np.float32),
}


def inner_of(params: dict[str, Any], x: Any) -> Any:
    """What the hidden neurons get; the bias is the weight of one more input, which is 1."""
    return jnp.column_stack([params["W1"], params["b"]]) @ jnp.append(x, 1.0)


def output_of(params: dict[str, Any], x: Any, squash: Any = logistic) -> Any:
    """The network, or with another function in place of the sigmoid."""
    return jnp.sum(params["W2"] * squash(inner_of(params, x)), axis=1)


@task("5.1", points=1)
def test_network_and_error(rng: np.random.Generator) -> None:
    params, x = some_params(rng, 5, 3), rng.uniform(-2, 2, 5).astype(np.float32)
    check_network(SMALL, np.ones(2, np.float32), np.array([1.0, 3.0]))
    check_network(params, x, output_of(params, x))
    o, y = (rng.uniform(-2, 2, 7).astype(np.float32) for _ in range(2))
    check_error(np.array([1.0, 3.0]), np.array([0.0, 1.0]), 2.5)
    check_error(o, y, float(np.linalg.norm(o - y) ** 2) / 2)


def check_network(params: dict[str, Any], x: Any, right: Any) -> None:
    """Check one output and name the usual errors."""
    bare = {**params, "b": np.zeros_like(params["b"])}
    check(
        network, params, x, expect=right,
        mistakes={
            "The bias b is missing.": output_of(bare, x),
            "The sigmoid is missing; it stands around W₁ x + b.":
                output_of(params, x, lambda inner: inner),
            "No sigmoid around the output: the cosine also has negative values.": logistic(right),
            "The bias belongs inside the sigmoid.":
                output_of(bare, x, lambda inner: logistic(inner) + params["b"]),
        },
        why="Is the sigmoid right?",
    )  # fmt: skip


def check_error(o: Any, y: Any, right: float) -> None:
    """Check one cost and name the usual errors."""
    check(
        squared_error, o, y, expect=right,
        mistakes={
            "The factor ½ is missing.": 2 * right,
            "This is the mean; the cost is a sum.": right / len(o),
            "This is the mean; the cost is half of the sum.": 2 * right / len(o),
            "Add the squares up: the cost is one number.": lambda got: np.ndim(got) > 0,
            "Square each difference first, then add.": 0.5 * float(np.sum(o - y)) ** 2,
        },
    )  # fmt: skip


def cost(params: dict[str, Any], x: Any, y: Any) -> Any:
    """The cost that `jax.grad` differentiates; the test's own code."""
    away = output_of(params, x) - y
    return away @ away / 2


def backward_mistakes(params: dict[str, Any], x: Any, right: dict[str, Any]) -> dict[str, Any]:
    """What typical errors in the backward pass lead to, told by the right gradient."""
    a = inner_of(params, x)
    h, bend = logistic(a), jax.vmap(jax.grad(logistic))(a)

    def bent_by(factor: Any) -> Any:
        return lambda got: np.allclose(got["b"] * bend, right["b"] * factor, atol=1e-4)

    def turned(name: str) -> Any:
        return lambda got: np.allclose(got[name], right[name].T, atol=1e-4)

    return {
        "The derivative of the sigmoid is missing: δ₁ = (W₂ᵀ δ₂) h (1 − h).": bent_by(1.0),
        "The derivative of the sigmoid is h (1 − h), with h = σ(a), not a (1 − a).":
            bent_by(a - a**2),
        "The derivative of the sigmoid is h (1 − h), not h (1 + h).": bent_by(h + h**2),
        "The sign is wrong: δ₂ = o − y.": {name: -slope for name, slope in right.items()},
        "The cost has the factor ½, so δ₂ = o − y without a 2.":
            {name: 2 * slope for name, slope in right.items()},
        "W2 is the wrong way round: rows belong to outputs, δ₂ hᵀ.": turned("W2"),
        "W1 is the wrong way round: rows belong to hidden neurons, δ₁ xᵀ.": turned("W1"),
        "The gradient of b is δ₁ itself.":
            lambda got: np.allclose(got["W1"], right["W1"], atol=1e-4)
            and not np.allclose(got["b"], right["b"], atol=1e-4),
    }  # fmt: skip


@task("5.2", points=1)
def test_backward_by_hand() -> None:
    # Outputs (1, 3), so δ₂ = (1, −1) and W₂ᵀ δ₂ = (2, −4); σ' is 1/4 and 3/16.
    x, y = np.array([1.0, 1.0], np.float32), np.array([0.0, 4.0], np.float32)
    expect = {
        "W1": np.array([[0.5, 0.5], [-0.75, -0.75]]),
        "b": np.array([0.5, -0.75]),
        "W2": np.array([[0.5, 0.75], [-0.5, -0.75]]),
    }
    mistakes = backward_mistakes(SMALL, x, expect)
    check(backward, SMALL, x, y, expect=expect, mistakes=mistakes, why="Is the sigmoid right?")


@task("5.2", points=2)
def test_backward_equals_jax_grad(rng: np.random.Generator) -> None:
    for inputs, hidden, function in ((4, 4, backward), (6, 3, jit(backward))):
        params = some_params(rng, inputs, hidden)
        x, y = (rng.uniform(-2, 2, inputs).astype(np.float32) for _ in range(2))
        expect = jax.jit(jax.grad(cost))(params, x, y)
        mistakes = backward_mistakes(params, x, expect)
        why = "Is the sigmoid right?"
        check(function, params, x, y, expect=expect, mistakes=mistakes, why=why)


@given
def pull(params: Any, x: Any, y: Any) -> Any:
    """The gradient of ½ (a + Σx − y₀)² + ½ ‖c − y‖² for a number a and an array c."""
    return {"a": params["a"] + x.sum() - y[0], "c": params["c"] - y}


def goals(noisy: Any, clean: Any) -> dict[str, Any]:
    """Where `pull` would be 0, for each signal."""
    return {"a": clean[:, 0] - noisy.sum(1), "c": clean}


def pulled(params: Any, noisy: Any, clean: Any, rate: float) -> Any:
    """Where descent with `pull` ends: a mean of the start and all goals, the newest weighs most."""
    weights = rate * (1 - rate) ** np.arange(len(clean))[::-1]
    return {
        name: (1 - rate) ** len(clean) * params[name] + weights @ goal
        for name, goal in goals(noisy, clean).items()
    }


@task("5.3", points=1)
def test_train_steps(rng: np.random.Generator) -> None:
    params = {"a": np.float32(2.0), "c": rng.uniform(1, 2, 3).astype(np.float32)}
    noisy, clean = (rng.uniform(-1, 1, (4, 3)).astype(np.float32) for _ in range(2))
    first, all_goals = pull(params, noisy[0], clean[0]), goals(noisy, clean)
    check(
        train, pull, params, noisy, clean, 0.1, expect=pulled(params, noisy, clean, 0.1),
        mistakes={
            "You walk uphill; use θ − ε ∇C.": pulled(params, noisy, clean, -0.1),
            "The step size ε is missing.": pulled(params, noisy, clean, 1.0),
            "You compute each gradient with the first parameters; use the newest.":
                {name: params[name] + 0.1 * (all_goals[name] - params[name]).sum(0)
                 for name in params},
            "Only the last step is kept; each step begins where the one before ended.":
                pulled(params, noisy[-1:], clean[-1:], 0.1),
            "This is after the first signal; go through all of them.":
                pulled(params, noisy[:1], clean[:1], 0.1),
            "Inputs and targets are mixed up: gradient(params, x, y), x noisy and y clean.":
                pulled(params, clean, noisy, 0.1),
            "This is the gradient; return the parameters.": first,
            "These are the parameters that came in; return the new ones.": params,
        },
    )  # fmt: skip


@given
def slope(params: Any, x: Any, y: Any) -> Any:
    """The gradient of ½ ‖F x − y‖² for a linear filter F."""
    away = params["filter"] @ x - y
    return {"filter": away[:, np.newaxis] * x}


def signals(rng: np.random.Generator, count: int) -> tuple[Any, Any]:
    """A cosine with a random phase, with and without noise."""
    time = np.linspace(0, 4 * np.pi, 60)
    clean = np.cos(time + rng.uniform(0, 2 * np.pi, (count, 1))).astype(np.float32)
    return clean + rng.normal(size=clean.shape).astype(np.float32), clean


@task("5.3", points=1)
def test_train_finds_the_cosine(rng: np.random.Generator) -> None:
    params: Any = {"filter": rng.normal(size=(60, 60)) / 60}
    noisy, clean = signals(rng, 600)
    unseen, truth = signals(rng, 200)
    params = call(train, slope, params, noisy, clean, 0.002)
    require(isinstance(params, dict), "train(…)", params, "a dict of parameters")
    outputs = unseen @ params["filter"].T
    left = float(np.linalg.norm(outputs - truth) / np.linalg.norm(unseen - truth)) ** 2
    require(
        left < 0.1, "the error on unseen signals after train(…) with 600 signals",
        f"{left:.1%} of the noise", "less than a tenth",
        "Each signal must change the parameters by −ε times its gradient.",
    )  # fmt: skip
