"""A test's task and points."""

from collections.abc import Callable
from typing import Any

import pytest

SECONDS = 30.0


def task(number: str, points: int, seconds: float = SECONDS) -> Callable[[Any], Any]:
    """Say which task a test belongs to and what it is worth.

    Args:
        number: the task, ``"2.4"``, as in the README's heading.
        points: what the test earns when it passes; a parametrised test when all its cases do.
        seconds: the autograder's limit for the test, or for one case of it.
    """
    mark: pytest.MarkDecorator = pytest.mark.task(number=number, points=points, seconds=seconds)
    return mark
