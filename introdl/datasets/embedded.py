"""The data files that come with the course, checked each time they are read.

The table in ``data/DATA.md`` is the only list of them: file, sha256, licence and source.
"""

import gzip
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from introdl.course import ROOT
from introdl.errors import UsageError

DATA = ROOT / "data"

_ROW = re.compile(
    r"^\| `(?P<file>[^`]+)` \| (?P<title>[^|]+?) \| (?P<original>[^|]+?) \| (?P<licence>[^|]+?) "
    r"\| `(?P<sha256>[0-9a-f]{64})` \|$",
    re.MULTILINE,
)


@dataclass(frozen=True)
class File:
    """One row of the table in ``data/DATA.md``."""

    file: str  # below data/
    title: str
    original: str  # "original", or what was done to it
    licence: str
    sha256: str

    @property
    def path(self) -> Path:
        """Where the file is."""
        return DATA / self.file


def files() -> list[File]:
    """All embedded files.

    Raises:
        UsageError: if the table is missing.
    """
    table = DATA / "DATA.md"
    if not table.is_file():
        raise UsageError("data/DATA.md is missing; bring it back from the template.")
    return [File(**match.groupdict()) for match in _ROW.finditer(table.read_text("utf-8"))]


def read(name: str) -> bytes:
    """Read an embedded file and compare it with its checksum.

    Args:
        name: the file below ``data/``, such as ``"nile.csv"``.

    Returns:
        The file's bytes.

    Raises:
        UsageError: if the file is missing or was changed.
    """
    [wanted] = [file for file in files() if file.file == name]
    repair = f"bring it back with `git checkout -- data/{name}` or from the template."
    if not wanted.path.is_file():
        raise UsageError(f"data/{name} is missing; {repair}")
    content = wanted.path.read_bytes()
    if hashlib.sha256(content).hexdigest() != wanted.sha256:
        raise UsageError(f"data/{name} was changed or is damaged; {repair}")
    return content


def table(name: str) -> NDArray[np.float64]:
    """Read an embedded table of numbers, a gzipped CSV file with a header line.

    Args:
        name: the file below ``data/``.

    Returns:
        The numbers, of shape ``(rows, columns)``.
    """
    lines = gzip.decompress(read(name)).decode().splitlines()
    return np.loadtxt(lines, delimiter=",", skiprows=1, ndmin=2)
