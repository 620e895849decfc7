"""Everything that can be read in a file, also where it is packed, encoded or inside another text.

A leak check looks at each of these views. Nothing here is run or unpickled.
"""

import base64
import binascii
import bz2
import codecs
import contextlib
import html
import io
import json
import lzma
import re
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import Any

LARGEST = 1 << 26  # bytes that are unpacked of one file
DEEPEST = 5  # packings inside one another

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}(?:[\s\"'#\\]+[A-Za-z0-9+/_-]{4,})*=*")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}){12,}")
_COLOUR, _TAG = re.compile(r"(?:\x1b|\\u001b|\\x1b)\[[\d;]*m"), re.compile(r"<[^<>]+>")
_ESCAPE, _ESCAPES = re.compile(r"\\."), {"\\n": "\n", "\\r": "\n", "\\t": "\t"}
_PRINTABLE = re.compile(rb"[\t\n\r\x20-\x7e]{12,}")
_BROKEN = (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError, zipfile.BadZipFile,
           tarfile.TarError, RuntimeError, NotImplementedError, struct.error)  # fmt: skip


def _gunzip(data: bytes) -> bytes:
    """All members of a gzip file."""
    whole = b""
    while data and len(whole) < LARGEST:
        member = zlib.decompressobj(31)
        whole += member.decompress(data, LARGEST)
        data = member.unused_data
    return whole


def _inflate(data: bytes) -> bytes:
    return zlib.decompressobj().decompress(data, LARGEST)


_UNPACK: dict[bytes, Callable[[bytes], bytes]] = {
    b"\x1f\x8b": _gunzip,
    b"BZh": lambda data: bz2.BZ2Decompressor().decompress(data, LARGEST),
    b"\xfd7zXZ": lambda data: lzma.LZMADecompressor().decompress(data, max_length=LARGEST),
    **dict.fromkeys((b"\x78\x01", b"\x78\x9c", b"\x78\xda"), _inflate),
}


def views(content: bytes, depth: int = DEEPEST) -> Iterator[str]:
    """The texts in a file: itself, what it packs, and what its strings hold.

    Args:
        content: the file.
        depth: how many packings inside one another are opened.
    """
    text = decoded(content)
    if text is None:
        for part in (content, content.replace(b"\0", b"")):  # some texts have wide characters
            for run in _PRINTABLE.findall(part):
                yield run.decode()
                yield run[1:].decode()  # a length before a text may look like a letter
    else:
        yield from spellings(text)
    if depth:
        packed = [*unpacked(content), *(encoded(text) if text else [])]
        for inner in packed:
            yield from views(inner, depth - 1)


def decoded(content: bytes) -> str | None:
    """A file as text; None if it isn't one."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def spellings(text: str) -> Iterator[str]:
    """A text as it stands; without colours, tags, entities, escapes; a JSON file's strings."""
    yield text
    plain = _COLOUR.sub("", text)
    if plain != text:
        yield plain
    if "&" in plain or "<" in plain:
        yield html.unescape(_TAG.sub("", plain))
    if "\\" in plain:
        yield _ESCAPE.sub(lambda match: _ESCAPES.get(match[0], match[0][1:]), plain)
    if text.lstrip()[:1] in ("{", "["):
        with contextlib.suppress(ValueError, RecursionError):
            for string in _strings(json.loads(text)):
                yield from spellings(string)


def _strings(data: Any) -> Iterator[str]:
    """The strings in JSON data; a list of strings is one text, as in notebooks."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for key, value in data.items():
            yield from (key, *_strings(value))
    elif isinstance(data, list):
        if data and all(isinstance(item, str) for item in data):
            yield "".join(data)
            yield "\n".join(data)
        else:
            for item in data:
                yield from _strings(item)


def encoded(text: str) -> Iterator[bytes]:
    """What a text holds in base64 or in hexadecimal digits."""
    found = set[str]()
    for match in _BASE64.finditer(text):
        words = re.findall(r"[A-Za-z0-9+/_-]+", match[0])
        # What follows the last line may be another word.
        found |= {*words, "".join(words), "".join(words[:-1])}
    for run in found:
        run = run.translate(str.maketrans("-_", "+/"))
        with contextlib.suppress(binascii.Error):
            yield from filter(is_readable, [base64.b64decode(run + "=" * (-len(run) % 4))])
    for match in _HEX.finditer(text):
        yield from filter(is_readable, [bytes.fromhex(match[0])])


def is_readable(content: bytes) -> bool:
    """Whether bytes are text or a known packing, and not what a word happens to decode to."""
    known = (*_UNPACK, b"PK", b"\x89PNG")
    return (
        content.startswith(known)
        or (decoded(content) or "\0").isprintable()
        or (b"\n" in content and decoded(content) is not None)
    )


def unpacked(content: bytes) -> Iterator[bytes]:
    """What a packed file, an archive or an image's metadata holds; nothing if it is damaged."""
    try:
        yield from _unpacked(content)
    except _BROKEN:
        return


def _unpacked(content: bytes) -> Iterator[bytes]:
    for magic, unpack in _UNPACK.items():
        if content.startswith(magic):
            inner = unpack(content)
            yield inner
            content = inner  # which may be an archive
    if content.startswith(b"\x89PNG"):
        yield from png_texts(content)
    elif content.startswith(b"%PDF"):
        for stream in re.findall(rb"stream\r?\n(.*?)endstream", content, re.DOTALL):
            yield from unpacked(stream)
    elif zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield from (archive.open(name).read(LARGEST) for name in archive.namelist())
            yield from (info.comment for info in archive.infolist())
    elif content[257:262] == b"ustar":
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            for member in archive:
                file = archive.extractfile(member)
                yield file.read(LARGEST) if file else b""


def png_texts(content: bytes) -> Iterator[bytes]:
    """The texts in a PNG file's metadata, also the packed ones.

    Source: the PNG specification, chapter 11.3, "Ancillary chunks".
    """
    at = 8
    while at + 8 <= len(content):
        length, kind = struct.unpack(">I4s", content[at : at + 8])
        data = content[at + 8 : at + 8 + length]
        at += length + 12
        if kind in (b"tEXt", b"iTXt", b"zTXt", b"eXIf"):
            yield data
            start = data.find(b"\0") + 1
            for packed in (data[start + 1 :], *data[start:].split(b"\0")):
                yield from unpacked(packed)
    yield content[at:]
