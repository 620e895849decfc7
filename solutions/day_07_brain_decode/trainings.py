"""What the network of day 7 reaches on the simulated test recordings."""

from day_07_brain_decode.src.brain_decoder import HIGH_PASS, fit
from introdl.authoring.trainings import Training
from introdl.datasets.eeg import load_eeg


def first(seed: int) -> float:
    """The share of the first subject's test trials that are read correctly."""
    return fit(load_eeg(1, high_pass=HIGH_PASS), seed=seed).test_accuracy


def three(seed: int) -> float:
    """The lowest share among three subjects."""
    return min(
        fit(load_eeg(subject, high_pass=HIGH_PASS), seed=seed).test_accuracy
        for subject in (1, 2, 3)
    )


TRAININGS = [
    Training("simulated subject 1: share of test trials read correctly", first, 0.8),
    Training(
        "simulated subjects 1 to 3: lowest share of test trials read correctly",
        three, 0.8, thorough=True,
    ),
]  # fmt: skip
