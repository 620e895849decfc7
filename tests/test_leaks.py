"""The leak check finds every way in which a solution can get into a template."""

import base64
import bz2
import gzip
import html
import io
import json
import keyword
import re
import shutil
import subprocess
import textwrap
import tokenize
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from introdl.authoring import stubs
from introdl.authoring.findings import Findings
from introdl.authoring.publish import leaks, template, tree
from introdl.course import ROOT, Day

DAY = Day(ROOT / "day_02_optimization")
SOLVED = (stubs.SOLUTIONS / DAY.name / "src" / "descent.py").read_text(encoding="utf-8")


def longest(source: str) -> str:
    """The longest solved line of a module."""
    return max(stubs.solved_lines(source), key=len)


SECRET = longest(SOLVED)  # what students must not read


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A template of day 2 as git keeps it; without introdl, so that each test is fast."""
    folder = tmp_path_factory.mktemp("published") / "template"
    whole = tree.students(tree.working_tree(), [DAY])
    small = {path: whole[path] for path in whole if not path.startswith("introdl/")}
    template.commit(folder, small, datetime.now(UTC))
    return folder


@pytest.fixture
def copy(published: Path, tmp_path: Path) -> Path:
    """A copy of the template, to be spoilt."""
    return Path(shutil.copytree(published, tmp_path / "copy"))


def problems(folder: Path) -> list[str]:
    """What the leak check finds."""
    findings = Findings("leaks")
    leaks.check(folder, findings)
    return [problem for check in findings.problems.values() for problem in check]


def git(folder: Path, *arguments: str) -> None:
    """Run git as a maintainer would."""
    person = ["-c", "user.name=A", "-c", "user.email=a@example.invalid"]
    subprocess.run(["git", "-C", str(folder), *person, *arguments], check=True, capture_output=True)


def test_the_template_is_clean(published: Path) -> None:
    assert problems(published) == []


def png(text: str, packed: bool) -> bytes:
    """A picture that says something in its metadata."""
    about, file = PngInfo(), io.BytesIO()
    about.add_text("Comment", text, zip=packed)
    Image.new("L", (2, 2)).save(file, "PNG", pnginfo=about)
    return file.getvalue()


def international(text: str) -> bytes:
    """The same in a packed text of another kind."""
    about, file = PngInfo(), io.BytesIO()
    about.add_itxt("Comment", text, zip=True)
    Image.new("L", (2, 2)).save(file, "PNG", pnginfo=about)
    return file.getvalue()


def gif(text: str) -> bytes:
    """A picture with a comment."""
    file = io.BytesIO()
    Image.new("L", (2, 2)).save(file, "GIF", comment=text.encode())
    return file.getvalue()


def notebook(text: str) -> bytes:
    """A notebook that printed it, split as notebooks split their lines."""
    half = len(text) // 2
    output = {"output_type": "stream", "name": "stdout", "text": [text[:half], text[half:]]}
    cell = {"cell_type": "code", "source": [], "outputs": [output], "metadata": {}}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4}).encode()


def zipped(content: bytes) -> bytes:
    """An archive with one file."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("deep/inside.txt", content)
    return file.getvalue()


def wrapped(text: str) -> str:
    """A statement over several lines, in brackets, with comments."""
    name, _, value = text.rpartition(" = ")
    several = re.sub(r"([,+*-]) ", r"\1  # so\n        ", value)
    return f"{name or 'x'} = (\n        {several}\n)"


def renamed(text: str) -> str:
    """A statement in which every name is another; what follows a dot, and keywords, stay."""
    known: dict[str, str] = {}
    changed, before = [], ""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        word = token.string
        if token.type == tokenize.NAME and before != "." and not keyword.iskeyword(word):
            word = known.setdefault(word, f"other{len(known)}")
        changed.append((token.type, word))
        before = token.string
    return tokenize.untokenize(changed).strip()


def in_base64(text: str) -> str:
    """A workflow that hides it."""
    return f"jobs:\n  a:\n    run: echo {base64.b64encode(text.encode()).decode()} | base64 -d\n"


def in_wrapped_base64(text: str) -> str:
    """The same over several lines, as `base64` prints it."""
    return base64.encodebytes(f"# a longer text\n{text}\n".encode()).decode()


def numpy_file(text: str) -> bytes:
    """An archive of arrays; one is of strings, which NumPy keeps with wide characters."""
    file = io.BytesIO()
    np.savez_compressed(file, weights=np.zeros(3), notes=np.array([text]))
    return file.getvalue()


def coloured(text: str) -> bytes:
    """A notebook's traceback, in which each word has a colour."""
    words = "".join(f"\x1b[38;5;28m{word}\x1b[39m" for word in re.split(r"(\W)", text))
    output = {"output_type": "error", "ename": "E", "evalue": "", "traceback": [words]}
    cell = {"cell_type": "code", "source": [], "outputs": [output], "metadata": {}}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4}).encode()


def highlighted(text: str) -> str:
    """The same as a web page shows it."""
    words = (f'<span class="n">{html.escape(word)}</span>' for word in re.split(r"(\W)", text))
    return f"<pre>{''.join(words)}</pre>"


def heredoc(text: str) -> str:
    """A script that holds it in base64, without padding, before the end of a here document."""
    packed = base64.encodebytes(f"# a longer text\n{text}\n".encode()).decode().replace("=", "")
    return f"base64 -d <<EOF\n{packed}EOF\n"


def in_comments(text: str) -> str:
    """The same in the comments of a script."""
    packed = base64.encodebytes(f"# a longer text\n{text}\n".encode()).decode()
    return textwrap.indent(packed, "# ")


WAYS: dict[str, tuple[str, Callable[[str], str | bytes]]] = {
    "a line": ("notes.md", lambda text: f"Try this:\n\n    {text}\n"),
    "in a test": ("day_02_optimization/tests/test_more.py", lambda text: f"{text}\n"),
    "indented": ("notes.py", lambda text: textwrap.indent(text, " " * 12)),
    "over several lines": ("notes.py", wrapped),
    "other quotes and blanks": ("notes.py", lambda t: t.replace('"', "'").replace(" ", "   ")),
    "commented out": ("notes.py", lambda text: f"# {text}\n"),
    "renamed": ("notes.py", renamed),
    "renamed and over several lines": ("notes.py", lambda text: wrapped(renamed(text))),
    "after a semicolon": ("notes.py", lambda text: f"import os; {text}"),
    "a notebook's output": ("notes.ipynb", notebook),
    "a string with escapes": ("notes.yml", lambda text: json.dumps(f"a\n{text}\nb")),
    "a web page": ("notes.html", lambda text: f"<pre>{html.escape(text)}</pre>"),
    "a figure's metadata": ("day_02_optimization/figures/a.png", lambda text: png(text, False)),
    "packed metadata": ("day_02_optimization/figures/a.png", lambda text: png(text, True)),
    "packed international metadata": ("a.png", international),
    "a comment in a GIF": ("a.gif", gif),
    "after a figure's end": ("a.png", lambda text: png("", False) + text.encode()),
    "base64 in a workflow": (".github/workflows/a.yml", in_base64),
    "wrapped base64": ("notes.txt", in_wrapped_base64),
    "base64 of gzip": ("a.yml", lambda t: base64.b64encode(gzip.compress(t.encode())).decode()),
    "hexadecimal": ("notes.txt", lambda text: text.encode().hex()),
    "gzip": ("data/a.csv.gz", lambda text: gzip.compress(text.encode())),
    "bzip2": ("a.bz2", lambda text: bz2.compress(text.encode())),
    "an archive in an archive": ("a.zip", lambda text: zipped(zipped(text.encode()))),
    "UTF-16": ("notes.txt", lambda text: text.encode("utf-16")),
    "UTF-16 without a mark": ("notes.txt", lambda text: text.encode("utf-16-le")),
    "its value returned": ("notes.py", lambda text: f"return {text.partition(' = ')[2]}"),
    "at a prompt": ("notes.md", lambda text: ">>> " + wrapped(text).replace("\n", "\n... ")),
    "in a patch": ("a.patch", lambda text: "+" + wrapped(text).replace("\n", "\n+")),
    "a coloured traceback": ("notes.ipynb", coloured),
    "a highlighted page": ("notes.html", highlighted),
    "base64 in a here document": ("a.sh", heredoc),
    "base64 in comments": ("a.sh", in_comments),
    "a second member of gzip": ("a.gz", lambda t: gzip.compress(b"x") + gzip.compress(t.encode())),
    "an array of strings": ("data/a.npz", numpy_file),
    "between binary bytes": ("data/a.bin", lambda text: b"\0\xff" * 9 + text.encode() + b"\0\xfe"),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_line_of_a_solution_is_found(way: str, copy: Path) -> None:
    path, spoil = WAYS[way]
    content = spoil(SECRET)
    (copy / path).parent.mkdir(parents=True, exist_ok=True)
    (copy / path).write_bytes(content.encode() if isinstance(content, str) else content)
    says = f"{path}: gives away a line of solutions/{DAY.name}/src/descent.py"
    assert any(problem.startswith(says) for problem in problems(copy))


def test_every_telling_line_is_found_with_other_names_over_several_lines() -> None:
    telling = [line for line in leaks.solution_lines() if line.is_distinctive]
    assert len(telling) > 180
    for line in telling:
        found = leaks.finder().find(wrapped(renamed(line.text)))
        assert line.tokens in {other.tokens for other in found}, line.text


@pytest.mark.parametrize(
    ("path", "line"),
    [("README.md", "    return 2.0 * x  # so"), ("notes.md", "return np.stack(positions)")],
)
def test_a_short_line_is_found_where_it_stands_alone(path: str, line: str, copy: Path) -> None:
    with (copy / path).open("a", encoding="utf-8") as file:
        file.write(f"\n```python\n{line}\n```\n")
    assert any("gives away" in problem for problem in problems(copy))


def test_ordinary_code_is_no_leak() -> None:
    text = """
        def mean(values):
            total = sum(values)
            return total / len(values)

        x = np.linspace(0.0, 1.0, 5)
        key = jax.random.key(0)
        for step in range(10):
            loss = step * 2
    """
    assert leaks.finder().find(text) == set()


def test_history_is_searched(copy: Path) -> None:
    (copy / "notes.md").write_text(SECRET)
    git(copy, "add", "notes.md")
    git(copy, "commit", "-m", "Oops")
    (copy / "notes.md").unlink()
    git(copy, "commit", "-am", "Remove it")
    assert all(p.startswith("notes.md (in git's history): gives away") for p in problems(copy))
    assert problems(copy)


def test_objects_that_no_branch_leads_to_are_searched(copy: Path) -> None:
    (copy / "notes.md").write_text(SECRET)
    git(copy, "add", "notes.md")
    git(copy, "commit", "-m", "Oops")
    git(copy, "reset", "--hard", "HEAD~1")
    git(copy, "reflog", "expire", "--expire=now", "--all")
    assert all(p.startswith("blob ") and "gives away" in p for p in problems(copy))
    assert problems(copy)


def commit_and_remove(folder: Path, path: str, content: bytes) -> None:
    """Leave a content in the history alone."""
    before = (folder / path).read_bytes() if (folder / path).exists() else None
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_bytes(content)
    git(folder, "add", "--force", path)
    git(folder, "commit", "-m", "Oops")
    (folder / path).write_bytes(before) if before else (folder / path).unlink()
    git(folder, "commit", "-am", "Take it back")


PARABOLA = f"{DAY.name}/src/parabola.py"


@pytest.mark.parametrize(
    ("path", "content", "words"),
    [
        ("tests/test_update.py", b"x = 1\n", "is a file of maintainers"),
        ("introdl/authoring/new.py", b"x = 1\n", "is a file of maintainers"),
        ("notes.md", b"See CONTRIBUTING.md.", "names 'CONTRIBUTING.md'"),
        ("large.bin", b"\0" * ((16 << 20) + 1), "16 MB is the most"),
        (PARABOLA, b"def f(x):\n    return 7\n", "the stub of"),
    ],
)
def test_everything_else_is_looked_for_in_the_history_too(
    path: str, content: bytes, words: str, copy: Path
) -> None:
    commit_and_remove(copy, path, content)
    assert any(p.startswith(f"{path} (in git's history): ") and words in p for p in problems(copy))


def test_a_repository_inside_the_repository_is_found(copy: Path) -> None:
    git(copy, "bundle", "create", "inner.bundle", "HEAD")
    assert problems(copy) == ["inner.bundle: is a repository of git inside this one."]


def test_what_git_ignores_is_not_published_and_not_searched(copy: Path) -> None:
    (copy / ".nox" / "course").mkdir(parents=True)
    (copy / ".nox" / "course" / "more.py").write_text(SECRET)
    assert problems(copy) == []


def test_an_earlier_version_of_a_file_may_hold_what_the_file_may(copy: Path) -> None:
    page = copy / DAY.name / "tests" / "test_descent.py"
    page.write_bytes(page.read_bytes() + b"\n")
    git(copy, "commit", "--amend", "-am", "Begin again")
    git(copy, "reflog", "expire", "--expire=now", "--all")
    assert problems(copy) == []


def test_messages_of_commits_are_searched(copy: Path) -> None:
    git(copy, "commit", "--allow-empty", "-m", f"Solve it\n\n{SECRET}")
    assert all(problem.startswith("commit ") for problem in problems(copy))
    assert problems(copy)


def test_a_mistake_is_found(copy: Path) -> None:
    line = next(line for line in leaks.mistake_lines() if len(line.tokens) > 12)
    (copy / "notes.md").write_text(renamed(line.text))
    assert any(f"a line of {line.place}" in problem for problem in problems(copy))


@pytest.mark.parametrize(
    ("path", "text", "words"),
    [
        ("notes.py", "# BEGIN SOLUTION\nx = 1\n", "holds 'BEGIN SOLUTION'"),
        ("solutions/day_02_optimization/mistakes.py", "x = 1\n", "is a file of maintainers"),
        ("introdl/authoring/new.py", "x = 1\n", "is a file of maintainers"),
        ("notes.md", "See CONTRIBUTING.md.\n", "names 'CONTRIBUTING.md'"),
        ("notes.md", "Type `nox -s verify`.\n", "names 'nox -s verify'"),
        ("notes.py", "import introdl.authoring\n", "names 'introdl.authoring'"),
        ("notes.py", "from introdl import course, authoring\n", "names 'from introdl import"),
        ("notes.md", "See ../solutions/day_02_optimization.\n", "names 'solutions/'"),
        ("notes.md", "https://example.org/blob/main/solutions/a\n", "names 'solutions/'"),
        ("notes.md", "`python -m introdl verify`\n", "names '-m introdl verify'"),
        ("notes.md", "`nox --session verify`\n", "names 'nox --session verify'"),
        ("README.md", '<a href="nowhere.md">here</a>\n', "the link to 'nowhere.md' leads nowhere"),
        ("README.md", "[a]: nowhere.md\n", "the link to 'nowhere.md' leads nowhere"),
        ("README.md", "[a](../copy/README.md)\n", "the link to '../copy/README.md' leads nowhere"),
        ("notes.md", "[a](README.md#no-such)\n", "leads to no heading"),
        ("notes.md", "The answers are in solutions/.\n", "names 'solutions/'"),
        ("notes.md", "As in day_05_neural_networks.\n", "names 'day_05_neural_networks"),
        ("README.md", "[here](nowhere.md)\n", "the link to 'nowhere.md' leads nowhere"),
    ],
)
def test_marks_references_and_dead_links_are_found(
    path: str, text: str, words: str, copy: Path
) -> None:
    (copy / path).parent.mkdir(parents=True, exist_ok=True)
    (copy / path).write_text(text)
    assert any(words in problem for problem in problems(copy))


def test_a_page_that_is_not_text_is_told(copy: Path) -> None:
    (copy / "notes.md").write_bytes("Grüße".encode("latin-1"))
    assert problems(copy) == ["notes.md: is not in UTF-8."]


def test_a_large_file_is_found(copy: Path) -> None:
    with (copy / "data" / "large.bin").open("wb") as file:
        file.truncate((16 << 20) + 1)
    assert problems(copy) == ["data/large.bin: has 16 MB; 16 MB is the most."]


def test_a_short_solution_in_its_stub_is_found(copy: Path) -> None:
    stub = copy / DAY.name / "src" / "parabola.py"
    solved = re.sub(r"raise NotImplementedError\(.TODO 2\.1.*", "return 2.0 * x", stub.read_text())
    stub.write_text(solved)
    found = problems(copy)
    assert any("the stub of" in problem and "TODO 2.1" in problem for problem in found)


def test_lines_that_students_may_see_are_all_seen() -> None:
    """A row of the list of exceptions that nothing needs would be a hole."""
    students = tree.students(tree.working_tree(), [Day(p) for p in sorted(ROOT.glob("day_*"))])
    for path, allowed in leaks.given().items():
        found = leaks.finder().find(students[path].decode())
        assert allowed <= {line.tokens for line in found}, path
