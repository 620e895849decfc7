"""What the training of day 6 reaches, with the defaults of the reference solution."""

from day_06_cnn.src import mnist_cnn
from introdl.authoring.trainings import Training


def read_digits(seed: int) -> float:
    """The share of the 10,000 test images that are read correctly."""
    return mnist_cnn.fit(seed=seed).test_accuracy


TRAININGS = [Training("convolutional: share of test digits read correctly", read_digits, 0.99)]
