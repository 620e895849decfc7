"""The list of data sets that ``python -m introdl data list`` prints."""

from pathlib import Path

from introdl.course import ROOT
from introdl.datasets import embedded
from introdl.datasets.eeg import download, simulation


def size(*paths: Path) -> str:
    """The size of files in words, or that one is missing."""
    if not all(path.is_file() for path in paths):
        return "missing"
    count = sum(path.stat().st_size for path in paths)
    return f"{count / 1e6:.1f} MB" if count > 1e6 else f"{count / 1e3:.1f} kB"


def present(folder: Path) -> str:
    """Whose recordings a folder holds, and their size: ``subjects 1, 2 · 290.1 MB``."""
    numbers = (path.stem for path in folder.glob("train/*.edf") if path.stem.isdecimal())
    pairs = {n: (folder / f"train/{n}.edf", folder / f"test/{n}.edf") for n in numbers}
    there = {n: pair for n, pair in pairs.items() if pair[1].is_file()}
    if not there:
        return "none here yet"
    paths = [path for pair in there.values() for path in pair]
    return f"subjects {', '.join(sorted(there, key=int))} · {size(*paths)}"


def show() -> None:
    """Print each data set's name, and below it place, size, licence and origin."""
    for file in embedded.files():
        print(file.title)
        print(f"  data/{file.file} · {size(file.path)} · {file.licence} · {file.original}")
    print("EEG of movements, simulated (made on first use, any number of subjects)")
    show_recordings(simulation.folder(), "MIT, as the code · simulated")
    print("EEG of movements, High-Gamma (fetch it with nox -s data -- eeg --subject 1)")
    show_recordings(download.folder(), "CC BY 4.0 · original")
    print("Sources and checksums: data/DATA.md")


def show_recordings(folder: Path, about: str) -> None:
    """Print one line on a folder of recordings: place, what is there, licence and origin."""
    place = folder.relative_to(ROOT) if folder.is_relative_to(ROOT) else folder
    print(f"  {place} · {present(folder)} · {about}")
