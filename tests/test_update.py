"""A student's copy brought up to date: what is begun stays, the rest follows the newer template."""

import ast
import functools
import http.server
import os
import random
import re
import shutil
import stat
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from introdl import course
from introdl.__main__ import main
from introdl.authoring import stubs
from introdl.authoring.publish.tree import students, working_tree
from introdl.course import ROOT, Day
from introdl.errors import UsageError
from introdl.update import apply, source
from introdl.update.apply import update
from introdl.update.git import at
from introdl.update.history import STUB
from introdl.update.merge import begun, merge
from introdl.update.plan import Plan, Planner, check_place
from introdl.update.units import FUNCTION, Unmergeable, names, too_early, units

Tree = dict[str, bytes]

Copy = Callable[..., Path]
Newer = Callable[[Tree], str]

DAY1, DAY2, DAY3, DAY4 = course.days()[:4]
PARABOLA = f"{DAY2.name}/src/parabola.py"
SAMPLE = f"{DAY4.name}/src/sample.py"
COMPLEX = f"{DAY1.name}/src/complex_number.py"
TODO = '    raise NotImplementedError("TODO 2.1: return the derivative of x²")'
SOLVED = "    return 2.0 * x"


@pytest.fixture(autouse=True)
def _git(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A student's own settings of git, whoever runs the tests."""
    settings = tmp_path_factory.mktemp("home") / "gitconfig"
    settings.write_text("[user]\nname = Ada\nemail = ada@example.org\n[init]\ndefaultBranch=main\n")
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


def template(*days: Day) -> Tree:
    """A small template with these days."""
    tree = {
        name: (ROOT / name).read_bytes()
        for name in (".gitignore", "environment.yml", "noxfile.py", "introdl/course.py")
    }
    tree["README.md"] = b"# The course\n"
    tree[".github/workflows/autograding.yml"] = b"on: push\n"
    for day in days:
        for path in [day.folder / "README.md", *day.folder.glob("src/*.py")]:
            tree[path.relative_to(ROOT).as_posix()] = path.read_bytes()
        for path in sorted(day.folder.glob("tests/*.py"))[:2]:
            tree[path.relative_to(ROOT).as_posix()] = path.read_bytes()
    return tree


def changed(tree: Tree, path: str, *swaps: tuple[str, str]) -> Tree:
    """The tree with something else in one file."""
    text = tree[path].decode()
    for old, new in swaps:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return {**tree, path: text.encode()}


def write(folder: Path, tree: Tree) -> Path:
    """Write a tree into an empty folder."""
    shutil.rmtree(folder, ignore_errors=True)
    for path, content in tree.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder."""
    return at(folder).run(*arguments).decode().strip()


def committed(folder: Path, message: str = "Work") -> None:
    """Commit all that is in a folder."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "-m", message)


@pytest.fixture
def copy(tmp_path: Path) -> Callable[..., Path]:
    """Makes a student's copy: the template's commit, and one with the student's own files."""

    def make(tree: Tree, own: Tree | None = None) -> Path:
        folder = write(tmp_path / "copy", tree)
        git(folder, "init", "--quiet")
        committed(folder, "Initial commit")
        if own is not None:
            for path, content in own.items():
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_bytes(content)
            committed(folder)
        return folder

    return make


@pytest.fixture
def newer(tmp_path: Path) -> Callable[[Tree], str]:
    """Writes a newer template into a folder and returns its path."""
    return lambda tree: str(write(tmp_path / "newer", tree))


def solved(tree: Tree) -> Tree:
    """The solutions of a tree's stubs, as students have them."""
    return {
        path: content
        for day in course.days()
        for path, content in stubs.solved_files(day).items()
        if path in tree
    }


def redescribed(tree: Tree) -> Tree:
    """A tree in which the description of every function and module is another one."""
    return {
        path: re.sub(
            r'^( *)"""(?=\S)', r'\1"""In other words: ', content.decode(), flags=re.M
        ).encode()
        if re.fullmatch(r"day_.+/src/.+\.py", path)
        else content
        for path, content in tree.items()
    }


def contents(folder: Path) -> Tree:
    """What a folder's last commit holds; and the folder itself, for there is nothing else in it."""
    assert git(folder, "status", "--porcelain") == ""
    names = git(folder, "ls-tree", "-r", "--name-only", "HEAD").splitlines()
    return {name: (folder / name).read_bytes() for name in names}


def count(folder: Path) -> int:
    """The number of commits."""
    return int(git(folder, "rev-list", "--count", "HEAD"))


# Whole copies


def test_nothing_solved_becomes_the_newer_template(copy: Copy, newer: Newer) -> None:
    old = template(DAY2)
    new = changed(redescribed(old), "README.md", ("# The course", "# The course, again"))
    new["data/more.csv"] = b"1\n"
    del new[f"{DAY2.name}/src/bumpy.py"]
    folder = copy(old)
    said = update(newer(new), folder)
    assert contents(folder) == new
    assert "data/more.csv" in said
    assert f"Gone\n  {DAY2.name}/src/bumpy.py" in said
    assert "Needs your eye" not in said
    assert git(folder, "log", "-1", "--format=%s %an") == "Update the course from newer Ada"


def test_all_solved_stays_byte_for_byte(copy: Copy, newer: Newer) -> None:
    old = template(DAY2, DAY4)
    folder = copy(old, solved(old))
    before = {
        path: units(text.decode())
        for path, text in contents(folder).items()
        if STUB.fullmatch(path)
    }
    said = update(newer(redescribed(old)), folder)
    for path, mine in before.items():
        after = units((folder / path).read_text(encoding="utf-8"))
        given = units(old[path].decode())
        for key, unit in mine.items():
            if unit.text != given[key].text:
                assert after[key].text == unit.text
            elif isinstance(unit.node, FUNCTION):
                assert after[key].text != unit.text
    assert "Stays as you have it" in said
    assert "derivative_parabola() stays as you have it; in the newer course it has another" in said


def test_half_solved(copy: Copy, newer: Newer) -> None:
    old = template(DAY2)
    swap = ('"""The derivative of the parabola.', '"""The slope of the parabola.')
    new = changed(old, PARABOLA, swap, ("path**2, ", "path * path, "), ('"o-"', '"o:"'))
    folder = copy(old, changed(old, PARABOLA, (TODO, SOLVED)))
    said = update(newer(new), folder)
    assert (
        contents(folder)[PARABOLA]
        == changed(new, PARABOLA, (swap[1], swap[0]), (TODO, SOLVED))[PARABOLA]
    )
    assert f"Stays as you have it\n  {PARABOLA}: derivative_parabola()" in said


def test_a_single_day_and_then_one_more(copy: Copy, newer: Newer) -> None:
    old = template(DAY4)
    new = {**old, **template(DAY2, DAY4)}
    folder = copy(old, solved(old))
    said = update(newer(new), folder)
    assert contents(folder) == {**new, **solved(old)}
    assert f"New\n  {DAY2.name}, a whole day\n" in said


def test_a_second_update_builds_on_the_first(copy: Copy, newer: Newer) -> None:
    first = template(DAY2)
    second = changed(first, PARABOLA, ("return x * x", "return x**2"), ('"""Draw', '"""Plot'))
    third = changed(second, PARABOLA, ("return x**2", "return x * x * 1"), ('"""Plot', '"""Show'))
    third = changed(third, PARABOLA, ('"""The derivative', '"""The slope'))
    folder = copy(first, changed(first, PARABOLA, (TODO, SOLVED)))
    update(newer(second), folder)
    assert contents(folder)[PARABOLA] == changed(second, PARABOLA, (TODO, SOLVED))[PARABOLA]
    work = changed(contents(folder), PARABOLA, ("path**2", "path * path"))
    (folder / PARABOLA).write_bytes(work[PARABOLA])
    committed(folder)
    update(newer(third), folder)
    after = contents(folder)[PARABOLA].decode()
    assert "return x * x * 1" in after  # given in the second template, and untouched since then
    assert '"""Plot' in after  # the student's since then
    assert "path * path" in after
    assert SOLVED in after
    assert '"""The slope' not in after


def test_an_older_template_and_the_same_one_change_nothing(copy: Copy, newer: Newer) -> None:
    first = template(DAY2)
    second = redescribed(first)
    folder = copy(first, {"README.md": b"Mine\n", PARABOLA: solved(first)[PARABOLA]})
    assert update(newer(first), folder).startswith("Nothing to do: your copy is up to date.")
    update(newer(second), folder)
    (folder / "noxfile.py").write_text("# mine\n")
    committed(folder)
    before, commits = contents(folder), count(folder)
    assert update(newer(second), folder).startswith("Nothing to do: your copy is up to date.")
    assert update(newer(first), folder) == "Nothing to do: your copy is newer than newer."
    assert (contents(folder), count(folder)) == (before, commits)


def test_revert_gives_back_the_exact_tree_and_the_update_can_come_again(
    copy: Copy, newer: Newer
) -> None:
    old = template(DAY2)
    new = redescribed(template(DAY2, DAY4))
    del new["environment.yml"]
    folder = copy(old, {**changed(old, PARABOLA, (TODO, SOLVED)), "notes/mine.md": b"Mine\r\n"})
    before = git(folder, "rev-parse", "HEAD^{tree}")
    commits = count(folder)
    update(newer(new), folder)
    after = git(folder, "rev-parse", "HEAD^{tree}")
    assert count(folder) == commits + 1
    git(folder, "revert", "--no-edit", "HEAD")
    assert git(folder, "rev-parse", "HEAD^{tree}") == before != after
    contents(folder)
    update(newer(new), folder)
    assert git(folder, "rev-parse", "HEAD^{tree}") == after


# Functions


def merged(base: str | None, mine: str, theirs: str, *used: str) -> str:
    """The source that a merge makes."""
    old = None if base is None else units(base)
    return merge(old, units(mine), units(theirs), set(used)).source


BASE = '''"""A module."""

import math

import numpy as np

STEPS = 3


@decorated
def one(x: float) -> float:
    """One."""
    # TODO 1.1: do it (about 1 line).
    raise NotImplementedError("TODO 1.1: do it")


# Between.


def two(x: float) -> float:
    """Two."""
    # TODO 1.2: do that (about 1 line).
    raise NotImplementedError("TODO 1.2: do that")


class Pair:
    """A pair."""

    size = 2

    def first(self) -> int:
        """The first."""
        # TODO 1.3: return it (about 1 line).
        raise NotImplementedError("TODO 1.3: return it")

    def second(self) -> int:
        """The second."""
        return 2


def main() -> None:
    """Print."""
    print(one(math.pi))


if __name__ == "__main__":
    main()
'''
ONE = '    # TODO 1.1: do it (about 1 line).\n    raise NotImplementedError("TODO 1.1: do it")\n'
FIRST = '        raise NotImplementedError("TODO 1.3: return it")\n'


def swapped(text: str, *swaps: tuple[str, str]) -> str:
    """A text with something else in some places."""
    return changed({"": text.encode()}, "", *swaps)[""].decode()


SOLUTION = (ONE, "    return x\n")
FIRST_SOLVED = (FIRST, "        return 1\n")
HELPER = (ONE, "    return x\n\n\ndef help_me() -> int:\n    return 1\n")
NESTED = (ONE, "    def inner(y):\n        return y\n\n    return inner(x)\n")
OWN_METHOD = (FIRST, "        return 1\n\n    def own(self) -> int:\n        return 0\n")
NEW_METHOD = ("return 2\n", "return 2\n\n    def third(self) -> int:\n        return 3\n")


@pytest.mark.parametrize(
    ("theirs", "mine"),
    [
        # What the newer stub has, and what the student has; nowhere do they touch each other.
        (('"""Two."""', '"""Both."""'), SOLUTION),
        (('"""One."""', '"""1."""'), ("STEPS = 3", "STEPS = 4")),
        (("STEPS = 3", "STEPS = 5"), HELPER),
        (("# Between.", "# In between."), SOLUTION),
        (("import math\n", "import math\nimport os\n"), NESTED),
        (("size = 2", "size = 3"), FIRST_SOLVED),
        (('"""The second."""', '"""Second."""'), OWN_METHOD),
        (NEW_METHOD, FIRST_SOLVED),
        (("def main", "def new() -> None:\n    pass\n\n\ndef main"), ("# Between.", "# My words.")),
        (('"""A module."""', '"""The module."""'), ("@decorated\n", "@decorated\n@twice\n")),
        (('"""Two."""', '"""Both."""'), (ONE, f"{ONE}    # an idea: return x\n")),
        (('"""Print."""', '"""Show."""'), ("import math\n", "import math\nimport os\n")),
        (("if __name__", "def last() -> None:\n    pass\n\n\nif __name__"), SOLUTION),
        (("def two(x", "async def two(x"), (ONE, "    return (\n        x\n    )\n")),
    ],
)
def test_both_sides_of_a_module(theirs: tuple[str, str], mine: tuple[str, str]) -> None:
    expected = swapped(swapped(BASE, mine), theirs)
    assert merged(BASE, swapped(BASE, mine), swapped(BASE, theirs)) == expected


def test_the_same_stub_changes_nothing() -> None:
    mine = swapped(BASE, (ONE, "    return np.sin(x)\n"), ("STEPS = 3", "STEPS, MORE = 3, 4"))
    assert merged(BASE, mine, BASE) == mine


def test_a_renamed_function_that_is_begun_stays_beside_the_new_one(
    copy: Copy, newer: Newer
) -> None:
    old = template(DAY2)
    stub = old[PARABOLA].decode()
    new = {**old, PARABOLA: stub.replace("derivative_parabola", "slope_parabola").encode()}
    folder = copy(old, changed(old, PARABOLA, (TODO, SOLVED)))
    said = update(newer(new), folder)
    after = units((folder / PARABOLA).read_text(encoding="utf-8"))
    assert SOLVED in after["derivative_parabola"].text
    assert after["slope_parabola"].is_todo
    assert f"{PARABOLA}: derivative_parabola() is no longer in the course; yours stays." in said
    assert f"{PARABOLA}: slope_parabola()\n" in said


def test_a_renamed_function_that_is_not_begun_is_renamed() -> None:
    theirs = BASE.replace("one(", "single(")
    assert merged(BASE, swapped(BASE, ("STEPS = 3", "STEPS = 4")), theirs) == swapped(
        theirs, ("STEPS = 3", "STEPS = 4")
    )


def test_what_begun_code_uses_stays() -> None:
    mine = swapped(BASE, (ONE, "    return np.sin(STEPS) + math.pi + Pair().second()\n"))
    without = swapped(BASE, ("STEPS = 3\n\n\n", "\n"), ("import math\n\nimport numpy as np\n", ""))
    without = without[: without.index("class Pair")]
    used = ("np", "STEPS", "math", "Pair", "second", "sin", "pi")
    after = units(merged(BASE, mine, without, *used))
    assert {"STEPS", "Pair", "Pair.size", "Pair.second", "one"} <= set(after)
    assert "main" not in after
    lines = merged(BASE, mine, without, *used).splitlines()
    assert {"import math", "import numpy as np"} <= set(lines)


def test_what_stays_keeps_what_it_uses() -> None:
    base = "def inner():\n    return 1\n\n\ndef outer():\n    return inner()\n"
    mine = f"{base}\n\nRESULT = outer()\n"
    after = merged(base, mine, base.replace("inner", "deep").replace("outer", "top"), "outer")
    assert list(units(after)) == ["inner", "outer", "RESULT", "deep", "top", ""]


def test_imports_are_merged_name_by_name() -> None:
    base = "from m import a, gone\nfrom n import b\n\nx = 1\n"
    mine = "from m import a, gone, own\nfrom n import b\nimport mine\n\nx = own + mine.y\n"
    theirs = "from m import a, new\nfrom n import b, c\nfrom o import d\n\nx = 1\n"
    bound = ast.parse(merged(base, mine, theirs)).body
    names = {
        a.name
        for node in bound
        if isinstance(node, ast.Import | ast.ImportFrom)
        for a in node.names
    }
    assert names == {"a", "new", "own", "b", "c", "d", "mine"}
    assert "x = own + mine.y" in merged(base, mine, theirs)


def test_what_the_student_has_removed_stays_out() -> None:
    mine = swapped(BASE, (BASE[BASE.index("# Between") : BASE.index("class Pair")], ""))
    theirs = swapped(BASE, ('"""Two."""', '"""Both."""'), ('"""One."""', '"""1."""'))
    result = merge(units(BASE), units(mine), units(theirs), set())
    assert result.source == swapped(mine, ('"""One."""', '"""1."""'))
    assert result.look == ["two() has changed; it stays out, for you have removed it."]


@pytest.mark.parametrize(
    ("swap", "sentence"),
    [
        (("one(x: float)", "one(x: int)"), "is declared as `@decorated one(x: int) -> float`"),
        (('"""One."""', '"""1."""'), "has another description"),
        ((ONE, ONE.replace("1 line", "2 lines")), "has changed, too"),
    ],
)
def test_a_stub_that_changed_below_begun_work_is_told(swap: tuple[str, str], sentence: str) -> None:
    mine = swapped(BASE, (ONE, "    return x\n"))
    result = merge(units(BASE), units(mine), units(swapped(BASE, swap)), set())
    assert result.source == mine
    assert result.stayed == ["one()"]
    assert result.look == [f"one() stays as you have it; in the newer course it {sentence}."]


def test_a_given_function_that_becomes_a_task_is_told() -> None:
    theirs = swapped(BASE, ("        return 2\n", FIRST.replace("1.3", "1.4")))
    result = merge(units(BASE), units(BASE), units(theirs), set())
    assert result.source == BASE
    assert result.look == ["Pair.second() stays as you have it; in the newer course it is a task."]


def test_without_a_base_only_bare_stubs_follow() -> None:
    mine = swapped(
        BASE,
        (ONE, f"    # my idea\n{ONE}"),
        FIRST_SOLVED,
        ("STEPS = 3", "STEPS = 4"),
    )
    theirs = swapped(
        BASE,
        ('"""One."""', '"""1."""'),
        ('"""Two."""', '"""Both."""'),
        ('"""The first."""', '"""First."""'),
        NEW_METHOD,
    )
    expected = swapped(
        mine,
        ('"""Two."""', '"""Both."""'),
        NEW_METHOD,
    )
    assert merged(None, mine, theirs) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("def f(:\n", "has a syntax error in line 1"),
        ("x = 1; y = 2\n", "has several statements in one line"),
        ("class A: pass\n", "has several statements in one line"),
        ("x = 1\ry = 2\n", "has line endings of an unusual kind"),
        ("x = 1\0\n", "has a syntax error|can't be read as Python"),
    ],
)
def test_what_cannot_be_merged(text: str, reason: str) -> None:
    with pytest.raises(Unmergeable, match=reason):
        units(text)


def test_units_are_the_whole_text() -> None:
    for day in course.days():
        for path, content in stubs.solved_files(day).items():
            cut = units(content.decode())
            lines = [line for unit in cut.values() for line in [*unit.lead, *unit.lines]]
            assert "\n".join(lines) == content.decode(), path
            assert not begun(cut, cut, cut)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_every_mixture_of_all_days(seed: int, copy: Copy, newer: Newer) -> None:
    rng = random.Random(seed)
    old = template(*course.days())
    mixed = {path: mixture(old[path], content, rng) for path, content in solved(old).items()}
    folder = copy(old, mixed)
    assert update(newer(old), folder) == "Nothing to do: your copy is up to date."
    new = redescribed(old)
    update(newer(new), folder)
    for path, content in mixed.items():
        given, mine, theirs = (units(t.decode()) for t in (old[path], content, new[path]))
        after = units((folder / path).read_text(encoding="utf-8"))
        assert list(after) == list(mine)
        for key, unit in mine.items():
            expected = theirs[key] if unit.text == given[key].text else unit
            assert after[key].text == expected.text, (path, key)
    # What was merged is no base: the next update must not take it for the course's.
    update(newer(redescribed(new)), folder)
    for path, content in mixed.items():
        given, mine = units(old[path].decode()), units(content.decode())
        theirs = units(redescribed(new)[path].decode())
        after = units((folder / path).read_text(encoding="utf-8"))
        for key, unit in mine.items():
            expected = theirs[key] if unit.text == given[key].text else unit
            assert after[key].text == expected.text, (path, key)
    # Functions that move in the course move in the copy, as they are.
    last = redescribed(new)
    last |= {path: moved_about(last[path], rng) for path in mixed}
    before = contents(folder)
    assert "can't be merged" not in update(newer(last), folder)
    moved = contents(folder)
    for path in mixed:
        assert list(units(moved[path].decode())) == list(units(last[path].decode())), path
        assert sorted(moved[path].split()) == sorted(before[path].split()), path
    assert any(list(units(moved[p].decode())) != list(units(before[p].decode())) for p in mixed)


def moved_about(content: bytes, rng: random.Random) -> bytes:
    """A stub in which some functions stand elsewhere."""
    cut = units(content.decode())
    for _ in range(5):
        keys = list(cut)
        places = [n for n, key in enumerate(keys) if isinstance(cut[key].node, FUNCTION)]
        plain = [n for n in places if not cut[keys[n]].scope]
        if plain:
            keys.insert(rng.choice(plain), keys.pop(rng.choice(plain)))
        if not too_early(candidate := {key: cut[key] for key in keys}):
            cut = candidate
    return "\n".join(line for unit in cut.values() for line in [*unit.lead, *unit.lines]).encode()


def mixture(stub: bytes, solution: bytes, rng: random.Random) -> bytes:
    """A module in which some functions are solved, with one's own helper behind one of them."""
    unsolved, done = units(stub.decode()), units(solution.decode())
    chosen = {key: rng.choice((unsolved, done))[key] for key in unsolved}
    return "\n".join(
        line for key in unsolved for line in [*unsolved[key].lead, *chosen[key].lines]
    ).encode()


# Modules that can be imported


MOVED = """def one(x, k):
    raise NotImplementedError("TODO 1.1: do it")


def two(x):
    raise NotImplementedError("TODO 1.2: do it")


K = 3
"""


def test_a_constant_that_moves_up_comes_before_what_uses_it() -> None:
    mine = swapped(
        MOVED, ("1.1: do it", "1.1: my idea"), ("\n\nK = 3", "\n\ndef own():\n    pass\n\n\nK = 3")
    )
    theirs = "K = 3\n\n\n" + swapped(MOVED, ("\n\nK = 3\n", ""), ("two(x)", "two(x, k=K)"))
    after = merged(MOVED, mine, theirs)
    assert list(units(after)) == ["K", "one", "two", "own", ""]
    assert "1.1: my idea" in after
    assert imports(after)


def test_the_students_order_stays_where_the_newer_one_would_not_work() -> None:
    mine = "K = 3\n\n\n" + swapped(MOVED, ("\n\nK = 3\n", ""), ("one(x, k)", "one(x, k=K)"))
    theirs = swapped(MOVED, ("1.2: do it", "1.2: do that"))
    assert merged(MOVED, mine, theirs) == swapped(mine, ("1.2: do it", "1.2: do that"))


def test_a_module_that_could_not_be_imported_is_not_merged() -> None:
    mine = swapped(MOVED, ("K = 3\n", ""))  # the student has removed it
    with pytest.raises(Unmergeable):
        merged(
            MOVED,
            mine,
            swapped(
                MOVED, ("\n\nK = 3\n", "K = 3\n"), ("K = 3", "K = 3\n\n\ndef new(k=K):\n    pass")
            ),
        )


@pytest.mark.parametrize(
    ("source", "early"),
    [
        ("def f(x=K): pass\nK = 1\n", {"K"}),
        ("def f(*, x=K): pass\nK = 1\n", {"K"}),
        ("def f(x: K): pass\nK = 1\n", {"K"}),
        ("def f() -> K: pass\nK = 1\n", {"K"}),
        ("from __future__ import annotations\ndef f(x: K) -> K: pass\nK = 1\n", set()),
        ("@K\ndef f(): pass\ndef K(f): pass\n", {"K"}),
        ("class A(K):\n    pass\nclass K:\n    pass\n", {"K"}),
        ("class A:\n    a = K\nK = 1\n", {"K"}),
        ("class A:\n    k = 1\n    def f(self, x=k): pass\n", set()),
        ("class A:\n    k = 1\ndef f(x=k): pass\n", {"k"}),
        ("L = K\nK = 1\n", {"K"}),
        ("L = lambda: K\nK = 1\n", set()),
        ("L = lambda k=K: k\nK = 1\n", {"K"}),
        ("L = [k for k in range(3)]\n", set()),
        ("def f(): return K\nK = 1\n", set()),
        ("def f(): return K\nL = f()\nK = 1\n", {"K"}),
        ("def f(): return g()\ndef g(): return K\nL = f()\nK = 1\n", {"K"}),
        ("try:\n    import a\nexcept ImportError:\n    a = None\nprint(a, __file__)\n", set()),
        ("if True:\n    K = 1\nL = K\n", set()),
    ],
)
def test_names_that_are_used_too_early(source: str, early: set[str]) -> None:
    assert too_early(units(source)) == early


def test_the_course_uses_no_name_too_early() -> None:
    for day in course.days():
        given = {str(path): path.read_bytes() for path in day.folder.glob("src/*.py")}
        for path, content in {**given, **stubs.solved_files(day)}.items():
            assert not too_early(units(content.decode())), path


PARTS = [
    '"""A module."""',
    "import math",
    "K = 3",
    "L = K + 1",
    "def twice(f):\n    return f",
    'def first(x, k=K):\n    raise NotImplementedError("TODO 1.1: do it")',
    '@twice\ndef second(x):\n    """Second."""\n    raise NotImplementedError("TODO 1.2: do it")',
    "class Base:\n    size = L\n\n    def get(self, k=size):\n"
    '        raise NotImplementedError("TODO 1.3: do it")',
    "class Child(Base):\n    def more(self) -> Base:\n        return given(L)",
    "def given(x):\n    return math.pi + helper(x)",
    "def helper(x):\n    return x + K",
    'def third(p: Base) -> Child:\n    raise NotImplementedError("TODO 1.4: do it")',
    "TABLE = [first, second]",
    "NUMBERS = [given(L)]",
]
OWN = [
    "def own(x=L):\n    return K + given(x)",
    "MINE = K",
    "RESULT = given(K)",
    "@twice\ndef mine(p: Base):\n    return helper(math.e)",
    "class Mine(Child):\n    size = K\n\n    def own(self):\n        return self.more()",
    "print(end=str(own())[:0])",
]
NEW = [
    "M = [L]",
    "def fourth(x, m=K):\n    return helper(m)",
    "class Third(Child):\n    def last(self) -> Child:\n        return twice(K)",
    "import os",
    "PATH = os.sep",
]


def imports(source: str) -> bool:
    """Whether a module can be imported."""
    try:
        exec(compile(source, "module", "exec"), {"__name__": "module", "__file__": "module.py"})
    except Exception:
        return False
    return True


def shaken(parts: list[str], own: list[str], solved: float, rng: random.Random) -> list[str]:
    """The parts of a module after some changes, none of which breaks it."""

    def renamed(parts: list[str]) -> list[str]:
        name = rng.choice(["K", "L", "first", "given", "helper", "twice", "Base", "size", "TABLE"])
        return [re.sub(rf"\b{name}\b", f"{name}_2", part) for part in parts]

    def changed(part: str) -> str:
        swap = rng.choice(
            [("k=K", "k=L"), ("= 3", "= 5"), ('"""Sec', '"""The sec'), ("x +", "2 *")]
        )
        return part.replace(*swap)

    for _ in range(12):
        new, place, other = list(parts), rng.randrange(1, len(parts)), rng.randrange(1, len(parts))
        match rng.choice(["move", "move", "add", "solve", "remove", "rename", "change"]):
            case "move":
                new.insert(other, new.pop(place))
            case "add" if left := [part for part in own if part not in parts]:
                new.insert(place, rng.choice(left))
            case "solve" if rng.random() < solved:
                new[place] = re.sub("raise .*", rng.choice(["return L", "return K"]), new[place])
            case "remove" if rng.random() < 0.3:
                del new[place]
            case "rename" if rng.random() < 0.4 and not solved:
                new = renamed(new)
            case "change":
                new[place] = changed(new[place])
        if imports("\n\n\n".join(new)):
            parts = new
    return parts


@pytest.mark.parametrize("known", [True, False])
def test_what_is_merged_can_be_imported(known: bool) -> None:
    """Both sides move, change, rename, add and remove what they like."""
    rng, unmergeable, attempts = random.Random(1), 0, 400
    base = "\n\n\n".join(PARTS) + "\n"
    assert imports(base)
    for _ in range(attempts):
        mine = "\n\n\n".join(shaken(PARTS, OWN, 1.0, rng)) + "\n"
        theirs = "\n\n\n".join(shaken(PARTS, NEW, 0.0, rng)) + "\n"
        old = units(base) if known else None
        kept = begun(old, units(mine), units(theirs))
        try:
            after = merge(
                old, units(mine), units(theirs), names(units(mine)[key] for key in kept)
            ).source
        except Unmergeable:
            unmergeable += 1
            continue
        assert imports(after), (mine, theirs, after)
        assert all(units(after)[key].text == units(mine)[key].text for key in kept)
    assert unmergeable < attempts * 0.1, unmergeable


# Files


def windows(tree: Tree) -> Tree:
    """A tree with the line endings of Windows."""
    return {path: content.replace(b"\n", b"\r\n") for path, content in tree.items()}


def test_crlf_stays_crlf(copy: Copy, newer: Newer) -> None:
    old = template(DAY2)
    new = changed(redescribed(old), "README.md", ("# The course", "# The course, again"))
    new = changed(new, PARABOLA, ("TYPE_CHECKING\n\n", "TYPE_CHECKING, Any\n\n"))
    work = changed(old, PARABOLA, (TODO, SOLVED))
    folder = copy(old, windows(work))
    update(newer(new), folder)
    after = contents(folder)
    assert all(content.count(b"\n") == content.count(b"\r\n") for content in after.values())
    plain = after[PARABOLA].replace(b"\r\n", b"\n").decode()
    assert SOLVED in plain
    assert '"""In other words: Draw' in plain
    assert "TYPE_CHECKING, Any\n" in plain
    assert after["README.md"] == windows(new)["README.md"]


def test_a_work_tree_that_git_keeps_in_crlf(copy: Copy, newer: Newer) -> None:
    old = template(DAY2)
    folder = copy(old, changed(old, PARABOLA, (TODO, SOLVED)))
    git(folder, "config", "core.autocrlf", "true")
    shutil.rmtree(folder / DAY2.name)
    git(folder, "reset", "--quiet", "--hard")
    assert b"\r\n" in (folder / PARABOLA).read_bytes()
    update(newer(redescribed(old)), folder)
    assert SOLVED.encode() in contents(folder)[PARABOLA]
    assert b"\r" not in at(folder).run("show", f"HEAD:{PARABOLA}")
    assert b'"""In other words: Draw' in (folder / PARABOLA).read_bytes()


def test_bom_and_a_missing_line_break_survive(copy: Copy, newer: Newer) -> None:
    old = template(DAY2)
    work = changed(old, PARABOLA, (TODO, SOLVED))
    work[PARABOLA] = b"\xef\xbb\xbf" + work[PARABOLA].removesuffix(b"\n")
    folder = copy(old, work)
    new = changed(old, PARABOLA, ('"""Draw', '"""Plot'))
    update(newer(new), folder)
    assert contents(folder)[PARABOLA] == work[PARABOLA].replace(b'"""Draw', b'"""Plot')


def test_a_module_with_a_syntax_error_is_left_alone_until_it_is_mended(
    copy: Copy, newer: Newer
) -> None:
    old = template(DAY2)
    new = redescribed(old)
    broken = changed(old, PARABOLA, (TODO, "    return ("))
    folder = copy(old, broken)
    said = update(newer(new), folder)
    assert f"{PARABOLA} has a syntax error in line" in said
    assert contents(folder) == {**new, PARABOLA: broken[PARABOLA]}
    mended = changed(old, PARABOLA, (TODO, SOLVED))
    (folder / PARABOLA).write_bytes(mended[PARABOLA])
    committed(folder)
    update(newer(new), folder)
    after = contents(folder)[PARABOLA].decode()
    assert SOLVED in after
    assert '"""In other words: Draw' in after


def test_files_that_the_student_has_removed(copy: Copy, newer: Newer) -> None:
    old = {**template(DAY2), f"{DAY2.name}/figures/a.png": b"\0", "introdl/more.py": b"x = 1\n"}
    test = next(path for path in old if "/tests/" in path)
    folder = copy(old)
    gone = {PARABOLA, test, "introdl/more.py", f"{DAY2.name}/figures/a.png"}
    for path in gone:
        (folder / path).unlink()
    committed(folder)
    new = {**redescribed(old), f"{DAY2.name}/figures/a.png": b"\0\1"}
    said = update(newer(new), folder)
    back = gone - {f"{DAY2.name}/figures/a.png"}
    assert back <= set(contents(folder))
    assert f"{DAY2.name}/figures/a.png" not in contents(folder)
    assert all(f"{path} is back, for the course needs it." in said for path in back)
    assert contents(folder)[PARABOLA] == new[PARABOLA]


def test_own_files_and_settings_stay_and_given_files_are_the_courses(
    copy: Copy, newer: Newer
) -> None:
    old = template(DAY2)
    test = next(path for path in old if "/tests/" in path)
    own = {
        "environment.yml": b"name: mine\n",
        "README.md": b"# Mine\n",
        test: b"# nothing\n",
        f"{DAY2.name}/notes.ipynb": b"{}\n",
        f"{DAY2.name}/src/mine.py": b"x = (\n",
        ".github/workflows/mine.yml": b"on: push\n",
        ".github/workflows/autograde.yaml": b"on: push\n",
    }
    new = {path: content + b"# newer\n" for path, content in redescribed(old).items()}
    folder = copy(old, own)
    said = update(newer(new), folder)
    given = {"README.md", test}
    assert contents(folder) == new | {p: c for p, c in own.items() if p not in given}
    assert "environment.yml, which has changed in the course" in said
    for path in given:
        assert f"{path} is the course's again; your version is in the commit before" in said


def test_what_the_course_no_longer_has(copy: Copy, newer: Newer) -> None:
    """Untouched files go; begun ones stay, and so does what they use."""
    old = {**template(DAY2), "introdl/old.py": b"x = 1\n", "data/old.csv": b"1\n"}
    old[".github/workflows/autograde.yaml"] = b"on: push\n"  # as if a classroom had put it there
    bumpy, descent = (f"{DAY2.name}/src/{name}.py" for name in ("bumpy", "descent"))
    gone = {bumpy, descent, "introdl/old.py", "data/old.csv", ".github/workflows/autograde.yaml"}
    new = {path: content for path, content in redescribed(old).items() if path not in gone}
    own = changed(old, PARABOLA, (TODO, "    return bumpy(x)"))
    folder = copy(old, {**own, "data/old.csv": b"2\n"})
    said = update(newer(new), folder)
    assert gone & set(contents(folder)) == {
        bumpy,
        "data/old.csv",
        ".github/workflows/autograde.yaml",
    }
    for path in (bumpy, "data/old.csv"):
        assert f"{path} is no longer in the course; it stays" in said


def test_without_its_history_a_copy_is_merged_with_care(
    copy: Copy, newer: Newer, tmp_path: Path
) -> None:
    old = {**template(DAY2), "introdl/old.py": b"x = 1\n", "AGENTS.md": b"The course's\n"}
    test = next(path for path in old if "/tests/" in path)
    new = {path: content for path, content in redescribed(old).items() if "old.py" not in path}
    new |= {"AGENTS.md": b"Newer\n", test: b"# newer\n", "introdl/course.py": b"# newer\n"}
    new |= {"README.md": old["README.md"], f"{DAY2.name}/README.md": b"# Newer\n"}
    own = {"notes.md": b"Mine\n", "AGENTS.md": b"Mine\n", "environment.yml": b"name: mine\n"}
    folder = copy({**changed(old, PARABOLA, (TODO, SOLVED)), **own})
    said = update(newer(new), folder)
    after = contents(folder)
    assert {"introdl/old.py", "notes.md", "environment.yml"} <= after.keys()
    assert after["environment.yml"] == own["environment.yml"]
    assert SOLVED in after[PARABOLA].decode()
    assert '"""In other words: The gradient' in after[f"{DAY2.name}/src/autodiff.py"].decode()
    newer_files, eye = said.split("\n\nNeeds your eye\n")
    assert "doesn't show which changes are yours" in eye
    replaced = f"    AGENTS.md\n    {DAY2.name}: 2 files\n    introdl/course.py\n"
    assert f"(git diff HEAD~ shows what is different):\n{replaced}" in eye
    assert "AGENTS.md" not in newer_files
    assert "Mine" in git(folder, "diff", "HEAD~", "--", "AGENTS.md")


def test_a_shallow_clone_is_made_whole_first(copy: Copy, newer: Newer, tmp_path: Path) -> None:
    old = template(DAY2)
    whole, shallow = copy(old, {"notes.md": b"Mine\n"}), tmp_path / "shallow"
    git(tmp_path, "clone", "--quiet", "--depth=1", whole.as_uri(), str(shallow))
    place = newer(redescribed(old))
    refused(shallow, place, "type  git fetch --unshallow  and update again")
    git(shallow, "fetch", "--quiet", "--unshallow")
    update(place, shallow)
    assert contents(shallow) == {**redescribed(old), "notes.md": b"Mine\n"}


@pytest.mark.parametrize("known", [True, False])
def test_a_day_of_the_students_own(known: bool, copy: Copy, newer: Newer) -> None:
    old = template(DAY2)
    own = {
        "day_10_project/README.md": b"# My project\n",
        "day_10_project/src/idea.py": b"def idea() -> int:\n    return 1\n",
    }
    folder = copy(old, own) if known else copy({**changed(old, PARABOLA, (TODO, SOLVED)), **own})
    update(newer(redescribed(old)), folder)
    assert own.items() <= contents(folder).items()
    refused(folder, newer(template(DAY4)), "has no day 02; name a template")


def test_a_rebased_update_is_a_base(copy: Copy, newer: Newer) -> None:
    old = {**template(DAY2), "introdl/old.py": b"x = 1\n"}
    folder = copy(old)
    git(folder, "branch", "elsewhere")
    update(newer(redescribed(old)), folder)
    git(folder, "checkout", "--quiet", "elsewhere")
    (folder / "notes.md").write_text("Mine, from another computer\n")
    committed(folder)
    git(folder, "rebase", "--quiet", "elsewhere", "main")
    third = redescribed(redescribed(template(DAY2)))
    assert "rewritten" not in update(newer(third), folder)
    assert contents(folder).keys() - {"notes.md"} == third.keys()


def test_an_amended_update_is_no_base(copy: Copy, newer: Newer) -> None:
    old = template(DAY2)
    folder = copy(old)
    new = redescribed(old)
    update(newer(new), folder)
    (folder / PARABOLA).write_bytes(
        changed(new, PARABOLA, (TODO, f"    slope = 2\n{TODO}"))[PARABOLA]
    )
    git(folder, "commit", "--quiet", "--all", "--amend", "--no-edit")
    update(newer(redescribed(new)), folder)
    assert b"    slope = 2\n" in contents(folder)[PARABOLA]


# Where a newer template comes from


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a newer template of day 2."""
    folder = write(tmp_path / "published", redescribed(template(DAY2)))
    (folder / ".ci").mkdir()
    (folder / ".ci/run").write_bytes(b"#!/bin/sh\n")
    (folder / ".ci/run").chmod(0o755)
    git(folder, "init", "--quiet")
    committed(folder)
    return folder


def zipped(folder: Path, path: Path, top: str = "published-main/") -> Path:
    """A zip file as GitHub makes it, by git itself."""
    git(folder, "archive", "--format=zip", f"--prefix={top}", "-o", str(path), "HEAD")
    return path


def test_every_kind_of_source_is_the_same_tree(repository: Path, tmp_path: Path) -> None:
    bare, plain = tmp_path / "bare.git", tmp_path / "plain"
    git(tmp_path, "clone", "--quiet", "--bare", str(repository), str(bare))
    shutil.copytree(repository, plain, ignore=shutil.ignore_patterns(".git"))
    with_git = shutil.make_archive(str(tmp_path / "c"), "zip", tmp_path, repository.name)
    (plain / "build").mkdir()
    (plain / "build/report.html").write_text("ignored")
    (repository / "not-committed").write_text("ignored")
    sources = [
        repository, bare, plain, repository.as_uri(), f"file://{bare}",
        zipped(repository, tmp_path / "a.zip"), zipped(repository, tmp_path / "b.ZIP", ""),
        with_git,
    ]  # fmt: skip
    for place in sources:
        with source.opened(str(place)) as newer:
            assert newer.tree == git(repository, "rev-parse", "HEAD^{tree}"), place


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """The address of a web server for the test's folder."""
    handler = functools.partial(Quiet, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files without a log."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_a_zip_file_from_the_web(
    repository: Path, tmp_path: Path, address: str, copy: Copy
) -> None:
    zipped(repository, tmp_path / "main.zip")
    folder = copy(template(DAY2))
    said = update(f"{address}/main.zip", folder)
    assert contents(folder).keys() - {".ci/run"} == template(DAY2).keys()
    assert os.access(folder / ".ci/run", os.X_OK)
    assert "Updated the course from http://127.0.0.1" in said
    with pytest.raises(UsageError, match=r"Can't download .*/none.zip': File not found"):
        update(f"{address}/none.zip", folder)


def test_a_password_in_an_address_is_not_told(copy: Copy) -> None:
    folder = copy(template(DAY2))
    with pytest.raises(UsageError) as caught:
        update("http://ada:secret@127.0.0.1:1/main.zip", folder)
    assert "secret" not in str(caught.value)


def test_the_message_tells_the_summary(repository: Path, copy: Copy) -> None:
    folder = copy(template(DAY2))
    update(repository.as_uri(), folder)
    message = git(folder, "log", "-1", "--format=%B")
    assert message.startswith(f"Update the course from file://{repository}\n\nNew\n  .ci/run\n")
    trailer = git(folder, "log", "-1", "--format=%(trailers:key=Course-Update,valueonly)")
    assert trailer.split()[0] == git(repository, "rev-parse", "HEAD^{tree}")


# Refusals


def refused(folder: Path, place: object, words: str) -> None:
    """An update ends in one sentence and changes nothing."""
    before = git(folder, "rev-parse", "HEAD"), git(folder, "status", "--porcelain", "--ignored")
    with pytest.raises(UsageError, match=words) as caught:
        update(str(place), folder)
    assert "\n" not in str(caught.value)
    after = git(folder, "rev-parse", "HEAD"), git(folder, "status", "--porcelain", "--ignored")
    assert after == before


@pytest.mark.parametrize("staged", [False, True])
def test_uncommitted_changes(staged: bool, copy: Copy, newer: Newer) -> None:
    folder = copy(template(DAY2))
    (folder / PARABOLA).write_text("mine")
    if staged:
        git(folder, "add", "--all")
    refused(folder, newer(redescribed(template(DAY2))), "changes that are not committed")
    assert (folder / PARABOLA).read_text() == "mine"


@pytest.mark.parametrize(
    ("own", "commit", "new"),
    [
        ("data/more.csv", False, "data/more.csv"),  # untracked
        ("data/more.csv", True, "data/more.csv"),
        ("build/more.csv", False, "build/more.csv"),  # ignored
        ("docs", False, "docs/students.md"),
        ("docs", True, "docs/students.md"),
        ("docs/mine.md", False, "docs"),
        ("docs/mine.md", True, "docs"),
    ],
)
def test_own_files_in_the_way(own: str, commit: bool, new: str, copy: Copy, tmp_path: Path) -> None:
    old = template(DAY2)
    folder = copy(old, {own: b"mine\n"} if commit else {})
    published = write(tmp_path / "published", {**old, new: b"newer\n"})
    git(published, "init", "--quiet")
    git(published, "add", "--all", "--force")
    git(published, "commit", "--quiet", "-m", "newer")
    if not commit:
        (folder / own).parent.mkdir(exist_ok=True)
        (folder / own).write_bytes(b"mine\n")
    refused(folder, published, "in the way of|a file of your own")
    assert (folder / own).read_bytes() == b"mine\n"


def test_a_link_in_place_of_a_file(copy: Copy, newer: Newer) -> None:
    old = template(DAY2)
    folder = copy(old)
    (folder / PARABOLA).unlink()
    (folder / PARABOLA).symlink_to("bumpy.py")
    committed(folder)
    refused(folder, newer(redescribed(old)), f"'{PARABOLA}' is a link in your copy")


def test_in_the_middle_of_a_merge(copy: Copy, newer: Newer) -> None:
    old = template(DAY2)
    folder = copy(old, {"mine.md": b"1\n"})
    git(folder, "checkout", "--quiet", "-b", "other", "HEAD~")
    committed(folder)
    git(folder, "merge", "--quiet", "--no-commit", "--no-ff", "main")
    refused(folder, newer(redescribed(old)), "under way")


def test_without_a_name(copy: Copy, newer: Newer) -> None:
    folder = copy(template(DAY2))
    Path(os.environ["GIT_CONFIG_GLOBAL"]).write_text("")
    refused(folder, newer(redescribed(template(DAY2))), "git config --global user.name")


def test_no_repository(tmp_path: Path, newer: Newer, copy: Copy) -> None:
    folder = write(tmp_path / "unpacked", template(DAY2))
    with pytest.raises(UsageError, match="not a git repository of its own"):
        update(newer(template(DAY2)), folder)
    outer = copy(template(DAY2))
    with pytest.raises(UsageError, match="not a git repository of its own"):
        update(newer(template(DAY2)), outer / DAY2.name)


def test_no_commit_yet(tmp_path: Path, newer: Newer) -> None:
    folder = write(tmp_path / "copy", template(DAY2))
    git(folder, "init", "--quiet")
    with pytest.raises(UsageError, match="with a commit in it"):
        update(newer(template(DAY2)), folder)


def test_without_git(copy: Copy, newer: Newer, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, place = copy(template(DAY2)), newer(template(DAY2))
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UsageError, match="git, which isn't installed"):
        update(place, folder)


def test_what_is_no_template(copy: Copy, newer: Newer, tmp_path: Path) -> None:
    folder = copy(template(DAY2, DAY4))
    refused(folder, tmp_path / "nowhere", "is not a folder, a zip file or the address")
    refused(folder, tmp_path / "nowhere.zip", "There is no file")
    refused(folder, newer({"a.txt": b""}), "isn't a template of this course")
    refused(folder, newer({"introdl/course.py": b""}), "isn't a template of this course")
    refused(folder, newer(template(DAY4)), "has no day 02")
    refused(folder, ROOT, "repository that templates are made from")
    refused(folder, (tmp_path / "none.git").as_uri(), "git fetch failed")
    (tmp_path / "text.zip").write_text("text")
    refused(folder, tmp_path / "text.zip", "Can't unpack 'text.zip'")
    git(tmp_path, "init", "--quiet", "empty")
    refused(folder, tmp_path / "empty", "git fetch failed")
    broken = changed(template(DAY2, DAY4), PARABOLA, (TODO, "    return ("))
    (folder / PARABOLA).write_text("x = 1\n")
    committed(folder)
    refused(folder, newer(broken), "is damaged or too new for this Python")


@pytest.mark.parametrize(
    "name", ["../out.py", "/out.py", "a/../../out.py", "a\\b.py", "C:/x", "a\nb.py"]
)
def test_a_zip_file_that_leads_elsewhere(name: str, copy: Copy, tmp_path: Path) -> None:
    folder = copy(template(DAY2))
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
        for path, content in template(DAY2).items():
            archive.writestr(path, content)
        archive.writestr(zipfile.ZipInfo(name), b"x = 1\n")
    refused(folder, tmp_path / "bad.zip", "is refused: .* leads out of the folder")
    assert not list(tmp_path.glob("**/out.py"))


def test_links_in_a_template(copy: Copy, newer: Newer, tmp_path: Path) -> None:
    folder, place = copy(template(DAY2)), newer(template(DAY2))
    (Path(place) / "data").symlink_to(tmp_path)
    refused(folder, place, "'data' in it leads out of the folder")
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
        link = zipfile.ZipInfo("introdl/course.py")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/hostname")
    refused(folder, tmp_path / "bad.zip", "'introdl/course.py' in it leads out of the folder")


def test_too_large_a_zip_file(copy: Copy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "LARGEST", 1000)
    folder = copy(template(DAY2))
    with zipfile.ZipFile(tmp_path / "big.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(2000))
    refused(folder, tmp_path / "big.zip", "isn't a template")


# While an update runs, the student may go on working, and anything may interrupt it.


def files(folder: Path) -> Tree:
    """All files of a folder, git's own left out."""
    paths = (path for path in folder.rglob("*") if path.is_file())
    named = ((path.relative_to(folder).as_posix(), path) for path in paths)
    return {name: path.read_bytes() for name, path in named if not name.startswith(".git/")}


SAVED = {
    PARABOLA: b"mine\n",  # the update changes it
    "README.md": b"mine\n",  # the update leaves it alone
    "notes.md": b"mine\n",
    "data/more.csv": b"mine\n",  # the update brings it
}


@pytest.mark.parametrize("path", SAVED)
@pytest.mark.parametrize("last", [source.opened, check_place], ids=["fetch", "check"])
def test_what_is_saved_meanwhile(
    path: str, last: Any, copy: Copy, newer: Newer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is as the student saved it, whether the update goes through or not."""
    old = template(DAY2)
    folder, place = copy(old), newer({**redescribed(old), "data/more.csv": b"1\n"})
    before = git(folder, "rev-parse", "HEAD")

    def slow(*arguments: Any) -> Any:
        done = last(*arguments)
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_bytes(SAVED[path])
        return done

    monkeypatch.setattr(source if last is source.opened else apply, last.__name__, slow)
    try:
        update(place, folder)
    except UsageError as error:
        assert re.search("not committed|in the way|git merge failed", str(error))  # noqa: PT017
        assert git(folder, "rev-parse", "HEAD") == before
        assert files(folder) == {**old, path: SAVED[path]}
    else:
        assert git(folder, "rev-parse", "HEAD^") == before
        assert files(folder) == {**contents_of_head(folder), path: SAVED[path]}


def contents_of_head(folder: Path) -> Tree:
    """What a folder's last commit holds."""
    names = git(folder, "ls-tree", "-r", "--name-only", "HEAD").splitlines()
    return {name: at(folder).run("show", f"HEAD:{name}") for name in names}


def test_what_is_committed_meanwhile(
    copy: Copy, newer: Newer, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = template(DAY2)
    folder, place = copy(old), newer(redescribed(old))
    planned = Planner.plan

    def slow(planner: Planner, only: set[str] | None) -> Plan:
        (folder / PARABOLA).write_bytes(b"x = 1\n")
        committed(folder)
        return planned(planner, only)

    monkeypatch.setattr(Planner, "plan", slow)
    with pytest.raises(UsageError, match="git merge failed"):
        update(place, folder)
    assert contents(folder) == {**old, PARABOLA: b"x = 1\n"}


def interrupting(folder: Path, command: str) -> None:
    """Let git run a command, and then fail, when it writes ``introdl/z.py``."""
    git(folder, "config", "filter.broken.smudge", f"{command}; false")
    git(folder, "config", "filter.broken.required", "true")
    (folder / ".git/info/attributes").write_text("introdl/z.py filter=broken\n")


@pytest.mark.parametrize(
    ("command", "saved"),
    [
        ("true", {}),
        ("echo mine > README.md", {"README.md": b"mine\n"}),
        ("echo mine > environment.yml; echo > own.md", {"environment.yml": b"mine\n"}),
        ("printf 1 > data/new/a.csv", {}),  # as if the disk were full
        ("printf '# The' > README.md", {}),
        ("rm README.md; : > noxfile.py", {}),
        ("echo mine > data/new/a.csv", {"data/new/a.csv": b"mine\n"}),
    ],
)
def test_a_write_that_fails_midway_is_put_back(
    command: str, saved: Tree, copy: Copy, newer: Newer
) -> None:
    old = template(DAY2)
    folder = copy(old, {**changed(old, PARABOLA, (TODO, SOLVED)), "gone.csv": b"1\n"})
    (folder / "mine.md").write_text("not committed")
    new = {path: content + b"# newer\n" for path, content in redescribed(old).items()}
    new |= {"README.md": b"# The newer course\n", "environment.yml": old["environment.yml"]}
    place = newer({**new, "data/new/a.csv": b"1\n2\n", "introdl/z.py": b"x = 1\n"})
    before, commit = files(folder), git(folder, "rev-parse", "HEAD")
    interrupting(folder, command)
    with pytest.raises(UsageError, match="git merge failed"):
        update(place, folder)
    assert {**files(folder), "own.md": b"\n"} == {**before, **saved, "own.md": b"\n"}
    assert git(folder, "rev-parse", "HEAD") == commit
    assert git(folder, "diff", "--cached", "--name-only") == ""
    assert (folder / "data").exists() == ("data/new/a.csv" in saved)


def test_ctrl_c_midway_is_put_back(copy: Copy, newer: Newer) -> None:
    old = template(DAY2)
    folder = copy(old, changed(old, PARABOLA, (TODO, SOLVED)))
    before = contents(folder)
    place = newer({**redescribed(old), "introdl/z.py": b"x = 1\n"})
    interrupting(folder, f"kill -INT {os.getpid()} $PPID")  # a terminal tells both of them
    with pytest.raises(KeyboardInterrupt):
        update(place, folder)
    assert contents(folder) == before


# As a person types it


def test_the_command_needs_python_and_git_alone(copy: Copy, newer: Newer) -> None:
    published = students(working_tree(), [DAY2])
    package = {path: content for path, content in published.items() if "introdl/" in path}
    old = {**template(DAY2), **package}
    folder = copy(old)
    new = newer({**redescribed(old), "introdl/update/apply.py": b"# rewritten while it runs\n"})
    run = functools.partial(subprocess.run, cwd=folder, capture_output=True, text=True, check=False)
    command = [sys.executable, "-S", "-m", "introdl", "update"]
    done = run([*command, new])
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Updated the course from newer.\n\nNewer\n")
    assert done.stdout.endswith("To undo it: git revert HEAD\n")
    git(folder, "revert", "--no-edit", "HEAD")
    done = run([*command, "nowhere"])
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("'nowhere' is not a folder, a zip file or the address")


def test_this_repository_is_no_copy(newer: Newer, capsys: pytest.CaptureFixture[str]) -> None:
    """A maintainer who types it here loses nothing: every file of the course is in the way."""
    assert main(["update", newer({"a.txt": b""})]) == 2
