"""Autograders for Gradescope: a zip file for each day.

Source of the format: Gradescope's documentation, "Autograder Specifications".
"""

import io
import zipfile
from pathlib import Path

from introdl.authoring.publish import bundle
from introdl.authoring.publish.tree import Tree
from introdl.course import Day

SCRIPTS = ("setup.sh", "run_autograder")  # what Gradescope runs
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the earliest date that a zip file knows


def write(out: Path, days: list[Day]) -> list[Path]:
    """Write the zip files into a folder; returns their paths.

    Raises:
        UsageError: if they can't be written.
    """
    zips = {
        f"gradescope-day-{day.number:02d}.zip": packed(bundle.files(day, "autograder.py", *SCRIPTS))
        for day in days
    }
    bundle.write(out, zips)
    return [out / name for name in zips]


def packed(files: Tree) -> bytes:
    """Files as a zip file: the same files give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(name, LONG_AGO)
            entry.create_system = 3  # Unix, whose rights follow
            entry.external_attr = (0o755 if name in SCRIPTS else 0o644) << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
