"""What an update asks of git: trees, files, and one commit."""

import os
import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from introdl.errors import UsageError

FILE, PROGRAM = "100644", "100755"  # git's modes of plain files


@dataclass(frozen=True)
class Entry:
    """A file in a tree of git: its mode, and the hash of its content."""

    mode: str
    blob: str


@dataclass(frozen=True)
class Repository:
    """A repository, named by git's own options, such as ``-C FOLDER``."""

    options: tuple[str, ...]
    index: Path | None = None  # the file in which the next commit is prepared; None for git's own

    def configured(self, *settings: str) -> "Repository":
        """The same repository with settings such as ``core.autocrlf=input``."""
        options = [part for setting in settings for part in ("-c", setting)]
        return replace(self, options=(*self.options, *options))

    def run(self, *arguments: str, given: bytes = b"") -> bytes:
        """Run a command of git and return what it prints.

        Raises:
            UsageError: if git is missing or refuses; its reason is part of the message.
        """
        command = ["git", *self.options, *arguments]
        environment = os.environ | ({"GIT_INDEX_FILE": str(self.index)} if self.index else {})
        try:
            done = subprocess.run(
                command, input=given, capture_output=True, check=False, env=environment
            )
        except FileNotFoundError:
            raise UsageError(
                "An update needs git, which isn't installed; get it from https://git-scm.com."
            ) from None
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip()
            reason = re.search(r"^(?:fatal|error): (.+?):?$", said, re.MULTILINE)
            words = reason[1] if reason else said.rpartition("\n")[2]
            raise UsageError(f"git {arguments[0]} failed: {words or 'it gave no reason'}")
        return done.stdout

    def line(self, *arguments: str, given: bytes = b"") -> str:
        """Run a command that prints one line."""
        return self.run(*arguments, given=given).decode(errors="replace").rstrip("\r\n")

    def files(self, tree: str) -> dict[str, Entry]:
        """Every file in a tree, by its path."""
        found = {}
        for row in self.run("ls-tree", "-r", "-z", "--full-tree", tree).split(b"\0")[:-1]:
            facts, _, path = row.partition(b"\t")
            mode, _, blob = facts.decode().split()
            found[path.decode(errors="surrogateescape")] = Entry(mode, blob)
        return found

    def read(self, blobs: Iterable[str]) -> dict[str, bytes]:
        """The contents of files, by their hashes."""
        wanted = list(dict.fromkeys(blobs))
        answer = self.run("cat-file", "--batch", given="".join(f"{b}\n" for b in wanted).encode())
        contents, start = {}, 0
        for blob in wanted:
            end = answer.index(b"\n", start)
            size = answer[start:end].split()[-1]
            if not size.isdigit():
                raise UsageError(f"The repository lacks the object {blob}; clone it again.")
            start = end + 1 + int(size)
            contents[blob] = answer[end + 1 : start]
            start += 1
        return contents


def at(folder: Path) -> Repository:
    """The repository in a folder."""
    return Repository(("-C", str(folder)))
