"""Figures and movies of the days' scripts: shown on a screen, or saved where there is none."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from introdl.course import ROOT
from introdl.errors import UsageError

if TYPE_CHECKING:
    from matplotlib.animation import AbstractMovieWriter
    from matplotlib.figure import Figure

WITHOUT_SCREEN = {"agg", "cairo", "pdf", "pgf", "ps", "svg", "template"}


def save_or_show(figure: "Figure", day: str, name: str) -> None:
    """Show a figure; without a display save it and print where.

    Args:
        figure: the figure, from ``plt.subplots()`` or ``plt.figure()``.
        day: the day's folder, ``"day_02_optimization"``.
        name: the file's name without its ending; ``build/<day>/<name>.png`` is written.
    """
    import matplotlib.pyplot as plt

    if plt.get_backend().lower() not in WITHOUT_SCREEN and figure.canvas.manager is not None:
        plt.show()
        plt.close(figure)
    else:
        path = build_path(day, f"{name}.png")
        save_figure(figure, path, dpi=150)
        announce(path)


def save_figure(figure: "Figure", path: Path, dpi: int = 80) -> None:
    """Write a PNG, small enough for a README by default, and close the figure."""
    import matplotlib.pyplot as plt

    figure.savefig(path, dpi=dpi)
    plt.close(figure)


def write_movie(
    figure: "Figure",
    draw: Callable[[int], None],
    frames: int,
    file: Path,
    frames_per_second: int = 15,
) -> Path:
    """Write a movie.

    Args:
        figure: the figure on which ``draw`` draws.
        draw: ``draw(i)`` changes the figure to what frame i shows, i = 0 … frames − 1.
        frames: the number of frames, at least 1.
        file: where it is written, such as ``build_path("day_02_optimization", "bumpy")``. The
            ending ``.gif`` or ``.mp4`` says the format; a name without an ending gets ``.mp4``
            where ffmpeg is installed, else ``.gif``.
        frames_per_second: the movie's speed.

    Returns:
        The path with its ending, which is also printed.

    Raises:
        UsageError: if there is no frame to show or the format can't be written.
    """
    from tqdm import tqdm  # type: ignore[import-untyped]

    if frames < 1:
        raise UsageError(f"The movie '{file.name}' has {frames} frames; give it at least one.")
    path = file if file.suffix else file.with_suffix(".mp4" if have_ffmpeg() else ".gif")
    writer = writer_for(path, frames_per_second)
    path.parent.mkdir(parents=True, exist_ok=True)
    with writer.saving(figure, str(path), figure.dpi):
        for frame in tqdm(range(frames), desc=path.name, unit="frame"):
            draw(frame)
            writer.grab_frame()
    announce(path)
    return path


def have_ffmpeg() -> bool:
    """Whether matplotlib finds the program ffmpeg."""
    from matplotlib.animation import FFMpegWriter

    return FFMpegWriter.isAvailable()


def writer_for(path: Path, frames_per_second: int) -> "AbstractMovieWriter":
    """The movie writer for a file's ending."""
    from matplotlib.animation import FFMpegWriter, PillowWriter

    if path.suffix == ".gif":
        return PillowWriter(fps=frames_per_second)
    if path.suffix != ".mp4":
        raise UsageError(f"'{path.name}' is not a movie; let its name end in .mp4 or .gif.")
    if not have_ffmpeg():
        raise UsageError(f"'{path.name}' needs ffmpeg; install it, or write a .gif instead.")
    return FFMpegWriter(fps=frames_per_second)


def build_path(day: str, file: str) -> Path:
    """``build/<day>/<file>`` in the repository; the folder is made."""
    folder = ROOT / "build" / day
    folder.mkdir(parents=True, exist_ok=True)
    return folder / file


def announce(path: Path) -> None:
    """Print where a file was written, relative to the repository if it is inside."""
    inside = path.resolve().is_relative_to(ROOT)
    print(f"wrote {path.resolve().relative_to(ROOT) if inside else path}")


def draw_training(losses: Sequence[float], accuracies: Sequence[float], title: str) -> "Figure":
    """Draw how a training went, epoch by epoch.

    Args:
        losses: the mean loss of each epoch.
        accuracies: the validation accuracy after each epoch, from 0 to 1.
        title: the figure's title.
    """
    import matplotlib.pyplot as plt
    from matplotlib.ticker import MaxNLocator

    epochs = range(1, len(losses) + 1)
    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.4), layout="constrained")
    left.plot(epochs, losses, ".-")
    left.set(xlabel="epoch", ylabel="training loss (cross-entropy, nats)", ylim=(0, None))
    right.plot(epochs, 100 * np.asarray(accuracies), ".-", color="tab:green")
    right.set(xlabel="epoch", ylabel="validation accuracy (%)")
    for axes in (left, right):
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(alpha=0.3)
    figure.suptitle(title)
    return figure


def count_confusions(labels: Any, predictions: Any, classes: int) -> Any:
    """Count how often examples of each class were taken for each class.

    Args:
        labels: the true classes, whole numbers of shape ``(n,)``.
        predictions: the predicted classes, of shape ``(n,)``.
        classes: the number of classes.

    Returns:
        Whole numbers of shape ``(classes, classes)``: true class, predicted class.
    """
    counts = np.zeros((classes, classes), int)
    np.add.at(counts, (np.asarray(labels), np.asarray(predictions)), 1)
    return counts


def draw_confusion(counts: Any, names: Sequence[str], title: str) -> "Figure":
    """Draw the confusion matrix: how often examples of each class were taken for each class.

    Args:
        counts: whole numbers of shape ``(classes, classes)``: true class, predicted class.
        names: the classes' names.
        title: the figure's title.
    """
    import matplotlib.pyplot as plt

    classes, counts = len(names), np.asarray(counts)
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    figure, axes = plt.subplots(figsize=(5.6, 5), layout="constrained")
    image = axes.imshow(100 * shares, cmap="Blues", vmin=0, vmax=100)
    for row, column in np.ndindex(counts.shape):
        if counts[row, column]:
            color = "white" if shares[row, column] > 0.5 else "black"
            axes.text(column, row, str(counts[row, column]), ha="center", va="center",
                      color=color, fontsize=8)  # fmt: skip
    axes.set(xlabel="predicted", ylabel="true", title=title)
    axes.set_xticks(range(classes), names)
    axes.set_yticks(range(classes), names)
    figure.colorbar(image, label="share of the true class (%)", shrink=0.85)
    return figure


def draw_misclassified(images: Any, labels: Any, predictions: Any, title: str) -> "Figure":
    """Draw the first images that were taken for another class.

    Args:
        images: grey images of shape ``(n, height, width)``.
        labels: the true classes, whole numbers of shape ``(n,)``.
        predictions: the predicted classes, of shape ``(n,)``.
        title: the figure's title.
    """
    import matplotlib.pyplot as plt

    wrong = np.flatnonzero(np.asarray(labels) != np.asarray(predictions))[:24]
    figure, grid = plt.subplots(3, 8, figsize=(8, 3.9), layout="constrained")
    for axes in grid.flat:
        axes.axis("off")
    for axes, i in zip(grid.flat, wrong, strict=False):
        axes.imshow(images[i], cmap="gray_r")
        axes.set_title(f"{labels[i]} → {predictions[i]}", fontsize=10)
    figure.suptitle(title)
    return figure


class Trained(NamedTuple):
    """What training a network on the digits of MNIST came to."""

    params: Any
    losses: list[float]  # the mean training loss of each epoch
    accuracies: list[float]  # the validation accuracy after each epoch
    test_images: Any  # as loaded, of shape (10000, 28, 28)
    test_labels: Any
    predictions: Any  # for the test images

    @property
    def test_accuracy(self) -> float:
        """The share of test images that were read correctly."""
        return float(np.mean(self.predictions == self.test_labels))


def draw_trained(trained: Trained) -> dict[str, "Figure"]:
    """The curves of a training run, its confusion matrix, and digits that were misread."""
    truth = trained.test_labels, trained.predictions
    digits = "0123456789"
    counts = count_confusions(*truth, len(digits))
    return {
        "training": draw_training(trained.losses, trained.accuracies, "Training on MNIST"),
        "confusion": draw_confusion(counts, digits, "The 10,000 test images"),
        "misread": draw_misclassified(
            trained.test_images, *truth, "Misread test images: true digit → prediction"
        ),
    }
