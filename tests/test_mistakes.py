"""The corpus of mistakes: how it is written, and that its texts and keys exist; nothing is run."""

import ast
from pathlib import Path

import pytest

from introdl.authoring import mistakes, stubs
from introdl.authoring.mistakes import Mistake, literals, sentences, unknown, wrong
from introdl.course import Day, days

TESTS = '''
"""Tests of day 9."""
SENTENCES = {"You forgot to carry: "
             "add the next digit.": 1}
def test_sum(got):
    why = f"The sum {got} is off by {got - 3:.2f}; count again."
    say("""Two
        lines.""", b"bytes", 3)
'''


@pytest.fixture
def day(tmp_path: Path) -> Day:
    """A day with one file of tests."""
    tests = tmp_path / "day_09_toy" / "tests"
    tests.mkdir(parents=True)
    (tests / "test_toy.py").write_text(TESTS, encoding="utf-8")
    return Day(tests.parent)


def test_wrong_gives_what_is_written_in_its_order() -> None:
    made = wrong(
        "9.1",
        "toy.py",
        {"a + b": {"a - b": "Add", "b + a": "order"}, "return c": {"return a": "Return the sum"}},
        also=("9.2",),
    )
    assert made == [
        Mistake("9.1", "toy.py", "a + b", "a - b", "Add", ("9.2",)),
        Mistake("9.1", "toy.py", "a + b", "b + a", "order", ("9.2",)),
        Mistake("9.1", "toy.py", "return c", "return a", "Return the sum", ("9.2",)),
    ]
    assert wrong("9.1", "toy.py", {"a": {"b": "says"}})[0].also == ()


def test_literals_of_a_test() -> None:
    assert [" ".join(text.split()) for text in literals(ast.parse(TESTS))] == [
        "Tests of day 9.",
        "You forgot to carry: add the next digit.",
        "The sum … is off by …; count again.",
        "Two lines.",
    ]


@pytest.mark.parametrize(
    "key",
    [
        "carry: add the next",  # across two literals that stand side by side
        "is off by",  # between an f-string's values
        "Two\n lines",
        "so perhaps a `return` is missing",  # said by introdl.testing
    ],
)
def test_a_key_that_stands_in_a_test_is_known(key: str, day: Day) -> None:
    assert unknown(Mistake("9.1", "toy.py", "a", "b", key), sentences(day)) == ""


@pytest.mark.parametrize("key", ["You forgot to bring", "is off by 3", "def test_sum"])
def test_a_key_that_stands_nowhere_is_named(key: str, day: Day) -> None:
    line = unknown(Mistake("9.1", "toy.py", "a", "b", key), sentences(day))
    assert line == (
        f"Task 9.1: no sentence contains '{key}'; "
        "write a part of a sentence that stands in the day's tests."
    )


@pytest.mark.parametrize("day", days(), ids=lambda day: day.name)
def test_every_mistake_of_the_course_has_its_text_and_its_sentence(day: Day) -> None:
    solution, known = stubs.SOLUTIONS / day.name, sentences(day)
    corpus = mistakes.read(solution)
    for mistake in corpus:
        source = (solution / "src" / mistake.file).read_text(encoding="utf-8")
        assert mistake.apply(source) != source
        assert mistake.function(source)
    assert [line for mistake in corpus if (line := unknown(mistake, known))] == []
    assert {mistake.task for mistake in corpus} == {task.number for task in day.tasks}
