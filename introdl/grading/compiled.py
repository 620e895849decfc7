"""What XLA compiled of reference code, kept on disk, so that it is compiled once.

Solutions and tests fill the folder. Behind the fence of a submission it is read-only, for compiled
code is native code, and no submission may feed another; nor can its files be listed there, for some
are solutions (see `introdl.fenced.sandbox`).
Source: JAX's documentation, "Persistent compilation cache".
"""

import shutil
from importlib.metadata import version
from pathlib import Path
from typing import Any

from introdl.course import ROOT

LARGEST = 1 << 29  # bytes; a folder that has grown beyond is begun again
NEVER = 1e9  # seconds of compiling, above which an entry is written


def folder(name: str = "graded") -> Path | None:
    """The folder for this version of JAX; None where it can't be made.

    Args:
        name: ``"graded"`` for what the autograder runs; others for trusted processes alone.
    """
    place = ROOT / "build" / "compiled" / f"jax-{version('jax')}" / name
    try:
        if sum(path.stat().st_size for path in place.glob("*")) > LARGEST:
            shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return place


def settings(place: Path, write: bool) -> dict[str, Any]:
    """JAX's settings for using the folder, which a process only reads unless ``write`` is set."""
    return {
        "jax_compilation_cache_dir": str(place),
        "jax_persistent_cache_min_compile_time_secs": 0.0 if write else NEVER,
        "jax_persistent_cache_min_entry_size_bytes": -1,
    }


def environment(place: Path | None) -> dict[str, str]:
    """The same as variables for a trusted process that imports JAX itself."""
    values = settings(place, write=True) if place else {}
    return {name.upper(): str(value) for name, value in values.items()}


def use(place: Path | None, write: bool = False) -> None:
    """Let this process, which has imported JAX already, use the folder."""
    import jax

    for name, value in (settings(place, write) if place else {}).items():
        jax.config.update(name, value)  # type: ignore[no-untyped-call]
