"""Tasks 3.1 to 3.5: matrices, least squares and regularisation."""

from typing import Any

import numpy as np
import pytest

from day_03_algebra.src.matrices import matmul, pseudo_inverse
from day_03_algebra.src.polynomial import (
    evaluate,
    fit_line,
    fit_polynomial,
    mean_squared_error,
    point_matrix,
)
from day_03_algebra.src.regularization import filter_factors, fit_regularized
from introdl.testing import check, check_raises, task


@task("3.1", points=1)
def test_matmul_by_hand() -> None:
    a, b = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), np.array([[1.0, 0.0], [2.0, -1.0]])
    check(
        matmul, a, b, expect=np.array([[5.0, -2.0], [11.0, -4.0], [17.0, -6.0]]),
        mistakes={
            "You multiplied with the transpose of b: the index k runs down b's columns.": a @ b.T,
            "You multiplied the entries one by one; sum over k (README, task 3.1).":
                lambda got: got.shape == a.shape and np.allclose(got[:2], a[:2] * b),
            "Only the first row is there: return behind the loops, not in them.":
                lambda got: np.allclose(got[0], [5.0, -2.0]) and not np.any(got[1:]),
        },
    )  # fmt: skip


@task("3.1", points=1)
def test_matmul_any_shape(rng: np.random.Generator) -> None:
    for m, k, n in ((3, 4, 2), (1, 5, 1), (4, 1, 3)):
        a, b = rng.normal(size=(m, k)), rng.normal(size=(k, n))
        check(
            matmul, a, b, expect=a @ b,
            mistakes={
                "The last term of the sum is missing: k runs to the last column of a.":
                    a[:, :-1] @ b[:-1],
                "Only the last term of the sum is left: add up, don't overwrite.":
                    a[:, -1:] @ b[-1:],
                "The product has the shape (n, m); its rows come from a.": (a @ b).T,
                "The decimals are lost: np.zeros with dtype=int holds whole numbers only.":
                    np.trunc(a @ b),
            },
        )  # fmt: skip
    check_raises(
        matmul, np.ones((2, 1)), np.ones((3, 2)), error=ValueError,
        why="Raise a ValueError where a's columns are not as many as b's rows.",
    )  # fmt: skip


def inverse_mistakes(a: Any, right: Any) -> dict[str, Any]:
    """What typical errors make of the pseudo-inverse, told by the right one."""
    u, sigma, vt = np.linalg.svd(a, full_matrices=False)

    def in_rows(got: Any) -> bool:
        rotated = sigma[:, np.newaxis] * got
        return np.allclose(rotated @ rotated.T, np.eye(len(sigma)))

    return {
        "You put the singular values back as they are; invert them.": a.T,
        "The factors are in the order of A itself; A⁺ = V Σ⁺ Uᵀ.": right.T,
        "np.linalg.svd returns Vᵀ; V is its transpose, vt.T.":
            lambda got: np.allclose(got, vt @ vt @ right),
        "The last factor is Uᵀ, not U.": lambda got: np.allclose(got, right @ u @ u),
        "Each σ⁺ belongs to a column of V; you multiplied the rows.": in_rows,
    }  # fmt: skip


@task("3.2", points=1)
def test_pseudo_inverse_by_hand() -> None:
    for a, right in (
        (np.diag([2.0, 4.0]), np.diag([0.5, 0.25])),
        (np.array([[1.0, 2.0], [0.0, 1.0]]), np.array([[1.0, -2.0], [0.0, 1.0]])),
    ):
        check(pseudo_inverse, a, 1e-10, expect=right, mistakes=inverse_mistakes(a, right))


@task("3.2", points=1)
@pytest.mark.parametrize("shape", [(3, 3), (6, 3), (3, 6)], ids=["square", "tall", "wide"])
def test_pseudo_inverse(shape: tuple[int, int], rng: np.random.Generator) -> None:
    a = rng.normal(size=shape)
    right = np.linalg.pinv(a)
    check(pseudo_inverse, a, 1e-10, expect=right, mistakes=inverse_mistakes(a, right))


@task("3.2", points=1)
def test_pseudo_inverse_without_full_rank(rng: np.random.Generator) -> None:
    column, row = rng.uniform(1.0, 2.0, size=(5, 1)), rng.uniform(1.0, 2.0, size=(1, 3))
    for a in (
        np.diag([4.0, 1.0, 0.0]), column @ row, 1e-3 * np.diag([2.0, 1.0]), np.zeros((2, 3))
    ):  # fmt: skip
        check(
            pseudo_inverse, a, 1e-10, expect=np.linalg.pinv(a, rcond=1e-10),
            mistakes={
                "A singular value that is zero was inverted; its place in Σ⁺ holds 0.":
                    lambda got: not np.all(np.isfinite(got)) or np.abs(got).max() > 1e6,
            },
        )  # fmt: skip
    a = np.diag([100.0, 1.0])
    check(
        pseudo_inverse, a, 0.1, expect=np.diag([0.01, 0.0]),
        mistakes={
            "The tolerance is relative: cut off σ ≤ tolerance · (largest σ).": np.diag([0.01, 1.0]),
        },
    )  # fmt: skip


@task("3.3", points=1)
def test_point_matrix(rng: np.random.Generator) -> None:
    for x, columns in ((np.array([1.0, 2.0, -3.0]), 3), (rng.normal(size=4), 6)):
        right = np.polynomial.polynomial.polyvander(x, columns - 1)
        check(
            point_matrix, x, columns, expect=right,
            mistakes={
                "The powers must grow from left to right: 1, x, x², ….": right[:, ::-1],
                "Each row belongs to one point; yours is the transpose.": right.T,
                "The column of ones, x⁰, is missing.": (right * x[:, None]),
                "There is a column too many: columns counts the power 0, too.":
                    np.polynomial.polynomial.polyvander(x, columns),
                "Raise x to a power: multiplying with the power is something else.":
                    np.outer(x, np.arange(columns)),
                "Base and exponent are exchanged: the points are raised, x ** j.":
                    lambda got, x=x, columns=columns:
                        np.allclose(got[0], np.arange(columns) ** x[0]),
                "One row for each point: x[:, np.newaxis] makes a column of the points.":
                    lambda got, columns=columns: got.shape == (columns,),
            },
        )  # fmt: skip


@task("3.4", points=1)
def test_fit_line(rng: np.random.Generator) -> None:
    for x, y in (
        (np.array([0.0, 1.0, 2.0]), np.array([1.0, 2.0, 4.0])),
        (rng.uniform(2.0, 5.0, 20), rng.normal(size=20)),
    ):
        right = np.polynomial.polynomial.polyfit(x, y, 1)
        intercept, slope = right
        through_zero = np.linalg.lstsq(x[:, np.newaxis], y, rcond=None)[0].item()
        check(
            fit_line, x, y, expect=right,
            mistakes={
                "The order is intercept first, then slope.": right[::-1],
                "Subtract the means first, in the numerator and the denominator.":
                    np.array([intercept + (slope - through_zero) * x.mean(), through_zero]),
                "The intercept is ȳ − c₁ x̄, not ȳ.": right + [slope * x.mean(), 0.0],
                "The sign in the intercept is wrong: c₀ = ȳ − c₁ x̄.":
                    right + [2 * slope * x.mean(), 0.0],
                "x and y are exchanged in the intercept: c₀ = ȳ − c₁ x̄.":
                    lambda got, slope=slope, x=x, y=y:
                        np.isclose(got[0] + slope * y.mean(), x.mean()),
                "You mixed n and n − 1: np.cov divides by n − 1, np.var and x.var by n.":
                    lambda got, slope=slope, x=x:
                        np.isclose(got[1], slope * len(x) / (len(x) - 1)),
                "The sum below is over (x − x̄)², not over (y − ȳ)².":
                    lambda got, slope=slope, x=x, y=y:
                        np.isclose(got[1], slope * x.var() / y.var()),
                "Below, square each x − x̄ first, then add up; their sum is 0.":
                    lambda got: np.abs(got[1]) > 1e9,
            },
        )  # fmt: skip


@task("3.4", points=1)
def test_fit_polynomial(rng: np.random.Generator) -> None:
    random = rng.uniform(-1.5, 1.5, 25)
    for x, y, degree in (
        (np.array([0.0, 1.0, 2.0]), np.array([1.0, 2.0, 4.0]), 1),
        (random, np.sin(3 * random) + rng.normal(0.0, 0.1, 25), 4),
    ):
        right = np.polynomial.polynomial.polyfit(x, y, degree)
        check(
            fit_polynomial, x, y, degree, expect=right,
            mistakes={
                "The coefficients are in the wrong order: c₀ comes first.": right[::-1],
                "A polynomial of degree d has d + 1 coefficients.":
                    np.polynomial.polynomial.polyfit(x, y, degree - 1),
                "The star multiplies entry by entry; A⁺ y is a product with @.":
                    lambda got, x=x, degree=degree: got.shape == (degree + 1, len(x)),
                "This is Aᵀ y; the pseudo-inverse is np.linalg.pinv(a).":
                    np.polynomial.polynomial.polyvander(x, degree).T @ y,
            },
        )  # fmt: skip


@task("3.4", points=1)
def test_evaluate(rng: np.random.Generator) -> None:
    for c, x in (
        (np.array([1.0, 0.0, 2.0]), np.array([0.0, 1.0, 3.0])),
        (rng.normal(size=5), rng.uniform(-2.0, 2.0, 6)),
    ):
        right = np.polynomial.polynomial.polyval(x, c)
        check(
            evaluate, c, x, expect=right,
            mistakes={
                "c₀ belongs to x⁰: your coefficients run the other way.": np.polyval(c, x),
                "The powers begin with x⁰, not with x¹.": x * right,
                "Add up the terms: one value for each point (@, not the star).":
                    lambda got, right=right: np.allclose(got.sum(axis=1), right),
                "This is a line; use all coefficients.":
                    np.polynomial.polynomial.polyval(x, c[:2]),
            },
        )  # fmt: skip


@task("3.4", points=1)
def test_mean_squared_error(rng: np.random.Generator) -> None:
    for p, t in (
        (np.array([1.0, 2.0, 3.0]), np.array([1.0, 4.0, 0.0])),
        (rng.normal(size=7), rng.normal(size=7)),
    ):
        d, n = p - t, len(p)
        right = float(d.var() + d.mean() ** 2)
        check(
            mean_squared_error, p, t, expect=right,
            mistakes={
                "This is the sum; divide it by the number of points.": right * n,
                "This is the mean of the absolute differences; square them.":
                    np.mean(np.abs(d)),
                "This is the root; the mean squared error has none.": np.sqrt(right),
                "Square each difference before you average.": d.mean() ** 2,
                "These are the squares; average them.": d**2,
                "Divide by the number of points m, not by m − 1.": right * n / (n - 1),
                "There is no factor ½ in the mean squared error.": right / 2,
            },
        )  # fmt: skip


def share(part: Any, rest: Any) -> Any:
    """Which share of the whole a part is."""
    return part / (part + rest)


@task("3.5", points=1)
def test_filter_factors(rng: np.random.Generator) -> None:
    for sigma, epsilon in (
        (np.array([2.0, 1.0, 0.0]), 1.0),
        (np.sort(rng.uniform(0.1, 3.0, 5))[::-1], float(rng.uniform(0.2, 0.8))),
    ):
        right = 1 - share(epsilon, sigma**2)
        check(
            filter_factors, sigma, epsilon, expect=right,
            mistakes={
                "Square the singular values, above and below.": 1 - share(epsilon, sigma),
                "Add ε itself, not its square.": 1 - share(epsilon**2, sigma**2),
                "This is how much is taken away; the factor says how much stays.": 1 - right,
                "This is f / σ; square σ above, too.":
                    lambda got, right=right, sigma=sigma: np.allclose(got * sigma, right),
                "The filter is smooth: no factor jumps from 0 to 1.":
                    lambda got: np.all((got == 0) | (got == 1)),
                "Put σ² + ε in brackets: it is one denominator.":
                    lambda got, epsilon=epsilon: np.isclose(got[0], 1 + epsilon),
            },
        )  # fmt: skip


def ridge(a: Any, b: Any, epsilon: float) -> Any:
    """The minimum of ‖A x − b‖² + ε ‖x‖², from its normal equations."""
    return np.linalg.solve(a.T @ a + epsilon * np.eye(a.shape[1]), a.T @ b)


def ridge_mistakes(a: Any, b: Any, epsilon: float) -> dict[str, Any]:
    """What typical errors in the filtered solution lead to, told by the right one."""
    u, sigma, vt = np.linalg.svd(a, full_matrices=False)
    right = ridge(a, b, epsilon)
    along = vt @ right
    return {
        "You filter, but do not divide by σ: use f / σ.":
            lambda got: np.allclose(vt @ got, sigma * along),
        "There is no filter: this is the pseudo-inverse.": np.linalg.lstsq(a, b, rcond=None)[0],
        "The result has an entry for each row of A; it needs one for each column.":
            lambda got: got.shape == (a.shape[0],) != (a.shape[1],),
        "np.linalg.svd returns Vᵀ; V is its transpose, vt.T.":
            lambda got: np.allclose(got, vt @ along),
        "Multiply b by Uᵀ, not by U.":
            lambda got: np.allclose(got, ridge(a, u @ u @ b, epsilon)),
        "f / σ is σ / (σ² + ε): there is a square below.":
            lambda got: np.allclose(vt @ got * (sigma + epsilon), along * (sigma**2 + epsilon)),
        "Add ε itself, not its square.": ridge(a, b, epsilon**2),
        "Add ε to the diagonal of AᵀA only, not to every entry.":
            lambda got: np.allclose((a.T @ a + epsilon) @ got, a.T @ b),
    }  # fmt: skip


@task("3.5", points=1)
def test_fit_regularized_by_hand() -> None:
    b = np.ones(2)
    for a, right in (
        (np.diag([2.0, 1.0]), np.array([0.4, 0.5])),
        (np.array([[1.0, 2.0], [0.0, 1.0]]), np.array([0.0, 0.5])),
    ):
        check(fit_regularized, a, b, 1.0, expect=right, mistakes=ridge_mistakes(a, b, 1.0))


@task("3.5", points=1)
@pytest.mark.parametrize("shape", [(4, 4), (9, 4), (4, 9)], ids=["square", "tall", "wide"])
def test_fit_regularized(shape: tuple[int, int], rng: np.random.Generator) -> None:
    a, b = rng.normal(size=shape), rng.normal(size=shape[0])
    epsilon = float(rng.uniform(0.3, 0.9))
    check(
        fit_regularized, a, b, epsilon, expect=ridge(a, b, epsilon),
        mistakes=ridge_mistakes(a, b, epsilon),
    )  # fmt: skip


@task("3.5", points=1)
def test_fit_regularized_without_full_rank(rng: np.random.Generator) -> None:
    a = np.diag([2.0, 1.0, 0.0])
    b = rng.uniform(1.0, 2.0, 3)
    check(
        fit_regularized, a, b, 0.5, expect=ridge(a, b, 0.5),
        mistakes={
            **ridge_mistakes(a, b, 0.5),
            "You divide by a singular value that is 0; f / σ is σ / (σ² + ε).":
                lambda got: not np.all(np.isfinite(got)),
        },
    )  # fmt: skip
    check(fit_regularized, np.zeros((3, 2)), b, 0.5, expect=np.zeros(2))
