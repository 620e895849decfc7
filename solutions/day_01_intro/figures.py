"""Draws the pictures of day 1's README."""

from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from day_01_intro.src.complex_number import Complex
from day_01_intro.src.julia import CONSTANT, draw_julia, julia_array
from introdl.figures import save_figure


def draw(folder: Path) -> None:
    """Write ``julia.png`` and ``polar.png``.

    Args:
        folder: where the pictures go.
    """
    julia = draw_julia(julia_array(CONSTANT, size=500, max_steps=200), CONSTANT)
    save_figure(julia, folder / "julia.png", dpi=90)
    polar = draw_product(Complex(0.0, 2.0), Complex(3.0, 3.0))
    save_figure(polar, folder / "polar.png", dpi=90)


def draw_product(z: Complex, w: Complex) -> Figure:
    """Draw two numbers and their product as arrows with radius and angle."""
    figure, axes = plt.subplots(figsize=(6.4, 4.0), layout="constrained")
    numbers = (("z", z, "tab:blue"), ("w", w, "tab:orange"), ("zw", z.multiply(w), "tab:green"))
    for name, number, colour in numbers:
        arrow = {"arrowstyle": "-|>", "color": colour, "lw": 2, "shrinkA": 0, "shrinkB": 0}
        axes.annotate("", (number.real, number.imag), xytext=(0, 0), arrowprops=arrow)
        label = f"${name}$: radius {number.radius():.2f}, angle {number.degrees():.0f}°"
        axes.plot([], [], color=colour, label=label)
    axes.legend(loc="upper right")
    axes.axhline(0, color="0.7", lw=0.8, zorder=0)
    axes.axvline(0, color="0.7", lw=0.8, zorder=0)
    axes.set(xlim=(-7, 8), ylim=(-0.5, 7), aspect="equal")
    axes.set(xlabel="real part", ylabel="imaginary part")
    axes.set_title("A product: the radii multiply, the angles add")
    return figure
