"""The data sets: embedded first, larger originals on request."""

from introdl.datasets.eeg import Eeg, load_eeg
from introdl.datasets.mnist import load_mnist
from introdl.datasets.patients import DIAGNOSES, Diabetes, load_diabetes
from introdl.datasets.rivers import load_nile, load_rhine
from introdl.datasets.shakespeare import load_shakespeare
from introdl.datasets.signals import load_noisy_signal, load_sunspots

__all__ = [
    "DIAGNOSES",
    "Diabetes",
    "Eeg",
    "load_diabetes",
    "load_eeg",
    "load_mnist",
    "load_nile",
    "load_noisy_signal",
    "load_rhine",
    "load_shakespeare",
    "load_sunspots",
]
