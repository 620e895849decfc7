"""What the course last gave to a student, read from the history of the student's repository.

The first commit is the template's. Every update is one commit, with a trailer that names the tree
of the newer template, and a fingerprint of what the update changed. What it changed is the
course's; all else is as it was given before, or the student's. So the history holds the base of
every merge, and nothing else is stored. The fingerprint tells an update that was rebased from one
to which the student's work was added.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from introdl import course
from introdl.update.git import Entry, Repository
from introdl.update.merge import overlaid
from introdl.update.units import Units, text_of, units

TRAILER = "Course-Update"

STUB = re.compile(r"(day_\d\d_\w+)/src/.+\.py")
README = re.compile(r"day_(\d\d)_\w+/README\.md")

_UPDATE = re.compile(rf"^{TRAILER}: ([0-9a-f]+) ([0-9a-f]+)$", re.MULTILINE)
_REVERTS = re.compile(r"This reverts commit ([0-9a-f]+)")
_RAISE = re.compile(r'^\s*raise NotImplementedError\("TODO (\d+\.\d+): ', re.MULTILINE)

Files = dict[str, Entry]


@dataclass(frozen=True)
class Commit:
    """A commit of the student's repository."""

    name: str
    tree: str
    parents: list[str]
    message: str


@dataclass(frozen=True)
class Base:
    """What the course last gave: what came first, overlaid with what each update changed."""

    repository: Repository
    first: Files
    updates: list[tuple[Files, Files]]  # before and after

    def files(self) -> Files:
        """The files that the course last gave; merged stubs are as the update left them."""
        files = dict(self.first)
        for before, after in self.updates:
            for path in {*before, *after}:
                if path not in after:
                    files.pop(path, None)
                elif before.get(path) != after[path]:
                    files[path] = after[path]
        return files

    def waiting(self, files: Files) -> set[str]:
        """The stubs among some files that the last update left alone; it may have had to."""
        before, after = self.updates[-1] if self.updates else ({}, {})
        left = (path for path, entry in after.items() if before.get(path) == entry)
        return {path for path in left if STUB.fullmatch(path) and path in files}

    def units(self, path: str) -> Units:
        """The units of a stub that the course last gave; none if the stub isn't the course's.

        Raises:
            Unmergeable: if they can't be told.
        """
        result = self._units(self.first.get(path))
        for before, after in self.updates:
            if before.get(path) != after.get(path):
                result = overlaid(
                    result, self._units(before.get(path)), self._units(after.get(path))
                )
        return result

    def _units(self, entry: Entry | None) -> Units:
        return units(text_of(self._stubs[entry.blob])) if entry else {}

    @cached_property
    def _stubs(self) -> dict[str, bytes]:
        """The contents of all stubs that there ever were, by their hashes."""
        trees = [self.first, *(tree for update in self.updates for tree in update)]
        return self.repository.read(
            entry.blob for tree in trees for path, entry in tree.items() if STUB.fullmatch(path)
        )


def read(repository: Repository) -> tuple[list[str], Base | None]:
    """Read a history.

    Returns:
        The trees of all templates that came, the last one at the end, and the base; None if the
        history doesn't begin with a template, or was rewritten, so that the student's work and the
        course's can't be told apart.
    """
    commits = list(_commits(repository))
    firsts = [c for c in commits if not c.parents and _is_template(repository, c.tree)]
    found = [(match, c) for c in _updates(commits) if (match := _UPDATE.search(c.message))]
    seen = [*(c.tree for c in firsts), *(match[1] for match, _ in found)]
    as_made = all(
        len(c.parents) == 1 and match[2] == fingerprint(repository, c.parents[0], c.tree)
        for match, c in found
    )
    if not (as_made and len(firsts) == 1):
        return seen, None
    changes = [(repository.files(c.parents[0]), repository.files(c.tree)) for _, c in found]
    return seen, Base(repository, repository.files(firsts[0].tree), changes)


def fingerprint(repository: Repository, before: str, after: str) -> str:
    """A hash of the files that differ between two trees."""
    changed = repository.run("diff-tree", "-r", "-z", "--no-renames", before, after)
    return repository.line("hash-object", "--stdin", given=changed)


def _commits(repository: Repository) -> Iterator[Commit]:
    """All commits, the newest first."""
    form = "--format=%H%n%T%n%P%n%B"
    log = repository.run("log", "-z", "--topo-order", "--no-show-signature", form)
    for record in log.decode(errors="replace").strip("\0").split("\0"):
        name, tree, parents, message = record.split("\n", 3)
        yield Commit(name, tree, parents.split(), message)


def _updates(commits: list[Commit]) -> list[Commit]:
    """The updates that weren't reverted, the oldest first."""
    reverted: set[str] = set()
    found = []
    for commit in commits:
        if commit.name not in reverted:
            reverted.update(_REVERTS.findall(commit.message))
            found += [commit] if _UPDATE.search(commit.message) else []
    return found[::-1]


def _is_template(repository: Repository, tree: str) -> bool:
    """Whether nothing is solved yet: every task of every day is still to be done."""
    files = repository.files(tree)
    wanted = {p: e.blob for p, e in files.items() if STUB.fullmatch(p) or README.fullmatch(p)}
    contents = repository.read(wanted.values())
    tasks, left = set[str](), set[str]()
    for path, blob in wanted.items():
        text = contents[blob].decode(errors="replace")
        if STUB.fullmatch(path):
            left.update(_RAISE.findall(text))
        else:
            tasks.update(task.number for task in course.tasks(text))
    return bool(tasks) and tasks <= left
