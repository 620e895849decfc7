"""Task 1.1: the first test."""

from day_01_intro.src.hello import is_ready
from introdl.testing import check, task


@task("1.1", points=1)
def test_is_ready() -> None:
    check(
        is_ready, expect=True,
        mistakes={
            "This is a text. Write True without quotation marks.":
                lambda got: isinstance(got, str),
            "False means not ready; return True when you are.": lambda got: got is False,
        },
        why="Return the value True, written with a capital T.",
    )  # fmt: skip
