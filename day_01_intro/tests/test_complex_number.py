"""Tasks 1.2 to 1.5: complex numbers as a class."""

import cmath
from typing import Any

import numpy as np

from day_01_intro.src.complex_number import Complex
from introdl.testing import attributes, check, check_value, require, task


def parts(number: complex) -> attributes:
    """The object that is expected for a number."""
    return attributes(real=number.real, imag=number.imag)


def in_quadrant(quadrant: int, rng: np.random.Generator) -> complex:
    """A random number in quadrant 1, 2, 3 or 4, away from the axes, with two decimals."""
    a, b = (round(float(x), 2) for x in rng.uniform(0.5, 3.0, size=2))
    return complex(a if quadrant in (1, 4) else -a, b if quadrant in (1, 2) else -b)


def method(number: Any, name: str) -> Any:
    """A method of a student's object, or one sentence if it is missing."""
    text = f"Complex.{name}"
    require(hasattr(number, name), text, "nothing", "a method", "Was it renamed or deleted?")
    return getattr(number, name)


@task("1.2", points=1)
def test_parts_are_kept(rng: np.random.Generator) -> None:
    for z in (3 - 4j, in_quadrant(2, rng)):
        check(
            Complex, z.real, z.imag, expect=parts(z),
            mistakes={
                "Write self.real = real: a name without self. is forgotten after __init__.":
                    lambda got: not hasattr(got, "real"),
                "Keep the imaginary part as well: self.imag = imag.":
                    lambda got: not hasattr(got, "imag"),
                "You mixed up the two parts: the first argument is the real part.":
                    attributes(real=z.imag, imag=z.real),
            },
        )  # fmt: skip


@task("1.2", points=1)
def test_each_number_has_its_own_parts() -> None:
    z = Complex(3.0, -4.0)
    Complex(7.0, 5.0)
    check_value(
        z, parts(3 - 4j), "z = Complex(3, -4), looked at after another number was made",
        mistakes={
            "Both numbers share their parts; store them in self, not in the class.":
                parts(7 + 5j),
        },
    )  # fmt: skip


@task("1.3", points=1)
def test_radius(rng: np.random.Generator) -> None:
    for z in (4 + 3j, -5 + 12j, in_quadrant(4, rng), 0j):
        a, b = z.real, z.imag
        check(
            method(Complex(a, b), "radius"), expect=abs(z),
            mistakes={
                "The square root is missing: r = √(a² + b²).": abs(z) ** 2,
                "The sum of the parts is no distance; use Pythagoras: r = √(a² + b²).": a + b,
                "A distance along the axes; the straight line is r = √(a² + b²).": abs(a) + abs(b),
                "Pythagoras adds the squares: r = √(a² + b²).": abs((z * z).real) ** 0.5,
            },
        )  # fmt: skip


@task("1.3", points=2)
def test_angle(rng: np.random.Generator) -> None:
    random = [in_quadrant(quadrant, rng) for quadrant in (1, 2, 3, 4)]
    for z in (1 + 2j, -1 + 2j, *random, 2j, -1 + 0j, 0j):
        a, b = z.real, z.imag
        right = cmath.phase(z)
        check(
            method(Complex(a, b), "angle"), expect=right,
            mistakes={
                "The arguments are mixed up: math.atan2 takes the imaginary part first.":
                    cmath.phase(complex(b, a)),
                "The quotient b / a can't tell opposite quadrants apart; use math.atan2.":
                    np.arctan(b / a) if a else right,
                "This is in degrees; the angle is asked for in radians.": np.degrees(right),
                "The angle must lie between −π and π; you are one turn too far.":
                    right + 2 * np.pi,
            },
        )  # fmt: skip


def require_complex(result: Any, text: str) -> None:
    """Demand an object of the student's own class, not Python's ``complex``."""
    why = "Return an object of your own class: Complex(…, …)."
    require(hasattr(result, "radius"), text, result, "a Complex", why)


@task("1.4", points=1)
def test_add(rng: np.random.Generator) -> None:
    for z, w in ((2 + 1j, 1 - 5j), (in_quadrant(1, rng), in_quadrant(3, rng))):
        left, right = Complex(z.real, z.imag), Complex(w.real, w.imag)
        result = check(
            method(left, "add"), right, expect=parts(z + w),
            mistakes={
                "You add only the real parts; the imaginary parts add as well.":
                    attributes(real=(z + w).real, imag=z.imag),
                "You subtract; the sum is (a + c) + (b + d)i.": parts(z - w),
                "Return a number, not a pair of its parts: Complex(…, …).":
                    lambda got: isinstance(got, tuple | list),
                "You multiplied; add the parts instead.": parts(z * w),
            },
        )  # fmt: skip
        require_complex(result, "the result of add")


@task("1.4", points=1)
def test_add_keeps_its_operands() -> None:
    z, w = Complex(2.0, 1.0), Complex(1.0, -5.0)
    method(z, "add")(w)
    why = "add must not change its operands; build a new number: return Complex(…, …)."
    check_value(z, parts(2 + 1j), "z = Complex(2, 1), looked at after z.add(w)", why=why)
    check_value(w, parts(1 - 5j), "w = Complex(1, -5), looked at after z.add(w)", why=why)


def polar(radius: float, angle: float) -> attributes:
    """The object that is expected for a radius and an angle."""
    return parts(cmath.rect(radius, angle))


@task("1.5", points=3)
def test_multiply(rng: np.random.Generator) -> None:
    random = [in_quadrant(quadrant, rng) for quadrant in (2, 1, 4, 3)]
    for z, w in ((2j, 3 + 3j), (1j, 1j), tuple(random[:2]), tuple(random[2:])):
        left, right = Complex(z.real, z.imag), Complex(w.real, w.imag)
        (r, phi), (s, psi) = cmath.polar(z), cmath.polar(w)
        product = z * w
        result = check(
            method(left, "multiply"), right, expect=parts(product),
            mistakes={
                "Parts don't multiply one by one; radii multiply and angles add.":
                    attributes(real=z.real * w.real, imag=z.imag * w.imag),
                "The angles must be added, not multiplied.": polar(r * s, phi * psi),
                "The angles must be added, not subtracted.": polar(r * s, phi - psi),
                "The radii must be multiplied, not added.": polar(r + s, phi + psi),
                "cos belongs to the real part, sin to the imaginary part.":
                    attributes(real=product.imag, imag=product.real),
                "Go back from polar form: the parts are r cos φ and r sin φ.":
                    attributes(real=r * s, imag=phi + psi),
                "The radius is missing: the parts are r cos φ and r sin φ.": polar(1, phi + psi),
                "i · i = −1, so the real part is ac − bd.":
                    attributes(real=(z * w.conjugate()).real, imag=product.imag),
            },
        )  # fmt: skip
        require_complex(result, "the result of multiply")
        why = "multiply must not change its operands; build a new number."
        check_value(left, parts(z), "z, looked at after z.multiply(w)", why=why)
        check_value(right, parts(w), "w, looked at after z.multiply(w)", why=why)


@task("1.5", points=1)
def test_multiply_by_zero(rng: np.random.Generator) -> None:
    w = in_quadrant(2, rng)
    for z, other in ((0j, w), (w, 0j), (0j, 0j)):
        left, right = Complex(z.real, z.imag), Complex(other.real, other.imag)
        why = "Zero times any number is exactly zero: its radius is 0."
        check(method(left, "multiply"), right, expect=parts(0j), rtol=0.0, atol=0.0, why=why)
