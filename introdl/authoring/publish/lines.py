"""The lines of the solutions, and where a text holds one, however it is written there.

A line is compared as a sequence of tokens: without layout, round brackets, commas, quotes and
comments. Names may have been changed, as long as each is changed in the same way throughout; what
follows a dot is kept, for it belongs to a library.
"""

import io
import keyword
import re
import tokenize
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

EXACT, RENAMED = 5, 9  # tokens from which on a line counts; shorter ones are too common

Tokens = tuple[str, ...]

_TOKEN = re.compile(r"[^\W\d]\w*|\d[\w.]*|//|\*\*|->|:=|[<>=!]=|[-+*/@%&|^]=|[^\s\w]")
_LAYOUT = frozenset("(),;#\"'\\`")
_HEADERS = ("def ", "for ", "if ", "while ", "with ", "else ", "elif ", "class ", "try ")
_COMMENT = re.compile(r"#.*")


@dataclass(frozen=True)
class Line:
    """A statement that gives something away.

    Args:
        text: the statement in one line.
        place: the file that holds it.
        renamed: whether it counts with other names, too.
    """

    text: str
    place: str
    renamed: bool = True

    @cached_property
    def tokens(self) -> Tokens:
        """The statement's tokens."""
        return tokens(self.text)


def tokens(text: str) -> Tokens:
    """The tokens of a text without its layout."""
    return tuple(word for word in _TOKEN.findall(text) if word not in _LAYOUT)


def statements(block: str) -> Iterator[str]:
    """The simple statements of a piece of Python, each in one line; not ``def`` and ``for``."""
    words: list[str] = []
    for token in tokenize.generate_tokens(io.StringIO(block + "\n").readline):
        if token.type == tokenize.NEWLINE:
            if not f"{' '.join(words)} ".startswith(_HEADERS):
                yield " ".join(words)
            words = []
        elif token.string.strip() and token.type not in (tokenize.COMMENT, tokenize.INDENT):
            words.append(token.string)


class Finder:
    """Finds lines in texts.

    Args:
        lines: what to look for.
    """

    def __init__(self, lines: Iterable[Line]) -> None:
        self.exact: dict[Tokens, list[Line]] = defaultdict(list)
        self.renamed: dict[Tokens, list[Line]] = defaultdict(list)
        for line in lines:
            if len(line.tokens) >= EXACT:
                self.exact[line.tokens[:EXACT]].append(line)
            if line.renamed and len(line.tokens) >= RENAMED:
                self.renamed[shape(line.tokens)[:RENAMED]].append(line)

    def find(self, text: str) -> set[Line]:
        """The lines that a text holds."""
        return self._find(tokens(text)) | self._find(tokens(_COMMENT.sub("", text)))

    def _find(self, words: Tokens) -> set[Line]:
        found, outline = set[Line](), shape(words)
        for start in range(len(words) - EXACT + 1):
            for line in self.exact.get(words[start : start + EXACT], ()):
                if words[start : start + len(line.tokens)] == line.tokens:
                    found.add(line)
            for line in self.renamed.get(outline[start : start + RENAMED], ()):
                part = words[start : start + len(line.tokens)]
                if shape(part) == shape(line.tokens) and numbered(part) == numbered(line.tokens):
                    found.add(line)
        return found


def shape(words: Tokens) -> Tokens:
    """Tokens with every name that may be changed replaced by the same letter."""
    return tuple("N" if free else word for word, free in zip(words, _free(words), strict=True))


def numbered(words: Tokens) -> Tokens:
    """Tokens with every name that may be changed replaced by a number, in order of appearance."""
    known: dict[str, int] = {}
    return tuple(
        f"N{known.setdefault(word, len(known))}" if free else word
        for word, free in zip(words, _free(words), strict=True)
    )


def _free(words: Tokens) -> list[bool]:
    """Whether each token is a name that may be changed: no keyword, and not after a dot."""
    before = ("", *words)
    return [
        w[0].isidentifier() and not keyword.iskeyword(w) and b != "."
        for w, b in zip(words, before, strict=False)
    ]
