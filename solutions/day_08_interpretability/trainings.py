"""What the trainings of day 8 reach, with the defaults of the reference solutions."""

import jax.numpy as jnp

from day_08_interpretability.src import input_optimization as optimization
from day_08_interpretability.src import integrated_gradients as integrated
from day_08_interpretability.src import linear
from introdl.authoring import digits
from introdl.authoring.trainings import Training
from introdl.networks import load_digit_network


def read_digits(seed: int) -> float:
    """The share of the 10,000 test images that the linear classifier reads correctly."""
    return linear.fit(seed=seed)[1]


def read_with_given_network(_: int) -> float:
    """The share of the 10,000 test images that the given network reads correctly."""
    return digits.share_read(load_digit_network())


def train_given_network(seed: int) -> float:
    """The same for a network that is trained anew."""
    return digits.fit(seed=seed)[1]


def be_sure_of_favourites(_: int) -> float:
    """The smallest probability that the given network gives to the digit of an optimised input."""
    _, probabilities = optimization.favourites(
        optimization.STEPS, optimization.STEP_SIZE, optimization.SMOOTHNESS, optimization.INK
    )
    return float(jnp.diagonal(probabilities).min())


def complete(_: int) -> float:
    """The largest relative error of completeness among the test images."""
    errors = integrated.compute(integrated.IMAGES, integrated.STEPS, integrated.CHUNK)[3]
    return float(errors.max())


TRAININGS = [
    Training("softmax regression: share of test digits read correctly", read_digits, 0.915),
    Training("given network: share of test digits read correctly", read_with_given_network, 0.99),
    Training("optimised inputs: smallest probability", be_sure_of_favourites, 0.95),
    Training("500 images: largest error of completeness", complete, 0.01, at_most=True),
    Training(
        "given network, trained anew: share of test digits read correctly",
        train_given_network,
        0.988,
        thorough=True,
    ),
]
