"""Tasks 4.4 and 4.5: Gaussians in one and two dimensions."""

import math
from statistics import NormalDist
from typing import Any

import numpy as np
from jax.scipy.stats import multivariate_normal

from day_04_statistics.src.gaussian import gaussian_cdf, gaussian_pdf, gaussian_pdf_2d
from introdl.testing import check, jit, task


def density(x: Any, mean: float, std: float) -> Any:
    """The exact density."""
    return np.vectorize(NormalDist(mean, std).pdf)(x)


@task("4.4", points=1)
def test_gaussian_pdf(rng: np.random.Generator) -> None:
    for x, mean, std in (
        (np.array([-1.0, 0.0, 2.0]), 0.0, 1.0),
        (rng.uniform(-1.0, 4.0, size=(2, 3)), 1.5, float(rng.uniform(1.5, 3.0))),
    ):
        right, top = density(x, mean, std), density(mean, mean, std)
        power = right / top
        check(
            gaussian_pdf, x, mean, std, expect=right,
            mistakes={
                "The factor in front is missing; the area must be 1.": power,
                "Divide by σ in front, too.": right * std,
                "The 2 in the exponent is missing.":
                    right * power,
                "Divide the exponent by 2σ², not by 2σ.": top * power**std,
                "The factor is 1 / (√(2π) σ); the root covers 2π.": right * NormalDist().pdf(0),
                "The root covers 2π only; σ stands outside.": right * math.sqrt(std),
                "The minus sign in the exponent is missing.": right / power**2,
                "Divide by √(2π) σ; don't multiply.": power / top,
                "Put √(2π) σ in brackets: both stand below.": right * std**2,
                "Square x − μ in the exponent.":
                    lambda got, z=(x - mean) / std: np.allclose(got / got.max(), np.exp(-z / 2)
                                                                / np.exp(-z / 2).max()),
            },
        )  # fmt: skip


def probability(x: Any, mean: float, std: float) -> Any:
    """The exact distribution function."""
    return np.vectorize(NormalDist(mean, std).cdf)(x)


@task("4.4", points=1)
def test_gaussian_cdf(rng: np.random.Generator) -> None:
    for x, mean, std in (
        (np.array([-1.0, 0.0, 2.0]), 0.0, 1.0),
        (rng.uniform(-23.0, -18.0, size=(2, 3)), -20.0, float(rng.uniform(1.5, 2.5))),
    ):
        right = probability(x, mean, std)
        height, width = density(x, mean, std), (x - mean + 10 * std) / 1000
        check(
            gaussian_cdf, x, mean, std, expect=right, rtol=1e-4, atol=1e-4,
            mistakes={
                "This is the density; integrate it up to x.": height,
                "This is the area on the other side: integrate up to x, not from x.": 1 - right,
                "You began at the mean; the half below it is missing.": right - 0.5,
                "Begin at μ − 10 σ: the start must move with the mean.":
                    right - probability(np.array(-10.0), mean, std),
                "Begin at μ − 10 σ: the start must move with the mean, it is not 0.":
                    right - probability(np.array(0.0), mean, std),
                "Begin at μ − 10 σ: below your start something is left.":
                    right - probability(np.array(mean - 3 * std), mean, std),
                "These are rectangles; the trapezoid rule takes the mean of both ends.":
                    right - height * width / 2,
                "This is a sum of densities; multiply by the distance of the points.":
                    lambda got, right=right, width=width:
                        np.allclose(got * width, right, rtol=0.05, atol=0.05),
                "The points are along axis 0: integrate with axis=0.":
                    lambda got: np.shape(got)[:1] == (1001,),
                "The order is jnp.trapezoid(values, points).":
                    lambda got, x=x: got.shape == x.shape and np.all(got < 0),
            },
            why="If gaussian_pdf is right: begin far below the mean, and take enough points.",
        )  # fmt: skip


def density_2d(x: Any, mean: Any, covariance: Any) -> Any:
    """The density in two dimensions."""
    return np.asarray(multivariate_normal.pdf(x, mean, covariance), float)


def check_density(x: Any, mean: Any, covariance: Any) -> None:
    """Compare with JAX's own density, and name the usual errors."""
    right = density_2d(x, mean, covariance)
    root = math.sqrt(np.linalg.det(covariance))
    power = right * 2 * math.pi * root
    variances, inverse = np.diag(covariance), np.linalg.inv(covariance)
    values = {
        "In front stands the determinant of Σ, not a norm.":
            right * root / math.sqrt(np.linalg.norm(covariance)),
        "The determinant stands under a root.": right / root,
        "The factor 1/√det Σ is missing; the volume must be 1.": right * root,
        "Use the whole inverse: the entries beside the diagonal count, too.":
            density_2d(x, mean, np.diag(variances)) * math.sqrt(variances.prod()) / root,
        "Use the inverse of Σ in the exponent, not Σ itself.":
            density_2d(x, mean, inverse) / root**2,
        "The factor ½ in the exponent is missing.": right * power,
        "The minus sign in the exponent is missing.": right / power**2,
        "In two dimensions 2π stands in front without a root.": right * math.sqrt(2 * math.pi),
    }  # fmt: skip
    shapes = {
        "Each point by itself: `distance @ inverse * distance`, summed over the last axis.":
            lambda got: got.ndim == 2 and got.shape == 2 * x.shape[:1] != x.shape[:-1],
        "You added up all points; sum over the last axis only (axis=-1).":
            lambda got: got.ndim == 0 and x.ndim > 1,
        "Sum over the last axis, axis=-1; it is axis 1 for a list of points only.":
            lambda got: x.ndim > 2 and got.shape == x.shape[:1] + x.shape[2:],
        "The inverse of a matrix is jnp.linalg.inv; 1 / Σ inverts each entry.":
            lambda got: np.any(np.isnan(got)),
    }  # fmt: skip
    check(gaussian_pdf_2d, x, mean, covariance, expect=right, rtol=1e-3, mistakes=values | shapes)


@task("4.5", points=2)
def test_gaussian_pdf_2d(rng: np.random.Generator) -> None:
    check_density(np.array([1.0, 0.0]), np.zeros(2), np.diag([4.0, 1.0]))
    correlated = np.array([[1.5, 0.9], [0.9, 1.0]])
    check_density(rng.uniform(-1.5, 1.5, size=(5, 2)), rng.uniform(-0.5, 0.5, 2), correlated)


@task("4.5", points=1)
def test_gaussian_pdf_2d_any_leading_shape(rng: np.random.Generator) -> None:
    correlated = np.array([[1.0, -0.4], [-0.4, 0.6]])
    for shape in ((3, 4, 2), (2, 1, 3, 2)):
        check_density(rng.uniform(-1.0, 1.0, size=shape), np.array([0.2, -0.1]), correlated)
    x = rng.uniform(-1.0, 1.0, size=(6, 2))
    mean = np.zeros(2)
    check(jit(gaussian_pdf_2d), x, mean, correlated, expect=density_2d(x, mean, correlated),
          rtol=1e-3)  # fmt: skip
