"""A network with one hidden layer finds a cosine in noise; its gradient is made by hand."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from introdl.figures import save_or_show
from introdl.script import TrainingParser, run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Params = dict[str, Any]

LENGTH, HIDDEN = 100, 20  # values of one signal, neurons of the hidden layer
TRAIN_SIGNALS, TEST_SIGNALS = 200, 500
EPOCHS, LEARNING_RATE = 10, 0.002


def sigmoid(x: Any) -> Any:
    """The logistic function σ(x) = 1 / (1 + e⁻ˣ), which maps every number into (0, 1).

    Source of the formula: Goodfellow, Bengio, Courville, "Deep Learning" (2016), equation 3.30.

    Args:
        x: a number or a float array of any shape.

    Returns:
        The values, shaped like ``x``.
    """
    # TODO 5.1: write the formula with jnp.exp (about 1 line).
    raise NotImplementedError("TODO 5.1: write the formula with jnp.exp")


def initialize(key: jax.Array, inputs: int, hidden: int) -> Params:
    """Draw the first parameters of a network that maps a signal to a signal of the same length.

    Weights come from the normal distribution with mean 0 and standard deviation 1/√n, where n is
    the number of inputs of the layer. The bias is 0.
    Source of the formula: LeCun, Bottou, Orr, Müller, "Efficient BackProp" (1998), section 4.6.

    Args:
        key: a random key.
        inputs: the signal's length.
        hidden: the number of hidden neurons.

    Returns:
        A dict of float32 arrays: ``"W1"`` of shape ``(hidden, inputs)``, ``"b"`` of shape
        ``(hidden,)``, and ``"W2"`` of shape ``(inputs, hidden)``.
    """
    # TODO 5.1: split the key, draw both matrices, scale them (about 5 lines).
    raise NotImplementedError("TODO 5.1: split the key, draw both matrices, scale them")


def network(params: Params, x: Any) -> Any:
    """The network's output o = W₂ σ(W₁ x + b).

    Args:
        params: ``"W1"`` of shape ``(hidden, inputs)``, ``"b"`` of shape ``(hidden,)``, ``"W2"`` of
            shape ``(inputs, hidden)``.
        x: one signal, a float array of shape ``(inputs,)``.

    Returns:
        The output, of shape ``(inputs,)``.
    """
    # TODO 5.1: write the formula (about 2 lines).
    raise NotImplementedError("TODO 5.1: write the formula")


def squared_error(output: Any, target: Any) -> Any:
    """The cost C = ½ Σᵢ (oᵢ − yᵢ)².

    Args:
        output: o, a float array of shape ``(n,)``.
        target: y, a float array of shape ``(n,)``.

    Returns:
        The cost, of shape ``()``.
    """
    # TODO 5.1: write the formula (about 1 line).
    raise NotImplementedError("TODO 5.1: write the formula")


def backward(params: Params, x: Any, y: Any) -> Params:
    """The gradient of the cost of one signal, by the chain rule, without ``jax.grad``.

    Source of the formula: Goodfellow, Bengio, Courville, "Deep Learning" (2016), algorithm 6.4.

    Args:
        params: as in `network`.
        x: the input, a float array of shape ``(inputs,)``.
        y: the target, a float array of shape ``(inputs,)``.

    Returns:
        The partial derivatives of ½ Σᵢ (oᵢ − yᵢ)², a dict with the keys and shapes of ``params``.
    """
    # TODO 5.2: go forward, then back through the layers (about 6 lines).
    raise NotImplementedError("TODO 5.2: go forward, then back through the layers")


def train(
    gradient: Callable[[Params, Any, Any], Params],
    params: Params,
    noisy: Any,
    clean: Any,
    learning_rate: float,
) -> Params:
    """Go once through all signals, and make a step of gradient descent after each.

    Args:
        gradient: ``gradient(params, x, y)`` returns a dict with the keys and shapes of ``params``.
        params: the parameters at the beginning, a dict of arrays.
        noisy: the inputs, of shape ``(signals, inputs)``.
        clean: the targets, of shape ``(signals, inputs)``.
        learning_rate: the step size ε.

    Returns:
        The parameters after the last step.
    """
    # TODO 5.3: for each pair of signals take a step, θ ← θ − ε ∇C(θ) (about 4 lines).
    raise NotImplementedError("TODO 5.3: for each pair of signals take a step, θ ← θ − ε …")


def make_signals(seed: int, count: int, noise: float = 1.0) -> tuple[Any, Any]:
    """Two periods of a cosine with a random phase, with and without noise.

    Args:
        seed: of the random numbers.
        count: the number of signals.
        noise: the noise's standard deviation; that of the cosine is 0.71.

    Returns:
        The noisy and the clean signals, float32 arrays of shape ``(count, LENGTH)``.
    """
    rng = np.random.default_rng(seed)
    time = np.linspace(0.0, 4.0 * np.pi, LENGTH)
    clean = np.cos(time + rng.uniform(0.0, 2.0 * np.pi, (count, 1)))
    noisy = clean + noise * rng.normal(size=clean.shape)
    return noisy.astype(np.float32), clean.astype(np.float32)


def remaining_error(params: Params, noisy: Any, clean: Any) -> float:
    """The mean squared error of the outputs, divided by that of the noisy signals."""
    outputs = jax.vmap(network, (None, 0))(params, noisy)
    return float(np.mean((np.asarray(outputs) - clean) ** 2) / np.mean((noisy - clean) ** 2))


def fit(
    epochs: int = EPOCHS,
    learning_rate: float = LEARNING_RATE,
    seed: int = 0,
    signals: int = TRAIN_SIGNALS,
) -> tuple[Params, list[float]]:
    """Train, and measure after each epoch on signals that training never sees.

    Returns:
        The parameters, and the remaining error before the first and after each epoch.
    """
    from tqdm import tqdm  # type: ignore[import-untyped]

    noisy, clean = make_signals(2 * seed, signals)
    unseen = make_signals(2 * seed + 1, TEST_SIGNALS)
    params = initialize(jax.random.key(seed), LENGTH, HIDDEN)
    gradient = jax.jit(backward)
    errors = [remaining_error(params, *unseen)]
    bar = tqdm(range(epochs), unit="epoch")
    for _ in bar:
        params = train(gradient, params, noisy, clean, learning_rate)
        errors.append(remaining_error(params, *unseen))
        bar.set_postfix_str(f"remaining error {errors[-1]:.1%}")
    return params, errors


def draw(params: Params, errors: list[float], seed: int = 0) -> "Figure":
    """Draw an unseen signal with the network's output, and how the error fell."""
    import matplotlib.pyplot as plt

    noisy, clean = make_signals(2 * seed + 1, 1)
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(9, 3.6), width_ratios=(2, 1), layout="constrained"
    )
    left.plot(noisy[0], ".", color="gray", label="input: cosine and noise")
    left.plot(np.asarray(network(params, noisy[0])), color="tab:red", label="network's output")
    left.plot(clean[0], "--", color="tab:blue", label="cosine without noise")
    left.set(xlabel="sample", ylabel="signal", ylim=(-3.6, 4.6), title="An unseen signal")
    left.legend(loc="upper right", fontsize=8)
    right.semilogy(100 * np.array(errors), "o-", color="tab:red")
    right.axhline(10.0, color="gray", linestyle=":", label="a tenth")
    ticks = [1, 2, 5, 10, 20, 50, 100]
    right.set_yticks(ticks, map(str, ticks))
    right.minorticks_off()
    right.set(xlabel="epoch", ylabel="remaining error (% of the noise)", ylim=(1, 100))
    right.set_title("Error on unseen signals")
    right.legend()
    return figure


def main() -> None:
    """Train, and show what the network makes of noise."""
    options = TrainingParser(__doc__, EPOCHS, LEARNING_RATE).parse_args()
    params, errors = fit(
        options.epochs, options.learning_rate, options.seed, options.subset or TRAIN_SIGNALS
    )
    print(f"remaining error on unseen signals: {errors[-1]:.1%} of the noise")
    save_or_show(draw(params, errors, options.seed), "day_05_neural_networks", "denoise")


if __name__ == "__main__":
    run(main)
