"""Download recordings of the High-Gamma set, and find those that were downloaded."""

from pathlib import Path

from introdl.course import UsageError
from introdl.datasets.eeg.layout import cache

SUBJECTS = 14
PARTS = ("train", "test")


def find(subject: int) -> Path:
    """The folder with a subject's downloaded recordings.

    Raises:
        UsageError: if there is no such subject, or it is not downloaded yet.
    """
    if subject > SUBJECTS:
        raise UsageError(f"The High-Gamma set has the subjects 1 to {SUBJECTS}, not {subject}.")
    folder = cache() / "high-gamma"
    if not all((folder / part / f"{subject}.edf").is_file() for part in PARTS):
        raise UsageError(
            f"The High-Gamma recording of subject {subject} is not here; fetch it (about 1.3 GB) "
            f"with `nox -s data -- eeg --subject {subject}`."
        )
    return folder
