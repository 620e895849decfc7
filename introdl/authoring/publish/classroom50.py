"""What the config repository of Classroom 50 needs: assignments, and a bundle that grades each.

Source of the formats: Classroom 50's schema ``classroom50/assignments/v1`` and its wiki.
"""

import io
import json
import re
import shutil
import tarfile
from pathlib import Path
from typing import Any

from introdl.authoring.publish import bundle
from introdl.authoring.publish.tree import Tree
from introdl.course import Day
from introdl.errors import UsageError

LARGEST = 10 << 20  # bytes of a packed bundle
PYTHON = "3.12"  # the same as in the students' own workflow
SCHEMA = "classroom50/assignments/v1"

_SHORT = re.compile(r"[a-z0-9][a-z0-9-]{1,38}")
_ORGANISATION = re.compile(r"[A-Za-z0-9](?:-?[A-Za-z0-9]){0,38}")


def write(out: Path, classroom: str, organisation: str, days: list[Day]) -> list[Path]:
    """Write a classroom's folder, or bring the one that is there up to date.

    Assignments that are there already stay as they are: their deadlines, for instance, are set
    elsewhere.

    Args:
        out: the config repository, or a new folder.
        classroom: the classroom's short name.
        organisation: who owns the templates on GitHub.
        days: the days; each becomes an assignment.

    Returns:
        What was written.

    Raises:
        UsageError: if a name is invalid, a bundle is too large, or something else is in the way.
    """
    if not _SHORT.fullmatch(classroom):
        raise UsageError(
            f"'{classroom}' is not a valid classroom name; use 2 to 39 lowercase letters, digits "
            "and hyphens."
        )
    if not _ORGANISATION.fullmatch(organisation):
        raise UsageError(f"'{organisation}' is not a valid name of a GitHub organisation.")
    folder = out / classroom
    assignments = folder / "assignments.json"
    added = merged(_existing(assignments), [assignment(day, organisation) for day in days])
    bundles = {folder / "autograders" / slug(day): _checked(day) for day in days}
    for place, made in bundles.items():
        if place.exists() and not (place / "introdl" / "course.py").is_file():
            raise UsageError(f"'{place}' holds another autograder; move it away first.")
        shutil.rmtree(place, ignore_errors=True)
        bundle.write(place, made)
    bundle.write(folder, {assignments.name: (json.dumps(added, indent=2) + "\n").encode()})
    return [assignments, *bundles]


def slug(day: Day) -> str:
    """An assignment's short name: ``day-04-statistics``."""
    name = day.name.replace("_", "-")
    if not _SHORT.fullmatch(name):
        raise UsageError(f"'{name}' is too long a name for an assignment; rename the day's folder.")
    return name


def assignment(day: Day, organisation: str) -> dict[str, Any]:
    """A day's entry in ``assignments.json``; its template has the same short name."""
    return {
        "slug": slug(day),
        "name": f"Day {day.number} · {day.title}",
        "mode": "individual",
        "autograder": "default",
        "template": {"owner": organisation, "repo": slug(day), "branch": "main"},
        "runtime": {"python": PYTHON},
        "release_assets": ["report.html"],
    }


def merged(existing: dict[str, Any], entries: list[dict[str, Any]]) -> dict[str, Any]:
    """``assignments.json`` with the entries that it doesn't have yet."""
    known = {entry["slug"] for entry in existing["assignments"]}
    new = [entry for entry in entries if entry["slug"] not in known]
    return existing | {"assignments": [*existing["assignments"], *new]}


def _existing(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {"schema": SCHEMA, "assignments": []}
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        {entry["slug"] for entry in data["assignments"]}
        if data["schema"] == SCHEMA:
            return dict(data)
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise UsageError(f"'{path}' is not a list of assignments that Classroom 50 wrote.")


def _checked(day: Day) -> Tree:
    made = bundle.files(day, "autograder.py")
    size = packed(made)
    if size >= LARGEST:
        raise UsageError(
            f"The bundle of day {day.number} has {size / 2**20:.1f} MiB; Classroom 50 takes less "
            "than 10. Make the day's data smaller."
        )
    return made


def packed(files: Tree) -> int:
    """The size of a bundle as it is published."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.tell()
