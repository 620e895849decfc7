"""Task 9.1: characters as numbers, and minibatches of a text."""

import string
from typing import Any

import numpy as np

from day_09_sequence.src.text import build_vocabulary, decode, encode, minibatches
from introdl.testing import check, task


def text_of(rng: np.random.Generator) -> str:
    """A text of 30 characters that neither begin nor repeat in the alphabet's order."""
    letters = rng.permutation(list(string.ascii_letters + " .\n"))[:12]
    return "".join(["z", "a", *rng.choice(letters, 26), "z", "b"])


def vocabulary_of(text: str) -> str:
    """The characters of ASCII that a text has."""
    return "".join(character for character in map(chr, range(128)) if character in text)


@task("9.1", points=1)
def test_build_vocabulary(rng: np.random.Generator) -> None:
    for text in ("hello", text_of(rng)):
        right = vocabulary_of(text)
        check(
            build_vocabulary, text, expect=right,
            mistakes={
                "Each character belongs into the vocabulary once; set(text) has no repetitions.":
                    "".join(character * text.count(character) for character in right),
                "The characters are in the order in which they come; sort them.":
                    "".join(dict.fromkeys(text)),
                "Return one string: ''.join puts the characters together.":
                    lambda got: isinstance(got, list | tuple),
            },
            why="The characters must be sorted, each once.",
        )  # fmt: skip


@task("9.1", points=1)
def test_encode_and_decode(rng: np.random.Generator) -> None:
    text = text_of(rng)
    vocabulary = vocabulary_of(text)
    right = np.searchsorted(list(vocabulary), list(text))
    for example, known, numbers in (("hello", "ehlo", [1, 0, 2, 2, 3]), (text, vocabulary, right)):
        check(
            encode, example, known, expect=np.array(numbers),
            mistakes={
                "Numbers begin with 0: the first character of the vocabulary has the number 0.":
                    np.array(numbers) + 1,
                "These are Python's own numbers of the characters, not places in the vocabulary.":
                    np.array([ord(character) for character in example]),
            },
            why="A character's number is its place in the vocabulary, counted from 0.",
        )  # fmt: skip
        check(
            decode, np.array(numbers, np.int32), known, expect=example,
            mistakes={
                "Return one string: ''.join puts the characters together.":
                    lambda got: isinstance(got, list | tuple),
                "Numbers begin with 0: number 0 is the first character of the vocabulary.":
                    example.translate(str.maketrans(known, known[-1] + known[:-1])),
            },
            why="Each number is a place in the vocabulary, counted from 0.",
        )  # fmt: skip


def streams(indices: Any, steps: int, batch: int, length: int, shift: int) -> Any:
    """Minibatches with `shift` places to the right, one entry after the other."""
    cut = [
        [[indices[b * steps * length + s * length + t + shift] for t in range(length)]
         for b in range(batch)]
        for s in range(steps)
    ]  # fmt: skip
    return np.array(cut)


@task("9.1", points=1)
def test_minibatches(rng: np.random.Generator) -> None:
    for indices, batch, length in (
        (np.arange(20, dtype=np.int32), 2, 3),
        (rng.integers(0, 50, 83).astype(np.int32), 4, 5),
    ):
        steps = (len(indices) - 1) // (batch * length)
        inputs = streams(indices, steps, batch, length, 0)
        targets = streams(indices, steps, batch, length, 1)
        check(
            minibatches, indices, batch, length, expect=(inputs, targets),
            mistakes={
                "The targets are the inputs again; the target is the next character, one further.":
                    (inputs, inputs),
                "Inputs and targets are exchanged.": (targets, inputs),
                "Row b must go on in row b of the next minibatch: first cut the text into streams, "
                "of shape (batch_size, steps, length), then swap the first two axes.":
                    tuple(np.resize(rest, inputs.shape) for rest in (indices, indices[1:])),
                "The axes are not swapped; the shape is (steps, batch_size, length).":
                    tuple(np.moveaxis(part, 1, 0) for part in (inputs, targets)),
            },
            why="Row b holds piece b of the text, `length` characters further in each minibatch.",
        )  # fmt: skip
