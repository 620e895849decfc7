"""Reading a submission: plain files below ``day_*/src``, and nothing else."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from introdl.course import TODO, Day
from introdl.errors import UsageError

LARGEST_FILE = 8 << 20
MOST_BYTES = 64 << 20


@dataclass(frozen=True)
class Submission:
    """The student's files of the graded days, by their path relative to the checkout."""

    files: dict[str, bytes]

    def with_file(self, path: str, text: str) -> "Submission":
        """The same submission with one file replaced."""
        return Submission({**self.files, path: text.encode()})

    def write(self, folder: Path, day: Day) -> None:
        """Write the files of one day below a folder; a given module that is missing is added."""
        (folder / day.name / "src").mkdir(parents=True)
        for path, data in {**given(day), **self.files}.items():
            if path.startswith(f"{day.name}/"):
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_bytes(data)


def given(day: Day) -> dict[str, bytes]:
    """The modules of a day that the course gives to students whole, without a TODO in them."""
    sources = {path: path.read_bytes() for path in (day.folder / "src").glob("*.py")}
    return {
        path.relative_to(day.folder.parent).as_posix(): source
        for path, source in sources.items()
        if not TODO.search(source.decode(errors="replace"))
    }


def read(checkout: Path, days: list[Day]) -> Submission:
    """Read a student's files.

    Links are left out, for they could lead to the grader's own files; so are devices and pipes.

    Args:
        checkout: a copy of this repository, solved in part.
        days: the days to be graded.

    Raises:
        UsageError: if the folder isn't a checkout of the course, or is far too large.
    """
    if not checkout.is_dir():
        raise UsageError(f"There is no folder '{checkout}'; name a checkout of the course.")
    if not any((checkout / day.name).is_dir() for day in days):
        wanted = ", ".join(day.name for day in days)
        raise UsageError(f"'{checkout}' has no folder {wanted}; name a checkout of the course.")
    files: dict[str, bytes] = {}
    total = 0
    for day in days:
        for path in _plain_files(checkout / day.name / "src"):
            total += path.stat().st_size
            if total > MOST_BYTES:
                raise UsageError(f"The files in '{checkout}' are larger than 64 MB together.")
            files[path.relative_to(checkout).as_posix()] = path.read_bytes()
    return Submission(files)


def _plain_files(folder: Path) -> list[Path]:
    found: list[Path] = []
    if folder.is_symlink() or folder.parent.is_symlink():
        return found
    for parent, names, files in os.walk(folder):
        names[:] = sorted(name for name in names if name != "__pycache__")
        for name in sorted(files):
            path = Path(parent, name)
            status = path.lstat()
            if stat.S_ISREG(status.st_mode) and status.st_size <= LARGEST_FILE:
                found.append(path)
    return found
