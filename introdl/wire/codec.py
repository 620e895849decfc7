"""Values as JSON and raw bytes, and back: numbers, text, arrays, and nothing that runs.

The reader trusts nothing: dtypes are listed, and shapes must fit their bytes.
"""

import math
from collections.abc import Callable
from typing import Any

import jax
import ml_dtypes
import numpy as np

from introdl.errors import WireError
from introdl.testing.values import CUT, DEEPEST

_NAMES = (
    "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 "
    "float16 float32 float64 complex64 complex128"
)
DTYPES: dict[str, np.dtype[Any]] = {name: np.dtype(name) for name in _NAMES.split()}
DTYPES["bfloat16"] = np.dtype(ml_dtypes.bfloat16)

Special = Callable[[Any], dict[str, Any] | None]


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
