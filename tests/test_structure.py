"""The structure that CONTRIBUTING.md promises, read from the imports."""

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from introdl import course
from introdl.course import ROOT

ROW = re.compile(r"^\| `([^`]+)` \| [^|]+ \| ([^|]*)\|$", re.MULTILINE)
DAY = re.compile(r"day_\d\d_\w+")
FILES = sorted(
    path
    for folder in ("introdl", "solutions", "benchmarks", "tests", "day_*")
    for top in ROOT.glob(folder)
    for path in top.rglob("*.py")
)


@cache
def table() -> dict[str, set[str]]:
    """For each place of the table what it may import, directly and through others."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## Where things")[2]
    direct = {place: set(re.findall(r"`([^`]+)`", allowed)) for place, allowed in ROW.findall(text)}
    known = set(direct)

    def reach(place: str) -> set[str]:
        return {place}.union(*(reach(other) for other in direct[place]))

    assert not set().union(*direct.values()) - known
    return {place: reach(place) for place in direct}


def place_of(path: Path) -> str:
    """The row of the table in which a file lives."""
    top, *rest = path.relative_to(ROOT).parts
    if DAY.fullmatch(top):
        return f"day_*/{rest[0]}"
    return f"introdl.{rest[0].removesuffix('.py')}" if top == "introdl" and len(rest) > 0 else top


def imported(path: Path) -> Iterator[str]:
    """The places that a file imports from, also inside functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            top, *rest = name.split(".")
            if DAY.fullmatch(top):
                yield "day_*/src" if rest[:1] == ["src"] else name
            elif top == "introdl":
                yield f"introdl.{rest[0]}" if rest else name
            elif top in ("benchmarks", "tests", "solutions"):
                yield top


def test_files_import_what_their_place_may() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in FILES
        for name in imported(path)
        if place_of(path) != "tests" and name not in table().get(place_of(path), set())
    ]
    assert wrong == []


def test_no_arrow_runs_back() -> None:
    for place, reached in table().items():
        assert not [other for other in reached - {place} if place in table()[other]]


def test_every_place_has_a_row() -> None:
    assert {place_of(path) for path in FILES} - {"introdl.__init__"} == set(table())


def test_trusted_and_fenced_do_not_know_each_other() -> None:
    assert "introdl.fenced" not in table()["introdl.trusted"]
    assert "introdl.trusted" not in table()["introdl.fenced"]


def test_no_day_imports_another() -> None:
    for day in course.days():
        for folder in (day.folder, ROOT / "solutions" / day.name):
            for path in folder.rglob("*.py"):
                named = set(DAY.findall(path.read_text(encoding="utf-8")))
                assert named <= {day.name}, path


def test_introdl_names_no_day() -> None:
    sources = (ROOT / "introdl").rglob("*.py")
    for path in sources:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import | ast.ImportFrom):
                assert not DAY.search(ast.unparse(node)), path


def test_no_line_changes_the_path() -> None:
    """The worker alone does, for it serves a submission that lies elsewhere."""
    changing = [
        path.relative_to(ROOT).as_posix()
        for path in FILES
        if re.search(r"sys\.path(\.\w+\(|\[.*\] *=| *\+?= )", path.read_text(encoding="utf-8"))
    ]
    assert changing == ["introdl/fenced/worker.py"]


def test_every_import_is_declared() -> None:
    """What is imported from elsewhere stands among the dependencies or extras."""
    declared = (ROOT / "pyproject.toml").read_text(encoding="utf-8").lower()
    renamed = {
        "PIL": "pillow",
        "imageio_ffmpeg": "imageio-ffmpeg",
        "ruamel": "ruamel.yaml",
        "sklearn": "scikit-learn",
    }
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [str(node.module)]
            for top in {name.split(".")[0] for name in names}:
                ours = top in ("introdl", "benchmarks", "__future__") or DAY.fullmatch(top)
                if not ours and top not in sys.stdlib_module_names:
                    assert f'"{renamed.get(top, top).lower()}' in declared, f"{path}: {top}"
