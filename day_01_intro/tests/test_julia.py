"""Tasks 1.6 to 1.8: the Julia set, pixel by pixel, with NumPy and with JAX."""

from collections.abc import Iterator
from itertools import accumulate, islice, repeat, takewhile
from typing import Any

import numpy as np

from day_01_intro.src.julia import escape_time, julia_array, julia_jax
from introdl.testing import call, check, given, jit, require, task


@given
class Complex:
    """The class of tasks 1.2 to 1.5 around Python's own: task 1.6 is tested apart from them."""

    def __init__(self, real: float, imag: float) -> None:
        self.number = complex(real, imag)

    @property
    def real(self) -> float:
        """Real part."""
        return self.number.real

    @property
    def imag(self) -> float:
        """Imaginary part."""
        return self.number.imag

    def __repr__(self) -> str:
        return f"Complex({self.real:.6g}, {self.imag:.6g})"

    def radius(self) -> float:
        """Distance from the origin."""
        return abs(self.number)

    def angle(self) -> float:
        """Angle in radians."""
        return float(np.angle(self.number))

    def add(self, other: Any) -> Any:
        """Sum."""
        total = self.number + other.number
        return type(self)(total.real, total.imag)

    def multiply(self, other: Any) -> Any:
        """Product, without rounding where the parts are whole numbers."""
        product = self.number * other.number
        return type(self)(product.real, product.imag)


def orbit(z: complex, c: complex, wrong: str = "") -> Iterator[complex]:
    """The numbers after z, without an end; ``wrong`` names an error to make."""

    def following(z: complex, _: complex) -> complex:
        return {"sum": (z + c) * (z + c), "swap": c * c + z, "no c": z * z}.get(wrong, z * z + c)

    return islice(accumulate(repeat(z), following), 1, None)


def steps_within(z: complex, c: complex, max_steps: int, wrong: str = "") -> int:
    """The count by Python's own complex numbers; ``wrong`` names an error to make."""
    limit = 4.0 if wrong == "four" else 2.0

    def stays(z: complex) -> bool:
        return abs(z) < limit or (abs(z) == limit and wrong != "strict")

    return len(list(takewhile(stays, islice(orbit(z, c, wrong), max_steps))))


def is_clear(z: complex, c: complex, max_steps: int) -> bool:
    """Whether the orbit keeps off the circle, so that rounding can't change the count."""
    steps = steps_within(z, c, max_steps)
    return all(abs(abs(z) - 2.0) >= 1e-6 for z in islice(orbit(z, c), steps + 1))


def check_escape_time(z: complex, c: complex, max_steps: int) -> None:
    """Check one count and name the usual errors."""
    right = steps_within(z, c, max_steps)
    left = Complex(z.real, z.imag), Complex(c.real, c.imag)
    check(
        escape_time, *left, max_steps, expect=right,
        mistakes={
            "The radius is compared with 2; only its square would be compared with 4.":
                steps_within(z, c, max_steps, "four"),
            "The step that leaves the circle does not count, nor does the start.":
                right + 1 if right < max_steps else right,
            "A point on the circle is still inside: stop when the radius is > 2, not >= 2.":
                steps_within(z, c, max_steps, "strict"),
            "Stop after max_steps steps.": lambda got: got > max_steps,
            "A point that never leaves gets max_steps; you count one step less.":
                max_steps - 1 if right == max_steps else right,
            "Square first, then add c: z² + c.": steps_within(z, c, max_steps, "sum"),
            "z and c are mixed up: square z, then add c.": steps_within(z, c, max_steps, "swap"),
            "Add c in each step: z² + c.": steps_within(z, c, max_steps, "no c"),
        },
    )  # fmt: skip


@task("1.6", points=2, seconds=5)
def test_escape_time_by_hand() -> None:
    # This one tells the usual errors apart:
    # i/2 → −0.75 + i → −0.94 − 0.5i → 0.13 + 1.94i → −4.2 + 1.5i.
    check_escape_time(0.5j, -0.5 + 1j, 10)
    # 0 → 1 → 2 → 5;  0 → 1.5 → 3.75;  1 + i → 2i → −4;  0 → 3;  and three that stay.
    for z, c in ((0j, 1 + 0j), (0j, 1.5 + 0j), (1 + 1j, 0j), (0j, 3 + 0j)):
        check_escape_time(z, c, 10)
    for z, c in ((0j, -1 + 0j), (0.5 + 0j, 0j), (2 + 0j, -2 + 0j)):
        check_escape_time(z, c, 10)


@task("1.6", points=1, seconds=5)
def test_escape_time_random(rng: np.random.Generator) -> None:
    found = 0
    while found < 4:
        a, b, x, y = (round(float(value), 2) for value in rng.uniform(-1.0, 1.0, size=4))
        z, c = complex(a, b), complex(x, y)
        right = steps_within(z, c, 12)
        unlike = steps_within(z, c, 12, "four") != right + 1  # two errors, two sentences
        if is_clear(z, c, 12) and 1 <= right < 12 and unlike:
            check_escape_time(z, c, 12)
            found += 1


@task("1.6", points=1, seconds=5)
def test_escape_time_stops_at_the_limit(rng: np.random.Generator) -> None:
    for max_steps in (1, int(rng.integers(3, 30)), 0):
        check_escape_time(0j, -1 + 0j, max_steps)


# The counts for c = i on the five start values −1.5, −0.75, 0, 0.75, 1.5 of each axis.
BY_HAND = np.array([
    [0, 0, 0, 0, 0],
    [0, 0, 3, 6, 0],
    [0, 1, 6, 1, 0],
    [0, 6, 3, 0, 0],
    [0, 0, 0, 0, 0],
])  # fmt: skip


def picture(c: complex, size: int, max_steps: int, wrong: str = "") -> Any:
    """The counts of all pixels, one after the other; ``wrong`` as for `steps_within`."""
    axis = np.linspace(-1.5, 1.5, size)
    return np.array(
        [[steps_within(complex(x, y), c, max_steps, wrong) for x in axis] for y in axis]
    )


def random_constant(rng: np.random.Generator, size: int, max_steps: int) -> complex:
    """A constant c, off the real axis, with which no pixel comes close to the circle."""
    axis = np.linspace(-1.5, 1.5, size)
    while True:
        c = complex(round(float(rng.uniform(-0.6, 0.3)), 3), round(float(rng.uniform(0.3, 0.6)), 3))
        if all(is_clear(complex(x, y), c, max_steps) for x in axis for y in axis):
            return c


def picture_mistakes(right: Any, max_steps: int) -> dict[str, Any]:
    """What the usual errors make of a picture."""
    left = right < max_steps
    return {
        "Rows and columns are mixed up: the imaginary part changes from row to row.": right.T,
        "The step that leaves the circle does not count, nor does the start.": right + left,
        "Pixels that never leave get max_steps; you do one step less.":
            np.minimum(right, max_steps - 1),
        "This says only which pixels are inside at the end; add up the steps inside.":
            lambda got: np.array_equal(got, ~left) or np.array_equal(got, max_steps * ~left),
        "You count the steps outside; count those within radius 2.": max_steps - right,
    }  # fmt: skip


@task("1.7", points=1, seconds=10)
def test_julia_array_by_hand() -> None:
    check(julia_array, 1j, 5, 6, expect=BY_HAND, mistakes=picture_mistakes(BY_HAND, 6))
    # With c = 2 the start 0 goes to 2, exactly on the circle, and then to 6.
    right, strict = picture(2 + 0j, 5, 6), picture(2 + 0j, 5, 6, "strict")
    sentence = "A point on the circle is still within radius 2: abs(z) <= 2."
    check(julia_array, 2 + 0j, 5, 6, expect=right, mistakes={sentence: strict})


@task("1.7", points=2, seconds=10)
def test_julia_array_random(rng: np.random.Generator) -> None:
    c = random_constant(rng, 24, 12)
    right = picture(c, 24, 12)
    check(
        julia_array, c, 24, 12, expect=right, mistakes=picture_mistakes(right, 12),
        why="The counts must be those of escape_time (README, task 1.6).",
    )  # fmt: skip


@given
class Watched:
    """One call, and how many lines of the file Python went through meanwhile."""

    def __init__(self, function: Any, c: complex, size: int, max_steps: int) -> None:
        import sys

        self.lines = 0

        def trace(frame: Any, event: str, _: Any) -> Any:
            if not frame.f_code.co_filename.endswith("julia.py"):
                return None
            self.lines += 1
            return trace

        before = sys.gettrace()
        if before is None:  # a debugger is not disturbed
            sys.settrace(trace)
        try:
            function(c, size, max_steps)
        finally:
            sys.settrace(before)


@task("1.7", points=1, seconds=10)
def test_julia_array_has_no_loop_over_pixels() -> None:
    size, max_steps = 64, 8
    lines = int(Watched(julia_array, -0.5 + 0.5j, size, max_steps).lines)
    require(
        lines < size * size, f"julia_array((-0.5+0.5j), {size}, {max_steps})",
        f"a result after {lines} lines of Python", f"far fewer lines than {size * size} pixels",
        "A Python loop runs over the pixels; let one NumPy operation work on all of them.",
    )  # fmt: skip


@task("1.8", points=1, seconds=20)
def test_julia_jax_by_hand() -> None:
    compiled = jit(julia_jax, static_argnums=(1,))  # max_steps is traced: only lax can loop
    check(compiled, 1j, 5, 6, expect=BY_HAND, mistakes=picture_mistakes(BY_HAND, 6))


@task("1.8", points=1, seconds=20)
def test_julia_jax_random(rng: np.random.Generator) -> None:
    c = random_constant(rng, 24, 12)
    right = picture(c, 24, 12)
    text = f"julia_jax({c}, 24, 12)"
    got = call(jit(julia_jax, static_argnums=(1,)), c, 24, 12)
    shape = np.shape(got)
    require(shape == right.shape, text, f"shape {shape}", f"shape {right.shape}")
    differ = float(np.mean(np.asarray(got) != right))
    why = "The counts must be those of task 1.7; 32 bits may change 1 % of the pixels."
    require(differ <= 0.01, text, f"{differ:.0%} other counts", "the counts of julia_array", why)
