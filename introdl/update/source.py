"""The newer template, wherever it comes from, as a tree in a repository of its own."""

import re
import stat
import tempfile
import urllib.error
import urllib.parse
import urllib.request
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from os import devnull
from pathlib import Path

from introdl.errors import UsageError
from introdl.update.git import FILE, PROGRAM, Entry, Repository

LARGEST = 256 << 20  # bytes of a zip file, packed or unpacked; a template has less than 40 MB

_ADDRESS = re.compile(r"[a-z+]+://.+|[\w.-]+@[\w.-]+:.+")
_README = re.compile(r"day_\d\d_\w+/README\.md")
_PARTS_REFUSED = re.compile(r"\.{0,2}|\.git|.*[\\:].*", re.IGNORECASE)


@dataclass(frozen=True)
class Newer:
    """A newer template."""

    name: str
    tree: str
    files: dict[str, Entry]
    repository: Repository

    def read(self, paths: list[str]) -> dict[str, bytes]:
        """The contents of some files, by path."""
        contents = self.repository.read(self.files[path].blob for path in paths)
        return {path: contents[self.files[path].blob] for path in paths}


@contextmanager
def opened(source: str) -> Iterator[Newer]:
    """The template in a folder, a git repository or a zip file, local or by its address.

    Raises:
        UsageError: if there is none, or if it contains a path that leads elsewhere.
    """
    with tempfile.TemporaryDirectory(prefix="course-", ignore_cleanup_errors=True) as temporary:
        work = Path(temporary)
        repository = Repository((f"--git-dir={work / 'git'}",))
        repository.run("init", "--quiet", "--bare")
        tree = _tree(source, repository, work)
        files = repository.files(tree)
        _check(source, files)
        yield Newer(_name(source), tree, files, repository)


def _tree(source: str, repository: Repository, work: Path) -> str:
    """Bring the source into the repository."""
    folder = Path(source)
    packed = urllib.parse.urlsplit(source).path.lower().endswith(".zip") and not folder.is_dir()
    if packed and source.startswith(("http://", "https://")):
        return _added(_unpacked(_downloaded(source, work), work), repository, "--force")
    if packed and not _ADDRESS.fullmatch(source):
        return _added(_unpacked(folder, work), repository, "--force")
    if folder.is_dir() and not (folder / ".git").exists() and not (folder / "HEAD").is_file():
        if not (folder / "introdl" / "course.py").is_file():
            raise _not_a_template(_name(source))
        return _added(folder, repository)
    if not folder.is_dir() and not _ADDRESS.fullmatch(source):
        raise UsageError(
            f"'{source}' is not a folder, a zip file or the address of a repository; "
            "name one with a newer template."
        )
    place = str(folder.resolve()) if folder.is_dir() else source
    repository.run("fetch", "--quiet", "--depth=1", "--no-tags", "--", place, "HEAD")
    return repository.line("rev-parse", "FETCH_HEAD^{tree}")


def _added(folder: Path, repository: Repository, *options: str) -> str:
    """A folder as a tree; what its .gitignore names is left out, unless the options say no."""
    # The settings of the person who updates must not change what a template consists of.
    inside = Repository(
        (*repository.options, f"--work-tree={folder.resolve()}", "-C", str(folder))
    ).configured(
        "core.bare=false",
        "core.autocrlf=input",
        "core.safecrlf=false",
        f"core.excludesFile={devnull}",
        f"core.attributesFile={devnull}",
    )
    inside.run("add", "--all", *options, ".")
    return inside.line("write-tree")


def _downloaded(address: str, work: Path) -> Path:
    """A zip file from the web."""
    try:
        with urllib.request.urlopen(address, timeout=60) as answer:
            content = answer.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        raise UsageError(f"Can't download '{_name(address)}': {reason}.") from None
    if len(content) > LARGEST:
        raise UsageError(f"'{_name(address)}' is larger than 256 MB, so it isn't a template.")
    path = work / "newer.zip"
    path.write_bytes(content)
    return path


def _unpacked(path: Path, work: Path) -> Path:
    """The folder with a zip file's content: its one top folder if it has one, as GitHub's have."""
    folder = work / "unpacked"
    folder.mkdir()
    try:
        with zipfile.ZipFile(path) as archive:
            members = [
                member
                for member in archive.infolist()
                if not member.is_dir() and ".git" not in member.filename.split("/")
            ]
            if sum(member.file_size for member in members) > LARGEST:
                raise UsageError(f"'{path.name}' unpacks to more than 256 MB; it isn't a template.")
            for member in members:
                mode = member.external_attr >> 16
                _check_path(path.name, member.filename, stat.S_ISLNK(mode))
                target = folder / member.filename
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(archive.read(member))
                target.chmod(0o755 if mode & stat.S_IXUSR else 0o644)
    except FileNotFoundError:
        raise UsageError(f"There is no file '{path}'.") from None
    except (OSError, zipfile.BadZipFile, zlib.error, RuntimeError, EOFError) as error:
        raise UsageError(f"Can't unpack '{path.name}': {error}.") from None
    inside = list(folder.iterdir())
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else folder


def _check(source: str, files: dict[str, Entry]) -> None:
    """Refuse what isn't a template of this course, or leads elsewhere."""
    name = _name(source)
    if "introdl/course.py" not in files or not any(map(_README.fullmatch, files)):
        raise _not_a_template(name)
    if any(path.startswith("tests/") for path in files):  # a template's tests are in its days
        raise UsageError(
            f"'{name}' is the repository that templates are made from; name a template."
        )
    for path, entry in files.items():
        _check_path(name, path, entry.mode not in (FILE, PROGRAM))


def _not_a_template(name: str) -> UsageError:
    return UsageError(
        f"'{name}' isn't a template of this course: it has no introdl/course.py, or no day."
    )


def _check_path(name: str, path: str, link: bool) -> None:
    odd = not path.isprintable() or any(map(_PARTS_REFUSED.fullmatch, path.split("/")))
    if link or odd:
        raise UsageError(
            f"'{name}' is refused: {path!r} in it leads out of the folder; get a fresh copy."
        )


def _name(source: str) -> str:
    """What a source is called in messages and in the commit, without a password or home folder."""
    if _ADDRESS.fullmatch(source):
        return re.sub(r"^(\w+://)[^/@]*@", r"\1", source)
    return Path(source).resolve().name
