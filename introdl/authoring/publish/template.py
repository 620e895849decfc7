"""The students' template: a repository with one commit, which proves itself before it is there."""

import os
import subprocess
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from introdl.authoring.findings import Findings
from introdl.authoring.publish import proof, tree
from introdl.authoring.publish.place import fresh
from introdl.authoring.publish.tree import Tree
from introdl.course import ROOT, Day
from introdl.errors import UsageError

TITLE = "Introduction to Deep Learning with JAX"


def write(out: Path, days: list[Day], name: str, quick: bool, console: Console) -> bool:
    """Write a template, if it proves itself.

    Args:
        out: the folder for it; it may exist if it is empty.
        days: the days that it has.
        name: the title of its front page; empty for the course's.
        quick: leave out the proof in a fresh environment.
        console: where the proof is shown.

    Returns:
        Whether all is well; if not, nothing was written.

    Raises:
        UsageError: if the folder is in use, or the repository has uncommitted changes.
    """
    with fresh(out) as place:
        files, date = tree.last_commit()
        made, proving = place / "made", place / "proving"
        commit(proving, tree.students(files, days, name), date, name or TITLE)
        time = "half a minute" if quick else "two minutes"
        console.print(f"Proving the template; this takes up to {time}.")
        findings = proof.proven(proving, days, quick)
        findings.tell(console)
        if not findings.wrong:
            proving.rename(made)
    return not findings.wrong


def require_outside(out: Path) -> None:
    """Refuse a place in this repository, unless git ignores it: the next template would hold it.

    Raises:
        UsageError: if it is such a place.
    """
    place = out.resolve()
    if place.is_relative_to(ROOT):
        command = ["git", "-C", str(ROOT), "check-ignore", "--quiet", str(place)]
        if subprocess.run(command, check=False).returncode:
            raise UsageError(f"'{out}' is in this repository; name a folder beside it.")


def check(days: list[Day], quick: bool) -> Findings:
    """Prove the template that the working tree would give.

    Args:
        days: the days that it has.
        quick: leave out the proof in a fresh environment.
    """
    with tempfile.TemporaryDirectory(prefix="introdl-template-") as place:
        made = Path(place) / "template"
        commit(made, tree.students(tree.working_tree(), days), datetime.now(UTC))
        return proof.proven(made, days, quick)


def commit(folder: Path, students: Tree, date: datetime, title: str = TITLE) -> None:
    """Make a repository with one commit, which depends on the arguments alone."""
    tree.write(students, folder)
    git(folder, "init", "--quiet", "--initial-branch=main", "--template=")
    git(folder, "add", "--all", "--force")
    git(folder, "commit", "--quiet", "--message", title, date=date.isoformat())


def git(folder: Path, *arguments: str, date: str = "") -> None:
    """Run git in a folder, whatever the settings of the person who does it are."""
    author = {"NAME": TITLE, "EMAIL": "course@example.invalid", "DATE": date}
    roles = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER")
             for key, value in author.items()}  # fmt: skip
    settings = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    command = ["git", "-C", str(folder), *arguments]
    subprocess.run(command, env=inherited | roles | settings, check=True)
