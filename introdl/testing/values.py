"""Values as a test sees them: plain data, compared and shown to a reader."""

from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

_SCALARS = (bool, int, float, complex, str, bytes)
DEEPEST, CUT = 32, "…"  # nested deeper than this, a value is cut off


class attributes:  # noqa: N801 - reads like a function: expect=attributes(real=1.0)
    """An expected object, described by the values of some attributes."""

    def __init__(self, **values: Any) -> None:
        self.values = values

    def __repr__(self) -> str:
        return "an object with " + ", ".join(f"{k} = {show(v)}" for k, v in self.values.items())


def plain(value: Any, depth: int = 0) -> Any:
    """Turn arrays into NumPy arrays; leave objects of other classes as they are.

    Only exact types count: a subclass of ``float`` could call itself equal to anything.
    """
    if value is None or type(value) in _SCALARS:
        return value
    if depth > DEEPEST:  # perhaps a list that contains itself
        return CUT
    if isinstance(value, np.ndarray | np.generic):
        return np.array(value, subok=False)
    if isinstance(value, jax.Array):
        return value if is_key(value) else np.array(value)
    if type(value) in (list, tuple):
        return type(value)(plain(item, depth + 1) for item in value)
    if type(value) is dict:
        return {key: plain(item, depth + 1) for key, item in value.items()}
    return value


def is_key(value: Any) -> bool:
    """Whether a value is a key of ``jax.random.key``, or an array of such keys."""
    return isinstance(value, jax.Array) and jax.numpy.issubdtype(value.dtype, jax.dtypes.prng_key)


def key_data(value: Any) -> Any:
    """The numbers in a key; any other value stays as it is."""
    return np.array(jax.random.key_data(value)) if is_key(value) else value


def show(value: Any, limit: int = 72) -> str:
    """Write a value on one line of about ``limit`` characters; large arrays by their shape."""
    text = _show(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _show(value: Any) -> str:
    value = plain(value)
    if is_key(value):
        return f"jax.random.wrap_key_data({_show(key_data(value))})"
    if isinstance(value, np.ndarray):
        if value.ndim and value.size > 12:
            return f"{value.dtype} array of shape {value.shape}"
        return _numbers(value.tolist())
    if type(value) is float:
        return f"{value:.8g}" if value != int_or_nan(value) else repr(value)
    if type(value) is list:
        return "[" + ", ".join(_show(item) for item in value) + "]"
    if type(value) is tuple:
        return "(" + ", ".join(_show(item) for item in value) + ("," * (len(value) == 1)) + ")"
    if type(value) is dict:
        return "{" + ", ".join(f"{key!r}: {_show(item)}" for key, item in value.items()) + "}"
    return describe(value)


def _numbers(value: Any) -> str:
    """An array's entries as one would type them, with six digits: ``[1.96, -1.3, 2.0]``."""
    if isinstance(value, list):
        return "[" + ", ".join(map(_numbers, value)) + "]"
    if isinstance(value, float):
        text = f"{value:.6g}"
        return f"{text}.0" if text.lstrip("-").isdigit() else text
    if isinstance(value, complex):
        return f"({value:.6g})"
    return str(value)


def int_or_nan(value: float) -> float:
    """The value rounded to an integer; infinities and NaN stay."""
    return float(round(value)) if np.isfinite(value) else value


def describe(value: Any) -> str:
    """An object's own ``repr`` on one line; functions by their name."""
    try:
        name = getattr(value, "__name__", None)
        if callable(value) and isinstance(name, str) and name:
            return name
        return " ".join(repr(value).split())
    except Exception:  # the repr is the student's code, perhaps not written yet
        return f"<{type(value).__name__}>"


@dataclass(frozen=True)
class Difference:
    """Where and how a value differs from the expected one, in words."""

    kind: str  # "none", "type", "structure", "shape", "dtype", "nan" or "value"
    text: str


def compare(got: Any, expect: Any, rtol: float, atol: float, where: str = "") -> Difference | None:
    """Find the first difference between a result and what was expected.

    Args:
        got: the result, any value.
        expect: numbers, strings, arrays, and lists, tuples and dicts of them, or ``attributes``.
        rtol: relative tolerance, as in ``numpy.allclose``.
        atol: absolute tolerance.
        where: how to name this part of the value, such as ``['weights']``.

    Returns:
        The difference, or None where there is none.
    """
    got, at = key_data(plain(got)), f" at {where}" if where else ""
    if got is None and expect is not None:
        return Difference("none", f"None{at}, so perhaps a `return` is missing")
    if isinstance(expect, attributes):
        return _compare_attributes(got, expect, rtol, atol)
    expect = key_data(plain(expect))
    if isinstance(expect, dict):
        return _compare_dicts(got, expect, rtol, atol, where)
    if isinstance(expect, list | tuple):
        if not isinstance(got, list | tuple) and not (
            isinstance(got, np.ndarray) and got.ndim and isinstance(expect, list)
        ):
            return Difference("type", f"{kind_of(got)}{at}, not a {type(expect).__name__}")
        if len(got) != len(expect):
            return Difference("structure", f"{len(got)} values{at}, not {len(expect)}")
        pairs = enumerate(zip(got, expect, strict=True))
        found = (compare(g, e, rtol, atol, f"{where}[{i}]") for i, (g, e) in pairs)
        return next((difference for difference in found if difference), None)
    if expect is None or isinstance(expect, str | bytes):
        same = type(got) is type(expect) and got == expect
        return None if same else Difference("value", f"another value{at}")
    return _compare_arrays(got, expect, rtol, atol, where)


def _compare_attributes(
    got: Any, expect: attributes, rtol: float, atol: float
) -> Difference | None:
    for name, value in expect.values.items():
        try:
            part = getattr(got, name)
        except AttributeError:
            return Difference("structure", f"{kind_of(got)} without the attribute `{name}`")
        if difference := compare(part, value, rtol, atol, f".{name}"):
            return difference
    return None


def _compare_dicts(
    got: Any, expect: dict[Any, Any], rtol: float, atol: float, where: str
) -> Difference | None:
    at = f" at {where}" if where else ""
    if not isinstance(got, dict):
        return Difference("type", f"{kind_of(got)}{at}, not a dict")
    if set(got) != set(expect):
        return Difference("structure", f"the keys {sorted(got, key=str)}{at}, not {sorted(expect)}")
    found = (compare(got[k], expect[k], rtol, atol, f"{where}[{k!r}]") for k in expect)
    return next((difference for difference in found if difference), None)


def _compare_arrays(
    got: Any, expect: Any, rtol: float, atol: float, where: str
) -> Difference | None:
    target, at = np.asarray(expect), f" at {where}" if where else ""
    if not isinstance(got, np.ndarray | bool | int | float | complex | list | tuple):
        return Difference("type", f"{kind_of(got)}{at}, not numbers")
    try:
        array = np.asarray(got)
    except ValueError:
        return Difference("shape", f"lists of unequal lengths{at}")
    if array.dtype.kind not in "biufcV":
        return Difference("dtype", f"elements of type {array.dtype}{at}, not numbers")
    if array.shape != target.shape:
        return Difference("shape", f"shape {array.shape}{at}, expected shape {target.shape}")
    if target.dtype.kind in "b" and array.dtype.kind != "b":
        return Difference("dtype", f"{array.dtype} values{at}, expected True or False")
    if target.dtype.kind in "iu" and array.dtype.kind not in "iu":
        return Difference("dtype", f"{array.dtype} values{at}, expected whole numbers")
    if array.dtype.kind == "V":  # bfloat16 and friends
        array = array.astype(np.float32)
    if not np.all(np.isfinite(array) | ~np.isfinite(target)):
        return Difference("nan", f"NaN or infinity{at}")
    close = np.isclose(array, target, rtol=rtol, atol=atol, equal_nan=True)
    if np.all(close):
        return None
    if not target.ndim:
        return Difference("value", f"another value{at}")
    index = tuple(int(i) for i in np.argwhere(~close)[0])
    place = f"{where}[{', '.join(map(str, index))}]"
    numbers = _show(array[index].item()), _show(target[index].item())
    return Difference("value", f"first difference at {place}: {numbers[0]}, not {numbers[1]}")


def kind_of(value: Any) -> str:
    """How to call a value's type in a sentence: ``an int``, ``a float32 array of shape (3,)``."""
    if isinstance(value, np.ndarray):
        array = f"{value.dtype} array of shape {value.shape}"
        return _with_article(array if value.ndim else "number")
    remote = getattr(value, "class_name", None)  # an object on the worker's side
    return _with_article(str(remote or ("function" if callable(value) else type(value).__name__)))


def _with_article(noun: str) -> str:
    return f"{'an' if noun[:1].lower() in 'aeio' else 'a'} {noun}"
