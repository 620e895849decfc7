"""From text to numbers and back, and minibatches of a text."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from introdl.errors import UsageError

Indices = NDArray[np.int32]


def build_vocabulary(text: str) -> str:
    """Collect the different characters of a text.

    Args:
        text: any text.

    Returns:
        Each character of the text once, sorted. Its place in this string is its number.
    """
    # TODO 9.1: keep each character once, and sort them (about 1 line).
    raise NotImplementedError("TODO 9.1: keep each character once, and sort them")


def encode(text: str, vocabulary: str) -> Indices:
    """Replace each character by its number, its place in the vocabulary.

    Args:
        text: a text of n characters.
        vocabulary: the known characters, each once.

    Returns:
        The numbers from 0 on, of shape ``(n,)`` and dtype int32.

    Raises:
        UsageError: if a character of the text is not in the vocabulary.
    """
    require_known(text, vocabulary)
    # TODO 9.1: look each character up in a dict from characters to numbers (about 2 lines).
    raise NotImplementedError("TODO 9.1: look each character up in a dict from characters …")


def decode(indices: Iterable[int], vocabulary: str) -> str:
    """Replace each number by its character.

    Args:
        indices: whole numbers, of shape ``(n,)``.
        vocabulary: the known characters, each once.

    Returns:
        The text of n characters.
    """
    # TODO 9.1: the inverse of encode (about 1 line).
    raise NotImplementedError("TODO 9.1: the inverse of encode")


def minibatches(indices: Indices, batch_size: int, length: int) -> tuple[Indices, Indices]:
    """Cut a text into streams that are read side by side, and these into minibatches.

    The text is cut into ``batch_size`` streams of equal length, one for each row of a minibatch. So
    row b of a minibatch goes on in row b of the next one. The characters at the end that don't fill
    a minibatch are left out.

    Args:
        indices: the text's characters as numbers, of shape ``(n,)``.
        batch_size: the number of streams.
        length: the number of characters of one stream in a minibatch.

    Returns:
        The inputs and the targets, each of shape ``(steps, batch_size, length)`` with
        ``steps = (n - 1) // (batch_size * length)``. The target of a character is the next one.

    Raises:
        UsageError: if the text is too short for one minibatch.
    """
    steps = (len(indices) - 1) // (batch_size * length)
    if steps < 1:
        raise UsageError(
            f"A text of {len(indices)} characters is too short for a minibatch of "
            f"{batch_size} × {length} characters and the one behind it."
        )
    # TODO 9.1: cut off the rest, reshape to streams, and swap the axes (about 4 lines).
    raise NotImplementedError("TODO 9.1: cut off the rest, reshape to streams, and swap …")


def require_known(text: str, vocabulary: str) -> None:
    """Refuse a text with characters that the model has never seen.

    Args:
        text: any text.
        vocabulary: the known characters.

    Raises:
        UsageError: with the unknown characters.
    """
    unknown = sorted(set(text) - set(vocabulary))
    if unknown:
        names = ", ".join(repr(character) for character in unknown[:5])
        more = f" and {len(unknown) - 5} more" if len(unknown) > 5 else ""
        raise UsageError(f"The text the model learned from has no {names}{more}; leave that out.")
