"""Data on a socket: JSON for structure, raw bytes for arrays, and nothing that runs.

The reader trusts nothing: sizes are bounded, dtypes are listed, shapes must fit their bytes.
"""

import json
import math
import socket
import struct
import time
from collections.abc import Callable
from typing import Any

import jax
import ml_dtypes
import numpy as np

from introdl.testing.values import CUT, DEEPEST

LARGEST = 1 << 29  # bytes of one message
LONGEST = 1 << 24  # bytes of its JSON, which takes far more room once it is read

_NAMES = (
    "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 "
    "float16 float32 float64 complex64 complex128"
)
DTYPES: dict[str, np.dtype[Any]] = {name: np.dtype(name) for name in _NAMES.split()}
DTYPES["bfloat16"] = np.dtype(ml_dtypes.bfloat16)

Special = Callable[[Any], dict[str, Any] | None]


class WireError(Exception):
    """The other side sent something unreadable."""


class Closed(Exception):  # noqa: N818
    """The other side is gone."""


class Late(Exception):  # noqa: N818
    """No answer before the deadline."""


def encode(value: Any, buffers: list[bytes], special: Special, depth: int = 0) -> Any:
    """Turn a value into JSON; arrays go into ``buffers``.

    What is nested too deeply, or contains itself, is cut off as by `introdl.testing.values.plain`.

    Args:
        value: numbers, strings, arrays, and lists, tuples and dicts of them.
        buffers: receives the arrays' bytes.
        special: encodes any other object, or returns None if it can't.
        depth: how deep in nested lists this is.

    Raises:
        TypeError: if an object can't be sent.
    """
    if value is None or type(value) in (bool, int, str):
        return value
    if type(value) is float:
        return {"f": value.hex()}
    if depth > DEEPEST:
        return CUT

    def inner(item: Any) -> Any:
        return encode(item, buffers, special, depth + 1)

    if type(value) is complex:
        return {"c": [value.real.hex(), value.imag.hex()]}
    if type(value) in (list, tuple):
        kind = "l" if type(value) is list else "t"
        return {kind: [inner(item) for item in value]}
    if type(value) is dict:
        return {"d": [[inner(_key(k)), inner(v)] for k, v in value.items()]}
    if isinstance(value, jax.Array) and jax.numpy.issubdtype(value.dtype, jax.dtypes.prng_key):
        data = inner(np.asarray(jax.random.key_data(value)))
        return {"k": data, "impl": str(jax.random.key_impl(value))}
    if isinstance(value, np.ndarray | np.generic | jax.Array):
        array = np.array(value, subok=False, order="C")
        if array.dtype.name in DTYPES:
            buffers.append(array.tobytes())
            return {"a": len(buffers) - 1, "dtype": array.dtype.name, "shape": list(array.shape),
                    "jax": isinstance(value, jax.Array)}  # fmt: skip
    encoded = special(value)
    if encoded is None:
        raise TypeError(f"a {type(value).__name__} can't be sent to student code")
    return encoded


def decode(
    data: Any, buffers: list[bytes], special: Callable[[dict[str, Any]], Any], arrays: bool = True,
    depth: int = 0,
) -> Any:  # fmt: skip
    """Rebuild a value.

    Args:
        data: what `encode` made.
        buffers: the arrays' bytes.
        special: rebuilds what the encoder's ``special`` made.
        arrays: whether JAX arrays become JAX arrays again, or NumPy arrays.
        depth: how deep in nested lists this is.

    Raises:
        WireError: if the data isn't what `encode` makes.
    """
    if data is None or type(data) in (bool, int, str):
        return data
    if type(data) is not dict or depth > DEEPEST + 2:
        raise WireError("unreadable value")

    def inner(item: Any) -> Any:
        return decode(item, buffers, special, arrays, depth + 1)

    try:
        if "f" in data:
            return float.fromhex(data["f"])
        if "c" in data:
            return complex(float.fromhex(data["c"][0]), float.fromhex(data["c"][1]))
        if "l" in data:
            return [inner(item) for item in data["l"]]
        if "t" in data:
            return tuple(inner(item) for item in data["t"])
        if "d" in data:
            return {inner(key): inner(item) for key, item in data["d"]}
        if "k" in data:
            return jax.random.wrap_key_data(inner(data["k"]), impl=data["impl"])
        if "a" in data:
            return _array(data, buffers, arrays)
    except WireError:
        raise
    except Exception as error:  # whatever malformed data leads to
        raise WireError(f"unreadable value: {error}") from None
    return special(data)


def _key(key: Any) -> Any:
    """A dict's key as the reader can hash it: NumPy's scalars become Python's."""
    if isinstance(key, np.generic):
        return key.item()
    return tuple(map(_key, key)) if type(key) is tuple else key


def _array(data: dict[str, Any], buffers: list[bytes], arrays: bool) -> Any:
    dtype, shape, raw = DTYPES[data["dtype"]], tuple(map(int, data["shape"])), buffers[data["a"]]
    if any(n < 0 for n in shape) or len(raw) != math.prod(shape) * dtype.itemsize:
        raise WireError("an array's bytes don't fit its shape")
    array = np.frombuffer(raw, dtype).reshape(shape).copy()
    if dtype.kind == "b":  # a byte may be neither 0 nor 1
        array = np.asarray(array.view(np.uint8) != 0)
    return jax.numpy.asarray(array) if arrays and data["jax"] else array


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
