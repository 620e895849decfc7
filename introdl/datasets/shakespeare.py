"""Eight plays by William Shakespeare as one plain text."""

import gzip

from introdl.datasets import embedded


def load_shakespeare() -> str:
    """Read the plays from ``data/shakespeare.txt.gz``.

    Returns:
        980,325 characters, 78 different ones: letters, digits, punctuation, blanks and line ends.

    Raises:
        UsageError: if the file is missing or damaged.
    """
    return gzip.decompress(embedded.read("shakespeare.txt.gz")).decode("ascii")
