"""Running a day's script: what isn't done yet ends in one line, not in a traceback."""

import argparse
import math
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import NoReturn

from introdl.course import ROOT, TODO
from introdl.errors import UsageError

UNFINISHED = 2


class Parser(argparse.ArgumentParser):
    """Says what is wrong with the arguments in one sentence and ends with code 2."""

    def error(self, message: str) -> NoReturn:
        """Print one sentence instead of the whole usage."""
        sentence = f"{message[0].upper()}{message[1:]}"
        print(f"{sentence}; see '{self.prog} --help'.", file=sys.stderr)
        raise SystemExit(UNFINISHED)


class TrainingParser(Parser):
    """The options that all trainings have in common, with a script's own defaults.

    Args:
        description: what the script does, for ``--help``.
        epochs: how often training goes through all training data.
        learning_rate: the step size.
        batch_size: the number of examples in a minibatch; None where there are no minibatches.
    """

    def __init__(
        self,
        description: str | None,
        epochs: int,
        learning_rate: float,
        batch_size: int | None = None,
    ) -> None:
        super().__init__(description=description)
        self.add_argument(
            "--epochs", type=at_least(1), default=epochs, metavar="N",
            help=f"passes through the training data (default {epochs})",
        )  # fmt: skip
        self.add_argument(
            "--learning-rate", type=positive, default=learning_rate, metavar="X",
            help=f"step size (default {learning_rate:g})",
        )  # fmt: skip
        if batch_size is not None:
            self.add_argument(
                "--batch-size", type=at_least(1), default=batch_size, metavar="N",
                help=f"examples in a minibatch (default {batch_size})",
            )  # fmt: skip
        self.add_argument(
            "--seed", type=at_least(0), default=0, metavar="N",
            help="seed of all random numbers (default 0)",
        )  # fmt: skip
        self.add_argument(
            "--subset", type=at_least(1), metavar="N",
            help="train with the first N examples only (default: all)",
        )  # fmt: skip


def at_least(least: int) -> Callable[[str], int]:
    """The type of an option that takes a whole number from ``least`` on."""

    def convert(text: str) -> int:
        if not re.fullmatch(r"\d{1,9}", text, re.ASCII) or int(text) < least:
            raise argparse.ArgumentTypeError(f"'{text}' is not a whole number of at least {least}")
        return int(text)

    return convert


def positive(text: str) -> float:
    """The type of an option that takes a number above 0."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number above 0")
    return number


def training_size(
    available: int, subset: int | None, batch_size: int, examples: str = "images"
) -> int:
    """How many examples a training with ``--subset`` and ``--batch-size`` uses.

    Args:
        available: the number of training examples.
        subset: use the first N only; None for all.
        batch_size: the number of examples in a minibatch.
        examples: what they are, for the message.

    Raises:
        UsageError: if there are not as many, or too few for a minibatch.
    """
    count = available if subset is None else subset
    if count > available:
        raise UsageError(f"There are {available:,} training {examples}; make --subset smaller.")
    if batch_size > count:
        raise UsageError(
            f"{count:,} training {examples} don't fill a minibatch of {batch_size:,}; "
            "make --batch-size smaller."
        )
    return count


def run(main: Callable[[], None]) -> None:
    """Run a script's ``main``.

    A TODO that is not done yet, and unusable input, are said in one line; the exit code is then 2.
    Every other exception passes through with its traceback.

    Args:
        main: the script's main function.

    Raises:
        SystemExit: with code 2, after the one line.
    """
    try:
        main()
    except NotImplementedError as error:
        todo = TODO.search(str(error))
        if todo is None:
            raise
        _stop(f"Task {todo[1]} is not started yet: {_place(error.__traceback__)}.")
    except UsageError as error:
        _stop(str(error))


def _stop(sentence: str) -> None:
    print(sentence, file=sys.stderr)
    raise SystemExit(UNFINISHED) from None


def _place(traceback: TracebackType | None) -> str:
    """Where an exception was raised: ``day_01_intro/src/julia.py, escape_time(), line 12``."""
    assert traceback is not None  # it was raised, so there is a traceback
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    code = traceback.tb_frame.f_code
    path = Path(code.co_filename).resolve()
    file = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else str(path)
    return f"{file}, {code.co_qualname}(), line {traceback.tb_lineno}"
