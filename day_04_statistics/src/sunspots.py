"""The rhythm of the sun: autocorrelation of the sunspot numbers since 1749."""

import time
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from introdl.datasets import load_sunspots
from introdl.figures import save_or_show
from introdl.script import run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Array = NDArray[np.floating[Any]]

MONTH = 1 / 12  # in years
LONGEST = 60  # years that the figure shows


def autocorrelation(x: Array) -> Array:
    """The autocorrelation from its definition, c_k = Σ_t x_t x_{t+|k|}.

    The sum runs over all t for which both x_t and x_{t+|k|} exist.

    Args:
        x: the series, of shape ``(n,)``.

    Returns:
        c_k for k = −(n − 1) … n − 1, of shape ``(2n − 1,)``; c₀ is in the middle.
    """
    # TODO 4.3: sum for each lag 0 … n − 1, then mirror (about 3 lines).
    raise NotImplementedError("TODO 4.3: sum for each lag 0 … n − 1, then mirror")


def autocorrelation_numpy(x: Array) -> Array:
    """The same with ``np.correlate``, of shape ``(2n − 1,)``."""
    return np.correlate(x, x, "full")


def autocorrelation_fft(x: Array) -> Array:
    """The same by the Fourier transform (Wiener and Khinchin), of shape ``(2n − 1,)``.

    The series is padded with at least n zeros, for the transform takes it as periodic. It is
    fastest where the length is a power of two.
    """
    n = len(x)
    length = 2 ** int(np.ceil(np.log2(2 * n)))
    power = np.abs(np.fft.rfft(x, length)) ** 2
    return np.roll(np.fft.irfft(power, length), n - 1)[: 2 * n - 1]


def dominant_period(x: Array, step: float) -> float:
    """The period at which a series is most like itself.

    Subtract the mean, and look at the autocorrelation at the lags 0, 1, 2, …. It begins at its
    largest value, for every series equals itself at lag 0. So go to the first lag at which it is
    negative; the largest value from there on is at the period.

    Args:
        x: the series, of shape ``(n,)``; its autocorrelation becomes negative somewhere.
        step: the time between two values.

    Returns:
        The period, in the unit of ``step``.
    """
    # TODO 4.3: use np.correlate(x, x, "full") for the autocorrelation (about 5 lines).
    raise NotImplementedError("TODO 4.3: use np.correlate(x, x, 'full') for the …")


def peaks(values: Array, period: int, count: int) -> list[int]:
    """The lags of the largest values about the first ``count`` multiples of a period."""
    middles = [number * period for number in range(1, count + 1)]
    starts = [middle - period // 2 for middle in middles]
    return [start + int(np.argmax(values[start : start + period])) for start in starts]


def compare_times(x: Array) -> None:
    """Print how long the three ways take, and how much they differ.

    Args:
        x: the series, of shape ``(n,)``.
    """
    right = autocorrelation_fft(x)
    print(f"autocorrelation of {len(x)} values")
    for name, function in (
        ("definition", autocorrelation),
        ("np.correlate", autocorrelation_numpy),
        ("Fourier transform", autocorrelation_fft),
    ):
        start = time.perf_counter()
        result = function(x)
        seconds = time.perf_counter() - start
        difference = np.abs(result - right).max() / right.max()
        print(f"  {name:17} {1000 * seconds:8.2f} ms, relative difference {difference:.0e}")


def draw() -> "Figure":
    """Draw the sunspots, their autocorrelation with the 11-year peaks, and that of noise."""
    import matplotlib.pyplot as plt

    times, numbers = load_sunspots()
    centred = numbers - numbers.mean()
    noise = np.random.default_rng(4).normal(0.0, numbers.std(), len(numbers))
    period = dominant_period(numbers, MONTH)
    lags = np.arange(LONGEST * 12)
    figure, (above, below) = plt.subplots(2, 1, figsize=(9, 6), layout="constrained")
    above.plot(times, numbers, linewidth=0.7)
    above.set(xlabel="year", ylabel="sunspots", title="Monthly mean number of sunspots")
    for name, series, color in (("sunspots", centred, "tab:blue"), ("noise", noise, "0.6")):
        right = autocorrelation_fft(series)[len(series) - 1 :]
        below.plot(lags * MONTH, right[lags] / right[0], color=color, label=name)
    right = autocorrelation_fft(centred)[len(centred) - 1 :]
    found = np.array(peaks(right, round(period / MONTH), 5))
    below.plot(found * MONTH, right[found] / right[0], "v", color="tab:red", label="peaks")
    for lag in found:
        place = (lag * MONTH, right[lag] / right[0] + 0.07)
        below.annotate(f"{lag * MONTH:.1f} years", place, ha="center")
    below.set(xlabel="lag in years", ylabel="$c_k / c_0$", title="Autocorrelation")
    below.legend()
    return figure


def main() -> None:
    """Find the sun's period, and compare three ways to compute the autocorrelation."""
    _, numbers = load_sunspots()
    compare_times(numbers - numbers.mean())
    print(f"the sunspots repeat after {dominant_period(numbers, MONTH):.1f} years")
    save_or_show(draw(), "day_04_statistics", "sunspots")


if __name__ == "__main__":
    run(main)
