"""EEG of movements: one loader for the High-Gamma recordings and for simulated ones.

`load_eeg` reads both, for a simulated recording is a file of the same form as an original one.
"""

from introdl.datasets.eeg.layout import CLASSES, RATE, SENSORS, sensor_positions
from introdl.datasets.eeg.loading import Eeg, load_eeg, load_trials

__all__ = [
    "CLASSES",
    "RATE",
    "SENSORS",
    "Eeg",
    "load_eeg",
    "load_trials",
    "sensor_positions",
]
