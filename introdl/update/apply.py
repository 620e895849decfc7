"""The update itself: read, plan, and then one commit that ``git revert HEAD`` takes back."""

import contextlib
import os
import tempfile
from pathlib import Path

from introdl.course import ROOT
from introdl.errors import UsageError
from introdl.update import history, source
from introdl.update.git import Repository, at
from introdl.update.history import TRAILER, Files, fingerprint
from introdl.update.plan import Change, Plan, Planner, check_place
from introdl.update.source import Newer

_UNDER_WAY = ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply")
_STRICT = ("user.useConfigOnly=true", "i18n.commitEncoding=UTF-8")


def update(where: str, root: Path = ROOT) -> str:
    """Bring a student's copy up to date, in one commit.

    Args:
        where: the newer template: a folder, a zip file or a git repository, local or by address.
        root: the student's copy.

    Returns:
        What there is to say about it.

    Raises:
        UsageError: if the copy or the template is not fit for it; nothing has changed then.
    """
    repository = at(root)
    _check(repository, root)
    with source.opened(where) as newer:
        head = repository.line("rev-parse", "HEAD")
        seen, base = history.read(repository)
        if newer.tree in seen[:-1] and newer.tree != seen[-1]:
            return f"Nothing to do: your copy is newer than {newer.name}."
        planner = Planner(repository, base, newer)
        again = newer.tree in seen  # then only what could not be merged is left to do
        plan = planner.plan((base.waiting(planner.files) if base else set()) if again else None)
        if not plan.changes:
            return f"Nothing to do: your copy is up to date.\n\n{plan.summary}".rstrip()
        commit = _commit(repository, head, plan, newer)
        _check(repository, root)  # for the student may have gone on working
        check_place(root, repository.files(head), plan)
        _forward(repository, root, commit, plan)
    return f"Updated the course from {newer.name}.\n\n{plan.summary}\n\nTo undo it: git revert HEAD"


def _check(repository: Repository, root: Path) -> None:
    """Refuse a copy that isn't in a state to be updated."""
    repository.run("--version")
    try:
        top = repository.line("rev-parse", "--show-toplevel")
        repository.line("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    except UsageError:
        top = ""
    if not top or not os.path.samefile(top, root):
        raise UsageError(
            "This folder is not a git repository of its own with a commit in it; "
            "update in a clone of your repository."
        )
    if repository.line("rev-parse", "--is-shallow-repository") == "true":
        raise UsageError(
            "This clone lacks the history that shows which changes are yours; "
            "type  git fetch --unshallow  and update again."
        )
    for name in _UNDER_WAY:
        if (root / repository.line("rev-parse", "--git-path", name)).exists():
            raise UsageError(
                "A merge, rebase or revert is under way (git status); finish it, and update again."
            )
    if repository.run("status", "--porcelain", "--untracked-files=no"):
        raise UsageError(
            "There are changes that are not committed (git status); commit them, and update again."
        )
    try:
        for identity in ("GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"):
            repository.configured(*_STRICT).run("var", identity)
    except UsageError:
        raise UsageError(
            'git doesn\'t know who you are; type  git config --global user.name "Your Name"  and  '
            "git config --global user.email you@example.org  with yours, and update again."
        ) from None


def _commit(repository: Repository, head: str, plan: Plan, newer: Newer) -> str:
    """Make the commit that follows ``head``; folder, index and branch stay as they are."""
    with tempfile.TemporaryDirectory(prefix="course-", ignore_cleanup_errors=True) as folder:
        prepared = Repository(repository.options, index=Path(folder, "index"))
        contents = [Path(folder, str(number)) for number in range(len(plan.changes))]
        for place, change in zip(contents, plan.changes.values(), strict=True):
            place.write_bytes(change.content if change else b"")
        listed = "".join(f"{place}\n" for place in contents).encode()
        blobs = prepared.line("hash-object", "-w", "--no-filters", "--stdin-paths", given=listed)
        removed, written = list[str](), list[str]()
        for (path, change), blob in zip(plan.changes.items(), blobs.split(), strict=True):
            entry = f"{change.mode} {blob}" if change else f"0 {'0' * len(blob)}"
            (written if change else removed).append(f"{entry}\t{path}\0")
        prepared.run("read-tree", head)
        entries = "".join([*removed, *written]).encode(errors="surrogateescape")
        prepared.run("update-index", "-z", "--index-info", given=entries)
        tree = prepared.line("write-tree")
    trailer = f"{newer.tree} {fingerprint(repository, head, tree)}"
    message = f"Update the course from {newer.name}\n\n{plan.summary}\n\n{TRAILER}: {trailer}\n"
    signed = repository.configured(*_STRICT)
    return signed.line("commit-tree", tree, "-p", head, given=message.encode())


def _forward(repository: Repository, root: Path, commit: str, plan: Plan) -> None:
    """Go on to the commit; if that is interrupted, put back what the update has written by then."""
    before = repository.files("HEAD")
    try:
        without_hooks = repository.configured(f"core.hooksPath={os.devnull}")
        without_hooks.run("merge", "--ff-only", "--quiet", commit)
    except BaseException:
        if repository.line("rev-parse", "HEAD") != commit:
            _put_back(repository, root, plan, before)
        raise


def _put_back(repository: Repository, root: Path, plan: Plan, before: Files) -> None:
    """Put back the files that the update has written; what the student has saved stays."""
    lost = []
    for path in sorted(plan.changes, key=before.__contains__):  # a new folder may hide an old file
        place = root / path
        if _is_written(place, plan.changes[path]):
            with contextlib.suppress(OSError):  # a folder that isn't empty is the last to be tried
                place.unlink(missing_ok=True)
                for folder in place.parents:
                    folder.rmdir()
            lost += [f"{path}\0"] if path in before else []
    with contextlib.suppress(UsageError):  # it is as it was, unless git was stopped very late
        repository.run("reset", "--quiet")
    listed = "".join(lost).encode(errors="surrogateescape")
    repository.run("checkout-index", "-z", "--stdin", given=listed)


def _is_written(place: Path, change: Change | None) -> bool:
    """Whether a file is gone, or holds what the update writes there, or the beginning of it."""
    try:
        content = place.read_bytes()
    except FileNotFoundError:
        return True
    except OSError:  # a folder, for instance
        return False
    written = change.content if change else b""
    return written.replace(b"\r", b"").startswith(content.replace(b"\r", b""))
