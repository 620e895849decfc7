"""Calling a student's code and catching what it does.

A test calls a student's function through `invoke`. In plain pytest this is a call in the same
process. In the autograder the function is a `Remote`, and the call runs on the worker's side.
"""

import copy
import inspect
import linecache
import re
import textwrap
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import jax

from introdl.course import TODO
from introdl.errors import CourseError
from introdl.outcome import LONGEST_PATH, SOURCE, Frame, one_line
from introdl.testing.values import compare, plain, show

DEEPEST = 3  # frames of an exception that are kept


class StudentEvent(CourseError):
    """What a student's code came to instead of a right result; a test ends with it."""


@dataclass(eq=False)
class Raised(StudentEvent):
    """The student's code raised, could not be imported, or has no such function.

    Args:
        kind: the name of the exception's class.
        text: its message.
        frames: the student's lines that were running, outermost first; the last few are kept.
        todo: the task whose TODO was reached, or None.
    """

    kind: str
    text: str
    frames: list[Frame] = field(default_factory=list)
    todo: str | None = None

    def __post_init__(self) -> None:
        """Bound what student code can choose."""
        self.kind, self.text = one_line(self.kind, 60), one_line(self.text)
        self.frames = self.frames[-DEEPEST:]
        self.todo = self.todo and one_line(self.todo, 8)
        super().__init__(self.kind, self.text)


class Died(StudentEvent):
    """The student's process ended: ``timeout`` or ``crashed``, with a reason in words."""

    def __init__(self, status: str, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


@dataclass(frozen=True)
class Returned:
    """What a call came to."""

    value: Any
    changed: list[int] = field(default_factory=list)  # positions of arguments changed in place
    where: Frame | None = None  # the function's definition


class Remote:
    """A function or object on the worker's side of the autograder's bridge."""

    def invoke(
        self, args: tuple[Any, ...], kwargs: dict[str, Any], strict: bool = False
    ) -> Returned:
        """Call it on the worker."""
        raise NotImplementedError

    def transformed(self, function: "Transformed") -> "Remote":
        """``jit`` and the like of this function, applied on the worker."""
        raise NotImplementedError

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it as the test would call the function itself."""
        return self.invoke(args, kwargs).value


@dataclass
class Context:
    """What this process knows about the running test and about where student code lives.

    Args:
        ship: sends a class's source to the worker; None in plain pytest, where the student's code
            runs in this process.
        last: how `call` was last used by the running test, and what came back.
    """

    ship: Callable[[str, str], Remote] | None = None
    last: tuple[str, Returned] | None = None

    @property
    def in_autograder(self) -> bool:
        """Whether student code lives in another process."""
        return self.ship is not None


CONTEXT = Context()


class Given:
    """A test's own function that may be passed to student code; its source is sent along."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.__name__ = function.__name__
        self.source = textwrap.dedent(inspect.getsource(function))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function here."""
        return self.function(*args, **kwargs)


def given(thing: Any) -> Any:
    """Mark a test's function or class that student code receives as an argument.

    The source is run on the worker's side, where only ``jax``, ``jnp``, ``np`` and ``math`` are
    known. So it may use nothing else from the test file, and hold no expected value.
    """
    if not inspect.isclass(thing):
        return Given(thing)
    if CONTEXT.ship is None:
        return thing
    return CONTEXT.ship(textwrap.dedent(inspect.getsource(thing)), thing.__name__)


class Transformed:
    """``jax.jit``, ``grad``, … of a student's function, applied on the side where it lives."""

    def __init__(self, kind: str, function: Any, options: dict[str, Any]) -> None:
        self.kind, self.function, self.options = kind, function, options
        self.__name__ = f"{kind}({name_of(function)})"

    def build(self) -> Any:
        """Apply the transformation in this process."""
        inner = self.function.build() if isinstance(self.function, Transformed) else self.function
        return getattr(jax, self.kind)(inner, **self.options)

    @property
    def root(self) -> Any:
        """The function at the bottom of the transformations."""
        return self.function.root if isinstance(self.function, Transformed) else self.function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the transformed function."""
        return invoke(self, args, kwargs).value


def jit(function: Any, **options: Any) -> Transformed:
    """``jax.jit`` of a student's function."""
    return Transformed("jit", function, options)


def grad(function: Any, **options: Any) -> Transformed:
    """``jax.grad`` of a student's function."""
    return Transformed("grad", function, options)


def vmap(function: Any, **options: Any) -> Transformed:
    """``jax.vmap`` of a student's function."""
    return Transformed("vmap", function, options)


def invoke(
    function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], strict: bool = False
) -> Returned:
    """Call a student's function wherever it lives.

    Args:
        function: a function, method, class, `Remote` or `Transformed`.
        args: its arguments.
        kwargs: its named arguments.
        strict: raise when JAX would silently broadcast arrays of different ranks.

    Raises:
        Raised: if the student's code raised.
        Died: if the student's process ended.
    """
    target = function.root if isinstance(function, Transformed) else function
    if isinstance(target, Remote):
        sender = target if target is function else target.transformed(function)
        return sender.invoke(args, kwargs, strict)
    run = function.build() if isinstance(function, Transformed) else function
    before = copy.deepcopy(plain(list(args)))
    try:
        with jax.numpy_rank_promotion("raise" if strict else "allow"):
            value = run(*args, **kwargs)
    except (Raised, Died, KeyboardInterrupt):
        raise
    except BaseException as error:  # sys.exit() and pytest.skip() among them
        raise raised_from(error, target) from error
    changed = [i for i, old in enumerate(before) if is_data(old) and not same(args[i], old)]
    return Returned(value, changed, definition(target))


def is_data(value: Any) -> bool:
    """Whether a value is plain data, through and through."""
    if isinstance(value, list | tuple):
        return all(map(is_data, value))
    if isinstance(value, dict):
        return all(map(is_data, value.values()))
    return hasattr(value, "dtype") or isinstance(value, bool | int | float | complex | str)


def same(new: Any, old: Any) -> bool:
    """Whether data is unchanged, exactly."""
    try:
        return compare(new, old, rtol=0.0, atol=0.0) is None
    except RuntimeError:  # a JAX array that was deleted or donated
        return False


def name_of(function: Any) -> str:
    """A function's name as a reader would type it."""
    owner = getattr(function, "__self__", None)
    name = getattr(function, "__name__", type(function).__name__)
    if owner is None or inspect.ismodule(owner):
        return str(name)
    return f"{show(owner)}.{name}"


def relative(file: str) -> str | None:
    """A student file's path relative to the repository; None for any other file."""
    tail = file[-4 * LONGEST_PATH :].replace("\\", "/")
    match = re.search(rf"{SOURCE.pattern}$", tail)
    return match[0] if match and len(match[0]) <= LONGEST_PATH else None


def definition(function: Any) -> Frame | None:
    """Where a student's function or class is defined."""
    try:
        thing = inspect.unwrap(function)
        file, line = inspect.getsourcefile(thing), inspect.getsourcelines(thing)[1]
    except (TypeError, OSError, ValueError):
        return None
    path = relative(file or "")
    return Frame(path, line, name_of(function), "") if path else None


def frames_of(error: BaseException) -> list[Frame]:
    """The student's own frames of a traceback, outermost first."""
    frames = []
    for entry in traceback.extract_tb(error.__traceback__):
        if path := relative(entry.filename):
            code = linecache.getline(entry.filename, entry.lineno or 0).strip()
            frames.append(Frame(path, entry.lineno or 0, entry.name, code))
    if isinstance(error, SyntaxError) and (path := relative(str(error.filename or ""))):
        frames.append(Frame(path, error.lineno or 0, "", str(error.text or "").strip()))
    return frames


def raised_from(error: BaseException, function: Any = None) -> Raised:
    """Describe an exception of student code as plain data."""
    try:
        return _raised_from(error, function)
    except BaseException:  # the exception's own class is the student's code
        return Raised("Exception", "an exception that can't be shown")


def _raised_from(error: BaseException, function: Any) -> Raised:
    frames = frames_of(error)
    place = definition(function) if not frames and function is not None else None
    todo = TODO.search(str(error)) if isinstance(error, NotImplementedError) else None
    text = str(error.msg or "") if isinstance(error, SyntaxError) else str(error)
    text = next(iter(text.strip().splitlines()), "")
    found = frames or ([place] if place else [])
    return Raised(type(error).__name__, text, found, todo[1] if todo else None)
