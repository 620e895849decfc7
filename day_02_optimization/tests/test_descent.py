"""Tasks 2.1 to 2.5: derivatives by hand, gradient descent and momentum."""

from typing import Any

import numpy as np
import pytest

from day_02_optimization.src.bumpy import gradient_bumpy
from day_02_optimization.src.descent import gradient_descent, momentum_descent
from day_02_optimization.src.parabola import derivative_parabola
from day_02_optimization.src.paraboloid import choose_settings, gradient_paraboloid
from introdl.testing import call, check, given, require, task

START = np.array([2.9, -2.9])


@given
def slope(x: Any) -> Any:
    """The gradient of a bowl whose minimum isn't at 0: f(x) = (x − 1)²."""
    return 2.0 * (x - 1.0)


@given
def bumpy_slope(x: Any) -> Any:
    """The gradient of the bumpy paraboloid, from f(x + ih) ≈ f(x) + ih f′(x) for a tiny h."""

    def bumpy(x: Any) -> Any:
        return x @ x + np.cos(2 * np.pi * x[0]) + np.sin(2 * np.pi * x[1])

    return np.array([bumpy(x + 1j * h).imag for h in 1e-20 * np.eye(2)]) / 1e-20


@task("2.1", points=1)
@pytest.mark.parametrize("x", [-2.0, 0.5, 3.0])
def test_derivative_parabola(x: float, rng: np.random.Generator) -> None:
    for point in (x, float(rng.uniform(2.5, 4.0))):
        check(
            derivative_parabola, point, expect=2 * point,
            mistakes={
                "This is the parabola itself; return its slope (README, task 2.1).": point**2,
                "The factor 2 is missing: the derivative of x² is 2x.": point,
            },
        )  # fmt: skip


def positions(start: Any, step: Any, steps: int) -> Any:
    """The positions on the bowl, where a step multiplies (x − 1, v) by a matrix; v begins at 0."""
    factors = [np.linalg.matrix_power(step, k)[0, 0] for k in range(steps + 1)]
    return 1.0 + np.multiply.outer(factors, np.asarray(start) - 1.0)


def descend(start: Any, size: float, momentum: float, steps: int) -> Any:
    """The positions of descent."""
    push = 2.0 * size
    return positions(start, [[1.0 - push, momentum], [-push, momentum]], steps)


def descent_mistakes(start: Any, size: float, steps: int) -> dict[str, Any]:
    """What typical errors in gradient descent lead to."""
    expect = descend(start, size, 0.0, steps)
    ticks = np.arange(steps + 1).reshape(-1, *[1] * np.ndim(start))
    return {
        "You walk along the gradient, so uphill; use x − ε ∇f(x).":
            descend(start, -size, 0.0, steps),
        "The start position is missing; it is the first of steps + 1 positions.": expect[1:],
        "The last position is missing; return steps + 1 positions.": expect[:-1],
        "You return the last position only; collect all of them.": expect[-1],
        "You always use the gradient at the start; compute it anew at each position.":
            start - ticks * size * 2.0 * (np.asarray(start) - 1.0),
        "All positions are one array that you change in place; build a new one: x = x − ε ∇f(x).":
            lambda got: np.shape(got) == expect.shape and np.all(got == np.asarray(got)[-1]),
    }  # fmt: skip


@task("2.2", points=2)
def test_gradient_descent_scalar(rng: np.random.Generator) -> None:
    start, size = float(rng.uniform(3.0, 5.0)), 0.2
    mistakes = descent_mistakes(start, size, 4)
    expect = descend(start, size, 0.0, 4)
    check(gradient_descent, slope, start, size, 4, expect=expect, mistakes=mistakes)
    check(gradient_descent, slope, 3.0, 0.25, 2, expect=np.array([3.0, 2.0, 1.5]))


@task("2.2", points=2)
def test_gradient_descent_vector(rng: np.random.Generator) -> None:
    start, size = rng.uniform(2.0, 4.0, size=3), 0.1
    mistakes = descent_mistakes(start, size, 6)
    expect = descend(start, size, 0.0, 6)
    check(gradient_descent, slope, start, size, 6, expect=expect, mistakes=mistakes)


@task("2.3", points=1)
def test_gradient_paraboloid(rng: np.random.Generator) -> None:
    x = rng.uniform(1.0, 3.0, size=2)
    check(
        gradient_paraboloid, x, expect=2 * x,
        mistakes={
            "This is one number; a gradient has one entry for each variable.":
                lambda got: np.ndim(got) == 0,
            "The factor 2 is missing: the derivative of x₀² is 2x₀.": x,
        },
    )  # fmt: skip


@task("2.3", points=2)
def test_choose_settings_reaches_the_minimum() -> None:
    settings = call(choose_settings)
    pair = isinstance(settings, tuple | list) and len(settings) == 2
    text = "choose_settings()"
    require(pair, text, settings, "a pair: the step size and the number of steps")
    size, steps = float(settings[0]), int(settings[1])
    require(1 <= steps <= 200, text, settings, "at most 200 steps")
    factor = abs(1.0 - 2.0 * size)  # one step on the paraboloid multiplies the position by this
    end = START * factor**steps
    why = (
        "The step size is too large: you jump over the minimum, and never come closer."
        if factor >= 1.0
        else "With these settings descent does not get there: larger steps, or more of them."
    )
    reached = bool(np.all(np.abs(end) < 1e-3))
    require(reached, text, f"{settings}, which end at {end.round(3)}", "an end near (0, 0)", why)


@task("2.4", points=2)
def test_gradient_bumpy(rng: np.random.Generator) -> None:
    for x in (np.array([0.3, 0.1]), rng.uniform(-3.0, 3.0, size=2)):
        right = bumpy_slope(x)
        wave = right - 2 * x
        check(
            gradient_bumpy, x, expect=right, rtol=1e-3, atol=1e-3,
            mistakes={
                "The derivative of cos is −sin (first entry).": right - [2 * wave[0], 0.0],
                "The derivative of sin is +cos (second entry).": right - [0.0, 2 * wave[1]],
                "The inner derivative 2π is missing in the second entry.":
                    right - [0.0, wave[1] * (1 - 0.5 / np.pi)],
                "The inner derivative 2π is missing in the first entry.":
                    right - [wave[0] * (1 - 0.5 / np.pi), 0.0],
            },
        )  # fmt: skip


@task("2.5", points=2)
def test_momentum_descent_steps(rng: np.random.Generator) -> None:
    for start in (float(rng.uniform(3.0, 5.0)), rng.uniform(2.0, 4.0, size=2)):
        check(
            momentum_descent, slope, start, 0.1, 0.7, 5, expect=descend(start, 0.1, 0.7, 5),
            mistakes={
                "The old velocity is not multiplied by the momentum: v ← α v − ε ∇f(x).":
                    descend(start, 0.1, 1.0, 5),
                "The velocity forgets its past: v ← α v − ε ∇f(x).": descend(start, 0.1, 0.0, 5),
                "The velocity already points downhill; add it: x ← x + v.":
                    positions(start, [[1.2, -0.7], [-0.2, 0.7]], 5),
                "Compute the new velocity first, and then move with it.":
                    positions(start, [[1.0, 1.0], [-0.2, 0.7]], 5),
                "The gradient has the factor ε alone, not (1 − α) ε.":
                    descend(start, 0.03, 0.7, 5),
            },
        )  # fmt: skip


@task("2.5", points=2)
def test_momentum_reaches_the_global_basin() -> None:
    text = "the end of momentum_descent(gradient_bumpy, (2.9, -2.9), 0.01, {}, 150)"
    plain = np.asarray(call(momentum_descent, bumpy_slope, START, 0.01, 0.0, 150))[-1]
    why = "Without momentum (α = 0) it must be gradient descent, which gets stuck near its start."
    stuck = np.allclose(plain, [2.364, -2.131], atol=0.01)
    require(stuck, text.format(0.0), plain, "about (2.364, -2.131), stuck", why)
    rolling = np.asarray(call(momentum_descent, bumpy_slope, START, 0.01, 0.8, 150))[-1]
    why = "With momentum it must roll over the bumps; check the two update formulas."
    reached = np.allclose(np.abs(rolling), [0.476, 0.238], atol=0.05) and rolling[1] < 0
    require(reached, text.format(0.8), rolling, "about (0.476, -0.238), a global minimum", why)
