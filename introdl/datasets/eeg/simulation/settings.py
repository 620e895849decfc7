"""The numbers and names that the simulation is made of.

Why they are as they are, with references, stands in ``data/DATA.md``.
"""

from dataclasses import dataclass

from introdl.datasets.eeg.layout import SENSORS

# Raise this number when the simulated signals change though `Settings` stay the same: when their
# code or a table below does. Recordings of the old kind are then made again. A changed comment, or
# code that computes the same, leaves it as it is.
VERSION = 1

EXTRA = ("Fpz", "Cz")  # further EEG sensors in the file, which the loader must leave out
ELECTRODES = SENSORS + EXTRA

# Which sensor each area's rhythm is generated below. Mu comes from behind the central sulcus, beta
# from in front of it. The left hand's area is in the right half of the brain.
AREAS = ("right_hand", "left_hand", "feet")
SITES = {
    "mu": ("CCP3h", "CCP4h", "CPz"),
    "beta": ("FCC3h", "FCC4h", "Cz"),
    "gamma": ("C3", "C4", "Cz"),
}
# By which factor a rhythm's amplitude changes in an area (columns: right hand, left hand, feet)
# during a movement (rows: of the right hand, of the left hand, rest, of the feet).
CHANGES = {
    "mu": ((0.25, 0.85, 1.1), (0.85, 0.25, 1.1), (1.0, 1.0, 1.0), (1.1, 1.1, 0.3)),
    "beta": ((0.35, 0.85, 1.0), (0.85, 0.35, 1.0), (1.0, 1.0, 1.0), (1.0, 1.0, 0.3)),
    "gamma": ((2.2, 1.2, 1.0), (1.2, 2.2, 1.0), (1.0, 1.0, 1.0), (1.0, 1.0, 2.2)),
}
POSTERIOR = ("O1", "O2", "PO3", "PO4")  # above the sources of the alpha rhythm


@dataclass(frozen=True)
class Settings:
    """The simulation's numbers. Moments of dipoles are standard deviations over time."""

    rate: float = 500.0  # Hz
    runs: tuple[int, int] = (10, 3)  # of the training and of the test recording
    run_trials: int = 40  # trials in a run
    trial: float = 4.0  # s, from the cue to the end of the movement
    pause: tuple[float, float] = (1.5, 2.0)  # s, between two trials
    lead: float = 2.0  # s, before the first cue of a run and after the last trial

    depth: tuple[float, float] = (0.72, 0.80)  # of sources, as a share of the head's radius
    scatter: float = 0.05  # rad, by which a source's place differs from one subject to the next

    mu: float = 45.0  # nA·m, at rest
    beta: float = 22.0
    gamma: float = 2.0
    alpha: float = 40.0  # of each posterior source
    others: tuple[int, float] = (20, 10.0)  # further rhythmic sources all over the brain, nA·m
    background: tuple[int, float] = (100, 12.0)  # sources of 1/f noise, nA·m
    exponent: float = 1.4  # of the power 1/f^exponent
    waxing: float = 0.2  # standard deviation of the log amplitude of mu, beta and gamma at rest
    idle_waxing: float = 0.5  # the same for the rhythms that have nothing to do with the task
    blink: float = 180.0  # µV at Fpz
    sensor_noise: float = 0.8  # µV
    difference: float = 0.15  # between subjects: standard deviation of the log of each strength

    reaction: tuple[float, float] = (0.3, 0.7)  # s, from the cue to the movement
    effort: tuple[float, float] = (0.8, 1.0)  # how much of the change a trial shows
    lapse: float = 0.05  # share of trials in which the subject does not react
    bad: float = 0.01  # share of trials in which an electrode pops
    pop: tuple[float, float] = (900.0, 1200.0)  # µV


SETTINGS = Settings()
