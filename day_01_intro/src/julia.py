"""The Julia set, computed in three ways: with your class, with NumPy, and with JAX."""

import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from day_01_intro.src.complex_number import Complex
from introdl.figures import save_or_show
from introdl.script import run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

RADIUS = 2.0  # a point on this circle still counts as inside
LIMIT = 1.5  # the picture shows −1.5 … 1.5 on both axes
CONSTANT = -0.8 + 0.156j  # the c of the picture

Counts = NDArray[np.int_]


def escape_time(z: Complex, c: Complex, max_steps: int) -> int:
    """Count the steps z ← z² + c that stay within radius 2.

    After each step look at the new z. If its radius is at most 2, the step counts. The first step
    that leads outside does not count, and ends the search. The start itself is no step.

    Args:
        z: the start.
        c: the constant.
        max_steps: never do more steps than this.

    Returns:
        The number of steps that stayed, from 0 to ``max_steps``.
    """
    # TODO 1.6: repeat z ← z² + c and count (about 5 lines).
    raise NotImplementedError("TODO 1.6: repeat z ← z² + c and count")


def grid(size: int) -> NDArray[np.complex128]:
    """The start values of all pixels.

    Args:
        size: the number of pixels on each axis.

    Returns:
        Complex numbers of shape ``(size, size)``. The real part goes from −1.5 in the first column
        to 1.5 in the last, the imaginary part from −1.5 in the first row to 1.5 in the last.
    """
    axis = np.linspace(-LIMIT, LIMIT, size)
    return axis[np.newaxis, :] + 1j * axis[:, np.newaxis]


def jax_grid(size: int) -> jax.Array:
    """The same start values as a JAX array of shape ``(size, size)``."""
    return jnp.asarray(grid(size))


def julia_loop(c: complex, size: int, max_steps: int) -> Counts:
    """The counts of all pixels, one after the other, with the class `Complex`.

    Args:
        c: the constant of z² + c.
        size: the number of pixels on each axis.
        max_steps: the largest count.

    Returns:
        Whole numbers of shape ``(size, size)``, for the start values of `grid`.
    """
    constant = Complex(c.real, c.imag)
    rows = grid(size).tolist()
    return np.array(
        [[escape_time(Complex(z.real, z.imag), constant, max_steps) for z in row] for row in rows]
    )


def julia_array(c: complex, size: int, max_steps: int) -> Counts:
    """The counts of all pixels at once, with NumPy arrays.

    Each step changes the whole array; a pixel that has left the circle counts no more.

    Args:
        c: the constant of z² + c.
        size: the number of pixels on each axis.
        max_steps: the largest count.

    Returns:
        Whole numbers of shape ``(size, size)``, for the start values of `grid`; the same counts as
        those of `escape_time`.
    """
    # TODO 1.7: loop over the steps only (about 7 lines).
    raise NotImplementedError("TODO 1.7: loop over the steps only")


@partial(jax.jit, static_argnames="size")
def julia_jax(c: complex, size: int, max_steps: int) -> jax.Array:
    """The counts of all pixels at once, compiled by JAX.

    ``size`` decides the arrays' shape, so it is static: JAX compiles again for each size.
    ``max_steps`` is not, so the loop must be one of ``jax.lax``.

    Args:
        c: the constant of z² + c.
        size: the number of pixels on each axis.
        max_steps: the largest count.

    Returns:
        Whole numbers of shape ``(size, size)``, for the start values of `jax_grid`. JAX computes
        with 32 bits, so a few pixels may differ from NumPy's 64 bits.
    """
    # TODO 1.8: loop with jax.lax.fori_loop (about 9 lines).
    raise NotImplementedError("TODO 1.8: loop with jax.lax.fori_loop")


def seconds(function: Callable[..., Any], *args: Any) -> tuple[float, Counts]:
    """Measure one call.

    Args:
        function: a function that returns an array.
        *args: its arguments.

    Returns:
        The time in seconds, and the result as a NumPy array.
    """
    start = time.perf_counter()
    result = np.asarray(function(*args))  # waits until JAX is done
    return time.perf_counter() - start, result


def compare_times(c: complex, size: int, max_steps: int) -> None:
    """Print the time of the three versions, and how many pixels differ from the first.

    Args:
        c: the constant of z² + c.
        size: the number of pixels on each axis.
        max_steps: the largest count.
    """
    slow, expected = seconds(julia_loop, c, size, max_steps)
    print(f"{size} × {size} pixels, at most {max_steps} steps")
    print(f"  julia_loop   {1000 * slow:8.1f} ms")
    for name, function in (("julia_array", julia_array), ("julia_jax", julia_jax)):
        try:
            function(c, size, max_steps)  # JAX compiles in the first call
        except NotImplementedError:
            if function is julia_array:
                raise
            print(f"  {name}    is not started yet (task 1.8 is optional)")
            continue
        fast, counts = seconds(function, c, size, max_steps)
        differ = np.mean(counts != expected)
        print(
            f"  {name:11}  {1000 * fast:8.1f} ms, {slow / fast:4.0f} times as fast, "
            f"{differ:.1%} of the pixels differ"
        )


def draw_julia(counts: Counts, c: complex) -> "Figure":
    """Draw the counts as a picture.

    Args:
        counts: whole numbers of shape ``(size, size)``.
        c: the constant, for the title.

    Returns:
        The figure.
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(6.4, 5.2), layout="constrained")
    extent = (-LIMIT, LIMIT, -LIMIT, LIMIT)
    image = axes.imshow(np.log1p(counts), extent=extent, origin="lower", cmap="magma")
    ticks = [n for n in (0, 2, 5, 10, 20, 50, 100, 200, 500) if n <= counts.max()]
    bar = figure.colorbar(image, ax=axes, label="steps within radius 2")
    bar.set_ticks([float(np.log1p(n)) for n in ticks], labels=[str(n) for n in ticks])
    axes.set(xlabel="real part", ylabel="imaginary part")
    sign = "−" if c.imag < 0 else "+"
    axes.set_title(f"Julia set of z² + c, c = {c.real:g} {sign} {abs(c.imag):g}i")
    return figure


def main() -> None:
    """Compare the three versions and draw the set."""
    compare_times(CONSTANT, size=100, max_steps=100)
    counts = julia_array(CONSTANT, size=600, max_steps=200)
    save_or_show(draw_julia(counts, CONSTANT), "day_01_intro", "julia")


if __name__ == "__main__":
    run(main)
