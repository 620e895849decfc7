"""What other graders are given: the course that grades a day, and the script that runs it there."""

import tomllib
from pathlib import Path

from introdl.authoring.publish import tree
from introdl.authoring.publish.tree import Tree
from introdl.course import Day
from introdl.errors import UsageError

SERVICES = Path(__file__).with_name("services")
COMMANDS = "nox"  # what a person types; no grader does


def files(day: Day, *scripts: str) -> Tree:
    """A bundle that grades one day with its pristine tests.

    Args:
        day: the day.
        scripts: the files of ``services`` that it takes.
    """
    course = tree.grading(tree.working_tree(), [day])
    own = {name: (SERVICES / name).read_bytes() for name in scripts}
    return course | own | {"requirements.txt": requirements(course["pyproject.toml"])}


def requirements(project: bytes) -> bytes:
    """What has to be installed for grading: the course's dependencies without its commands."""
    declared = tomllib.loads(project.decode())["project"]["dependencies"]
    return "".join(f"{line}\n" for line in declared if not line.startswith(COMMANDS)).encode()


def write(folder: Path, made: Tree) -> None:
    """Write files below a folder.

    Raises:
        UsageError: if they can't be written.
    """
    try:
        tree.write(made, folder)
    except OSError as error:
        raise UsageError(f"Can't write into '{folder}': {error.strerror}.") from None
