"""The pictures of day 7, given: traces, spectra, the trainings' curves, and scalp maps."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BEFORE = 0.5  # s of a trial before the cue
SHOWN = ("C3", "FCC1h", "CPz", "FCC2h", "C4")  # from the left to the right half of the head
APART = 60.0  # µV between the traces
HANDS = ("C3", "C4")  # over the hand areas of the left and the right hemisphere
MOVING = 1.0  # s behind the cue, when everybody has begun to move


def draw_traces(eeg: Any, trials: Any, labels: Any) -> "Figure":
    """Draw some sensors in one trial of each class.

    Args:
        eeg: the recordings, for the names, the rate and the title.
        trials: in µV, of shape ``(n, sensors, samples)``.
        labels: the classes, of shape ``(n,)``.
    """
    import matplotlib.pyplot as plt

    rows = [eeg.sensors.index(name) for name in SHOWN]
    time = np.arange(trials.shape[2]) / eeg.rate - BEFORE
    figure, grid = plt.subplots(2, 2, figsize=(9, 6), sharex=True, sharey=True,
                                layout="constrained")  # fmt: skip
    for label, axes in enumerate(grid.flat):
        trial = trials[np.flatnonzero(labels == label)[0]][rows]
        trial = trial - trial.mean(axis=1, keepdims=True)
        for row, trace in enumerate(trial):
            axes.plot(time, trace - APART * row, linewidth=0.6, color=f"C{row}")
        axes.axvline(0, color="gray", linestyle=":")
        axes.set_title(eeg.classes[label], fontsize=10)
        axes.set_yticks(-APART * np.arange(len(rows)), SHOWN)
    grid[1, 0].set_xlabel("time from the cue (s)")
    grid[1, 1].set_xlabel("time from the cue (s)")
    figure.supylabel(f"sensor (distance of two traces: {APART:.0f} µV)", fontsize=10)
    figure.suptitle(f"One trial of each class, {eeg.title}")
    return figure


def draw_spectra(eeg: Any, trials: Any, labels: Any) -> "Figure":
    """Draw the mean power spectra over the areas of both hands, class by class.

    Args:
        eeg: as for `draw_traces`.
        trials: as for `draw_traces`.
        labels: as for `draw_traces`.
    """
    import matplotlib.pyplot as plt

    colors = ("tab:red", "tab:blue", "black", "tab:green")
    figure, grid = plt.subplots(1, 2, figsize=(9, 3.8), sharey=True, layout="constrained")
    for name, side, axes in zip(HANDS, ("left", "right"), grid, strict=True):
        signals = trials[:, eeg.sensors.index(name), round((BEFORE + MOVING) * eeg.rate) :]
        for label, color in enumerate(colors):
            frequency, density = spectrum(signals[labels == label], eeg.rate)
            axes.semilogy(frequency, density, color=color, label=eeg.classes[label], linewidth=1)
        axes.set(xlim=(2, 100), xlabel="frequency (Hz)")
        axes.set_title(f"{name}, over the {side} hemisphere", fontsize=10)
        axes.grid(alpha=0.3)
    kept = (frequency >= 2) & (frequency <= 100)
    grid[0].set(ylabel="power density (µV²/Hz)", ylim=(density[kept].min() / 2, None))
    grid[1].legend(fontsize=9)
    figure.suptitle(f"From {MOVING:.0f} s behind the cue, {eeg.title}")
    return figure


def spectrum(signals: Any, rate: float, length: int = 250) -> tuple[Any, Any]:
    """Welch's estimate of the power density: the mean over pieces of ``length`` samples.

    Args:
        signals: of shape ``(n, samples)``.
        rate: samples in a second.
        length: of a piece; two pieces overlap by half.

    Returns:
        The frequencies in Hz and the density, of shape ``(length // 2 + 1,)``.
    """
    starts = range(0, signals.shape[1] - length + 1, length // 2)
    pieces = np.stack([signals[:, i : i + length] for i in starts])
    window = np.hanning(length)
    waves = np.fft.rfft((pieces - pieces.mean(-1, keepdims=True)) * window)
    density = 2 * (np.abs(waves) ** 2).mean((0, 1)) / (rate * (window**2).sum())
    return np.fft.rfftfreq(length, 1 / rate), density


def draw_curves(title: str, trained: Any, plain: Any) -> "Figure":
    """Draw the losses of a training with regularisation beside those of one without.

    Args:
        title: whose EEG it is.
        trained: with ``train_losses`` and ``validation_losses``, each one number an epoch.
        plain: the same, without regularisation.
    """
    import matplotlib.pyplot as plt
    from matplotlib.ticker import MaxNLocator

    figure, grid = plt.subplots(1, 2, figsize=(9, 3.8), sharey=True, layout="constrained")
    names = "dropout, weight decay, early stopping", "without regularisation"
    for axes, name, run in zip(grid, names, (trained, plain), strict=True):
        epochs = np.arange(1, len(run.train_losses) + 1)
        best = int(np.argmin(run.validation_losses))
        axes.plot(epochs, run.train_losses, ".-", label="training")
        axes.plot(epochs, run.validation_losses, ".-", color="tab:orange", label="validation")
        axes.plot(epochs[best], run.validation_losses[best], "o", markersize=9, color="tab:orange",
                  fillstyle="none", label="lowest validation loss")  # fmt: skip
        axes.axhline(np.log(4), color="gray", linestyle=":", label="guessing, log 4")
        axes.set_title(name, fontsize=10)
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(alpha=0.3)
    grid[0].set(ylabel="cross-entropy (nats)", ylim=(0, 2))
    grid[0].legend(fontsize=8)
    figure.suptitle(f"Training on the EEG of {title}")
    return figure


def draw_maps(
    title: str, classes: Sequence[str], places: Any, filters: Any, patterns: Any, effects: Any
) -> "Figure":
    """Draw for each class the filter and the pattern of the output that speaks most for or against.

    Args:
        title: whose EEG it is.
        classes: their names.
        places: where the sensors sit, of shape ``(sensors, 2)``.
        filters: of shape ``(outputs, sensors)``.
        patterns: of shape ``(outputs, sensors)``.
        effects: of shape ``(outputs, classes)``.
    """
    import matplotlib.pyplot as plt

    figure, grid = plt.subplots(2, len(classes), figsize=(9, 5), layout="constrained")
    for label, (above, below) in enumerate(grid.T):
        output = int(np.abs(effects[:, label]).argmax())
        power = "more" if effects[output, label] > 0 else "less"
        draw_head(above, places, filters[output])
        image = draw_head(below, places, patterns[output])
        above.set_title(f"output {output}: {power} power\nspeaks for {classes[label]}", fontsize=9)
    grid[0, 0].set_ylabel("filter")
    grid[1, 0].set_ylabel("pattern")
    figure.colorbar(image, ax=grid, label="share of the largest value", shrink=0.7)
    figure.suptitle(f"Which sensors matter: filters and patterns, {title}")
    return figure


def draw_head(axes: "Axes", places: Any, values: Any) -> Any:
    """Draw a map of one value for each sensor, divided by the largest, on a head from above."""
    values = np.asarray(values) / np.max(values)
    x, y = places.T
    image = axes.tricontourf(x, y, values, levels=np.linspace(0, 1, 11), cmap="viridis")
    axes.plot(x, y, ".", color="white", markersize=2)
    turn = np.linspace(0, 2 * np.pi, 100)
    axes.plot(np.cos(turn), np.sin(turn), color="black", linewidth=1)
    axes.plot([-0.1, 0, 0.1], [0.995, 1.12, 0.995], color="black", linewidth=1)
    axes.set(xlim=(-1.15, 1.15), ylim=(-1.05, 1.2), aspect="equal", xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    return image
