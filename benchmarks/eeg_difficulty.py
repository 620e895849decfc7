"""How hard the simulated EEG is: three classifiers on three simulated subjects.

Softmax regression on the raw samples, softmax regression on the logarithm of each sensor's power,
and the network of day 7. All see the same trials, high-passed at 4 Hz as day 7 does, and are tested
on the test recording. Run it with the solved days and the course's extra `eeg`::

    PYTHONPATH=solutions python benchmarks/eeg_difficulty.py
"""

import argparse
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from day_07_brain_decode.src.brain_decoder import HIGH_PASS, fit
from introdl.datasets.eeg import Eeg, load_eeg
from introdl.training import accuracy, cross_entropy

BANDS = ((8.0, 13.0), (15.0, 30.0))  # Hz: mu and beta


def log_variance(trials: Any) -> Any:
    """The log of the variance of each sensor in each trial, of shape ``(trials, 44)``."""
    return np.log(trials.var(axis=2))


def band_power(trials: Any) -> Any:
    """The log of each sensor's power in the mu and in the beta band: ``(trials, 88)``."""
    power = np.abs(np.fft.rfft(trials)) ** 2
    frequencies = np.fft.rfftfreq(trials.shape[2], 1 / 250)
    bands = [(low <= frequencies) & (frequencies <= high) for low, high in BANDS]
    return np.concatenate([np.log(power[..., band].mean(axis=2)) for band in bands], axis=1)


def flat(trials: Any) -> Any:
    """All samples side by side, of shape ``(trials, 44 · 1125)``."""
    return trials.reshape(len(trials), -1)


def softmax_regression(x: Any, labels: Any, decay: float = 1e-2, steps: int = 500) -> Any:
    """The weights of softmax regression with weight decay, by gradient descent.

    Args:
        x: standardised features of shape ``(n, features)``.
        labels: of shape ``(n,)``.
        decay: of the weights.
        steps: of gradient descent.
    """
    # The step that is safe: the loss's curvature is at most half the largest eigenvalue of xᵀx/n.
    curvature = 0.5 * jnp.linalg.norm(x @ x.T, 2) / len(x) + decay

    def loss(weights: jax.Array) -> jax.Array:
        return cross_entropy(x @ weights, labels) + decay / 2 * (weights**2).sum()

    def step(_: int, weights: jax.Array) -> jax.Array:
        return weights - jax.grad(loss)(weights) / curvature

    return jax.lax.fori_loop(0, steps, step, jnp.zeros((x.shape[1], 4)))


def linear_accuracy(eeg: Eeg, features: Any) -> float:
    """The share of test trials that a linear classifier on these features reads correctly."""
    trials = np.concatenate([eeg.train_trials, eeg.validation_trials])
    labels = np.concatenate([eeg.train_labels, eeg.validation_labels])
    train, test = features(trials), features(eeg.test_trials)
    mean, scale = train.mean(axis=0), train.std(axis=0)
    train, test = (train - mean) / scale, (test - mean) / scale
    # The weights are sums of training trials, so the space that these span is enough; where there
    # are more features than trials, it has far fewer dimensions.
    basis, _ = np.linalg.qr(train.T)
    weights = softmax_regression(jnp.asarray(train @ basis), jnp.asarray(labels))
    return float(accuracy(jnp.asarray(test @ basis) @ weights, eeg.test_labels))


def main() -> None:
    """Print the share of test trials that each classifier reads correctly."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subjects", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--no-network", action="store_true", help="the linear classifiers only")
    options = parser.parse_args()
    linear = {"raw samples": flat, "log-variance": log_variance, "mu and beta power": band_power}
    for subject in options.subjects:
        eeg = load_eeg(subject, high_pass=HIGH_PASS)
        print(eeg.title)
        for name, features in linear.items():
            print(f"  softmax regression, {name}: {linear_accuracy(eeg, features):.1%}", flush=True)
        if not options.no_network:
            print(f"  network: {fit(eeg).test_accuracy:.1%}", flush=True)


if __name__ == "__main__":
    main()
