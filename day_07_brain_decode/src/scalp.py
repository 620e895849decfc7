"""Which sensors matter: the maps of the network's filters, and of what they respond to."""

from typing import Any

import jax
import jax.numpy as jnp

from day_07_brain_decode.src.convolution import convolve


def filter_maps(kernel: Any) -> jax.Array:
    """How strongly each output weighs each sensor: the norm of the kernel over its taps.

    Args:
        kernel: K, of shape ``(taps, sensors, outputs)``.

    Returns:
        √(Σ_τ K[τ, s, o]²), of shape ``(outputs, sensors)``.
    """
    # TODO 7.8: sum the squares over the taps, take the root, transpose (about 1 line).
    raise NotImplementedError("TODO 7.8: sum the squares over the taps, take the root, …")


def pattern_maps(kernel: Any, x: Any) -> jax.Array:
    """How strongly what an output picks up is seen by each sensor.

    With y = convolve(x, K), the pattern P[τ, s, o] is the mean of x[n, t + τ, s] y[n, t, o] over
    all trials n and times t. It is the gradient of C(K) = ½ Σ_o mean of y[n, t, o]² over n and t.
    Source of the formula: Haufe et al., "On the interpretation of weight vectors of linear models
    in multivariate neuroimaging" (2014), doi 10.1016/j.neuroimage.2013.10.067, equation 7.

    Args:
        kernel: K, of shape ``(taps, sensors, outputs)``.
        x: trials with mean 0, of shape ``(batch, samples, sensors)``.

    Returns:
        √(Σ_τ P[τ, s, o]²), of shape ``(outputs, sensors)``.
    """
    # TODO 7.8: write C with `convolve`, take jax.grad, then the norm as above (about 5 lines).
    raise NotImplementedError("TODO 7.8: write C with `convolve`, take jax.grad, then the …")


def class_effects(weight: Any, outputs: int) -> jax.Array:
    """How much more each class is favoured when an output's log power grows by 1 in all windows.

    Args:
        weight: of the dense layer, of shape ``(windows · outputs, classes)``; the outputs of the
            first window come first.
        outputs: the number of outputs of the convolution.

    Returns:
        By how much the logit of each class rises, minus the mean of that over the classes, of shape
        ``(outputs, classes)``.
    """
    # TODO 7.8: reshape, sum over the windows, subtract the mean over the classes (about 2 lines).
    raise NotImplementedError("TODO 7.8: reshape, sum over the windows, subtract the mean …")
