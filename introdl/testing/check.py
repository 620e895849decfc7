"""The assertions that the days' tests are written with."""

from collections.abc import Callable, Mapping
from typing import Any

from introdl.testing.feedback import Feedback, called, from_raised, wrong
from introdl.testing.student import CONTEXT, Died, Raised, Returned, invoke
from introdl.testing.values import Difference, compare, plain, show

RTOL, ATOL = 1e-4, 1e-5

Mistakes = Mapping[str, Any]


def call(function: Any, *args: Any, **kwargs: Any) -> Any:
    """Call a student's function and return its result as plain data.

    Raises:
        Feedback: if it is not started, raises, returns None or changes an argument in place.
    """
    __tracebackhide__ = True
    returned = _invoke(function, args, kwargs)
    CONTEXT.last = (called(function, args, kwargs), returned)
    if returned.value is None:
        difference = Difference("none", "none, so perhaps a `return` is missing")
        _fail(function, args, kwargs, returned, "a value", difference)
    return plain(returned.value)


def check(
    function: Any,
    *args: Any,
    expect: Any,
    mistakes: Mistakes | None = None,
    why: str = "",
    rtol: float = RTOL,
    atol: float = ATOL,
    **kwargs: Any,
) -> Any:
    """Call a student's function and compare the result.

    Args:
        function: the student's function, method or class, or a ``jit``, ``grad`` or ``vmap`` of it.
        *args: its arguments; NumPy and JAX arrays arrive as what they are.
        expect: what it should return: numbers, strings, arrays, lists, tuples and dicts of them,
            or ``attributes(real=1.0)`` for an object.
        mistakes: for each sentence the wrong value that a typical error gives, or a function of the
            result that says whether this error was made.
        why: said when no known mistake matches.
        rtol: relative tolerance.
        atol: absolute tolerance.
        **kwargs: named arguments of the student's function.

    Returns:
        The result as plain data (NumPy arrays), for further checks.

    Raises:
        Feedback: at most six lines that say what was called, what came back, and why.
    """
    __tracebackhide__ = True
    returned = _invoke(function, args, kwargs)
    difference = compare(returned.value, expect, rtol, atol)
    if difference is None:
        return plain(returned.value)
    sentence = known_mistake(plain(returned.value), expect, mistakes, rtol, atol)
    sentence = sentence or why or _silent_broadcast(function, args, kwargs, difference)
    _fail(function, args, kwargs, returned, show(expect), difference, sentence)


def check_value(
    value: Any,
    expect: Any,
    called: str,
    *,
    mistakes: Mistakes | None = None,
    why: str = "",
    rtol: float = RTOL,
    atol: float = ATOL,
) -> None:
    """Compare a value that a test already has; ``called`` says how it came about."""
    __tracebackhide__ = True
    difference = compare(value, expect, rtol, atol)
    if difference is None:
        return
    sentence = known_mistake(plain(value), expect, mistakes, rtol, atol) or why
    detail = "" if difference.text.startswith("another value") else difference.text
    raise wrong(called, show(value), show(expect), detail=detail, why=sentence)


def require(condition: Any, called: str, got: Any, expected: str, why: str = "") -> None:
    """Demand a property that no single expected value can state.

    Args:
        condition: whether the property holds.
        called: what was called, as a reader would type it.
        got: what came back.
        expected: the property, in words.
        why: the probable mistake.
    """
    __tracebackhide__ = True
    if not bool(condition):
        raise wrong(called, got if isinstance(got, str) else show(got), expected, why=why)


def check_raises(
    function: Any, *args: Any, error: type[Exception], why: str, **kwargs: Any
) -> None:
    """Demand that a student's function refuses bad input with this exception."""
    __tracebackhide__ = True
    text = called(function, args, kwargs)
    try:
        returned = invoke(function, args, kwargs)
    except Raised as event:
        if event.kind == error.__name__:
            return
        found = from_raised(event, text)
        if found.status == "error":
            lines = [*str(found).splitlines()[:4], f"  expected  {error.__name__}", f"  {why}"]
            raise Feedback("error", lines, found.where) from None
        raise found from None
    raise wrong(text, show(returned.value), f"a {error.__name__}", why=why, where=returned.where)


def known_mistake(
    got: Any, expect: Any, mistakes: Mistakes | None, rtol: float, atol: float
) -> str:
    """The sentence of the first known mistake that explains a result."""
    for sentence, wrong_value in (mistakes or {}).items():
        if callable(wrong_value):
            if _holds(wrong_value, got):
                return sentence
        elif compare(wrong_value, expect, rtol, atol) and not compare(got, wrong_value, rtol, atol):
            return sentence
    return ""


def _holds(predicate: Callable[[Any], Any], got: Any) -> bool:
    try:
        return bool(predicate(got))
    except Exception:  # the predicate met a value of another kind than it expects
        return False


def _invoke(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Returned:
    __tracebackhide__ = True
    text = called(function, args, kwargs)
    try:
        returned = invoke(function, args, kwargs)
    except Raised as event:
        raise from_raised(event, text) from None
    except Died as event:
        raise Feedback(event.status, [text, f"  {event.reason}"]) from None
    if returned.changed:
        position = returned.changed[0] + 1
        raise Feedback(
            "failed",
            [
                text,
                f"  changed its argument {position} in place.",
                "  Work on a copy or build a new value: `x = x + y` instead of `x += y`.",
            ],
            returned.where,
        )
    return returned


def _fail(
    function: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    returned: Returned,
    expected: str,
    difference: Difference,
    why: str = "",
) -> None:
    __tracebackhide__ = True
    detail = "" if difference.text.startswith("another value") else difference.text
    if difference.kind in ("shape", "dtype", "type", "structure", "none"):
        detail = f"it returned {difference.text}"
    text, got = called(function, args, kwargs), show(returned.value)
    raise wrong(text, got, expected, detail=detail, why=why, where=returned.where)


def _silent_broadcast(
    function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], difference: Difference
) -> str:
    """Ask strict JAX whether arrays of different ranks were broadcast on the way."""
    if difference.kind not in ("shape", "value"):
        return ""
    try:
        invoke(function, args, kwargs, strict=True)
    except Raised as event:
        if "rank_promotion" in event.text or "rank promotion" in event.text:
            line = f" in line {event.frames[-1].line}" if event.frames else ""
            return f"Arrays of different ranks were broadcast{line}; is this what you meant?"
    except Died:
        pass
    return ""
