"""A new folder that appears when all is well, and not before."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from introdl.errors import UsageError


@contextmanager
def fresh(out: Path) -> Iterator[Path]:
    """A folder beside ``out`` to work in; what is then ``made`` in it takes the place of ``out``.

    ``with fresh(out) as place:`` leaves nothing if it ends with an exception, or if there is no
    ``place / "made"``.

    Raises:
        UsageError: if ``out`` exists and is not an empty folder, or can't be written.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"'{out}' exists and is not empty; name another place, or remove it.")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        place = tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent)
    except OSError as error:
        raise _unwritable(out, error) from None
    with place as folder:
        yield Path(folder)
        made = Path(folder, "made")
        if made.exists():
            try:
                if out.exists():
                    out.rmdir()
                made.rename(out)
            except OSError as error:
                raise _unwritable(out, error) from None


def _unwritable(out: Path, error: OSError) -> UsageError:
    return UsageError(f"Can't write '{out}': {error.strerror}.")
