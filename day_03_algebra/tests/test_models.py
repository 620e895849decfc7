"""Tasks 3.6 and 3.7: the choice of a model, and rivers."""

from typing import Any

import numpy as np

from day_03_algebra.src.model_choice import best_degree, errors_per_degree
from day_03_algebra.src.river import predict_scaled, scale_axis, zero_crossing
from introdl.testing import check, given, task


# In Chebyshev's polynomials, so that a student's own fit and evaluate can't take their place.
@given
def fit(x: Any, y: Any, degree: int) -> Any:
    """Least squares."""
    return np.linalg.pinv(np.polynomial.chebyshev.chebvander(x, degree)) @ y


@given
def evaluate(coefficients: Any, x: Any) -> Any:
    """The polynomial's values."""
    return np.polynomial.chebyshev.chebvander(x, len(coefficients) - 1) @ coefficients


def powers(x: Any, y: Any, degree: int) -> Any:
    """The coefficients of 1, x, x², …, as task 3.4 asks for them."""
    return np.polynomial.polynomial.polyfit(x, y, degree)


def error(coefficients: Any, points: Any) -> Any:
    """The mean squared error of a polynomial."""
    x, y = points
    return np.mean((evaluate(coefficients, x) - y) ** 2)


@task("3.6", points=2)
def test_errors_per_degree(rng: np.random.Generator) -> None:
    x = rng.uniform(-1.0, 1.0, 40)
    y = np.cos(4 * x) + rng.normal(0.0, 0.3, 40)
    training, held_out = (x[:14], y[:14]), (x[14:], y[14:])
    degrees = [1, 3, 6]
    fits = [fit(*training, degree) for degree in degrees]
    seen = np.array([error(c, training) for c in fits])
    unseen = np.array([error(c, held_out) for c in fits])
    refitted = np.array([error(fit(*held_out, d), held_out) for d in degrees])

    def errors(fits: list[Any]) -> Any:
        return tuple(np.array([error(c, points) for c in fits]) for points in (training, held_out))

    check(
        errors_per_degree, fit, evaluate, training, held_out, degrees,
        expect=(seen, unseen), rtol=1e-3,
        mistakes={
            "You fitted the held-out points, too; only the training points are for fitting.":
                (seen, refitted),
            "The two are exchanged: return the training errors first.": (unseen, seen),
            "You fitted on the held-out points; they must stay unseen.":
                errors([fit(*held_out, d) for d in degrees]),
            "You fitted on all points; fit on the training points only.":
                errors([fit(x, y, d) for d in degrees]),
            "Fit with the degree itself, not with its position in the list.":
                errors([fit(*training, position) for position in range(len(degrees))]),
            "Use the functions fit and evaluate that you are given as arguments.":
                errors([powers(*training, d) for d in degrees]),
            "Return two arrays, the training errors and the held-out errors.":
                lambda got: np.shape(got) == (len(degrees), 2),
            "Divide by the number of points: the errors are means.": (seen * 14, unseen * 26),
            "Square the differences.": lambda got: np.all(np.asarray(got) != seen) and
                np.allclose(got[0][0], np.mean(np.abs(evaluate(fits[0], x[:14]) - y[:14]))),
        },
    )  # fmt: skip


@task("3.6", points=1)
def test_best_degree(rng: np.random.Generator) -> None:
    errors = np.array([0.4, 0.9, 0.2, 0.6]) + rng.uniform(0.0, 0.05, 4)
    degrees = [4, 6, 9, 12]
    check(
        best_degree, degrees, errors, expect=9,
        mistakes={
            "This is the position in the list; return the degree that stands there.": 2,
            "The degrees need not begin with 1: return the one at that position.": 3,
            "This degree has the largest error.": 6,
            "This is the error itself; return its degree.": float(errors.min()),
            "This is the highest degree, not the one with the smallest error.": 12,
            "This is the lowest degree, not the one with the smallest error.": min(degrees),
        },
    )  # fmt: skip
    check(
        best_degree, [2, 5, 9], np.array([0.4, 0.2, 0.2]), expect=5,
        mistakes={"Of equal errors the first counts: choose the simpler model.": 9},
    )  # fmt: skip


@task("3.7", points=1)
def test_zero_crossing(rng: np.random.Generator) -> None:
    line = np.array([rng.uniform(5000.0, 6000.0), rng.uniform(-3.0, -2.0)])
    for c in (np.array([6.0, -2.0]), np.array([5.0, 4.0]), line):
        check(
            zero_crossing, c, expect=float(-c[0] / c[1]),
            mistakes={
                "The sign is wrong: c₀ + c₁ t = 0 gives t = −c₀ / c₁.": float(c[0] / c[1]),
                "You divided the slope by the intercept: t = −c₀ / c₁.": float(-c[1] / c[0]),
                "You multiplied; divide the intercept by the slope.": float(-c[0] * c[1]),
                "The time need not be a whole number: divide with /, and don't round.":
                    lambda got, c=c: got == np.round(got) and np.abs(got + c[0] / c[1]) < 1,
            },
        )  # fmt: skip


@task("3.7", points=1)
def test_scale_axis(rng: np.random.Generator) -> None:
    random = np.sort(rng.uniform(1900.0, 2000.0, 6))
    for times in (np.array([1871.0, 1920.5, 1970.0]), random):
        span = times[-1] - times[0]
        check(
            scale_axis, times, expect=2 * (times - times[0]) / span - 1,
            mistakes={
                "This runs from 0 to 1; the axis must run from −1 to 1.": (times - times[0]) / span,
                "This runs from 0 to 2; subtract 1.": 2 * (times - times[0]) / span,
                "Keep the times' distances: they need not be equal.":
                    np.linspace(-1.0, 1.0, len(times)),
                "The middle of the axis lies between the ends; the mean may lie elsewhere.":
                    2 * (times - times.mean()) / span,
                "Mind the brackets: last − first is one denominator.":
                    lambda got: np.abs(got).max() > 1000,
                "Divide by last − first, not by the number of times.":
                    2 * (times - times[0]) / len(times) - 1,
                "Dividing by the last time is not enough; shift the axis, too.": times / times[-1],
                "The mean became 0, but the ends are not −1 and 1.":
                    (times - times.mean()) / times.std(),
            },
        )  # fmt: skip


@task("3.7", points=1)
def test_predict_scaled(rng: np.random.Generator) -> None:
    times = np.arange(1900.0, 1930.0)
    levels = 100 + 20 * np.sin(times / 4) + rng.normal(0.0, 3.0, 30)
    x = 2 * (times - times[0]) / (times[-1] - times[0]) - 1
    coefficients = fit(x, levels, 6)
    check(
        predict_scaled, fit, evaluate, times, levels, 6,
        expect=evaluate(coefficients, x), rtol=1e-3,
        mistakes={
            "You fitted on the unscaled years: their powers are far too large.":
                evaluate(fit(times, levels, 6), times),
            "Evaluate on the scaled axis, as you fitted there.": evaluate(coefficients, times),
            "The arguments are exchanged: call evaluate(coefficients, x).":
                lambda got: got.shape == coefficients.shape,
            "These are the coefficients; evaluate the polynomial.": coefficients,
            "Use the functions fit and evaluate that you are given as arguments.":
                evaluate(powers(x, levels, 6), x),
            "x and levels are exchanged: call fit(x, levels, degree).":
                evaluate(fit(levels, x, 6), x),
        },
    )  # fmt: skip
