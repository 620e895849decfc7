"""Tasks 3.6 and 3.7: the choice of a model, and rivers."""

from typing import Any

import numpy as np
from numpy.polynomial import Chebyshev
from numpy.polynomial.chebyshev import chebfit, chebval
from numpy.polynomial.polynomial import polyfit, polyroots

from day_03_algebra.src.model_choice import best_degree, errors_per_degree
from day_03_algebra.src.river import predict_scaled, scale_axis, zero_crossing
from introdl.testing import check, given, task


# In Chebyshev's polynomials, so that a student's own fit and evaluate can't take their place.
@given
def fit(x: Any, y: Any, degree: int) -> Any:
    """Least squares."""
    return np.polynomial.chebyshev.chebfit(x, y, degree)


@given
def evaluate(coefficients: Any, x: Any) -> Any:
    """The polynomial's values."""
    return np.polynomial.chebyshev.chebval(x, coefficients)


@task("3.6", points=2)
def test_errors_per_degree(rng: np.random.Generator) -> None:
    x = rng.uniform(-1.0, 1.0, 40)
    y = np.cos(4 * x) + rng.normal(0.0, 0.3, 40)
    training, held_out = (x[:14], y[:14]), (x[14:], y[14:])
    degrees = [1, 3, 6]

    def errors(points: Any, fit: Any = chebfit, degrees: list[int] = degrees) -> Any:
        away = [chebval(x, fit(*points, d)) - y for d in degrees]
        parts = np.split(np.square(away), [14], axis=1)
        return tuple(part.mean(axis=1) for part in parts)

    seen, unseen = errors(training)
    check(
        errors_per_degree, fit, evaluate, training, held_out, degrees,
        expect=(seen, unseen), rtol=1e-3,
        mistakes={
            "You fitted the held-out points, too; only the training points are for fitting.":
                (seen, errors(held_out)[1]),
            "The two are exchanged: return the training errors first.": (unseen, seen),
            "You fitted on the held-out points; they must stay unseen.":
                errors(held_out),
            "You fitted on all points; fit on the training points only.":
                errors((x, y)),
            "Fit with the degree itself, not with its position in the list.":
                errors(training, degrees=[0, 1, 2]),
            "Use the functions fit and evaluate that you are given as arguments.":
                errors(training, polyfit),
            "Return two arrays, the training errors and the held-out errors.":
                lambda got: np.shape(got) == (len(degrees), 2),
            "Divide by the number of points: the errors are means.": (seen * 14, unseen * 26),
            "Square the differences.": lambda got: np.all(np.asarray(got) != seen) and
                np.allclose(got[0][0], np.abs(chebval(x, chebfit(*training, 1)) - y)[:14].mean()),
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
        right = float(polyroots(c)[0])
        check(
            zero_crossing, c, expect=right,
            mistakes={
                "The sign is wrong: c₀ + c₁ t = 0 gives t = −c₀ / c₁.": -right,
                "You divided the slope by the intercept: t = −c₀ / c₁.": 1 / right,
                "You multiplied; divide the intercept by the slope.": right * float(c[1]) ** 2,
                "The time need not be a whole number: divide with /, and don't round.":
                    lambda got, right=right: got == np.round(got) and np.abs(got - right) < 1,
            },
        )  # fmt: skip


def scaled(times: Any) -> Any:
    """The axis from −1 to 1."""
    return np.interp(times, times[[0, -1]], [-1.0, 1.0])


@task("3.7", points=1)
def test_scale_axis(rng: np.random.Generator) -> None:
    random = np.sort(rng.uniform(1900.0, 2000.0, 6))
    for times in (np.array([1871.0, 1920.5, 1970.0]), random):
        right = scaled(times)
        check(
            scale_axis, times, expect=right,
            mistakes={
                "This runs from 0 to 1; the axis must run from −1 to 1.": (right + 1) / 2,
                "This runs from 0 to 2; subtract 1.": right + 1,
                "Keep the times' distances: they need not be equal.":
                    scaled(np.arange(len(times))),
                "The middle of the axis lies between the ends; the mean may lie elsewhere.":
                    right - right.mean(),
                "Mind the brackets: last − first is one denominator.":
                    lambda got: np.abs(got).max() > 1000,
                "Divide by last − first, not by the number of times.":
                    (right + 1) * np.ptp(times) / len(times) - 1,
                "Dividing by the last time is not enough; shift the axis, too.": times / times[-1],
                "The mean became 0, but the ends are not −1 and 1.":
                    (right - right.mean()) / right.std(),
            },
        )  # fmt: skip


@task("3.7", points=1)
def test_predict_scaled(rng: np.random.Generator) -> None:
    times = np.arange(1900.0, 1930.0)
    levels = 100 + 20 * np.sin(times / 4) + rng.normal(0.0, 3.0, 30)
    x, right = scaled(times), Chebyshev.fit(times, levels, 6)  # which scales the axis, too
    check(
        predict_scaled, fit, evaluate, times, levels, 6, expect=right(times), rtol=1e-3,
        mistakes={
            "You fitted on the unscaled years: their powers are far too large.":
                lambda got: np.allclose(got, chebval(times, chebfit(times, levels, 6)), rtol=1e-3),
            "Evaluate on the scaled axis, as you fitted there.": chebval(times, right.coef),
            "The arguments are exchanged: call evaluate(coefficients, x).":
                lambda got: got.shape == right.coef.shape,
            "These are the coefficients; evaluate the polynomial.": right.coef,
            "Use the functions fit and evaluate that you are given as arguments.":
                chebval(x, polyfit(x, levels, 6)),
            "x and levels are exchanged: call fit(x, levels, degree).":
                chebval(x, chebfit(levels, x, 6)),
        },
    )  # fmt: skip
