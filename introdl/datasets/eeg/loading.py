"""Load a subject's trials: simulated, from the High-Gamma set, or from a folder of one's own."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from introdl.datasets.eeg import recording
from introdl.datasets.eeg.layout import CLASSES, PARTS, RATE, SENSORS, need
from introdl.datasets.eeg.recording import Labels, Samples
from introdl.errors import UsageError

TRAINING = 0.9  # share of the training recording that is not kept for validation


class Eeg(NamedTuple):
    """The trials of one subject, from 0.5 s before the cue to 4 s after it.

    Each trial has the shape ``(44, 1125)``: sensors, samples. Labels are indices into ``classes``.
    The validation trials are the last ones of the training recording; the test recording is apart.
    """

    train_trials: Samples  # (n, 44, 1125)
    train_labels: Labels  # (n,)
    validation_trials: Samples
    validation_labels: Labels
    test_trials: Samples
    test_labels: Labels
    sensors: tuple[str, ...] = SENSORS
    classes: tuple[str, ...] = CLASSES
    rate: float = RATE  # Hz
    title: str = ""


def load_eeg(
    subject: int = 1, source: str | Path = "simulated", high_pass: float | None = None
) -> Eeg:
    """Load the standardised trials of one subject.

    Args:
        subject: from 1 on; the High-Gamma set has 14 subjects.
        source: ``"simulated"``, which is generated on first use; ``"high-gamma"``, which
            ``python -m introdl data eeg`` downloads; or a folder with ``train/1.edf`` and
            ``test/1.edf``.
        high_pass: where set, frequencies below it (Hz) are removed.

    Raises:
        UsageError: if there is no such recording, or it is unusable.
    """
    folder, title = find(subject, source)
    train, labels = part(folder, "train", subject, high_pass)
    test, test_labels = part(folder, "test", subject, high_pass)
    count = round(TRAINING * len(train))
    return Eeg(
        train[:count], labels[:count], train[count:], labels[count:], test, test_labels, title=title
    )


def load_trials(
    subject: int = 1, source: str | Path = "simulated", name: str = "test",
    high_pass: float | None = None,
) -> tuple[Samples, Labels]:  # fmt: skip
    """Load one recording's trials in µV, as one plots them: cleaned and cut, not standardised.

    Args:
        subject: as in `load_eeg`.
        source: as in `load_eeg`.
        name: ``"train"`` (all of it, with what `load_eeg` keeps for validation) or ``"test"``.
        high_pass: as in `load_eeg`.

    Returns:
        The trials in µV, float32 of shape ``(n, 44, 1125)``, and the labels, of shape ``(n,)``.

    Raises:
        UsageError: as `load_eeg`.
    """
    if name not in PARTS:
        raise UsageError(f'There is no recording \'{name}\'; name "train" or "test".')
    folder, _ = find(subject, source)
    return part(folder, name, subject, high_pass, standard=False)


def find(subject: int, source: str | Path) -> tuple[Path, str]:
    """The folder with ``train`` and ``test``, and what to call its recording of a subject."""
    if not isinstance(subject, int | np.integer) or subject < 1:
        raise UsageError(f"There is no subject {subject}; name a whole number from 1 on.")
    need("mne")
    if source == "simulated":
        from introdl.datasets.eeg import simulation

        return simulation.provide(subject), f"simulated subject {subject}"
    if source == "high-gamma":
        from introdl.datasets.eeg import download

        return download.find(subject), f"High-Gamma, subject {subject}"
    folder = Path(source)
    if not folder.is_dir():
        raise UsageError(
            f'There is no folder \'{source}\'; name "simulated", "high-gamma", or a folder with '
            f"train/{subject}.edf and test/{subject}.edf."
        )
    return folder, f"{folder.name}, subject {subject}"


def part(
    folder: Path, name: str, subject: int, high_pass: float | None, standard: bool = True
) -> tuple[Samples, Labels]:
    """The trials of ``folder/name/subject.edf``.

    Raises:
        UsageError: if none is left.
    """
    path = folder / name / f"{subject}.edf"
    trials, labels = recording.trials(recording.read(path), high_pass, standard)
    if not len(trials):
        raise UsageError(f"'{path}' holds no complete and clean trial; use another recording.")
    return trials, labels
