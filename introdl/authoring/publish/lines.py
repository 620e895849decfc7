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

# Tokens from which on a line counts: alone on a line; anywhere; anywhere and with other names.
ALONE, EXACT, RENAMED = 3, 5, 9
VALUE = 7  # and from which on the value that a line assigns or returns counts by itself

Tokens = tuple[str, ...]

_TOKEN = re.compile(r"[^\W\d]\w*|\d[\w.]*|//|\*\*|->|:=|[<>=!]=|[-+*/@%&|^]=|[^\s\w]")
_LAYOUT = frozenset("(),;#\"'\\`")
_HEADERS = ("def ", "for ", "if ", "while ", "with ", "else ", "elif ", "class ", "try ")
_VALUE = re.compile(r"(?:return |[^=()]+? = )(?P<value>.+)")
_COMMENT = re.compile(r"#.*")
_PROMPT = re.compile(r"^[ \t]*(?:\.\.\.|>>>|In \[\d*\]:|[>+|-])[ \t]?", re.MULTILINE)
_STRING = re.compile(r"""("[^"]*"|'[^']*')""")
_KEYWORDS = frozenset(keyword.kwlist)


@dataclass(frozen=True)
class Line:
    """A statement that gives something away.

    Args:
        text: the statement in one line.
        place: the file that holds it.
    """

    text: str
    place: str

    @cached_property
    def core(self) -> str:
        """What of the statement gives it away: the value that it assigns or returns, if long."""
        match = _VALUE.fullmatch(self.text)
        return match["value"] if match and len(tokens(match["value"])) >= VALUE else self.text

    @cached_property
    def tokens(self) -> Tokens:
        """The tokens that are looked for."""
        return tokens(self.core)

    @cached_property
    def changeable(self) -> tuple[bool, ...]:
        """Whether each token is a name that may be changed; a string's words may not."""
        in_string = [
            quoted
            for number, part in enumerate(_STRING.split(self.core))
            for quoted in [number % 2 == 1] * len(tokens(part))
        ]
        pairs = zip(names(self.tokens), in_string, strict=True)
        return tuple(name and not quoted for name, quoted in pairs)

    @cached_property
    def is_distinctive(self) -> bool:
        """Whether the line still tells something without its names: a number, a library's name."""
        kept = [w for w, free in zip(self.tokens, self.changeable, strict=True) if not free]
        tells = any(word[0].isalnum() and word not in _KEYWORDS for word in kept)
        return tells and len(self.tokens) >= RENAMED

    def is_renamed(self, words: Tokens) -> bool:
        """Whether tokens are this line, with each name changed in the same way throughout."""
        forth, back = dict[str, str](), dict[str, str]()
        return len(words) == len(self.tokens) and all(
            forth.setdefault(mine, other) == other and back.setdefault(other, mine) == mine
            if changeable
            else mine == other
            for mine, other, changeable in zip(self.tokens, words, self.changeable, strict=True)
        )


def tokens(text: str) -> Tokens:
    """The tokens of a text without its layout."""
    return tuple(word for word in _TOKEN.findall(text) if word not in _LAYOUT)


def names(words: Tokens) -> list[bool]:
    """Whether each token is a name that belongs to no library: not a keyword, not after a dot."""
    before = ("", *words)
    return [
        word.isidentifier() and word not in _KEYWORDS and dot != "."
        for word, dot in zip(words, before, strict=False)
    ]


def statements(block: str) -> Iterator[str]:
    """The simple statements of a piece of Python, each in one line; not ``def`` and ``for``."""
    line, end = "", (0, 0)
    for token in tokenize.generate_tokens(io.StringIO(block + "\n").readline):
        if token.type == tokenize.NEWLINE:
            if not f"{line} ".startswith(_HEADERS):
                yield line
            line = ""
        elif token.string.strip() and token.type not in (tokenize.COMMENT, tokenize.INDENT):
            gap = " " if line and token.start != end and line[-1] not in "([{" else ""
            line, end = line + gap + token.string, token.end


class Finder:
    """Finds lines in texts.

    Args:
        lines: what to look for.
    """

    def __init__(self, lines: Iterable[Line]) -> None:
        self.alone: dict[Tokens, list[Line]] = defaultdict(list)
        self.exact: dict[Tokens, list[Line]] = defaultdict(list)
        self.renamed: dict[Tokens, list[Line]] = defaultdict(list)
        for line in lines:
            if ALONE <= len(line.tokens) < EXACT:
                self.alone[line.tokens].append(line)
            elif len(line.tokens) >= EXACT:
                self.exact[line.tokens[:EXACT]].append(line)
            if line.is_distinctive:
                self.renamed[shape(line.tokens)[:RENAMED]].append(line)

    def find(self, text: str) -> set[Line]:
        """The lines that a text holds, also with comments or with prompts before its lines."""
        plain = _PROMPT.sub("", text)
        parts = (text, plain, _COMMENT.sub("", text), _COMMENT.sub("", plain))
        ways = {tokens(part) for part in parts}
        rows = {row for part in parts for row in part.split("\n")}
        short = {line for row in rows for line in self._alone(row)}
        return short.union(*map(self._anywhere, ways))

    def _alone(self, row: str) -> list[Line]:
        return self.alone.get(tokens(row), []) if len(row) < 200 else []  # short lines are short

    def _anywhere(self, words: Tokens) -> set[Line]:
        found, outline = set[Line](), shape(words)
        for start in range(len(words) - EXACT + 1):
            for line in self.exact.get(words[start : start + EXACT], ()):
                if words[start : start + len(line.tokens)] == line.tokens:
                    found.add(line)
            for line in self.renamed.get(outline[start : start + RENAMED], ()):
                if line.is_renamed(words[start : start + len(line.tokens)]):
                    found.add(line)
        return found


def shape(words: Tokens) -> Tokens:
    """Tokens with every name replaced by the same letter."""
    return tuple("N" if name else word for word, name in zip(words, names(words), strict=True))
