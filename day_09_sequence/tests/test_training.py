"""Tasks 9.5 and 9.7: training, and states that go on from minibatch to minibatch."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from day_09_sequence.src.language_model import (
    carried_step,
    learning_rates,
    train,
    train_carried,
    train_step,
)
from introdl.testing import check, given, task


def falling(peak: float, share: Any) -> Any:
    """Half a cosine down from the peak, after which share of the way; by the half angle."""
    return peak * np.cos(np.pi / 2 * share) ** 2


@task("9.5", points=1)
def test_learning_rates(rng: np.random.Generator) -> None:
    for steps, peak, warm_up in ((10, 0.5, 2), (50, float(rng.uniform(0.1, 1.0)), 8)):
        ramp = np.linspace(0.0, peak, warm_up + 1)
        share = np.linspace(-warm_up / (steps - warm_up), 1.0, steps, endpoint=False)
        wave = falling(peak, share)

        def after_ramp(wave: Any, ramp: Any = ramp) -> Any:
            return np.concatenate([ramp[1:], wave[len(ramp) - 1 :]])

        right = after_ramp(wave)
        check(
            learning_rates, steps, peak, warm_up, expect=right,
            mistakes={
                "The ramp is missing: for t < warm_up it is peak (t + 1) / warm_up.": wave,
                "The ramp begins with 0, a step for nothing: peak (t + 1) / warm_up.":
                    np.concatenate([ramp[:-1], wave[warm_up:]]),
                "The factor peak is missing.": right / peak,
                "The cosine begins at t = warm_up and ends at t = steps.":
                    after_ramp(falling(peak, np.linspace(0.0, 1.0, steps, endpoint=False))),
                "A whole cosine rises again; half a one (π, not 2π) goes down to 0.":
                    after_ramp(falling(peak, 2 * share)),
                "This is one number; return the rates of all steps.":
                    lambda got: np.ndim(got) == 0,
            },
        )  # fmt: skip


@given
def objective(params: Any, inputs: Any, targets: Any) -> Any:
    """The squared error of a line."""
    return jnp.mean((params["w"] * inputs + params["c"] - targets) ** 2)


@given
def update(params: Any, moments: Any, gradients: Any, rate: Any) -> Any:
    """Gradient descent with momentum."""
    moments = {name: 0.5 * moments[name] + gradients[name] for name in moments}
    return {name: params[name] - rate * moments[name] for name in params}, moments


def slopes(params: Any, x: Any, y: Any) -> Any:
    """The loss of a line and its gradient, by hand."""
    error = params["w"] * x + params["c"] - y
    return (error**2).mean(), {"w": 2 * (error * x).mean(), "c": 2 * error.mean()}


def step(params: Any, moments: Any, x: Any, y: Any, rate: float, sign: float = 1.0) -> Any:
    """One step on a line, in NumPy."""
    value, gradient = slopes(params, x, y)
    moments = {name: 0.5 * moments[name] + sign * gradient[name] for name in moments}
    return {name: params[name] - rate * moments[name] for name in params}, moments, value


def line(rng: np.random.Generator) -> tuple[Any, ...]:
    """Parameters, moments, and 3 minibatches of shape (2, 5) with their rates."""
    params = {"w": rng.normal(), "c": rng.normal()}
    moments = {"w": rng.normal(), "c": rng.normal()}
    x, y = rng.normal(size=(2, 3, 2, 5))
    return params, moments, x, y, np.array([0.1, 0.2, 0.05])


def single(value: Any) -> Any:
    """Arrays and dicts of them as JAX has them."""
    if isinstance(value, dict):
        return {name: single(item) for name, item in value.items()}
    return jnp.asarray(value, jnp.float32)


@task("9.5", points=1)
def test_train_step(rng: np.random.Generator) -> None:
    params, moments, x, y, rates = line(rng)
    arguments = params, moments, x[0], y[0], rates[1]
    new, remembered, value = right = step(*arguments)
    check(
        train_step, objective, update, *map(single, arguments), expect=right,
        mistakes={
            "The loss is that before the step; value_and_grad gives it with the gradient.":
                (new, remembered, slopes(new, x[0], y[0])[0]),
            "The parameters are unchanged; return those that `update` returns.":
                (params, remembered, value),
            "The moments are unchanged; return those that `update` returns.":
                (new, moments, value),
            "You walk uphill: hand the gradients to `update` as they are.": step(*arguments, -1.0),
            "The order is wrong: parameters, moments, loss.":
                lambda got: np.ndim(got[0]) == 0 and not isinstance(got[0], dict),
        },
        why="jax.value_and_grad(objective)(params, inputs, targets), then update(…).",
    )  # fmt: skip


def same_losses(wrong: Any) -> Any:
    """Whether a result has the losses, its last part, of a wrong one."""
    return lambda got: np.allclose(got[-1], wrong[-1], rtol=1e-4)


@task("9.5", points=1)
def test_train(rng: np.random.Generator) -> None:
    params, moments, x, y, rates = line(rng)

    def run(*, forget: str = "", rates: Any = rates, count: int = 3) -> Any:
        now, memory, seen = params, moments, []
        for k in range(count):
            start = params if forget == "params" else now
            now, memory, value = step(
                start, moments if forget == "moments" else memory, x[k], y[k], rates[k]
            )
            seen.append(value)
        return now, memory, np.array(seen)

    right = run()
    check(
        train, objective, update, *map(single, (params, moments, x, y, rates)), expect=right,
        mistakes={
            "Each step begins with the first parameters; hand the new ones on.":
                same_losses(run(forget="params")),
            "The moments are lost between the steps; hand them on.":
                same_losses(run(forget="moments")),
            "Each step has its own learning rate, rates[k].": run(rates=rates[:1].repeat(3)),
            "The last minibatch is missing.": run(count=2),
            "Only the last loss is returned; collect the losses of all steps.":
                lambda got: np.shape(got[2]) == (),
            "This is the mean loss; return the losses of all steps.":
                (*right[:2], right[2].mean()),
        },
        why="For each minibatch: params, moments, loss = train_step(…). Is train_step right?",
    )  # fmt: skip


@given
def carried(params: Any, inputs: Any, targets: Any, carry: Any) -> Any:
    """The squared error of a line moved by the carry, and a new carry."""
    guess = params["w"] * inputs + params["c"] + carry[:, None]
    return jnp.mean((guess - targets) ** 2), 0.5 * carry + inputs.sum(1) + params["c"]


def carry_on(params: Any, moments: Any, carry: Any, x: Any, y: Any, rate: float) -> Any:
    """One step with a carry, in NumPy."""
    new, memory, value = step(params, moments, x, y - carry[:, None], rate)
    return new, memory, 0.5 * carry + x.sum(1) + params["c"], value


@task("9.7", points=1)
def test_carried_step(rng: np.random.Generator) -> None:
    params, moments, x, y, rates = line(rng)
    carry = rng.normal(size=2)
    arguments = params, moments, carry, x[0], y[0], rates[0]
    new, memory, after, value = right = carry_on(*arguments)
    check(
        carried_step, carried, update, *map(single, arguments), expect=right,
        mistakes={
            "The carry is unchanged; return the one that the objective returns.":
                (new, memory, carry, value),
            "Return four things: parameters, moments, carry and loss.":
                lambda got: len(got) == 3,
            "The order is wrong: parameters, moments, carry, loss.": (new, memory, value, after),
            "The moments are unchanged; return those that `update` returns.":
                (new, moments, after, value),
        },
        why="jax.value_and_grad(objective, has_aux=True) returns ((loss, carry), gradients).",
    )  # fmt: skip


@task("9.7", points=2)
def test_train_carried(rng: np.random.Generator) -> None:
    params, moments, x, y, rates = line(rng)
    carry = rng.normal(size=2)

    def run(*, forget: str = "", rates: Any = rates) -> Any:
        now, memory, state, seen = params, moments, carry, []
        for k in range(3):
            if forget == "carry":
                state = carry
            memory = moments if forget == "moments" else memory
            start = params if forget == "params" else now
            now, memory, state, value = carry_on(start, memory, state, x[k], y[k], rates[k])
            seen.append(value)
        return now, memory, state, np.array(seen)

    right = run()
    check(
        train_carried, carried, update, *map(single, (params, moments, carry, x, y, rates)),
        expect=right,
        mistakes={
            "Each minibatch begins with the first carry; hand the new one on.":
                same_losses(run(forget="carry")),
            "Each step begins with the first parameters; hand the new ones on.":
                same_losses(run(forget="params")),
            "The moments are lost between the steps; hand them on.":
                same_losses(run(forget="moments")),
            "Each step has its own learning rate, rates[k].": run(rates=rates[:1].repeat(3)),
            "Return the last carry, not the first one.": (*right[:2], carry, right[3]),
        },
        why="For each minibatch: params, moments, carry, loss = carried_step(…).",
    )  # fmt: skip
