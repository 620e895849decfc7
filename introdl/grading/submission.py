"""Reading a submission: plain files below ``day_*/src``, and nothing else."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from introdl.course import TODO, Day
from introdl.errors import SubmissionError, UsageError

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
        checkout: a copy of this repository, solved in part, or what `locate` finds a day in.
        days: the days to be graded.

    Raises:
        SubmissionError: if there is nothing of these days in it, or far too much.
        UsageError: if there is no such folder.
    """
    if not checkout.is_dir():
        raise UsageError(f"There is no folder '{checkout}'; name a checkout of the course.")
    places = locate(checkout, days)
    if not places:
        wanted = ", ".join(day.name for day in days)
        raise SubmissionError(
            f"The submission has no folder {wanted}; hand in the folder as the template has it."
        )
    files: dict[str, bytes] = {}
    total = 0
    for day, place in places.items():
        for path in _plain_files(place):
            total += path.stat().st_size
            if total > MOST_BYTES:
                raise SubmissionError(
                    "The submission's files are larger than 64 MB together; leave out what the "
                    "tasks don't ask for."
                )
            files[f"{day.name}/src/{path.relative_to(place).as_posix()}"] = path.read_bytes()
    return Submission(files)


def locate(folder: Path, days: list[Day], depth: int = 2) -> dict[Day, Path]:
    """Where the sources of the days lie, if only one place is possible.

    That is below the days' folders. In an upload it may also be a ``src`` without its day's folder,
    or its files alone, which are known by their names; or any of it inside of another folder.

    Args:
        folder: where to look.
        days: the days.
        depth: how many folders deep.

    Returns:
        The ``src`` of each day; empty if it is unclear.
    """
    if any((folder / day.name).is_dir() for day in days):
        return {day: folder / day.name / "src" for day in days}
    loose = {
        day: place for day in days for place in (folder, folder / "src") if _has_tasks(place, day)
    }
    if loose or not depth:
        return loose if len(loose) == 1 else {}
    inner = [found for sub in _folders(folder) if (found := locate(sub, days, depth - 1))]
    return inner[0] if len(inner) == 1 else {}


def _has_tasks(place: Path, day: Day) -> bool:
    """Whether a folder has a file in which the day has tasks."""
    given_whole = {Path(path).name for path in given(day)}
    names = {path.name for path in (day.folder / "src").glob("*.py")} - given_whole
    return not place.is_symlink() and any((place / name).is_file() for name in names)


def _folders(folder: Path) -> list[Path]:
    """The folders in a folder, but for hidden ones and what a Mac puts into a zip file."""
    inside = sorted(folder.iterdir())
    return [
        path
        for path in inside
        if path.is_dir() and not path.is_symlink() and not path.name.startswith((".", "__"))
    ]


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
