"""The leak check: whether a repository gives students anything that belongs to maintainers.

It looks into every object that git keeps of the repository, also those that no branch leads to, and
into every file that lies in its folder.
"""

import hashlib
import os
import re
import tokenize
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
from introdl.update import git

LARGEST_FILE = 16 << 20
GIVEN = Path(__file__).with_name("given.txt")  # lines that students may see, and where
REPOSITORIES = (b"PACK", b"# v2 git bundle", b"# v3 git bundle")  # how such files begin
OURS = ("BEGIN SOLUTION", "END SOLUTION", tree.BEGIN, "MISTAKES = [")

SOLVED = "no line of a solution or mistake, and every TODO open"
MARKS = "no mark of a solution"
ABSENT = "no file of maintainers, and no reference to one"
LINKS = "commands and links lead somewhere"
SIZES = "no large file"

_NAMELESS = re.compile(r"(?:blob|commit|tag) [0-9a-f]{10}")


@dataclass(frozen=True)
class Content:
    """One file's content, and where it was found: in the folder, or in git alone.

    Args:
        path: the file; for an object without a name, what it is.
        content: its bytes.
        in_history: whether it lies in git's objects alone.
    """

    path: str
    content: bytes
    in_history: bool

    def __str__(self) -> str:
        return f"{self.path} (in git's history)" if self.in_history else self.path


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
    ours = tree.working_tree()
    here, anywhere = references(ours, chosen), references(ours, days())
    present = files(folder)
    for found in distinct([*present, *objects(folder)]):
        texts = list(views(found.content))
        findings.note(SOLVED, str(found), [*leaked_lines(found, texts), *open_todos_gone(found)])
        findings.note(MARKS, str(found), marks(texts))
        # What introdl says of a day may stay where that day is not.
        forbidden = anywhere if found.path.startswith("introdl/") else here
        findings.note(ABSENT, str(found), maintainers_things(found, ours, texts, forbidden))
        findings.note(SIZES, str(found), too_large(found))
    check_pages(folder, present, findings)


def files(folder: Path) -> list[Content]:
    """Every file in a folder that git tracks or would; without git every file."""
    if (folder / ".git").exists():
        listed = git.at(folder).run("ls-files", "-co", "--exclude-standard", "-z")
        paths = [folder / os.fsdecode(name) for name in listed.split(b"\0") if name]
    else:
        paths = sorted(folder.rglob("*"))
    return [
        Content(path.relative_to(folder).as_posix(), path.read_bytes(), in_history=False)
        for path in paths
        if path.is_file() and not path.is_symlink()
    ]


def objects(folder: Path) -> list[Content]:
    """Every object that git keeps: files, messages of commits and tags; none without git."""
    if not (folder / ".git").exists():
        return []
    repository = git.at(folder)
    listed = os.fsdecode(repository.run("rev-list", "--objects", "--all", "--reflog")).splitlines()
    paths = {name: path for name, _, path in (line.partition(" ") for line in listed)}
    rows = repository.run("cat-file", "--batch-all-objects", "--batch-check").decode().splitlines()
    kinds = {name: kind for name, kind, _ in map(str.split, rows) if kind != "tree"}
    return [
        Content(paths.get(name) or f"{kinds[name]} {name[:10]}", content, in_history=True)
        for name, content in repository.read(kinds).items()
    ]


def distinct(contents: Iterable[Content]) -> list[Content]:
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
        place = (folder / "mistakes.py").relative_to(ROOT).as_posix()
        for mistake in mistakes.read(folder):
            try:
                statements = list(lines.statements(mistake.new))
            except (tokenize.TokenError, IndentationError):  # a part of a statement
                statements = [" ".join(mistake.new.split())]
            yield from (Line(statement, place) for statement in statements)


@cache
def given() -> dict[str, set[lines.Tokens]]:
    """The lines that students may see, by the path where they stand."""
    allowed: dict[str, set[lines.Tokens]] = defaultdict(set)
    for row in GIVEN.read_text(encoding="utf-8").splitlines():
        if row.strip() and not row.startswith("#"):
            path, _, line = row.partition(" | ")
            allowed[path].add(lines.tokens(line))
    return allowed


def leaked_lines(found: Content, texts: list[str]) -> Iterator[str]:
    """The lines of solutions and mistakes that a content holds and may not hold."""
    held = set[Line]().union(*map(finder().find, texts))
    allowed = given().get(found.path, set())
    if found.in_history and _NAMELESS.fullmatch(found.path):  # once any file
        allowed = set().union(*given().values())
    for line in sorted(held, key=lambda line: (line.place, line.text)):
        if line.tokens not in allowed:
            yield (
                f"gives away a line of {line.place}. If students may see it there, add to "
                f"{GIVEN.relative_to(ROOT).as_posix()}: {found.path} | {line.core}"
            )


def marks(texts: list[str]) -> Iterator[str]:
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
    words = [re.escape(name) for name in names]
    words += [rf"(?:nox (?:-s|--sessions?) |-m introdl ){name}\b" for name in sessions]
    tops = {module.split(".")[1] for module in modules if module.count(".") == 1}
    words += [rf"from introdl import [^\n]*\b{name}\b" for name in tops]
    return re.compile(rf"(?<![\w-])(?:{'|'.join(sorted(words, reverse=True))})")


def folders(path: str) -> Iterator[str]:
    """The folders around a path: ``a/``, ``a/b/``."""
    parts = path.split("/")[:-1]
    yield from ("/".join(parts[: n + 1]) + "/" for n in range(len(parts)))


def maintainers_things(
    found: Content, ours: Tree, texts: list[str], forbidden: re.Pattern[str]
) -> Iterator[str]:
    """Whether a content belongs to maintainers, or names what does."""
    if found.path in ours and forbidden.fullmatch(found.path):
        yield "is a file of maintainers."
    for name in sorted({name for text in texts for name in forbidden.findall(text)}):
        yield f"names '{name}', which students don't have."
    if found.content.startswith(REPOSITORIES) or "/.git/" in f"/{found.path}":
        yield "is a repository of git inside this one."


def too_large(found: Content) -> Iterator[str]:
    """Whether a file is too large for a repository."""
    if len(found.content) > LARGEST_FILE:
        yield f"has {len(found.content) >> 20} MB; 16 MB is the most."


def check_pages(folder: Path, present: list[Content], findings: Findings) -> None:
    """Every command and link of the pages leads somewhere."""
    known = documents.sessions({found.path: found.content for found in present})
    for found in present:
        if found.path.endswith(".md"):
            findings.note(LINKS, str(found), documents.dead(folder, found.path, known))


def open_todos_gone(found: Content) -> Iterator[str]:
    """The TODOs of a stub that are no longer open in one of its versions."""
    solution = stubs.SOLUTIONS / found.path
    if not (re.fullmatch(r"day_\w+/src/\w+\.py", found.path) and solution.is_file()):
        return
    wanted = stubs.stub(solution.read_text(encoding="utf-8"), found.path)
    for todo in re.findall(r"raise NotImplementedError\((.*)\)", wanted):
        if todo.encode() not in found.content:
            yield f"the stub of {todo} is not there."
