"""Tasks 4.1 to 4.3: mean, spread, correlation and autocorrelation."""

from statistics import NormalDist
from typing import Any

import numpy as np

from day_04_statistics.src.sample import (
    correlation,
    covariance,
    mean,
    standard_deviation,
    standardize,
)
from day_04_statistics.src.sunspots import autocorrelation, dominant_period
from introdl.testing import call, check, require, task


def samples(rng: np.random.Generator) -> list[Any]:
    """A sample to check by hand, and a random one."""
    return [np.array([2.0, 4.0, 9.0]), rng.normal(3.0, 2.0, 11)]


@task("4.1", points=1)
def test_mean(rng: np.random.Generator) -> None:
    for x in samples(rng):
        n, right = len(x), float(np.mean(x))
        check(
            mean, x, expect=right,
            mistakes={
                "This is the sum; divide it by n.": right * n,
                "Divide by n, not by n − 1: that is for the standard deviation.":
                    right * n / (n - 1),
                "This is the median; the mean is the sum divided by n.": np.median(x),
            },
        )  # fmt: skip


@task("4.1", points=1)
def test_standard_deviation(rng: np.random.Generator) -> None:
    for x in samples(rng):
        n, right = len(x), float(np.std(x, ddof=1))
        check(
            standard_deviation, x, expect=right,
            mistakes={
                "You divided by n; the standard deviation of a sample divides by n − 1.": np.std(x),
                "This is the variance; take its root.": right**2,
                "Subtract the mean before you square.": np.linalg.norm(x) / np.sqrt(n - 1),
                "Divide by n − 1 before you take the root: both stand under it.":
                    right / np.sqrt(n - 1),
                "Divide by n − 1; this is the root of the sum.": right * np.sqrt(n - 1),
                "Square the distances from the mean; you took absolute values.":
                    np.abs(x - x.mean()).sum() / (n - 1),
                "Put n − 1 in brackets: / (len(x) - 1).":
                    lambda got, x=x: np.isclose(got**2, np.var(x) - 1),
            },
        )  # fmt: skip


def standard_scores(values: Any) -> list[float]:
    """How many standard deviations each value lies above the mean, by Python's own module."""
    fitted = NormalDist.from_samples(values.tolist())
    return [fitted.zscore(value) for value in values]


@task("4.1", points=1)
def test_standardize(rng: np.random.Generator) -> None:
    by_hand = np.array([[0.0, 10.0], [2.0, 30.0], [4.0, 20.0]])
    for x in (by_hand, rng.normal([5.0, -1.0, 0.0], [1.0, 3.0, 0.2], size=(8, 3))):
        n, right = len(x), np.apply_along_axis(standard_scores, 0, x)
        deviations = np.sqrt(np.diag(np.cov(x.T)))
        check(
            standardize, x, expect=right,
            mistakes={
                "You used n; use ddof=1, so that the sum is divided by n − 1.":
                    right * np.sqrt(n / (n - 1)),
                "Each column has a mean and a deviation of its own: use axis=0.":
                    np.reshape(standard_scores(x.ravel()), x.shape),
                "You only subtracted the mean; divide by the standard deviation.":
                    right * deviations,
                "You divided by the variance; divide by the standard deviation.":
                    right / deviations,
                "Put x − mean in brackets: the difference is divided.":
                    x - np.mean(x, axis=0) / deviations,
                "You standardised the rows; a column is along axis 0.":
                    np.apply_along_axis(standard_scores, 1, x),
                "This maps each column to 0 … 1; use mean and standard deviation.":
                    (x - x.min(axis=0)) / np.ptp(x, axis=0),
            },
        )  # fmt: skip


def pairs(rng: np.random.Generator) -> list[tuple[Any, Any]]:
    """Pairs of samples that belong together."""
    x = rng.normal(2.0, 1.5, 12)
    return [
        (np.array([1.0, 2.0, 3.0]), np.array([2.0, 1.0, 6.0])),
        (x, 3.0 - 2.0 * x + rng.normal(0.0, 1.0, 12)),
    ]


@task("4.2", points=1)
def test_covariance(rng: np.random.Generator) -> None:
    for x, y in pairs(rng):
        n, right = len(x), np.cov(x, y)[0, 1]
        check(
            covariance, x, y, expect=float(right),
            mistakes={
                "You divided by n; divide by n − 1.": right * (n - 1) / n,
                "You did not divide by n − 1.": right * (n - 1),
                "Subtract both means first.": x @ y / (n - 1),
                "This is the correlation; the covariance is not divided by the deviations.":
                    np.corrcoef(x, y)[0, 1],
                "This is the whole covariance matrix; the number asked for is its entry [0, 1].":
                    np.cov(x, y),
            },
        )  # fmt: skip


@task("4.2", points=1)
def test_correlation(rng: np.random.Generator) -> None:
    for x, y in pairs(rng):
        n, right = len(x), np.corrcoef(x, y)[0, 1]
        check(
            correlation, x, y, expect=float(right),
            mistakes={
                "You mixed n and n − 1: use the same in the covariance and in the deviations.":
                    lambda got, n=n, right=right: np.isclose(got, right * (n - 1) / n)
                    or np.isclose(got, right * n / (n - 1)),
                "This is the covariance; divide it by both standard deviations.":
                    np.cov(x, y)[0, 1],
                "Divide by the standard deviations, not by the variances.":
                    np.cov(x, y)[0, 1] / (x.var(ddof=1) * y.var(ddof=1)),
                "Subtract both means first.": x @ y / np.linalg.norm(x) / np.linalg.norm(y),
                "The root of the sums of squares is missing below.":
                    right / (n - 1) / np.sqrt(x.var(ddof=1) * y.var(ddof=1)),
                "This is the square of the correlation.": right**2,
                "The correlation has a sign: leave out the absolute value.": abs(right),
                "This is the whole matrix; the number asked for is its entry [0, 1].":
                    np.corrcoef(x, y),
            },
        )  # fmt: skip


@task("4.3", points=2)
def test_autocorrelation(rng: np.random.Generator) -> None:
    for x in (np.array([2.0, 3.0, -1.0]), rng.normal(size=9)):
        right, n = np.correlate(x, x, "full"), len(x)
        shifted = x - np.mean(x)
        periodic = np.array([np.sum(x * np.roll(x, k)) for k in range(-n + 1, n)])
        check(
            autocorrelation, x, expect=right,
            mistakes={
                "This is one half only: k runs from −(n − 1) to n − 1.": right[n - 1 :],
                "c₀ belongs in the middle, with the negative lags before it.":
                    np.concatenate([right[n - 1 :], right[: n - 1]]),
                "The negative lags must be the mirror image of the positive ones.":
                    np.concatenate([right[n:], right[n - 1 :]]),
                "The series is not periodic: leave out what does not overlap.": periodic,
                "c₀ is there twice: leave it out of the mirror image.":
                    np.concatenate([right[: n], right[n - 1 :]]),
                "c₀ is a sum, too; don't divide by it.": right / right[n - 1],
                "The mean is not subtracted here; the definition uses x itself.":
                    np.convolve(shifted, shifted[::-1]),
                "The negative lags are equal to the positive ones: c₋ₖ = cₖ.":
                    np.sign(np.arange(2 * n - 1) - n + 1.5) * right,
                "The negative lags are missing; they mirror the positive ones.":
                    (np.arange(2 * n - 1) > n - 2) * right,
                "The last lag is missing: k runs to n − 1, where one product is left.": right[1:-1],
                "There is a lag too many: at k = n nothing overlaps.": np.pad(right, 1),
                "This is the convolution; both factors run in the same direction.":
                    np.convolve(x, x),
                "The sums are not divided by their number of terms.":
                    right / np.concatenate([np.arange(1, n), np.arange(n, 0, -1)]),
            },
        )  # fmt: skip


@task("4.3", points=2)
def test_dominant_period(rng: np.random.Generator) -> None:
    step = 0.5
    times = np.arange(1200)
    period = int(rng.integers(40, 50))
    phase = rng.uniform(0.0, 2 * np.pi)
    x = 30.0 + 5.0 * np.sin(2 * np.pi * times / period + phase) + rng.normal(0.0, 0.3, 1200)
    said = f"dominant_period(a sine of period {period * step:g} with noise and mean 30, {step})"
    got = call(dominant_period, x, step)
    lag = got / step
    sentences = {
        "This is a number of values; multiply it by the time between two values.":
            abs(got - period) < 4,
        "This is lag 0, where every series equals itself; subtract the mean, and search behind the "
        "first negative lag.": got == 0.0,
        "This is half the period, where the autocorrelation is smallest.":
            abs(lag - period / 2) < 4,
        "This is next to lag 0; search from the first negative value on.": lag == 1,
        "np.argmax counts from the first negative lag; add that lag.":
            abs(lag - 3 * period / 4) < 4,
        "This is where the values become negative; the peak behind it is at the period.":
            abs(lag - period / 4) < 4,
        "Use the lags 0, 1, 2, … only: the right half, from c₀ on.": lag > 600,
        "Multiply the lag by the step; don't divide.": abs(got - period / step) < 8,
        "This is the frequency; the period is its inverse.": 0 < got < 0.1,
    }  # fmt: skip
    why = next((text for text, made in sentences.items() if made), "")
    right = abs(lag - period) <= 3
    require(right, said, got, f"about {period * step:g}", why)
