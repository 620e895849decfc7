"""The students' template: what is in it, that it proves itself, and that it is always the same."""

import re
import shutil
import subprocess
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from introdl import course
from introdl.__main__ import main
from introdl.authoring.publish import leaks, proof, template, tree
from introdl.authoring.publish.tree import Tree
from introdl.course import ROOT, Day
from introdl.datasets import embedded
from introdl.errors import UsageError

DAYS = course.days()
TWO, FOUR, FIVE, SIX = (DAYS[number - 1] for number in (2, 4, 5, 6))
DATE = datetime(2026, 10, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def files() -> Tree:
    """The maintainers' files."""
    return tree.working_tree()


def data(students: Tree) -> set[str]:
    """The data files of a template."""
    return {Path(path).name for path in students if path.startswith("data/")} - {"DATA.md"}


# What is in it


def test_the_whole_course_has_every_day_and_all_data(files: Tree) -> None:
    students = tree.students(files, DAYS)
    for day in DAYS:
        for path in files:
            if path.startswith(f"{day.name}/") and not path.endswith(".md"):
                assert students[path] == files[path], path
    assert data(students) == {Path(file.file).name for file in embedded.files()}


@pytest.mark.parametrize("day", DAYS, ids=lambda day: str(day.number))
def test_a_day_comes_alone(day: Day, files: Tree) -> None:
    students = tree.students(files, [day])
    others = {other.name for other in DAYS if other != day}
    assert not [path for path in students if path.split("/")[0] in others]
    page = students["README.md"].decode()
    assert f"]({day.name}/README.md)" in page
    assert not [name for name in others if name in page]
    assert f"`Points 0/{day.points}`" in page
    rows = re.findall(r"^\| `([^`]+\.\w+)` ", students["data/DATA.md"].decode(), re.MULTILINE)
    assert {Path(row).name for row in rows} == data(students)


def test_examples_are_of_a_day_that_is_there(files: Tree) -> None:
    students = tree.students(files, [FOUR])
    for path in tree.EXEMPLARY:
        text = students[path].decode()
        assert "-- 4" in text
        assert not re.search(r"-- [1-35-9]|\b2\.\d\b", text), path
        assert tree.students(files, [TWO, FOUR])[path].decode().count("-- 2")


@pytest.mark.parametrize("day", DAYS, ids=lambda day: str(day.number))
def test_the_eeg_is_described_only_where_it_is_used(day: Day, files: Tree) -> None:
    page = tree.students(files, [day])["data/DATA.md"].decode()
    assert ("## EEG of movements" in page) == (day.number == 7)


@pytest.mark.parametrize(
    ("day", "names"),
    [
        (TWO, set()),
        (FOUR, {"diabetes.csv.gz", "noisy_signal.csv.gz", "sunspots.csv.gz"}),
        (DAYS[8], {"shakespeare.txt.gz"}),
    ],
    ids=["2", "4", "9"],
)
def test_a_day_has_the_data_that_it_loads(day: Day, names: set[str], files: Tree) -> None:
    assert data(tree.students(files, [day])) == names


def test_answers_to_a_day_come_only_with_the_days_that_need_them(files: Tree) -> None:
    assert "introdl/training.py" not in tree.students(files, [FIVE])
    assert "introdl/training.py" in tree.students(files, [SIX])
    assert "introdl/networks.py" not in tree.students(files, [SIX])
    for days, said in (([FIVE], False), (DAYS, True)):
        page = tree.students(files, days)["README.md"].decode()
        assert ("(introdl/training.py)" in page) == said
        assert ("(introdl/networks.py)" in page) == said


def test_nothing_of_maintainers_is_in_it(files: Tree) -> None:
    students = tree.students(files, DAYS)
    tops = {path.split("/")[0] for path in students}
    assert not tops & {"solutions", "tests", "benchmarks", "template", "CONTRIBUTING.md", ".ci"}
    assert not [path for path in students if path.startswith("introdl/authoring/")]
    workflows = [path for path in students if path.startswith(".github/workflows/")]
    assert workflows == [".github/workflows/autograding.yml"]
    assert not [path for path, content in students.items() if tree.BEGIN.encode() in content]


def test_a_new_file_of_maintainers_stays_at_home(files: Tree) -> None:
    new = {"secret.md": b"x", "docs/plan.md": b"x", "introdl/authoring/new/x.py": b"x"}
    assert tree.students({**files, **new}, DAYS) == tree.students(files, DAYS)


def test_the_assistants_are_asked_to_tutor(files: Tree) -> None:
    assert b"Be a tutor, not a solver" in tree.students(files, [TWO])["AGENTS.md"]


def test_the_front_page_takes_a_name(files: Tree) -> None:
    page = tree.students(files, [TWO], r"Deep \1 2027")["README.md"].decode()
    assert page.startswith("# Deep \\1 2027\n\nYou fill in TODOs")


@pytest.mark.parametrize("day", DAYS, ids=lambda day: str(day.number))
def test_what_grades_a_day_is_small_and_gives_nothing_away(day: Day, files: Tree) -> None:
    bundle = tree.grading(files, [day])
    assert sum(map(len, bundle.values())) < 2 << 20
    for path, content in bundle.items():
        found = leaks.Content(path, content, in_history=False)
        assert not list(leaks.leaked_lines(found, list(leaks.views(content)))), path


def test_lines_between_the_marks_are_cut() -> None:
    text = "a\n# BEGIN MAINTAINERS\nb\n# END MAINTAINERS\nc\n"
    assert tree.cut(text, "a.py") == "a\nc\n"
    with pytest.raises(UsageError, match=r"a\.py: the last BEGIN MAINTAINERS has no END"):
        tree.cut(text.replace("END", "end"), "a.py")


def test_links_that_lead_to_nothing_are_left_out() -> None:
    page = """
| one | [a](a.md) |
| two | [b](b.md) |

- an item with [a](a.md)
- an item with [b](b.md),
  and its second line
- the last

See [a](a.md), [b](b.md), `x[i](b)` and [the web](https://example.org).

```python
y = x[i](b)
```
"""
    assert (
        tree.linked("README.md", page, {"README.md", "a.md"})
        == """
| one | [a](a.md) |

- an item with [a](a.md)
- the last

See [a](a.md), b, `x[i](b)` and [the web](https://example.org).

```python
y = x[i](b)
```
"""
    )


# That it is always the same


def head(folder: Path) -> str:
    """The hash of the last commit."""
    command = ["git", "-C", str(folder), "rev-parse", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_the_same_files_give_the_same_commit(
    files: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    students = tree.students(files, [TWO])
    template.commit(tmp_path / "first", students, DATE)
    (tmp_path / ".gitconfig").write_text("[core]\nautocrlf = true\n[user]\nname = Somebody\n")
    for name, value in {"HOME": str(tmp_path), "GIT_AUTHOR_NAME": "B", "TZ": "Asia/Tokyo"}.items():
        monkeypatch.setenv(name, value)
    template.commit(tmp_path / "second", dict(reversed(students.items())), DATE)
    assert head(tmp_path / "first") == head(tmp_path / "second")
    template.commit(tmp_path / "third", {**students, "more.md": b""}, DATE)
    assert head(tmp_path / "first") != head(tmp_path / "third")


def test_an_ignored_file_is_in_it_all_the_same(tmp_path: Path) -> None:
    template.commit(tmp_path / "made", {".gitignore": b"*.png\n", "a.png": b"x"}, DATE)
    command = ["git", "-C", str(tmp_path / "made"), "ls-files"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert listed.split() == [".gitignore", "a.png"]


# That it proves itself


@pytest.fixture(scope="session")
def published(files: Tree, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template of day 2."""
    folder = tmp_path_factory.mktemp("published") / "template"
    template.commit(folder, tree.students(files, [TWO]), DATE)
    return folder


def wrong(folder: Path) -> list[str]:
    """What the proof finds wrong."""
    found = proof.proven(folder, [TWO], quick=True)
    return [f"{check} · {p}" for check, problems in found.problems.items() for p in problems]


def test_the_template_of_a_day_proves_itself(published: Path) -> None:
    assert wrong(published) == []
    assert not (published / "build").exists()


@pytest.mark.parametrize("days", [DAYS, *([day] for day in DAYS)], ids=lambda days: len(days))
def test_no_template_gives_anything_away(days: list[Day], files: Tree, tmp_path: Path) -> None:
    template.commit(tmp_path / "made", tree.students(files, days), DATE)
    findings = leaks.Findings("leaks")
    leaks.check(tmp_path / "made", findings)
    assert [problem for check in findings.problems.values() for problem in check] == []
    assert list(proof.too_large(tmp_path / "made")) == []


def replaced(path: str, old: str, new: str) -> Callable[[Path], None]:
    """Spoils a file."""

    def spoil(folder: Path) -> None:
        text = (folder / path).read_text(encoding="utf-8")
        assert old in text
        (folder / path).write_text(text.replace(old, new, 1), encoding="utf-8")

    return spoil


def workflow(folder: Path) -> None:
    """Takes the name of Classroom 50's workflow."""
    (folder / ".github/workflows/autograde.yaml").write_text("on: push\n")


def ballast(folder: Path) -> None:
    """Adds three megabytes."""
    (folder / "data" / "more.bin").write_bytes(b"\0" * (3 << 20))


VERIFY = "@nox.session\ndef verify(session: nox.Session) -> None: ...\n\n\n"
PARABOLA = "day_02_optimization/src/parabola.py"
Check = Callable[[Path], Iterable[str]]
SPOILT: dict[str, tuple[Callable[[Path], None], Check, str]] = {
    "a stub that is begun": (
        replaced(PARABOLA, "raise NotImplementedError(", "return 7.0 or ("),
        wrong,
        f"{proof.STARTS} · the stubs: task 2.1 is 'failed', not 'not started'.",
    ),
    "a test that a solution fails": (
        replaced("day_02_optimization/tests/test_descent.py", "expect=2 * point", "expect=1.0"),
        wrong,
        f"{proof.ENDS} · the solutions: task 2.1 is 'failed', not 'passed'.",
    ),
    "a grader that breaks": (
        replaced("introdl/grading/grader.py", "import os", "import os\n\nos.no_such_name"),
        wrong,
        "has no attribute 'no_such_name'",
    ),
    "a maintainers' session": (
        replaced("noxfile.py", "@nox.session\ndef watch(", f"{VERIFY}@nox.session\ndef watch("),
        proof.others_sessions,
        "has the session 'verify'.",
    ),
    "a noxfile that is not Python": (
        replaced("noxfile.py", "import", "imp ort"),
        proof.others_sessions,
        "nox can't read it",
    ),
    "Classroom 50's workflow": (workflow, proof.past_or_workflow, "a name that belongs to"),
    "a size beyond the limit": (ballast, proof.too_large, "2 MB is the most"),
}


@pytest.mark.parametrize("fault", SPOILT)
def test_a_spoilt_template_is_refused(fault: str, published: Path, tmp_path: Path) -> None:
    spoil, check, words = SPOILT[fault]
    copy = Path(shutil.copytree(published, tmp_path / "copy"))
    spoil(copy)
    shutil.rmtree(copy / ".git")
    spoilt = {
        p.relative_to(copy).as_posix(): p.read_bytes() for p in copy.rglob("*.*") if p.is_file()
    }
    template.commit(tmp_path / "made", spoilt, DATE)
    assert any(words in problem for problem in check(tmp_path / "made"))


def test_a_second_commit_is_refused(published: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(published, tmp_path / "copy"))
    (copy / "notes.md").write_text("More.")
    template.git(copy, "add", "notes.md")
    template.git(copy, "commit", "--quiet", "--message", "More", date=DATE.isoformat())
    assert list(proof.past_or_workflow(copy)) == ["has 2 commits; students can read all of them."]


# The command


@pytest.fixture
def clean(files: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    """A repository without uncommitted changes."""
    monkeypatch.setattr(tree, "last_commit", lambda: (files, DATE))


@pytest.mark.usefixtures("clean")
def test_the_command_writes_a_template(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "new" / "template"
    assert main(["template", str(out), "--day", "2", "--quick"]) == 0
    printed = capsys.readouterr().out
    assert f"The template is in {out}" in printed
    assert "Not tried: nox in a fresh environment" in printed
    assert head(out)
    assert [path.name for path in out.parent.iterdir()] == ["template"]
    assert main(["template", "--check", str(out)]) == 0


@pytest.mark.usefixtures("clean")
def test_nothing_is_written_if_the_proof_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = tree.students
    leaky = lambda *a: {**whole(*a), "notes.md": b"return np.array(differences) / (2 * h)"}  # noqa: E731
    monkeypatch.setattr(template.tree, "students", leaky)
    assert main(["template", str(tmp_path / "out"), "--day", "2", "--quick"]) == 1
    captured = capsys.readouterr()
    assert "gives away a line of" in captured.out
    assert captured.err == "Nothing was written.\n"
    assert list(tmp_path.iterdir()) == []


def test_a_leak_has_an_exit_code(tmp_path: Path, published: Path) -> None:
    copy = Path(shutil.copytree(published, tmp_path / "copy"))
    (copy / "notes.md").write_text("# BEGIN SOLUTION")
    assert main(["template", "--check", str(copy)]) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["{full}"], "exists and is not empty"),
        (["{full}/file"], "exists and is not empty"),
        (["{new}", "--day", "77"], "There is no day or task '77'"),
        (["{new}", "--day", "2.1"], "--day names a whole day"),
        ([], "Name the folder for the template, before --day; or one with --check."),
        (["--day", "2", "{new}"], "Name the folder for the template, before --day"),
        (["{new}", "--check", "{new}"], "Name the folder for the template, before --day"),
        ([str(ROOT / "introdl" / "new")], "is in this repository; name a folder beside it"),
        (["--check", "{new}"], "There is no folder"),
        (["--check", "{full}"], "has no day of the course"),
    ],
)
@pytest.mark.usefixtures("clean")
def test_bad_input_gets_one_sentence(
    arguments: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("kept")
    places = {name: str(tmp_path / name) for name in ("full", "new")}
    assert main(["template", *(word.format(**places) for word in arguments)]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert len(said.splitlines()) == 1
    assert (tmp_path / "full" / "file").read_text() == "kept"


def test_changes_that_no_commit_holds_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not a git repository"):
        tree.last_commit(tmp_path)
    template.commit(tmp_path / "made", {"a.md": b"x"}, DATE)
    assert tree.last_commit(tmp_path / "made") == ({"a.md": b"x"}, DATE)
    (tmp_path / "made" / "b.md").write_text("new")
    with pytest.raises(UsageError, match="There are uncommitted changes"):
        tree.last_commit(tmp_path / "made")


def test_the_grader_hides_all_of_the_repository_but_what_code_needs() -> None:
    from introdl.grading import grader

    hidden = {path.name for path in grader._secrets()}
    assert {"solutions", "tests", ".git", TWO.name} <= hidden
    assert not hidden & {"introdl", "data"}
    assert ROOT not in grader._secrets()
