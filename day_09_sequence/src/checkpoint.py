"""Checkpoints: a nested dict of arrays in one ``.npz`` file, read without pickle."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from introdl.errors import UsageError

State = dict[str, Any]


def save(path: Path, state: State) -> None:
    """Write a checkpoint; an interruption leaves the old one as it was.

    Args:
        path: the file.
        state: arrays and numbers, in dicts of any depth.

    Raises:
        UsageError: if the file can't be written.
    """
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            np.savez(file, **flatten(state))
        part.replace(path)
    except OSError as error:
        raise UsageError(f"Can't write the checkpoint '{path}': {error.strerror}.") from None


def load(path: Path) -> State:
    """Read a checkpoint.

    Args:
        path: the file.

    Raises:
        UsageError: if the file is missing or isn't a checkpoint.
    """
    if not path.is_file():
        raise UsageError(
            f"There is no checkpoint '{path}'; train with day_09_sequence/src/shakespeare.py first."
        )
    state: State = {}
    try:
        with np.load(path, allow_pickle=False) as arrays:
            for name in arrays.files:
                *folders, last = name.split("/")
                place = state
                for folder in folders:
                    place = place.setdefault(folder, {})
                place[last] = arrays[name]
    except (OSError, ValueError, EOFError, AttributeError, zipfile.BadZipFile):
        raise UsageError(f"'{path}' is damaged or no checkpoint; train again.") from None
    return state


def flatten(state: State, prefix: str = "") -> dict[str, Any]:
    """``{"a": {"b": x}}`` as ``{"a/b": x}``."""
    flat: dict[str, Any] = {}
    for name, value in state.items():
        if isinstance(value, dict):
            flat |= flatten(value, f"{prefix}{name}/")
        else:
            flat[prefix + name] = np.asarray(value)
    return flat
