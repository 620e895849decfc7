"""The leak check: whether a repository gives students anything that belongs to maintainers.

It looks into every object that git keeps of the repository, also those that no branch leads to, and
into every file that lies in its folder.
"""

import hashlib
import os
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from introdl.authoring import documents, mistakes, stubs
from introdl.authoring.findings import Findings
from introdl.authoring.publish import lines, tree
from introdl.authoring.publish.lines import Finder, Line
from introdl.authoring.publish.tree import Tree
from introdl.authoring.publish.views import views
from introdl.course import ROOT, Day, days
from introdl.errors import UsageError

LARGEST_FILE = 16 << 20
LONGEST_MISTAKE = 8  # tokens from which on a mistake's text is told from other code
GIVEN = Path(__file__).with_name("given.txt")  # lines that students may see, and where
OURS = ("BEGIN SOLUTION", "END SOLUTION", tree.BEGIN, "MISTAKES = [")

SOLVED = "no line of a solution or mistake, in any file or object of git"
MARKS = "no mark of a solution, in any file or object of git"
ABSENT = "no file of maintainers, and no reference to one"
LINKS = "commands and links lead somewhere"
SIZES = "no large file"
UNSOLVED = "every TODO is open"


@dataclass(frozen=True)
class Content:
    """One file's content, and where it was found: in the folder, or in git alone.

    Args:
        path: the file; for an object without a name, what it is.
        content: its bytes.
        past: whether it lies in git's objects alone.
    """

    path: str
    content: bytes
    past: bool

    def __str__(self) -> str:
        return f"{self.path} (in git's history)" if self.past else self.path


def check(folder: Path, findings: Findings) -> None:
    """Check a template, a student's copy or any other checkout.

    Args:
        folder: the repository.
        findings: takes what is wrong.

    Raises:
        UsageError: if the folder has no day of the course.
    """
    if not folder.is_dir():
        raise UsageError(f"There is no folder '{folder}'; name a checkout of the course.")
    chosen = [day for day in days() if (folder / day.name).is_dir()]
    if not chosen:
        raise UsageError(f"'{folder}' has no day of the course; name a template or a checkout.")
    present, past = files(folder), objects(folder)
    everything = unlike([*present, *past])
    for found in everything:
        texts = list(views(found.content))
        note(findings, SOLVED, found, telling(found, texts))
        note(findings, MARKS, found, marked(texts))
    ours = tree.working_tree()
    here, anywhere = references(ours, chosen), references(ours, days())
    for found in present:
        # What introdl says of a day may stay where that day is not.
        forbidden = anywhere if found.path.startswith("introdl/") else here
        note(findings, ABSENT, found, named(found, ours, forbidden))
        note(findings, SIZES, found, large(found))
    check_pages(folder, present, findings)
    for day in chosen:
        findings.note(UNSOLVED, day.name, solved(folder, day))


def note(findings: Findings, check: str, found: Content, problems: Iterable[str]) -> None:
    """Record one check of one content."""
    findings.note(check, str(found), problems)


def files(folder: Path) -> list[Content]:
    """Every file that lies in a folder, apart from git's own."""
    found = []
    for parent, names, inside in os.walk(folder):
        names[:] = sorted(name for name in names if name != ".git")
        for path in (Path(parent, name) for name in sorted(inside)):
            if path.is_file() and not path.is_symlink():
                at = path.relative_to(folder).as_posix()
                found.append(Content(at, path.read_bytes(), past=False))
    return found


def objects(folder: Path) -> list[Content]:
    """Every object that git keeps: files, messages of commits and tags; none without git."""
    if not (folder / ".git").exists():
        return []
    named = dict[str, str]()
    for line in _git(folder, "rev-list", "--objects", "--all", "--reflog").decode().splitlines():
        name, _, path = line.partition(" ")
        named[name] = path
    listed = _git(folder, "cat-file", "--batch-all-objects", "--batch-check").decode()
    kinds = [line.split()[:2] for line in listed.splitlines()]
    wanted = [(name, kind) for name, kind in kinds if kind != "tree"]
    stream = _git(folder, "cat-file", "--batch", given="\n".join(name for name, _ in wanted))
    found = []
    for name, kind in wanted:
        header, _, stream = stream.partition(b"\n")
        size = int(header.split()[2])
        path = named.get(name) or f"{kind} {name[:10]}"
        found.append(Content(path, stream[:size], past=True))
        stream = stream[size + 1 :]
    return found


def _git(folder: Path, *arguments: str, given: str = "") -> bytes:
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments],
        input=given.encode(), capture_output=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise UsageError(f"git can't read '{folder}': {done.stderr.decode().strip()}")
    return done.stdout


def unlike(contents: Iterable[Content]) -> list[Content]:
    """The contents without those that stand at the same path already; the folder's come first."""
    seen, kept = set[tuple[str, bytes]](), []
    for found in contents:
        key = (found.path, hashlib.sha256(found.content).digest())
        if key not in seen:
            seen.add(key)
            kept.append(found)
    return kept


@cache
def finder() -> Finder:
    """Finds the lines of all solutions and mistakes."""
    return Finder([*solution_lines(), *mistake_lines()])


def solution_lines() -> Iterator[Line]:
    """Every statement between the markers of the solutions."""
    for day in days():
        for path in stubs.solved_modules(day):
            for block in stubs.solved_blocks(path.read_text(encoding="utf-8")):
                for statement in lines.statements(block):
                    yield Line(statement, path.relative_to(ROOT).as_posix())


def mistake_lines() -> Iterator[Line]:
    """What the mistakes put in place of the solutions."""
    for day in days():
        folder = stubs.SOLUTIONS / day.name
        for mistake in mistakes.read(folder):
            place = (folder / "mistakes.py").relative_to(ROOT).as_posix()
            line = Line(" ".join(mistake.new.split()), place, renamed=False)
            if len(line.tokens) >= LONGEST_MISTAKE:
                yield line


@cache
def given() -> dict[str, set[lines.Tokens]]:
    """The lines that students may see, by the path where they stand."""
    allowed: dict[str, set[lines.Tokens]] = defaultdict(set)
    for row in GIVEN.read_text(encoding="utf-8").splitlines():
        if row.strip() and not row.startswith("#"):
            path, _, line = row.partition(" | ")
            allowed[path].add(lines.tokens(line))
    return allowed


def telling(found: Content, texts: list[str]) -> Iterator[str]:
    """The lines of solutions and mistakes that a content holds and may not hold."""
    held = set[Line]().union(*map(finder().find, texts))
    for line in sorted(held, key=lambda line: (line.place, line.text)):
        if line.tokens not in given().get(found.path, ()):
            yield (
                f"gives away a line of {line.place}. If students may see it there, add to "
                f"{GIVEN.relative_to(ROOT).as_posix()}: {found.path} | {line.text}"
            )


def marked(texts: list[str]) -> Iterator[str]:
    """The marks of solutions and mistakes in a content."""
    yield from (f"holds '{mark}'." for mark in OURS if any(mark in text for text in texts))


def references(ours: Tree, chosen: list[Day]) -> re.Pattern[str]:
    """Finds the names of what a template of these days lacks: files, folders, modules, sessions."""
    theirs = tree.students(ours, chosen)
    left_out = set(ours) - set(theirs)
    kept = {part for path in theirs for part in folders(path)}
    names_kept = {part.split("/")[-2] for part in kept}  # `tests/` is a folder of each day
    gone = {part for path in left_out for part in folders(path)} - kept
    gone = {part for part in gone if part.split("/")[-2] not in names_kept}
    topmost = {part for part in gone if not {*folders(part.rstrip("/"))} & gone}
    modules = {tree.module(path) for path in left_out if path.startswith("introdl/")}
    others = [day.name for day in days() if day not in chosen]
    names = [*topmost, *(path for path in left_out if "." in path), *modules, *others]
    sessions = documents.sessions(ours) - documents.sessions(theirs)
    words = [re.escape(name) for name in names] + [rf"nox -s {name}\b" for name in sessions]
    return re.compile(rf"(?<![\w/.-])(?:{'|'.join(sorted(words, reverse=True))})")


def folders(path: str) -> Iterator[str]:
    """The folders around a path: ``a/``, ``a/b/``."""
    parts = path.split("/")[:-1]
    yield from ("/".join(parts[: n + 1]) + "/" for n in range(len(parts)))


def named(found: Content, ours: Tree, forbidden: re.Pattern[str]) -> Iterator[str]:
    """Whether a file belongs to maintainers, or names what does."""
    if found.path in ours and forbidden.fullmatch(found.path):
        yield "is a file of maintainers."
    text = tree.text(found.content)
    for name in sorted(set(forbidden.findall(text or ""))):
        yield f"names '{name}', which students don't have."


def large(found: Content) -> Iterator[str]:
    """Whether a file is too large for a repository."""
    if len(found.content) > LARGEST_FILE:
        yield f"has {len(found.content) >> 20} MB; 16 MB is the most."


def check_pages(folder: Path, present: list[Content], findings: Findings) -> None:
    """Every command and link of the pages leads somewhere."""
    known = documents.sessions({found.path: found.content for found in present})
    for found in present:
        if found.path.endswith(".md"):
            problems = documents.dead(folder, found.path, known)
            note(findings, LINKS, found, problems)


def solved(folder: Path, day: Day) -> Iterator[str]:
    """The TODOs of a day that are no longer open."""
    for path in stubs.solved_modules(day):
        stub = folder / day.name / "src" / path.name
        open_ones = stub.read_text(encoding="utf-8") if stub.is_file() else ""
        wanted = stubs.stub(path.read_text(encoding="utf-8"), path.name)
        for todo in re.findall(r"raise NotImplementedError\((.*)\)", wanted):
            if todo not in open_ones:
                yield f"{path.name}: the stub of {todo} is not there."
