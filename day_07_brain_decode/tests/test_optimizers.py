"""Tasks 7.1 to 7.5: optimisers on made-up trees, dropout, and early stopping."""

from collections.abc import Callable, Iterable
from itertools import accumulate, pairwise
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from day_07_brain_decode.src.optimizers import (
    EarlyStopping,
    adam_update,
    adamw_update,
    dropout,
    momentum_update,
)
from introdl.testing import call, check, check_value, jit, require, task

FIRST, SECOND, SMALL = 0.9, 0.999, 1e-8


def tree(rng: np.random.Generator, scale: float = 1.0) -> Any:
    """A nested tree of positive and negative numbers, none of them near 0."""

    def values(*shape: int) -> Any:
        return scale * rng.choice([-1, 1], shape) * rng.uniform(1.0, 2.0, shape)

    return [{"weight": values(2, 3), "bias": values(3)}, {"scale": values()}]


def over(function: Callable[..., Any], *trees: Any) -> Any:
    """Apply a NumPy function to all arrays of the trees."""
    return jax.tree.map(function, *trees)


def single(values: Any) -> Any:
    """A tree as JAX has it, with 32 bits."""
    return over(lambda a: jnp.asarray(a, jnp.float32), values)


def combine(factors: Iterable[float], *trees: Any) -> Any:
    """The sum of the trees, each times its factor."""
    return over(
        lambda *parts: sum(f * part for f, part in zip(factors, parts, strict=True)), *trees
    )


def with_momentum(matrix: Any, *trees: Any) -> tuple[Any, Any]:
    """New parameters and velocity: a row of factors for each, a column for each of θ, v and g."""
    new, velocity = (combine(row, *trees) for row in matrix)
    return new, velocity


def momentum_step(rate: float, momentum: float) -> list[list[float]]:
    """The factors of a right step."""
    return [[1.0, momentum, -rate], [0.0, momentum, -rate]]


def momentum_errors(rate: float, momentum: float) -> dict[str, Any]:
    """The factors of the usual errors."""
    return {
        "You walk uphill: v ← α v − ε g.": momentum_step(-rate, momentum),
        "The step size ε is missing: v ← α v − ε g.": momentum_step(1.0, momentum),
        "The old velocity counts in full; multiply it by α.": momentum_step(rate, 1.0),
        "g has the factor ε alone here, not ε (1 − α).":
            momentum_step(rate * (1 - momentum), momentum),
        "The step size belongs into the velocity: v ← α v − ε g, θ ← θ + v.":
            [[1.0, -rate * momentum, -rate], [0.0, momentum, 1.0]],
        "θ moves by the new velocity, not by the old one.":
            [[1.0, 1.0, 0.0], [0.0, momentum, -rate]],
    }  # fmt: skip


def check_momentum(params: Any, velocity: Any, slopes: Any, rate: float, momentum: float) -> None:
    """Check one step and name the usual errors."""
    trees = params, velocity, slopes
    right = with_momentum(momentum_step(rate, momentum), *trees)
    mistakes: dict[str, Any] = {
        sentence: with_momentum(matrix, *trees)
        for sentence, matrix in momentum_errors(rate, momentum).items()
    }
    mistakes["The order is wrong: first the parameters, then the velocity."] = right[::-1]
    why = "jax.tree.map(function, tree, other) works for any nesting."
    check(momentum_update, *map(single, trees), rate, momentum, expect=right,
          mistakes=mistakes, why=why)  # fmt: skip


@task("7.1", points=1)
def test_momentum_by_hand() -> None:
    # v: 0.5 · 1 − 0.1 · 2 = 0.3 and 0.5 · 2 − 0.1 · (−5) = 1.5.
    theta, velocity, slope = (
        {"w": np.array(values)} for values in ([3.0, 1.0], [1.0, 2.0], [2.0, -5.0])
    )
    check_momentum(theta, velocity, slope, 0.1, 0.5)


@task("7.1", points=1)
def test_momentum_on_a_tree(rng: np.random.Generator) -> None:
    check_momentum(tree(rng), tree(rng), tree(rng), 0.25, 0.7)
    # Many steps in a row, and no momentum at all.
    for momentum in (0.9, 0.0):
        params, velocity = tree(rng), over(np.zeros_like, tree(rng))
        now = single(params), single(velocity)
        for _ in range(5):
            slopes = tree(rng)
            matrix = momentum_step(0.1, momentum)
            params, velocity = with_momentum(matrix, params, velocity, slopes)
            got = check(
                jit(momentum_update), *now, single(slopes), 0.1, momentum,
                expect=(params, velocity), why="Each step continues from the velocity before.",
            )  # fmt: skip
            now = single(got[0]), single(got[1])


def moments_of(params: Any) -> dict[str, Any]:
    """Adam's memory before its first step, in NumPy."""
    zeros = over(np.zeros_like, params)
    return {"steps": np.int32(0), "mean": zeros, "square": zeros}


def adam(params: Any, moments: Any, slopes: Any, rate: float, error: str = "") -> tuple[Any, Any]:
    """One step in NumPy; ``error`` names what goes wrong."""
    first, second = (SECOND, FIRST) if error == "swapped" else (FIRST, SECOND)
    t = int(moments["steps"]) + 1
    squares = slopes if error == "not squared" else over(np.square, slopes)
    mean = combine((first, 1.0 if error == "sum" else 1 - first), moments["mean"], slopes)
    square = combine((second, 1 - second), moments["square"], squares)

    def corrected(running: Any, beta: float) -> Any:
        """Divided by what the weights of the gradients so far add up to."""
        ages = np.arange(1 if error == "not t" else t)
        return running if error == "no bias" else running / ((1 - beta) * beta**ages).sum()

    def length(m: Any, v: Any) -> Any:
        v = corrected(v, second) + (SMALL if error == "inside" else 0.0)
        v = v if error == "no root" else v**0.5
        return corrected(m, first) / (v if error == "inside" else v + SMALL)

    moments = {"steps": np.int32(t), "mean": mean, "square": square}
    sign = 1.0 if error == "uphill" else -1.0
    return combine((1.0, sign * rate), params, over(length, mean, square)), moments


ADAM_ERRORS = {
    "The bias correction is missing: divide m by 1 − β₁ᵗ and v by 1 − β₂ᵗ.": "no bias",
    "The bias correction has the power t, the number of this step: 1 − β₁ᵗ, 1 − β₂ᵗ.": "not t",
    "β₁ and β₂ are swapped.": "swapped",
    "The square root of v̂ is missing.": "no root",
    "The small number stands behind the root: √v̂ + small, not √(v̂ + small).": "inside",
    "v is the running mean of the squares g².": "not squared",
    "The new gradient has the factor 1 − β₁ in m.": "sum",
    "You walk uphill: subtract the step.": "uphill",
}


def check_adam(params: Any, moments: Any, slopes: Any, rate: float) -> Any:
    """Check one step and name the usual errors."""
    params, moments, slopes = map(over_floats, (params, moments, slopes))
    right = adam(params, moments, slopes, rate)
    mistakes: dict[str, Any] = {
        sentence: with_errors(params, moments, slopes, rate, error)
        for sentence, error in ADAM_ERRORS.items()
    }
    mistakes |= {
        "0 / 0 is NaN: count this step first, so that t begins with 1.":
            lambda got: any(np.isnan(leaf).any() for leaf in jax.tree.leaves(got[0])),
        "Count the steps: the new moments have one step more.":
            lambda got: int(got[1]["steps"]) != int(right[1]["steps"]),
        "Remember m and v as they are; m̂ and v̂ are for this step only.":
            lambda got: not same(got[1], right[1]) and same(got[0], right[0]),
        "The order is wrong: first the parameters, then the moments.":
            lambda got: isinstance(got[0], dict) and "steps" in got[0],
    }  # fmt: skip
    return check(adam_update, stored(params), stored(moments), stored(slopes), rate, expect=right,
                 mistakes=mistakes, rtol=1e-4, atol=1e-7)  # fmt: skip


def with_errors(params: Any, moments: Any, slopes: Any, rate: float, error: str) -> Any:
    """A wrong step, told from the right one by its parameters or its moments."""
    with np.errstate(all="ignore"):
        return adam(params, moments, slopes, rate, error)


def over_floats(values: Any) -> Any:
    """The numbers that a tree has with 32 bits, in double precision; whole numbers stay."""
    return over(
        lambda a: a if np.asarray(a).dtype.kind == "i" else np.float32(a).astype(float), values
    )


def stored(values: Any) -> Any:
    """A tree as JAX has it; whole numbers stay."""
    return over(
        lambda a: jnp.asarray(a, jnp.int32 if np.asarray(a).dtype.kind == "i" else jnp.float32),
        values,
    )


def same(one: Any, other: Any) -> bool:
    """Whether two trees hold the same numbers."""
    pairs = zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True)
    return all(np.allclose(a, b, rtol=1e-4, atol=1e-7) for a, b in pairs)


@task("7.2", points=1)
def test_adam_first_step(rng: np.random.Generator) -> None:
    # The first step has the length ε in each number, whatever the gradient.
    params = {"w": np.array([1.0, 2.0])}
    check_adam(params, moments_of(params), {"w": np.array([0.5, -4.0])}, 0.1)
    check_adam(params, moments_of(params), {"w": np.array([1e-4, -2e-4])}, 0.1)


@task("7.2", points=1)
def test_adam_later_step(rng: np.random.Generator) -> None:
    params = tree(rng)
    moments = {
        "steps": np.int32(rng.integers(3, 9)),
        "mean": tree(rng, 0.5),
        "square": over(np.abs, tree(rng, 0.01)),
    }
    check_adam(params, moments, tree(rng), 0.1)


@task("7.2", points=1)
def test_adam_50_steps(rng: np.random.Generator) -> None:
    params = over_floats(tree(rng))
    moments = moments_of(params)
    now = stored(params), stored(moments)
    for _ in range(50):
        slopes = over_floats(tree(rng))
        params, moments = adam(params, moments, slopes, 0.01)
        now = tuple(map(stored, call(jit(adam_update), *now, stored(slopes), 0.01)))
    check_value(
        over(np.asarray, now[0]), params, "the parameters behind 50 steps of jit(adam_update)(…)",
        rtol=1e-4, atol=1e-4, why="Each step must continue from the moments of the step before.",
    )  # fmt: skip


@task("7.3", points=1)
def test_weight_decay_without_gradients() -> None:
    # With zero gradients Adam stands still, and only the decay is left: 2 − 0.1 · 0.5 · 2 = 1.9.
    params = {"w": np.array([2.0, -4.0])}
    zeros = {"w": np.zeros(2)}
    moments = {"steps": np.int32(0), "mean": zeros, "square": zeros}
    right = {"w": np.array([1.9, -3.8])}
    check(
        adamw_update, stored(params), stored(moments), stored(zeros), 0.1, 0.5,
        expect=(right, {**moments, "steps": np.int32(1)}),
        mistakes={
            "The decay went through the gradients, so Adam rescaled it: add λ θ behind Adam.":
                lambda got: np.allclose(got[0]["w"], [1.9, -3.9], atol=1e-3),
            "The decay, too, is multiplied by the learning rate: ε λ θ.":
                lambda got: np.allclose(got[0]["w"], [1.0, -2.0]),
            "The sign is wrong: the decay makes the parameters smaller.":
                lambda got: np.allclose(got[0]["w"], [2.1, -4.2]),
            "There is no decay; subtract ε λ θ.": lambda got: np.allclose(got[0]["w"], [2, -4]),
        },
    )  # fmt: skip


@task("7.3", points=1)
def test_weight_decay_is_decoupled(rng: np.random.Generator) -> None:
    params, slopes = over_floats(tree(rng)), over_floats(tree(rng))
    moments = {
        "steps": np.int32(5),
        "mean": over_floats(tree(rng, 0.5)),
        "square": over_floats(over(np.abs, tree(rng))),
    }
    data = stored(params), stored(moments), stored(slopes)
    plain, remembered = call(adamw_update, *data, 0.2, 0.0)
    right = combine((1.0, -0.1), plain, params)
    check(
        jit(adamw_update), *data, 0.2, 0.5, expect=(right, remembered),
        mistakes={
            "The moments changed: the decay must not enter the gradients that Adam sees.":
                lambda got: not same(got[1], remembered),
            "Subtract ε λ times the old parameters, not the new ones.":
                (combine((0.9,), plain), remembered),
            "The decay, too, is multiplied by the learning rate: ε λ θ.":
                (combine((1.0, -0.5), plain, params), remembered),
            "There is no decay; subtract ε λ θ.": (plain, remembered),
        },
        why="λ = 0.5 must change the result of λ = 0 by −ε λ θ, and nothing else.",
    )  # fmt: skip


@task("7.4", points=1)
def test_dropout(rng: np.random.Generator) -> None:
    key = jax.random.key(int(rng.integers(1 << 30)))
    x = rng.uniform(1.0, 2.0, (100, 120)).astype(np.float32)
    for rate in (0.25, 0.6):
        got = np.asarray(call(dropout, key, x, rate), float)
        text = f"dropout(key, x, {rate}) with 12,000 values in x"
        require(got.shape == x.shape, text, f"shape {got.shape}", f"shape {x.shape}")
        zeros = np.mean(got == 0)
        why = "`rate` is the probability of a zero; a value stays with probability 1 − rate."
        swapped = abs(zeros - (1 - rate)) < 0.03
        require(abs(zeros - rate) < 0.03, text, f"{zeros:.1%} zeros", f"about {rate:.0%} zeros",
                why if swapped else "Draw for each value whether it stays.")  # fmt: skip
        kept = got != 0
        factor = (got[kept] / x[kept]).mean()
        sentences = {
            "The values that stay are not scaled; divide them by 1 − rate.": 1.0,
            "You divide by the rate; divide by the probability to stay, 1 − rate.": 1 / rate,
            "You multiply by 1 − rate; divide by it, so that the mean stays.": 1 - rate,
        }
        why = next((s for s, value in sentences.items() if abs(factor - value) < 1e-3), "")
        right = 1 / (1 - rate)
        scaled = np.allclose(got[kept], right * x[kept], rtol=1e-4)
        require(scaled, text, f"the values that stay times {factor:.4f}",
                f"times 1 / (1 − {rate}) = {right:.4f}", why)  # fmt: skip


@task("7.4", points=1)
def test_dropout_is_random(rng: np.random.Generator) -> None:
    first, second = (jax.random.key(int(n)) for n in rng.integers(1 << 30, size=2))
    x = rng.uniform(1.0, 2.0, (30, 40)).astype(np.float32)
    one, again, other = (np.asarray(call(dropout, k, x, 0.5)) for k in (first, first, second))
    text = "dropout(key, x, 0.5) with x of shape (30, 40)"
    why = "The zeros do not depend on the key."
    differ = not np.array_equal(one == 0, other == 0)
    require(differ, text, "the same zeros for two keys", "other zeros for another key", why)
    why = "Use the key and nothing else that is random."
    require(np.array_equal(one, again), text, "two results for one key", "one result", why)
    why = "Draw for each value, with the shape of x; you draw once for a whole row or column."
    zero = one == 0
    whole = np.all(zero == zero[:1]) or np.all(zero == zero[:, :1])
    require(not whole, text, "rows or columns that are all alike", "zeros all over", why)
    why = "With rate 0, as in evaluation, nothing may change."
    check(dropout, first, x, 0.0, expect=x, why=why)
    check(jit(dropout), first, x, 0.5, expect=one, why="It must also work under jax.jit.")


def waited(seen: list[float], error: str = "") -> int:
    """How many epochs in a row brought no progress; ``error`` names what goes wrong."""
    if error == "never anew":
        return len(seen) - len(set(accumulate(seen, min)))
    if error == "equal":
        return seen[::-1].index(min(seen))
    if error == "before":
        falls = [later < earlier for earlier, later in pairwise(seen)]
        return [True, *falls][::-1].index(True)
    return len(seen) - 1 - seen.index(min(seen))


def stops(losses: list[float], patience: int, error: str = "") -> list[bool]:
    """The answers to these losses; ``error`` names what goes wrong."""
    longest = patience + (error == "late")
    return [waited(losses[: n + 1], error) >= longest for n in range(len(losses))]


STOP_ERRORS = {
    "Begin to wait anew after each progress.": "never anew",
    "A loss that is only equal to the best one is no progress.": "equal",
    "Compare with the lowest loss so far, not with the one before.": "before",
    "You stop one epoch too late: stop once `patience` epochs brought no progress.": "late",
}


def told(losses: list[float], patience: int) -> tuple[list[bool], Any]:
    """What an early stopping answers to each loss, and what it kept; epoch i has the params i."""
    stopping = EarlyStopping(patience)
    answers = [
        bool(call(stopping.update, loss, {"w": np.array([float(i), -float(i)])}))
        for i, loss in enumerate(losses)
    ]
    return answers, stopping


@task("7.5", points=1)
def test_early_stopping_stops(rng: np.random.Generator) -> None:
    shift = round(float(rng.uniform(0.0, 1.0)), 2)
    for patience, pattern in (
        (2, [3.0, 2.0, 2.5, 1.0, 1.5, 1.75]),
        (3, [1.0, 1.0, 1.0, 1.0]),
        (2, [3.0, 1.0, 2.0, 1.5]),
        (1, [2.0, 1.0, 1.5]),
    ):
        losses = [shift + value for value in pattern]
        mistakes = {
            sentence: stops(losses, patience, error) for sentence, error in STOP_ERRORS.items()
        }
        check_value(
            told(losses, patience)[0], stops(losses, patience),
            f"EarlyStopping({patience}).update(loss, params) for the losses {losses}",
            mistakes=mistakes, why="Stop once `patience` epochs in a row brought no lower loss.",
        )  # fmt: skip


@task("7.5", points=1)
def test_early_stopping_keeps_the_best(rng: np.random.Generator) -> None:
    losses = [2.0, 1.0, 0.5, *(0.6 + rng.uniform(0, 1, 3)).round(2).tolist()]
    _, stopping = told(losses, 3)
    text = f"after EarlyStopping(3).update(loss, params) for the losses {losses}"
    best = stopping.best_params
    require(isinstance(best, dict), f"best_params {text}", best, "the parameters of epoch 2",
            "Store the parameters in self.best_params.")  # fmt: skip
    check_value(
        best, {"w": np.array([2.0, -2.0])}, f"best_params {text}",
        mistakes={
            "These are the last parameters; keep those of the lowest loss.":
                {"w": np.array([5.0, -5.0])},
            "These are the first parameters; keep those of the lowest loss.":
                {"w": np.array([0.0, 0.0])},
        },
    )  # fmt: skip
    why = "Remember the lowest loss in self.best_loss."
    check_value(float(stopping.best_loss), 0.5, f"best_loss {text}", why=why)
