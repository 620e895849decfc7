"""What an update changes, file by file, and what it says about that; nothing is written here."""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from introdl.course import tasks
from introdl.errors import UsageError
from introdl.update.git import FILE, PROGRAM, Entry, Repository
from introdl.update.history import README, STUB, Base, Files
from introdl.update.merge import begun, merge
from introdl.update.source import Newer
from introdl.update.units import Units, Unmergeable, alike, bound, names, text_of, units

# The student's, once they are changed; all else that the course gives is the course's.
SETTINGS = (".gitignore", ".vscode/settings.json", "environment.yml")
CLASSROOM = (".github/workflows/autograde.yaml",)  # Classroom 50 puts it there

_UNKNOWN = (
    "This copy's history doesn't show which changes are yours. So nothing was removed, every "
    "function that isn't a bare stub stays, and these files are the course's now; your versions "
    "are in the commit before this one (git diff HEAD~ shows what is different):"
)

_NEEDED = re.compile(
    r"introdl/.+|day_\d\d_\w+/(tests/.+|src/.+\.py|README\.md)|README\.md|noxfile\.py|pyproject\.toml"
)
_DAY = re.compile(r"(day_\d\d_\w+)/.+")
_BOM = b"\xef\xbb\xbf"


@dataclass
class Summary:
    """What a student reads about an update."""

    new: list[str] = field(default_factory=list)
    newer: list[str] = field(default_factory=list)  # paths alone, as in the next one
    replaced: list[str] = field(default_factory=list)  # that may have been the student's
    gone: list[str] = field(default_factory=list)
    stayed: list[str] = field(default_factory=list)
    look: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """The chapters that have something to say."""
        look = self.look
        if self.replaced:
            look = [*look, _UNKNOWN, *(f"  {line}" for line in _grouped(self.replaced))]
        chapters = {
            "New": self.new,
            "Newer": _grouped(self.newer),
            "Gone": self.gone,
            "Stays as you have it": self.stayed,
            "Needs your eye": look,
        }
        return "\n\n".join(
            "\n".join([title, *(f"  {line}" for line in lines)])
            for title, lines in chapters.items()
            if lines
        )


def _grouped(paths: list[str]) -> list[str]:
    """The paths, or the number of files in each folder at the top."""
    tops: dict[str, list[str]] = {}
    for path in paths:
        tops.setdefault(path.partition("/")[0], []).append(path)
    return [
        inside[0] if len(inside) == 1 else f"{top}: {len(inside)} files"
        for top, inside in tops.items()
    ]


@dataclass(frozen=True)
class Change:
    """A file's new mode and content."""

    mode: str
    content: bytes


@dataclass
class Plan:
    """All that an update does; a change that is None removes the file."""

    changes: dict[str, Change | None] = field(default_factory=dict)
    summary: Summary = field(default_factory=Summary)


class Planner:
    """Compares the student's files with the newer course's and with what the course last gave.

    Args:
        repository: the student's.
        base: what the course last gave; None if that isn't known.
        newer: the newer template.
    """

    def __init__(self, repository: Repository, base: Base | None, newer: Newer) -> None:
        self.repository, self.base, self.newer = repository, base, newer
        self.files = repository.files("HEAD")
        self.old: Files = base.files() if base else {}
        self.result = Plan()
        self.used: dict[str, set[str]] = {}  # by day
        both = {*newer.files, *self.old}
        paths = {path for path in both if self.files.get(path) != newer.files.get(path)}
        self.theirs = newer.read([path for path in paths if path in newer.files])
        self.given = self._read(self.old, paths)
        self.mine = self._read(self.files, {*paths, *filter(STUB.fullmatch, self.files)})
        self.paths = sorted(paths)

    def _read(self, files: Files, paths: Iterable[str]) -> dict[str, bytes]:
        plain = [path for path in paths if path in files and _is_plain(files[path])]
        contents = self.repository.read(files[path].blob for path in plain)
        return {path: contents[files[path].blob] for path in plain}

    def plan(self, only: set[str] | None = None) -> Plan:
        """Decide on every file.

        Args:
            only: the files that may change; None for all.

        Raises:
            UsageError: if the template lacks a day of this copy, or needs the name of an own file.
        """
        missing = self._days() - {day[1] for day in map(README.fullmatch, self.newer.files) if day}
        if missing:
            raise UsageError(
                f"'{self.newer.name}' has no day {', '.join(sorted(missing))}; "
                "name a template with all days of your copy."
            )
        for path in self.paths:
            if only is None or path in only:
                self._decide(path)
        return self.result

    def _days(self) -> set[str]:
        """The numbers of the course's days in this copy; it may have days of the student's own."""
        found = {path: day[1] for path in self.files if (day := README.fullmatch(path))}
        if self.base:
            return {number for path, number in found.items() if path in self.old}
        texts = self._read(self.files, found)
        return {found[path] for path, text in texts.items() if tasks(text.decode(errors="replace"))}

    def _decide(self, path: str) -> None:
        if path not in self.theirs:
            self._remove(path)
        elif path not in self.files:
            self._bring(path)
        elif path not in self.mine:
            raise UsageError(
                f"'{path}' is a link in your copy, but a file of the course; remove it, commit, "
                "and update again."
            )
        elif _same(self.mine[path], self.theirs[path]):
            return
        elif STUB.fullmatch(path):
            self._merge(path)
        elif path in SETTINGS and self._is_changed(path):
            if path not in self.given or not _same(self.given[path], self.theirs[path]):
                self.result.summary.stayed.append(f"{path}, which has changed in the course")
        else:
            self._replace(path)

    def _is_changed(self, path: str) -> bool:
        """Whether a file is not as the course gave it."""
        return path not in self.given or not _same(self.mine[path], self.given[path])

    def _remove(self, path: str) -> None:
        """Remove what the course doesn't have any more, unless it is the student's now."""
        if path not in self.mine or path in CLASSROOM:
            return
        changed = self._is_begun if STUB.fullmatch(path) else self._is_changed
        if changed(path):
            self.result.summary.look.append(
                f"{path} is no longer in the course; it stays, for you have worked with it."
            )
        else:
            self.result.changes[path] = None
            self.result.summary.gone.append(path)

    def _bring(self, path: str) -> None:
        """Bring a file that the copy lacks; what the student has removed only if it is needed."""
        day = _DAY.fullmatch(path)
        whole = day is not None and not any(p.startswith(f"{day[1]}/") for p in self.files)
        if path in self.old and not whole:
            if not _NEEDED.fullmatch(path):
                return
            self.result.summary.look.append(f"{path} is back, for the course needs it.")
        else:
            said = f"{day[1]}, a whole day" if day and whole else path
            if said not in self.result.summary.new:
                self.result.summary.new.append(said)
        self.result.changes[path] = Change(self.newer.files[path].mode, self.theirs[path])

    def _replace(self, path: str) -> None:
        """Bring the course's version of a file."""
        if self.base and path not in self.old:
            raise UsageError(
                f"'{path}' is a file of your own, but the newer course has one of this name; "
                "rename yours, commit, and update again."
            )
        if not self.base:
            self.result.summary.replaced.append(path)
        elif self._is_changed(path):
            self.result.summary.look.append(
                f"{path} is the course's again; your version is in the commit before this one."
            )
        else:
            self.result.summary.newer.append(path)
        self._change(path, self.theirs[path])

    def _change(self, path: str, content: bytes) -> None:
        """Change a file, and keep its mode and line endings."""
        if _has_crlf(self.mine[path]) and not _has_crlf(content) and b"\0" not in content:
            content = content.replace(b"\n", b"\r\n")
        self.result.changes[path] = Change(self.files[path].mode, content)

    def _merge(self, path: str) -> None:
        """Merge a stub, unless one of both sides is as it was."""
        base, newer, summary = self._base_units(path), self._newer_units(path), self.result.summary
        if base is not None and alike(base, newer):
            return
        try:
            mine = units(text_of(self.mine[path]))
        except Unmergeable as problem:
            summary.look.append(
                f"{path} {problem}; it stays as it is. Fix that, commit, and update again."
            )
            return
        if base is not None and alike(base, mine) and not begun(base, mine, newer):
            self._change(path, self.theirs[path])
            summary.newer.append(path)
            return
        try:
            merged = merge(base, mine, newer, self._used(path))
        except Unmergeable as problem:
            summary.look.append(f"{path} {problem}; compare it with the newer course's yourself.")
            return
        summary.new += [f"{path}: {name}" for name in merged.new]
        if merged.stayed:
            summary.stayed.append(f"{path}: {', '.join(merged.stayed)}")
        summary.look += [f"{path}: {sentence}" for sentence in merged.look]
        content = merged.source.encode()
        if not self.mine[path].endswith(b"\n"):
            content = content.removesuffix(b"\n").removesuffix(b"\r")
        if self.mine[path].startswith(_BOM):
            content = _BOM + content
        if content != self.mine[path]:
            summary.newer.append(path)
            self.result.changes[path] = Change(self.files[path].mode, content)

    def _newer_units(self, path: str) -> Units:
        """The units of the newer stub, with the line endings of the student's."""
        content = self.newer.read([path])[path] if path in self.newer.files else b""
        if _has_crlf(self.mine[path]):
            content = content.replace(b"\n", b"\r\n")
        try:
            return units(text_of(content))
        except Unmergeable as problem:
            raise UsageError(
                f"'{self.newer.name}' is damaged or too new for this Python: {path} {problem}."
            ) from None

    def _base_units(self, path: str) -> Units | None:
        try:
            return self.base.units(path) if self.base else None
        except Unmergeable:
            return None

    def _used(self, path: str) -> set[str]:
        """The names that the student's own units use, in all modules of a day."""
        day = path.partition("/")[0]
        if day not in self.used:
            self.used[day] = set()
            for other in [path for path in self.mine if path.startswith(f"{day}/src/")]:
                self.used[day] |= self._used_in(other)
        return self.used[day]

    def _used_in(self, path: str) -> set[str]:
        try:
            mine = units(text_of(self.mine[path]))
        except Unmergeable:
            return set(re.findall(r"\w+", self.mine[path].decode(errors="replace")))
        keys = begun(self._base_units(path), mine, self._newer_units(path))
        return names(mine[key] for key in keys)

    def _is_begun(self, path: str) -> bool:
        """Whether a module that is no longer in the course has become the student's."""
        try:
            mine = units(text_of(self.mine[path]))
        except Unmergeable:
            return True
        own = begun(self._base_units(path), mine, {})
        used = self._used(path)
        return bool(own) or any(bound(unit) & used for unit in mine.values())


def _is_plain(entry: Entry) -> bool:
    return entry.mode in (FILE, PROGRAM)


def _has_crlf(content: bytes) -> bool:
    """Whether most lines of a text end as on Windows."""
    return b"\0" not in content and 2 * content.count(b"\r\n") > content.count(b"\n")


def _same(one: bytes, other: bytes) -> bool:
    """Whether two files agree, whatever ends their lines."""
    if b"\0" in one:
        return one == other
    return one.replace(b"\r\n", b"\n") == other.replace(b"\r\n", b"\n")


def check_place(root: Path, files: Files, plan: Plan) -> None:
    """Refuse to write where a file or folder is that the course doesn't know.

    Args:
        root: the student's folder.
        files: what is committed there.
        plan: what will be written.

    Raises:
        UsageError: if something is in the way.
    """
    remaining = {path for path in files if plan.changes.get(path, path) is not None}
    for path in sorted(plan.changes.keys() - files.keys()):
        for parent in Path(path).parents[:-1]:
            _check_folder(root, parent.as_posix(), files, remaining, path)
        inside = [other for other in files if other.startswith(f"{path}/")]
        if remaining.intersection(inside) or (not inside and os.path.lexists(root / path)):
            raise _in_the_way(path, path)


def _check_folder(root: Path, name: str, files: Files, remaining: set[str], path: str) -> None:
    """Refuse where a file or link stands in place of a folder."""
    place = root / name
    other = place.is_symlink() or (place.exists() and not place.is_dir())
    if name in remaining or (name not in files and other):
        raise _in_the_way(name, path)


def _in_the_way(name: str, path: str) -> UsageError:
    return UsageError(
        f"'{name}' is in the way of the newer course's '{path}'; move it elsewhere, "
        "commit, and update again."
    )
