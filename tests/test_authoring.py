"""Stubs, mistakes and the reach of a change, on small made-up modules."""

from pathlib import Path

import pytest

from introdl.authoring import stubs
from introdl.authoring.mistakes import Mistake, function_at
from introdl.authoring.reach import reached
from introdl.authoring.stubs import solved_lines, stub
from introdl.errors import UsageError

SOLVED = '''
def double(x):
    """Twice x."""
    # TODO 9.1: multiply by two, not by
    # three (about 1 line).
    # BEGIN SOLUTION
    factor_of_two = 2
    return factor_of_two * x
    # END SOLUTION


class Number:
    def __init__(self, value):
        self.value = value

    def fourfold(self):
        return double(double(self.value))
'''

TESTS = """
from day_09_toy.src.numbers import Number as Counter, double
CASES = [double]
def helper(x): return double(x)
def test_double(): assert double(2) == 4
def test_helper(): assert helper(2) == 4
def test_cases(): assert CASES[0](2) == 4
def test_value(): assert Counter(3).value == 3
def test_fourfold(): assert Counter(3).fourfold() == 12
def test_nothing(): assert 1 + 1 == 2
"""


def test_a_block_becomes_one_loud_line() -> None:
    made = stub(SOLVED, "numbers.py")
    [loud] = [line for line in made.splitlines() if "raise" in line]
    assert loud == '    raise NotImplementedError("TODO 9.1: multiply by two, not by three")'
    assert "# three (about 1 line)." in made
    assert not any(line in made for line in solved_lines(SOLVED))
    assert stub(made, "numbers.py") == made


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("    # TODO 9.1: multiply", "    # multiply", "needs a TODO line before it"),
        ("    # BEGIN SOLUTION\n", "", "END SOLUTION without"),
        ("    # END SOLUTION\n", "", "has no # END SOLUTION"),
    ],
)
def test_markers_out_of_order_are_refused(old: str, new: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        stub(SOLVED.replace(old, new), "numbers.py")


def test_stubs_on_disk_are_those_of_the_solutions() -> None:
    assert all(path.read_text() == text for path, text in stubs.expected().items())


def test_a_mistake_replaces_text_that_occurs_once() -> None:
    mistake = Mistake("9.1", "numbers.py", "factor_of_two = 2", "factor_of_two = 3", "says")
    assert "factor_of_two = 3" in mistake.apply(SOLVED)
    assert mistake.function(SOLVED) == "double"
    assert function_at(SOLVED, SOLVED.count("\n")) == "Number.fourfold"
    with pytest.raises(UsageError, match="occurs 2 times"):
        Mistake("9.1", "numbers.py", "factor_of_two", "x", "says").apply(SOLVED)
    with pytest.raises(UsageError, match="not valid Python"):
        Mistake("9.1", "numbers.py", "factor_of_two = 2", "x = = 2", "says").apply(SOLVED)


@pytest.mark.parametrize(
    ("function", "names"),
    [
        ("double", ["double", "helper", "cases", "fourfold"]),
        ("Number.fourfold", ["fourfold"]),
        ("Number.__init__", ["value", "fourfold"]),
        ("", ["double", "helper", "cases", "value", "fourfold", "nothing"]),
        ("unused", []),
    ],
)
def test_only_tests_that_use_a_function_are_reached(
    function: str, names: list[str], tmp_path: Path
) -> None:
    source, tests = tmp_path / "numbers.py", tmp_path / "test_numbers.py"
    source.write_text(SOLVED)
    tests.write_text(TESTS)
    expected = [f"test_numbers.py::test_{name}" for name in names]
    assert reached(function, [source], [tests]) == expected
