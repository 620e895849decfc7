"""The scaffold of a new task, in a small copy of the repository; nothing in it is run."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from introdl.authoring import mistakes, stubs
from introdl.authoring.mistakes import sentences, unknown
from introdl.authoring.new import FILL_IN, scaffold
from introdl.course import ROOT, Day, Task
from introdl.errors import UsageError

DAY = "day_04_statistics"
COUNT = max(int(task.number.partition(".")[2]) for task in Day(ROOT / DAY).tasks)
LAST, NEXT, THEN, LATER = (f"4.{COUNT + more}" for more in range(4))  # 4.8, 4.9, 4.10, 4.11


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with day 4 only, without figures."""
    for folder in (DAY, f"solutions/{DAY}"):
        leave = shutil.ignore_patterns("figures", "__pycache__")
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=leave)
    return tmp_path


def names(paths: list[Path], root: Path) -> list[str]:
    """The paths below the root."""
    return [path.relative_to(root).as_posix() for path in paths]


def test_a_new_module(root: Path) -> None:
    written = scaffold(NEXT, "Invented  measure", root=root)
    assert names(written, root) == [
        f"solutions/{DAY}/src/invented_measure.py",
        f"{DAY}/src/invented_measure.py",
        f"{DAY}/tests/test_invented_measure.py",
        f"solutions/{DAY}/mistakes.py",
        f"{DAY}/README.md",
    ]
    assert all(FILL_IN in path.read_text(encoding="utf-8") for path in written)
    solution, stub, test, _, _ = written
    assert stub.read_text() == stubs.stub(solution.read_text(), solution.name)
    assert f'    raise NotImplementedError("TODO {NEXT}: FILL IN what to do")\n' in stub.read_text()
    assert f'@task("{NEXT}", points=1)\ndef test_invented_measure(' in test.read_text()


def test_a_function_behind_the_last_graded_one_of_a_module(root: Path) -> None:
    before = (root / "solutions" / DAY / "src/sample.py").read_text()
    solution, *_ = scaffold(NEXT, "Invented measure", file="sample.py", root=root)
    after = solution.read_text()
    places = [after.index(f"\ndef {name}(") for name in ("correlation", "invented_measure", "main")]
    assert places == sorted(places)
    assert after.startswith(before.partition("\n\n\ndef main")[0])
    assert after.endswith(before.partition("\n\n\ndef main")[2])


def test_the_two_mistakes_are_mistakes_of_the_new_function(root: Path) -> None:
    solution, *_ = scaffold(NEXT, "Invented measure", file="sample.py", root=root)
    before = mistakes.read(ROOT / "solutions" / DAY)
    corpus = mistakes.read(root / "solutions" / DAY)
    assert corpus[: len(before)] == before
    added, source = corpus[len(before) :], solution.read_text()
    assert [(m.task, m.file, m.function(source)) for m in added] == [
        (NEXT, "sample.py", "invented_measure")
    ] * 2
    assert len({m.apply(source) for m in added}) == 2
    assert [unknown(m, sentences(Day(root / DAY))) for m in added] == ["", ""]


def test_the_section_stands_behind_the_last_task(root: Path) -> None:
    before = Day(root / DAY)
    assert before.tasks  # read before it changes
    scaffold(NEXT, "Invented measure", points=2, optional=True, root=root)
    scaffold(THEN, "Ties", root=root)
    after = Day(root / DAY)
    assert after.tasks == (
        *before.tasks,
        Task(NEXT, "Invented measure", 2, True),
        Task(THEN, "Ties", 1, False),
    )
    added = (
        after.readme.index(f"### {NEXT} ★"),
        after.readme.index(f"### {THEN} Ties · 1 point\n"),
    )
    assert added[0] < added[1] < after.readme.index("## Common mistakes")
    start, end = before.readme.split("\n## Common mistakes")
    assert after.readme.startswith(start)
    assert after.readme.endswith(f"\n\n## Common mistakes{end}")


@pytest.mark.parametrize("file", [None, "sample.py"])
@pytest.mark.parametrize("title", ["Ties", "Forty letters are the most that may show"])
def test_the_scaffold_is_formatted(file: str | None, title: str, root: Path) -> None:
    written = scaffold(NEXT, title, file=file, root=root)
    files = [str(path) for path in written if path.suffix == ".py"]
    config = ["--no-cache", "--config", str(ROOT / "pyproject.toml")]
    for command in (["check"], ["format", "--check"]):
        ruff = [sys.executable, "-m", "ruff", *command, *config, *files]
        done = subprocess.run(ruff, cwd=root, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("number", "title", "more", "says"),
    [
        ("4", "Ties", {}, "'4' is not a task's number; write one such as 4.9."),
        ("12.1", "Ties", {}, "There is no day 12; add the task to one of the days 4."),
        (LAST, "Ties", {}, f"Task {LAST} exists already; the next free one of day 4 is {NEXT}."),
        (
            LATER,
            "Ties",
            {},
            f"the next free one of day 4 is {NEXT}.",
        ),
        (NEXT, " ", {}, "'' gives no name for a function; begin the title with a word."),
        (NEXT, "2 ties", {}, "'2 ties' gives no name for a function; begin the title with a word"),
        (NEXT, "Lambda", {}, "'Lambda' gives no name for a function"),
        (NEXT, "Ties " * 9, {}, "is too long; a title has at most 40 characters."),
        (NEXT, "Standardize", {}, "sample.py defines standardize already; choose another title."),
        (NEXT, "Sample", {}, "test_sample.py exists already; choose another title."),
        (NEXT, "Ties", {"points": 0}, "A task earns at least 1 point, not 0."),
        (
            NEXT,
            "Ties",
            {"file": "../a.py"},
            "'../a.py' is not a module of src; name a file such as ",
        ),
    ],
)
def test_bad_input_is_refused_before_anything_is_written(
    number: str, title: str, more: dict[str, object], says: str, root: Path
) -> None:
    def texts() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}

    before = texts()
    with pytest.raises(UsageError) as raised:
        scaffold(number, title, root=root, **more)  # type: ignore[arg-type]
    assert says in str(raised.value)
    assert texts() == before


def test_a_corpus_without_a_list_is_refused(root: Path) -> None:
    (root / "solutions" / DAY / "mistakes.py").write_text("")
    with pytest.raises(UsageError, match="has no list MISTAKES; write one, even if empty"):
        scaffold(NEXT, "Ties", root=root)
