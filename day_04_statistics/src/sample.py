"""What a sample says: mean, standard deviation, covariance and correlation."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from introdl.datasets import load_diabetes
from introdl.script import run

Array = NDArray[np.floating[Any]]


def mean(x: Array) -> float:
    """The mean, μ = 1/n Σ x_i.

    Args:
        x: the sample, of shape ``(n,)``.

    Returns:
        The mean.
    """
    # TODO 4.1: add up and divide (about 1 line).
    raise NotImplementedError("TODO 4.1: add up and divide")


def standard_deviation(x: Array) -> float:
    """The standard deviation of a sample, σ = √(1/(n − 1) Σ (x_i − μ)²).

    Source of the formula: Wasserman, "All of Statistics" (2004), section 3.4.

    Args:
        x: the sample, of shape ``(n,)``, n ≥ 2.

    Returns:
        The standard deviation.
    """
    # TODO 4.1: take the root of the squared distances' sum over n − 1 (about 1 line).
    raise NotImplementedError("TODO 4.1: take the root of the squared distances' sum over …")


def standardize(x: Array) -> Array:
    """Shift and scale each column to mean 0 and standard deviation 1 (with n − 1).

    Args:
        x: n samples of d values, of shape ``(n, d)``; no column is constant.

    Returns:
        The standardised samples, of shape ``(n, d)``.
    """
    # TODO 4.1: use x.mean and x.std with axis=0 and ddof=1 (about 1 line).
    raise NotImplementedError("TODO 4.1: use x.mean and x.std with axis=0 and ddof=1")


def covariance(x: Array, y: Array) -> float:
    """The covariance of two samples, 1/(n − 1) Σ (x_i − μ_x)(y_i − μ_y).

    Args:
        x: the first sample, of shape ``(n,)``, n ≥ 2.
        y: the second sample, of shape ``(n,)``.

    Returns:
        The covariance, in the product of both units.
    """
    # TODO 4.2: multiply the distances from the means (about 1 line).
    raise NotImplementedError("TODO 4.2: multiply the distances from the means")


def correlation(x: Array, y: Array) -> float:
    """Pearson's correlation, the covariance divided by both standard deviations.

    Source of the formula: Wasserman, "All of Statistics" (2004), definition 3.18.

    Args:
        x: the first sample, of shape ``(n,)``, not constant.
        y: the second sample, of shape ``(n,)``, not constant.

    Returns:
        The correlation, between −1 and 1; it has no unit.
    """
    # TODO 4.2: divide; the factors 1/(n − 1) cancel (about 2 lines).
    raise NotImplementedError("TODO 4.2: divide; the factors 1/(n − 1) cancel")


def main() -> None:
    """Describe Reaven and Miller's patients."""
    patients = load_diabetes()
    x = patients.measurements
    print(f"{len(x)} patients: mean ± standard deviation, correlation with the glucose area")
    for name, column in zip(patients.names, x.T, strict=True):
        spread = f"{mean(column):8.2f} ± {standard_deviation(column):6.2f}"
        print(f"  {name:42} {spread}   {correlation(column, x[:, 2]):+.2f}")
    print(f"after standardising, the means are {np.abs(standardize(x).mean(axis=0)).max():.0e}")


if __name__ == "__main__":
    run(main)
