"""Tasks 2.6 to 2.8: automatic differentiation, finite differences and Newton's method."""

import math
from typing import Any

import numpy as np

from day_02_optimization.src.autodiff import finite_difference, function, gradient, newton
from introdl.testing import check, given, jit, task


def value(x: Any) -> float:
    """The function of task 2.6, with exponentials for cos, sin and tanh."""
    r, wave = np.linalg.norm(x), np.exp(2j * np.pi * x)
    ramp = (x[0] + abs(x[0])) / 4
    return float(r**2 + wave[0].real + wave[1].imag + ramp + 10 - 20 / (1 + np.exp(2 * r)))


def slope(x: Any) -> Any:
    """The gradient of `value`, by hand."""
    r, wave = np.linalg.norm(x), 2j * np.pi * np.exp(2j * np.pi * x)
    ramp = 0.5 if x[0] > 0 else 0.0
    radial = 10 / np.cosh(r) ** 2 / r if r > 0 else 0.0
    return (2 + radial) * x + [wave[0].real + ramp, wave[1].imag]


def points(rng: np.random.Generator) -> list[Any]:
    """Positions with x₀ on both sides of 0 and a norm that tanh doesn't flatten."""
    return [np.array([x, rng.uniform(-0.6, 0.6)], np.float32) for x in (0.8, -0.4, 1.3)]


@task("2.6", points=2)
def test_function(rng: np.random.Generator) -> None:
    for x in points(rng):
        right = value(x)
        tanh = math.tanh(math.hypot(*x))
        check(
            function, x, expect=right, rtol=1e-3, atol=1e-3,
            mistakes={
                "½ (x₀ > 0) is a step, not relu; relu(x₀) = max(x₀, 0).":
                    right - 0.5 * max(x[0], 0) + 0.5 * (x[0] > 0),
                "The factor 10 in front of tanh is missing.": right - 9 * tanh,
                "relu(x₀) has the factor ½.": right + 0.5 * max(x[0], 0),
            },
        )  # fmt: skip


@task("2.6", points=2)
def test_gradient(rng: np.random.Generator) -> None:
    for x in (*points(rng), np.zeros(2, np.float32)):
        right = slope(x)
        check(
            gradient, x, expect=right, rtol=1e-2, atol=1e-2,
            mistakes={
                "The norm has no derivative at 0, so JAX returns NaN there; use safe_norm.":
                    lambda got: np.any(np.isnan(got)),
                "value_and_grad returns a pair; return the gradient alone.":
                    lambda got: isinstance(got, tuple),
                "The sign is wrong: the gradient points uphill.": -right,
            },
            why="Is the function of task 2.6 right?",
        )  # fmt: skip
    x = points(rng)[0]
    check(jit(gradient), x, expect=slope(x), rtol=1e-2, atol=1e-2)


@given
def product(x: Any) -> Any:
    """x₀ x₁, whose central difference is exact."""
    return x[0] * x[1]


@given
def cubic(x: Any) -> Any:
    """x₀³ + 2 x₁ + x₀ x₂."""
    return x[0] ** 3 + 2 * x[1] + x[0] * x[2]


@task("2.7", points=2)
def test_finite_difference(rng: np.random.Generator) -> None:
    h = 0.01
    both = (5 * 2 * h) / (2 * h)  # x y changes by 5 · 2h when both variables change
    check(
        finite_difference, product, np.array([2.0, 3.0]), h,
        expect=np.array([3.0, 2.0]), rtol=1e-2, atol=1e-2,
        mistakes={
            "You step from the origin, not from the position: f(x + h eᵢ), not f(h eᵢ).":
                np.zeros(2),
            "The two points are 2h apart; divide by 2h.": np.array([6.0, 4.0]),
            "You change all variables at once; step along one direction at a time.":
                np.array([both, both]),
        },
    )  # fmt: skip
    x, h = rng.uniform(0.5, 1.5, size=3), 0.5
    # On x³ each kind of difference has an error of its own: h² in the middle, 3xh ± … at one side.
    right = np.array([3 * x[0] ** 2 + h**2 + x[2], 2.0, x[0]])
    aside = np.array([3 * x[0] * h, 0.0, 0.0])
    sides = right + aside, right - aside
    check(
        finite_difference, cubic, x, h, expect=right, rtol=1e-3, atol=1e-3,
        mistakes={
            "You step to one side only; use f(x + h eᵢ) − f(x − h eᵢ), divided by 2h.":
                lambda got: any(np.allclose(got, side, 1e-3) for side in sides),
        },
    )  # fmt: skip


@given
def bowl(x: Any) -> Any:
    """A quadratic with its minimum at (1, −2); Newton's method needs one step."""
    a, b = x[0] - 1.0, x[1] + 2.0
    return 2.0 * a * a + a * b + b * b


@given
def quartic(x: Any) -> Any:
    """x₀⁴ + x₁²: each Newton step takes x₀ to two thirds."""
    return x[0] ** 4 + x[1] ** 2


@task("2.8", points=3)
def test_newton(rng: np.random.Generator) -> None:
    start = rng.uniform(2.0, 4.0, size=2).astype(np.float32)
    expect = np.stack([start, [1.0, -2.0], [1.0, -2.0]])
    a, b = start[0] - 1.0, start[1] + 2.0
    step, hessian = np.array([a, b]), np.array([[4.0, 1.0], [1.0, 2.0]])
    check(
        newton, bowl, start, 2, expect=expect, rtol=1e-3, atol=1e-3,
        mistakes={
            "The sign of the step is wrong: x ← x − H⁻¹ ∇f(x).":
                np.stack([start, start + step, start + 3 * step]),
            "You multiply by the Hessian; solve with it instead (jnp.linalg.solve).":
                lambda got: np.allclose(got[1], start - hessian @ hessian @ step, rtol=1e-3),
        },
    )  # fmt: skip
    x = np.array([3.0, 1.0], np.float32)
    path = np.stack([x, [2.0, 0.0], [4 / 3, 0.0]])
    check(newton, quartic, x, 2, expect=path, rtol=1e-3, atol=1e-3)
