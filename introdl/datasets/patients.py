"""Reaven and Miller's patients: five measurements and the diagnosis."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from introdl.datasets import embedded

DIAGNOSES = ("normal", "chemical diabetes", "overt diabetes")


class Diabetes(NamedTuple):
    """The data set.

    Args:
        measurements: of shape ``(145, 5)``.
        names: what the five columns are, with units.
        diagnosis: indices into ``diagnoses``, of shape ``(145,)``.
        diagnoses: the three names.
    """

    measurements: NDArray[np.float64]
    names: tuple[str, ...]
    diagnosis: NDArray[np.int_]
    diagnoses: tuple[str, ...] = DIAGNOSES


def load_diabetes() -> Diabetes:
    """The 145 adults of Reaven and Miller (1979).

    Raises:
        UsageError: if the file is missing or was changed.
    """
    table = embedded.table("diabetes.csv.gz")
    names = (
        "relative weight",
        "fasting plasma glucose (mg / 100 ml)",
        "glucose area (mg / 100 ml · h)",
        "insulin area (µU / ml · h)",
        "steady state plasma glucose (mg / 100 ml)",
    )
    return Diabetes(table[:, :5], names, table[:, 5].astype(int))
