"""What leaves this repository: the files of a students' template and of a bundle for grading.

A tree is a dict from each file's path to its content. Only what is named here leaves, so a new file
of the maintainers stays at home unless somebody adds it.
"""

import ast
import os
import re
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from pathlib import Path

from introdl import course
from introdl.authoring.publish.views import decoded
from introdl.course import ROOT, Day
from introdl.errors import UsageError
from introdl.update import git

Tree = dict[str, bytes]

BEGIN, END = "BEGIN MAINTAINERS", "END MAINTAINERS"  # what is between stays at home
OVERLAY = "template/"  # what students get in place of our own files
FRONT = "README.md"
DATA = "data/DATA.md"

EXEMPLARY = (FRONT, "docs/students.md", "noxfile.py")  # their examples are of day 2

STUDENTS = (
    ".devcontainer/", ".editorconfig", ".github/report.png", ".github/workflows/autograding.yml",
    ".gitignore", ".vscode/", "CITATION.cff", DATA, "LICENSE", "constraints.txt",
    "docs/students.md", "environment.yml", "introdl/", "noxfile.py", "pyproject.toml",
)  # fmt: skip
GRADING = (DATA, "LICENSE", "constraints.txt", "introdl/", "pyproject.toml")
MAINTAINERS = ("introdl/authoring/",)
# What a day must import to get it: it answers tasks of earlier days.
ON_REQUEST = {"introdl/training.py": "introdl.training", "introdl/networks.py": "introdl.networks"}

_EXAMPLE = re.compile(r"(?<=-- )2\b|\b2(?=\.\d\b)")  # day 2, or one of its tasks
_ROW = re.compile(r"^\|.*\|\n", re.MULTILINE)
_ITEM = re.compile(r"^(?:[-*]|Next:) .*\n(?:  .*\n)*", re.MULTILINE)
# Code, which has no links; or a link's words and target.
_LINK = re.compile(r"```.*?```|`[^`\n]*`|!?\[([^\]]*)\]\(([^)\s#]+)(?:#[^)\s]*)?\)", re.DOTALL)


def working_tree(root: Path = ROOT) -> Tree:
    """The files of the working tree that git tracks, or would if they were added.

    Raises:
        UsageError: if git can't tell.
    """
    listed = git.at(root).run("ls-files", "-co", "--exclude-standard", "-z")
    paths = (name for name in listed.decode().split("\0") if name)
    return {name: (root / name).read_bytes() for name in sorted(paths) if (root / name).is_file()}


def last_commit(root: Path = ROOT) -> tuple[Tree, datetime]:
    """The files of the last commit, and its date.

    Raises:
        UsageError: if there are changes that no commit holds, or git can't tell.
    """
    repository = git.at(root)
    if repository.run("status", "--porcelain", "--untracked-files=normal"):
        raise UsageError("There are uncommitted changes (git status); commit or remove them first.")
    names = {path: entry.blob for path, entry in repository.files("HEAD").items()}
    contents = repository.read(names.values())
    date = datetime.fromisoformat(repository.line("show", "-s", "--format=%cI"))
    return {path: contents[blob] for path, blob in names.items()}, date


def write(tree: Tree, folder: Path) -> None:
    """Write files below a folder."""
    for path, content in tree.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


def students(files: Tree, days: list[Day], name: str = "") -> Tree:
    """The template for students.

    Args:
        files: the maintainers' files.
        days: the days that it has.
        name: the front page's title; empty for the course's own.
    """
    tree = {path: content for path, content in files.items() if _is_in(path, STUDENTS)}
    for day in days:
        tree |= {path: data for path, data in files.items() if path.startswith(f"{day.name}/")}
    tree |= _data(files, days)
    tree |= {p.removeprefix(OVERLAY): files[p] for p in files if p.startswith(OVERLAY)}
    tree = _adapted(_without_later_days(tree, days), days)
    if name:
        _, _, rest = tree[FRONT].decode().partition("\n")
        tree[FRONT] = f"# {name}\n{rest}".encode()
    return tree


def grading(files: Tree, days: list[Day]) -> Tree:
    """What is needed to grade these days, and nothing more; it holds no solution and no secret.

    Args:
        files: the maintainers' files.
        days: the days to be graded.
    """
    tree = {path: content for path, content in files.items() if _is_in(path, GRADING)}
    for day in days:
        tree |= {
            path: content
            for path, content in files.items()
            if re.match(rf"{day.name}/(README\.md$|src/|tests/)", path)
        }
    # No test trains with MNIST, and a bundle has room for 10 MiB.
    data = {p: d for p, d in _data(files, days).items() if not p.startswith("data/mnist/")}
    return _adapted(_without_later_days(tree | data, days), days)


def _is_in(path: str, places: Iterable[str]) -> bool:
    if any(path.startswith(place) for place in MAINTAINERS):
        return False
    return any(path == p or (p.endswith("/") and path.startswith(p)) for p in places)


def _without_later_days(tree: Tree, days: list[Day]) -> Tree:
    """Without what ``introdl`` gives to days that are not there."""
    used = imported(tree, [path for path in tree if path.split("/")[0] in _names(days)])
    left_out = {path for path, module in ON_REQUEST.items() if module not in used}
    return {path: content for path, content in tree.items() if path not in left_out}


def _data(files: Tree, days: list[Day]) -> Tree:
    """The data files that the modules of these days load: they name them in quotes."""
    sources = [path for path in files if re.match(rf"({'|'.join(_names(days))})/src/", path)]
    loaders = imported(files, sources) - {"introdl.datasets"}
    texts = [content.decode() for path, content in files.items() if module(path) in loaders]
    return {
        path: content
        for path, content in files.items()
        if path.startswith("data/") and any(f'"{Path(path).name}"' in text for text in texts)
    }


def _names(days: Iterable[Day]) -> list[str]:
    return [day.name for day in days]


def module(path: str) -> str:
    """A file's name as a module."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def imported(files: Tree, paths: Iterable[str]) -> set[str]:
    """The modules of introdl that files import, directly or through others.

    A name that a package only passes on leads to the module that defines it, and not to everything
    else that the package imports.
    """
    by_module = {module(path): path for path in files if path.endswith(".py")}
    waiting, found = [path for path in paths if path.endswith(".py")], set[str]()
    while waiting:
        for name in _imports(files[waiting.pop()]):
            package, _, attribute = name.rpartition(".")
            source = name if name in by_module else package
            if by_module.get(source, "").endswith("__init__.py"):
                passed_on = _imports(files[by_module[source]])
                source = {n.rpartition(".")[2]: n for n in passed_on}.get(attribute, name)
                source = source if source in by_module else source.rpartition(".")[0]
            if source in by_module and source not in found:
                found.add(source)
                waiting.append(by_module[source])
    return found


@cache
def _imports(source: bytes) -> frozenset[str]:
    """The full names that a file imports from introdl, also inside functions."""
    names = set[str]()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(name for name in names if name.split(".")[0] == "introdl")


def _adapted(tree: Tree, days: list[Day]) -> Tree:
    """The tree without what is for maintainers, without links and examples that lead to nothing."""
    whole, chosen = (sum(day.points for day in some) for some in (course.days(), days))
    result = dict(tree)
    for path, content in tree.items():
        page = before = decoded(content) or ""
        if BEGIN in page:
            page = cut(page, path)
        if path.endswith(".md"):
            page = linked(path, page, set(tree)).replace(f"0/{whole}", f"0/{chosen}")
        if path == DATA:
            page = described(page, tree)
        if path in EXEMPLARY and all(day.number != 2 for day in days):
            page = _EXAMPLE.sub(str(days[0].number), page)
        if page != before:
            result[path] = page.encode()
    return result


def cut(text: str, path: str) -> str:
    """Text without the lines from ``BEGIN MAINTAINERS`` to ``END MAINTAINERS``.

    Raises:
        UsageError: if a beginning has no end; ``path`` is named then.
    """
    kept, inside = [], False
    for line in text.splitlines(keepends=True):
        if BEGIN in line:
            inside = True
        elif END in line:
            inside = False
        elif not inside:
            kept.append(line)
    if inside:
        raise UsageError(f"{path}: the last {BEGIN} has no {END}.")
    return "".join(kept).rstrip("\n") + "\n"


def linked(path: str, text: str, there: set[str]) -> str:
    """A page without links that lead to nothing.

    A row of a table or an item of a list that has one is left out; elsewhere its words stay.

    Args:
        path: where the page is.
        text: the page.
        there: the paths of all files.
    """
    places = there | {str(parent) for p in there for parent in Path(p).parents}

    def leads_somewhere(link: re.Match[str]) -> bool:
        if link[2] is None or re.match(r"[a-z]+:", link[2]):
            return True
        return os.path.normpath(os.path.join(os.path.dirname(path), link[2])) in places

    def kept(part: re.Match[str]) -> str:
        return part[0] if all(map(leads_somewhere, _LINK.finditer(part[0]))) else ""

    def worded(link: re.Match[str]) -> str:
        return link[0] if leads_somewhere(link) else link[1]

    return _LINK.sub(worded, _ITEM.sub(kept, _ROW.sub(kept, text)))


def described(text: str, tree: Tree) -> str:
    """``DATA.md`` with what is there: its table's rows and their sections."""

    def is_there(name: str) -> bool:
        return any(p == f"data/{name}" or p.startswith(f"data/{name}/") for p in tree)

    def kept(row: re.Match[str]) -> str:
        named = re.match(r"\| `([^`]+\.\w+)` \|", row[0])
        return row[0] if named is None or is_there(named[1]) else ""

    # A section is named after a file, after a folder, or says what it is about: EEG.
    uses_eeg = any(
        b"introdl.datasets.eeg" in tree[path] for path in tree if path.startswith("day_")
    )
    head, *sections = re.split(r"^(?=## )", _ROW.sub(kept, text), flags=re.MULTILINE)
    for section in sections:
        name = section.splitlines()[0].removeprefix("## ")
        head += section if is_there(name) or ("EEG" in name and uses_eeg) else ""
    return head
