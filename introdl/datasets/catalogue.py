"""The list of data sets that ``python -m introdl data list`` prints."""

from introdl.datasets import embedded


def size(file: embedded.File) -> str:
    """A file's size in words, or that it is missing."""
    if not file.path.is_file():
        return "missing"
    count = file.path.stat().st_size
    return f"{count / 1e6:.1f} MB" if count > 1e6 else f"{count / 1e3:.1f} kB"


def show() -> None:
    """Print each data set's name, and below it place, size, licence and origin."""
    for file in embedded.files():
        print(f"{file.title}\n  data/{file.file} · {size(file)} · {file.licence} · {file.original}")
    print("Sources and checksums: data/DATA.md")
