"""Everything that can be read in a file, also where it is packed, encoded or inside another text.

A leak check looks at each of these views. Nothing here is run or unpickled.
"""

import base64
import binascii
import bz2
import codecs
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

_BASE64 = re.compile(r"(?:[A-Za-z0-9+/_-]{16,}\s+)*[A-Za-z0-9+/_-]{16,}(?:\s+[A-Za-z0-9+/_-]+)?=*")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}){12,}")
_ESCAPE, _ESCAPES = re.compile(r"\\."), {"\\n": "\n", "\\r": "\n", "\\t": "\t"}
_PRINTABLE = re.compile(rb"[\t\n\r\x20-\x7e]{12,}")
_UNPACK: dict[bytes, Callable[[bytes], bytes]] = {
    b"\x1f\x8b": lambda data: zlib.decompressobj(31).decompress(data, LARGEST),
    b"BZh": lambda data: bz2.BZ2Decompressor().decompress(data, LARGEST),
    b"\xfd7zXZ": lambda data: lzma.LZMADecompressor().decompress(data, max_length=LARGEST),
    b"\x78\x01": lambda data: zlib.decompressobj().decompress(data, LARGEST),
    b"\x78\x9c": lambda data: zlib.decompressobj().decompress(data, LARGEST),
    b"\x78\xda": lambda data: zlib.decompressobj().decompress(data, LARGEST),
}
_BROKEN = (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError, zipfile.BadZipFile,
           tarfile.TarError, RuntimeError, NotImplementedError, struct.error)  # fmt: skip


def views(content: bytes, depth: int = DEEPEST) -> Iterator[str]:
    """The texts in a file: itself, what it packs, and what its strings hold.

    Args:
        content: the file.
        depth: how many packings inside one another are opened.
    """
    text = decoded(content)
    if text is None:
        for run in _PRINTABLE.findall(content):
            yield run.decode()
            yield run[1:].decode()  # a number before a text, its length, may look like a letter
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
    """A text as it stands, without escapes and entities, and the strings of a JSON file."""
    yield text
    if "&" in text:
        yield html.unescape(text)
    if "\\" in text:
        yield _ESCAPE.sub(lambda match: _ESCAPES.get(match[0], match[0][1:]), text)
    if text.lstrip()[:1] in ("{", "["):
        try:
            yield from _strings(json.loads(text))
        except (ValueError, RecursionError):
            return


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
    for match in _BASE64.finditer(text):
        run = re.sub(r"\s", "", match[0]).rstrip("=").translate(str.maketrans("-_", "+/"))
        for part in {run, *match[0].split()}:
            try:
                inner = base64.b64decode(part + "=" * (-len(part) % 4))
            except (binascii.Error, ValueError):
                continue
            if is_readable(inner):
                yield inner
    for match in _HEX.finditer(text):
        inner = bytes.fromhex(match[0])
        if is_readable(inner):
            yield inner


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
