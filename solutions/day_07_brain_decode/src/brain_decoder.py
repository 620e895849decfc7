"""A network reads from the EEG which hand somebody moves, or the feet, or nothing."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from day_07_brain_decode.src import pictures, scalp
from day_07_brain_decode.src.convolution import convolve
from day_07_brain_decode.src.optimizers import (
    EarlyStopping,
    adamw_update,
    dropout,
    initial_moments,
)
from introdl.datasets.eeg import Eeg, load_eeg, load_trials, sensor_positions
from introdl.figures import draw_confusion, save_or_show
from introdl.script import TrainingParser, at_least, run, training_size
from introdl.training import cross_entropy, minibatches

Params = dict[str, jax.Array]

TAPS, FILTERS, OUTPUTS = 25, 20, 20  # samples of a temporal filter, temporal and spatial filters
POOL, STRIDE = 75, 15  # samples of a window, and from one window to the next
SMALLEST = 1e-6  # the log of a power below this is cut off
HIGH_PASS = 4.0  # Hz; what is slower is mostly movements of the eyes and of the electrodes
EPOCHS, LEARNING_RATE, BATCH_SIZE = 40, 0.001, 32
DROPOUT, WEIGHT_DECAY, PATIENCE = 0.5, 0.01, 10


def adjust_dimensions(trials: Any) -> jax.Array:
    """Bring the trials into the network's order: time first, then the sensors.

    Args:
        trials: an array of shape ``(trials, sensors, samples)``.

    Returns:
        A float32 array of shape ``(trials, samples, sensors)``.
    """
    # TODO 7.6: make it a float32 array of JAX and swap the axes (about 1 line).
    # BEGIN SOLUTION
    return jnp.asarray(trials, jnp.float32).swapaxes(1, 2)
    # END SOLUTION


def count_windows(samples: int) -> int:
    """How many windows of the mean pooling fit into what the temporal filter leaves of a trial."""
    return (samples - TAPS + 1 - POOL) // STRIDE + 1


def initialize(key: jax.Array, samples: int, sensors: int, classes: int) -> Params:
    """Draw the first parameters.

    Filters and weights come from the normal distribution with mean 0 and variance 1/n, where n is
    the number of values that one output of the layer is computed from. Biases are 0.
    Source of the formula: LeCun, Bottou, Orr, Müller, "Efficient BackProp" (1998), section 4.6.

    Args:
        key: a random key.
        samples: the number of samples of a trial.
        sensors: the number of sensors.
        classes: the number of classes.

    Returns:
        A dict of float32 arrays: ``"temporal"`` of shape ``(TAPS, FILTERS)``, n = TAPS;
        ``"spatial"`` of shape ``(sensors, FILTERS, OUTPUTS)``, n = sensors · FILTERS; ``"bias"`` of
        shape ``(OUTPUTS,)``; ``"weight"`` of shape ``(features, classes)``, n = features =
        count_windows(samples) · OUTPUTS; ``"weight_bias"`` of shape ``(classes,)``.
    """
    # TODO 7.6: three keys; draw and scale three arrays, and two biases (about 9 lines).
    # BEGIN SOLUTION
    first, second, third = jax.random.split(key, 3)
    features = count_windows(samples) * OUTPUTS
    return {
        "temporal": jax.random.normal(first, (TAPS, FILTERS)) / np.sqrt(TAPS),
        "spatial": jax.random.normal(second, (sensors, FILTERS, OUTPUTS))
        / np.sqrt(sensors * FILTERS),
        "bias": jnp.zeros(OUTPUTS),
        "weight": jax.random.normal(third, (features, classes)) / np.sqrt(features),
        "weight_bias": jnp.zeros(classes),
    }
    # END SOLUTION


def compose(temporal: Any, spatial: Any) -> jax.Array:
    """Make one kernel of the temporal and the spatial filters: K[τ, s, o] = Σ_f A[τ, f] B[s, f, o].

    Nothing nonlinear stands between the two convolutions, so one does the work of both.

    Args:
        temporal: A, of shape ``(taps, filters)``.
        spatial: B, of shape ``(sensors, filters, outputs)``.

    Returns:
        The kernel K, of shape ``(taps, sensors, outputs)``.
    """
    # TODO 7.6: sum over the temporal filters with jnp.einsum (about 1 line).
    # BEGIN SOLUTION
    return jnp.einsum("tf,sfo->tso", temporal, spatial)
    # END SOLUTION


def mean_pool(x: Any, size: int, stride: int) -> jax.Array:
    """The mean of each window in time; what doesn't fill a window at the end is left out.

    Args:
        x: a float array of shape ``(batch, samples, outputs)``.
        size: the number of samples in a window.
        stride: the number of samples from the beginning of one window to that of the next.

    Returns:
        Window w is the mean of the samples w · stride, …, w · stride + size − 1: a float array of
        shape ``(batch, (samples - size) // stride + 1, outputs)``.
    """
    # TODO 7.6: write a matrix of 1/size and 0 that averages, and multiply with it (about 5 lines).
    # BEGIN SOLUTION
    samples = x.shape[1]
    starts = stride * jnp.arange((samples - size) // stride + 1)[:, None]
    time = jnp.arange(samples)[None, :]
    average = ((starts <= time) & (time < starts + size)) / size  # (windows, samples)
    return average @ x
    # END SOLUTION


def keep_all(x: Any) -> Any:
    """No dropout, as in evaluation."""
    return x


def forward(params: Params, x: Any, drop: Callable[[Any], Any] = keep_all) -> jax.Array:
    """Compute the logits: convolutions in time and space, square, mean pool, log, dense layer.

    Source: Schirrmeister et al., "Deep learning with convolutional neural networks for EEG decoding
    and visualization" (2017), doi 10.1002/hbm.23730, the shallow network, without its batch
    normalisation.

    Args:
        params: as from `initialize`.
        x: the trials, a float array of shape ``(batch, samples, sensors)``.
        drop: applied to the logarithms, in front of the dense layer; in training it is dropout.

    Returns:
        The logits, of shape ``(batch, classes)``.
    """
    # TODO 7.6: compose, convolve, add the bias; then the other layers (about 5 lines).
    # BEGIN SOLUTION
    kernel = compose(params["temporal"], params["spatial"])
    y = convolve(x, kernel) + params["bias"]
    power = mean_pool(y**2, POOL, STRIDE)
    features = drop(jnp.log(jnp.maximum(power, SMALLEST)))
    return features.reshape(len(x), -1) @ params["weight"] + params["weight_bias"]
    # END SOLUTION


@partial(jax.jit, static_argnames=("loss", "update"))
def train_epoch(
    loss: Callable[[Any, Any, Any, Any], Any],
    update: Callable[[Any, Any, Any], tuple[Any, Any]],
    params: Any,
    moments: Any,
    trials: Any,
    labels: Any,
    batches: Any,
    keys: Any,
) -> tuple[Any, Any, jax.Array]:
    """Make one step for each minibatch, all in one compiled loop.

    Args:
        loss: ``loss(params, trials, labels, key)`` returns a number; the key is for the dropout.
        update: ``update(params, moments, gradients)`` returns new parameters and new moments.
        params: the parameters at the beginning, a tree of arrays.
        moments: what the optimiser remembers, a tree of arrays.
        trials: all training trials, of shape ``(count, ...)``.
        labels: their labels, of shape ``(count,)``.
        batches: the indices of each minibatch, of shape ``(steps, batch)``.
        keys: one random key for each minibatch, of shape ``(steps,)``.

    Returns:
        Parameters and moments after the last step, and the losses, of shape ``(steps,)``: each that
        of its minibatch before its step.
    """
    # TODO 7.7: as on day 5, but lax.scan carries the moments, too, and goes through batches and
    # keys side by side (about 7 lines).
    # BEGIN SOLUTION

    def step(state: Any, batch_and_key: Any) -> tuple[Any, Any]:
        params, moments = state
        batch, key = batch_and_key
        value, gradients = jax.value_and_grad(loss)(params, trials[batch], labels[batch], key)
        return update(params, moments, gradients), value

    (params, moments), losses = lax.scan(step, (params, moments), (batches, keys))
    return params, moments, losses
    # END SOLUTION


def train(
    run_epoch: Callable[[Any, Any, int], tuple[Any, Any, Any]],
    validate: Callable[[Any], Any],
    params: Any,
    moments: Any,
    stopping: Any,
    epochs: Iterable[int],
) -> tuple[Any, list[float], list[float]]:
    """Train until the validation loss no longer falls, and keep the best parameters.

    Args:
        run_epoch: ``run_epoch(params, moments, epoch)`` trains for one epoch and returns the new
            parameters, the new moments, and the losses of its minibatches.
        validate: ``validate(params)`` returns the loss on the validation trials.
        params: the parameters at the beginning.
        moments: what the optimiser remembers at the beginning.
        stopping: an `EarlyStopping`, told about every epoch.
        epochs: the numbers of the epochs, 0, 1, 2, …

    Returns:
        The parameters that `EarlyStopping` kept, and of each epoch that ran the mean training
        loss and the validation loss.
    """
    # TODO 7.7: train for an epoch, validate, note both losses, perhaps stop (about 9 lines).
    # BEGIN SOLUTION
    train_losses, validation_losses = [], []
    for epoch in epochs:
        params, moments, losses = run_epoch(params, moments, epoch)
        train_losses.append(float(losses.mean()))
        validation_losses.append(float(validate(params)))
        if stopping.update(validation_losses[-1], params):
            break
    return stopping.best_params, train_losses, validation_losses
    # END SOLUTION


def confusion_matrix(labels: Any, predictions: Any, classes: int) -> Any:
    """Count how often trials of each class were taken for each class.

    Args:
        labels: the true classes, whole numbers of shape ``(n,)``.
        predictions: the predicted classes, of shape ``(n,)``.
        classes: the number of classes.

    Returns:
        Whole numbers of shape ``(classes, classes)``: row i and column j count the trials of class
        i that were taken for j.
    """
    # TODO 7.7: begin with zeros, and add 1 at (label, prediction) for each trial (about 3 lines).
    # BEGIN SOLUTION
    counts = np.zeros((classes, classes), int)
    np.add.at(counts, (np.asarray(labels), np.asarray(predictions)), 1)
    return counts
    # END SOLUTION


@jax.jit
def logits_of(params: Params, x: jax.Array) -> jax.Array:
    """The logits of many trials, one after the other, so that they need little memory."""
    return lax.map(lambda trial: forward(params, trial[None])[0], x, batch_size=16)


class Trained(NamedTuple):
    """What a training came to."""

    params: Params  # those with the lowest validation loss
    train_losses: list[float]  # the mean training loss of each epoch
    validation_losses: list[float]  # the validation loss after each epoch
    counts: Any  # the confusion matrix of the test trials

    @property
    def test_accuracy(self) -> float:
        """The share of test trials that were read correctly."""
        return float(np.trace(self.counts) / np.sum(self.counts))


def fit(
    eeg: Eeg,
    epochs: int = EPOCHS,
    learning_rate: float = LEARNING_RATE,
    batch_size: int = BATCH_SIZE,
    seed: int = 0,
    subset: int | None = None,
    regularized: bool = True,
) -> Trained:
    """Train the network, stop early, and test once at the end.

    Args:
        eeg: the recordings of one subject.
        epochs: at most N passes through the training trials.
        learning_rate: the step size.
        batch_size: the number of trials in a minibatch.
        seed: of the first parameters, the shuffling and the dropout.
        subset: train with the first N trials only.
        regularized: with dropout, weight decay and early stopping; else with none of them.

    Raises:
        UsageError: if there are not as many trials, or too few for a minibatch.
    """
    from tqdm import tqdm  # type: ignore[import-untyped]

    count = training_size(len(eeg.train_trials), subset, batch_size, "trials")
    # All trials go to the device once, before training.
    trials, validation_trials, test_trials = map(
        adjust_dimensions, (eeg.train_trials[:count], eeg.validation_trials, eeg.test_trials)
    )
    labels, validation_labels = map(jnp.asarray, (eeg.train_labels[:count], eeg.validation_labels))
    rate, weight_decay = (DROPOUT, WEIGHT_DECAY) if regularized else (0.0, 0.0)

    def loss(params: Params, x: jax.Array, labels: jax.Array, key: jax.Array) -> jax.Array:
        return cross_entropy(forward(params, x, lambda h: dropout(key, h, rate)), labels)

    def update(params: Params, moments: Any, gradients: Params) -> tuple[Params, Any]:
        return adamw_update(params, moments, gradients, learning_rate, weight_decay)

    key, init_key = jax.random.split(jax.random.key(seed))

    def run_epoch(params: Params, moments: Any, epoch: int) -> tuple[Params, Any, jax.Array]:
        order_key, drop_key = jax.random.split(jax.random.fold_in(key, epoch))
        batches = minibatches(order_key, count, batch_size)
        keys = jax.random.split(drop_key, len(batches))
        return train_epoch(loss, update, params, moments, trials, labels, batches, keys)

    def validate(params: Params) -> float:
        value = float(cross_entropy(logits_of(params, validation_trials), validation_labels))
        bar.set_postfix_str(f"validation loss {value:.3f}")
        return value

    _, samples, sensors = trials.shape
    params = initialize(init_key, samples, sensors, len(eeg.classes))
    stopping = EarlyStopping(PATIENCE if regularized else epochs)
    with tqdm(range(epochs), unit="epoch") as bar:
        params, train_losses, validation_losses = train(
            run_epoch, validate, params, initial_moments(params), stopping, bar
        )
    predictions = logits_of(params, test_trials).argmax(axis=1)
    counts = confusion_matrix(eeg.test_labels, predictions, len(eeg.classes))
    return Trained(params, train_losses, validation_losses, counts)


def main() -> None:
    """Train with and without regularisation, and show what the network makes of the EEG."""
    parser = TrainingParser(__doc__, EPOCHS, LEARNING_RATE, BATCH_SIZE)
    parser.add_argument(
        "--subject", type=at_least(1), default=1, metavar="N", help="whose EEG (default 1)"
    )
    parser.add_argument(
        "--source", default="simulated", metavar="WHERE",
        help="'simulated' (default), 'high-gamma', or the path of that data set's folder",
    )  # fmt: skip
    options = vars(parser.parse_args())
    whose = options.pop("subject"), options.pop("source")
    eeg = load_eeg(*whose, high_pass=HIGH_PASS)
    print(f"{eeg.title}: {len(eeg.train_trials)} training trials, {len(eeg.test_trials)} to test")
    trained = fit(eeg, **options)
    options["epochs"] = len(trained.train_losses)
    plain = fit(eeg, **options, regularized=False)
    for name, share in zip(eeg.classes, recalls(trained.counts), strict=True):
        print(f"{name:>10}: {share:.0%} of its test trials read correctly")
    print(f"test accuracy: {trained.test_accuracy:.1%}")
    pictured = figures(eeg, load_trials(*whose), trained, plain)
    try:
        pictured["maps"] = maps(eeg, trained.params)
    except NotImplementedError:
        print("Task 7.8 (optional) is not started yet; it shows which sensors matter.")
    for name, figure in pictured.items():
        save_or_show(figure, "day_07_brain_decode", name)


def recalls(counts: Any) -> Any:
    """The share of each class that was read correctly, of shape ``(classes,)``."""
    return np.diag(counts) / np.maximum(np.sum(counts, axis=1), 1)


def figures(eeg: Eeg, raw: tuple[Any, Any], trained: Trained, plain: Trained) -> dict[str, Any]:
    """The traces and spectra of trials in µV, the curves, and the confusion matrix."""
    return {
        "traces": pictures.draw_traces(eeg, *raw),
        "spectra": pictures.draw_spectra(eeg, *raw),
        "training": pictures.draw_curves(eeg.title, trained, plain),
        "confusion": draw_confusion(trained.counts, eeg.classes, f"Test trials, {eeg.title}"),
    }


def maps(eeg: Eeg, params: Params) -> Any:
    """The scalp maps of what the network has learned (optional task 7.8)."""
    kernel = compose(params["temporal"], params["spatial"])
    trials = adjust_dimensions(eeg.validation_trials)
    effects = scalp.class_effects(params["weight"], OUTPUTS)
    drawn = scalp.filter_maps(kernel), scalp.pattern_maps(kernel, trials), effects
    places = sensor_positions(eeg.sensors)
    return pictures.draw_maps(eeg.title, eeg.classes, places, *map(np.asarray, drawn))


if __name__ == "__main__":
    run(main)
