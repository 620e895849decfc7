"""Rivers: the Nile's annual flow, and the Rhine's gauge at Bonn from a file of one's own."""

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from introdl.datasets import embedded
from introdl.errors import UsageError

_MOMENT = re.compile(r"(\d\d)\.(\d\d)\.(\d{4}), (\d\d):(\d\d) Uhr")
_LEVEL = re.compile(r"(-?\d+) cm")


def load_nile() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The annual flow of the Nile at Aswan, 1871 to 1970.

    Returns:
        The years and the flow in 10⁸ m³, each of shape ``(100,)``.

    Raises:
        UsageError: if the file is missing or was changed.
    """
    years, flow = embedded.table("nile.csv.gz").T
    return years, flow


def load_rhine(path: Path | str) -> tuple[NDArray[np.datetime64], NDArray[np.float64]]:
    """Read a file of the Rhine's gauge at Bonn.

    The first line is the header ``Zeit``, ``Pegel``. In each further line a blank and a tab stand
    between the moment and the level: ``01.01.2000, 04:00 Uhr`` and ``345 cm``.

    Args:
        path: the file.

    Returns:
        The moments, to the minute, and the levels in cm, each of shape ``(m,)``.

    Raises:
        UsageError: if the file can't be read, or a line has another form.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        raise UsageError(f"Can't read '{path}'; name a text file of the Rhine's gauge.") from None
    if not lines or [word.strip() for word in lines[0].split("\t")] != ["Zeit", "Pegel"]:
        raise UsageError(f"'{path}' does not begin with the header 'Zeit', tab, 'Pegel'.")
    moments, levels = [], []
    for number, line in enumerate(lines[1:], 2):
        if not line.strip():
            continue
        cells = [cell.strip() for cell in line.split("\t")]
        found = [p.fullmatch(cell) for p, cell in zip((_MOMENT, _LEVEL), cells, strict=False)]
        if len(cells) != 2 or not all(found):
            raise UsageError(
                f"'{path}', line {number}: expected '01.01.2000, 04:00 Uhr', tab, '345 cm'."
            )
        day, month, year, hour, minute = _MOMENT.fullmatch(cells[0]).groups()  # type: ignore[union-attr]
        moments.append(f"{year}-{month}-{day}T{hour}:{minute}")
        levels.append(float(cells[1].removesuffix(" cm")))
    if len(levels) < 2:
        raise UsageError(f"'{path}' holds {len(levels)} measurements; at least two are needed.")
    try:
        return np.array(moments, dtype="datetime64[m]"), np.array(levels)
    except ValueError as error:
        raise UsageError(f"'{path}' names a moment that does not exist: {error}.") from None
