"""Messages on a socket: JSON, then the bytes of arrays. The reader bounds every size."""

import json
import socket
import struct
import time
from typing import Any

from introdl.errors import Closed, Late, WireError

LARGEST = 1 << 29  # bytes of one message
LONGEST = 1 << 24  # bytes of its JSON, which takes far more room once it is read


def send(sock: socket.socket, message: dict[str, Any], buffers: list[bytes] | None = None) -> None:
    """Send one message with its arrays' bytes.

    Raises:
        ValueError: if it is too large for `receive`.
    """
    buffers = buffers or []
    text = json.dumps({**message, "buffers": [len(b) for b in buffers]}).encode()
    rest = sum(map(len, buffers))
    if len(text) > LONGEST or len(text) + rest > LARGEST:
        raise ValueError("the result is too large; return a smaller one, as an array")
    sock.sendall(b"".join([struct.pack("!QQ", len(text), rest), text, *buffers]))


def receive(
    sock: socket.socket, deadline: float | None = None
) -> tuple[dict[str, Any], list[bytes]]:
    """Receive one message.

    Args:
        sock: a stream socket.
        deadline: a time of ``time.monotonic()``; None waits for ever.

    Raises:
        Closed: if the other side is gone.
        Late: if the deadline passes.
        WireError: if the message is malformed.
    """
    text_size, rest_size = struct.unpack("!QQ", _exactly(sock, 16, deadline))
    if text_size > LONGEST or text_size + rest_size > LARGEST:
        raise WireError("answer that is too large")
    text, rest = _exactly(sock, text_size, deadline), _exactly(sock, rest_size, deadline)
    try:
        message = json.loads(text)
        sizes = message.pop("buffers")
        if type(sizes) is not list or any(type(size) is not int or size < 0 for size in sizes):
            raise ValueError("sizes")
        if sum(sizes) != rest_size:
            raise ValueError("sizes")
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
        raise WireError("unreadable message") from None
    buffers, start = [], 0
    for size in sizes:
        buffers.append(rest[start : start + size])
        start += size
    return message, buffers


def _exactly(sock: socket.socket, size: int, deadline: float | None) -> bytes:
    parts, missing = [], size
    while missing:
        if deadline is not None:
            left = deadline - time.monotonic()
            if left <= 0:
                raise Late
            sock.settimeout(left)
        try:
            part = sock.recv(min(missing, 1 << 20))
        except TimeoutError:
            raise Late from None
        except OSError:
            raise Closed from None
        if not part:
            raise Closed
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
