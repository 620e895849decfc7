"""Signals over time: a noisy cosine, and the sunspots since 1749."""

import numpy as np
from numpy.typing import NDArray

from introdl.datasets import embedded


def load_noisy_signal() -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """A cosine with noise of standard deviation 0.5.

    Returns:
        The points x from −1 to 1, the noisy values, and the values without noise, cos 2πx; each of
        shape ``(300,)``.

    Raises:
        UsageError: if the file is missing or was changed.
    """
    x, noisy, clean = embedded.table("noisy_signal.csv.gz").T
    return x, noisy, clean


def load_sunspots() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The monthly mean number of sunspots, January 1749 to September 2013.

    Returns:
        The times in years and the numbers, each of shape ``(3177,)``.

    Raises:
        UsageError: if the file is missing or was changed.
    """
    times, numbers = embedded.table("sunspots.csv.gz").T
    return times, numbers
