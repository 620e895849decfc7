"""What a student reads when a test fails: at most six lines, with the probable mistake."""

from typing import Any

from introdl.outcome import Frame
from introdl.testing.student import (
    CONTEXT,
    Died,
    Raised,
    StudentEvent,
    frames_of,
    name_of,
    raised_from,
)
from introdl.testing.values import show

LINES = 6

# What a test meets when it works with a result that is no array of the expected kind.
UNUSABLE = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError)

_HINTS = {
    "TracerBoolConversionError": "Under jax.jit a Python `if` or `while` can't look at an array's "
    "value; use jnp.where, lax.cond or lax.while_loop.",
    "ConcretizationTypeError": "Under jax.jit this value isn't known yet; shapes and loop counts "
    "must not depend on array values.",
    "TracerIntegerConversionError": "Under jax.jit this value isn't known yet; shapes and loop "
    "counts must not depend on array values.",
    "TracerArrayConversionError": "A NumPy function got an array that JAX is tracing; use jnp "
    "instead of np here.",
    "UnexpectedTracerError": "A value from inside jit or grad was stored outside; return it "
    "instead.",
    "OutputTooLong": "Your code printed or wrote more than 16 MB; is there a print in a loop?",
    "RecursionError": "The function calls itself without an end.",
    "NameError": "A name is used before it is set, or is misspelled.",
}


class Feedback(StudentEvent):
    """A failed check: its status, the lines to show, and where to look in the student's code."""

    def __init__(self, status: str, lines: list[str], where: Frame | None = None) -> None:
        super().__init__("\n".join(lines[:LINES]))
        self.status, self.where = status, where


def called(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    """Write a call as a reader would type it."""
    parts = [show(arg, 48) for arg in args]
    parts += [f"{name}={show(value, 48)}" for name, value in kwargs.items()]
    text = f"{name_of(function)}({', '.join(parts)})"
    return text if len(text) <= 160 else text[:159] + "…"


def wrong(call: str, got: str, expected: str, *, detail: str = "", why: str = "",
          where: Frame | None = None) -> Feedback:  # fmt: skip
    """A result that differs from the expected one."""
    lines = [call, f"  returned  {got}", f"  expected  {expected}"]
    lines += [f"  {detail[0].upper()}{detail[1:]}."] if detail else []
    lines += [f"  {why}"] if why else []
    return Feedback("failed", lines, where)


def from_raised(event: Raised, call: str = "") -> Feedback:
    """What to say when the student's code raised."""
    last = event.frames[-1] if event.frames else None
    if event.todo:
        place = f" ({last.file}, line {last.line})" if last else ""
        return Feedback("not started", [f"TODO {event.todo} is not started yet{place}."], last)
    lines = [call] if call else []
    lines.append(f"  raised {event.kind}: {event.text}".rstrip(": "))
    if last:
        inside = f" in {last.function}" if last.function else ""
        lines.append(f"  {last.file}, line {last.line}{inside}")
    if last and last.code:
        lines.append(f"    {last.code}")
    kind = "OutputTooLong" if "File too large" in event.text else event.kind
    if kind in _HINTS:
        lines.append(f"  {_HINTS[kind]}")
    return Feedback("error", lines, last)


def from_exception(error: BaseException) -> Feedback | None:
    """Turn whatever ended a test into feedback; None if the test itself broke."""
    if isinstance(error, Feedback):
        return error
    if isinstance(error, Raised):
        return from_raised(error)
    if isinstance(error, Died):
        return Feedback(error.status, [error.reason])
    if frames_of(error):
        return from_raised(raised_from(error))
    if CONTEXT.last and isinstance(error, UNUSABLE):
        text, returned = CONTEXT.last
        lines = [text, f"  returned  {show(returned.value)}"]
        lines.append("  The test can't use this value: perhaps another type or shape is meant.")
        lines.append(f"  ({type(error).__name__}: {error})"[:160])
        return Feedback("failed", lines, returned.where)
    return None
