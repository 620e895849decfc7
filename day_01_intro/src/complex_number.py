"""Complex numbers as a class of your own."""

import math

from introdl.script import run


class Complex:
    """A complex number z = a + bi: a point in the plane with coordinates a and b.

    The methods return new numbers. They never change ``self`` or the other number.
    """

    real: float
    imag: float

    def __init__(self, real: float, imag: float) -> None:
        """Make the number a + bi.

        Args:
            real: the real part a.
            imag: the imaginary part b, without the i.
        """
        # TODO 1.2: keep both parts in the object (about 2 lines).
        raise NotImplementedError("TODO 1.2: keep both parts in the object")

    def __repr__(self) -> str:
        """What Python prints for the number: ``Complex(3, 4)``."""
        return f"Complex({self.real:.6g}, {self.imag:.6g})"

    def radius(self) -> float:
        """The distance from the origin, r = √(a² + b²) (Pythagoras).

        Returns:
            The radius, also called absolute value or modulus; 0 or larger.
        """
        # TODO 1.3: compute the radius (about 1 line).
        raise NotImplementedError("TODO 1.3: compute the radius")

    def angle(self) -> float:
        """The angle φ between the positive real axis and the number, counterclockwise.

        Returns:
            The angle in radians, −π < φ ≤ π; 0 for the number 0.
        """
        # TODO 1.3: compute the angle (about 1 line).
        raise NotImplementedError("TODO 1.3: compute the angle")

    def degrees(self) -> float:
        """The angle in degrees, −180° < φ ≤ 180°."""
        return math.degrees(self.angle())

    def add(self, other: "Complex") -> "Complex":
        """The sum z + w = (a + c) + (b + d)i.

        Args:
            other: the number w = c + di.

        Returns:
            The sum, a new number.
        """
        # TODO 1.4: return the sum as a new number (about 1 line).
        raise NotImplementedError("TODO 1.4: return the sum as a new number")

    def multiply(self, other: "Complex") -> "Complex":
        """The product in polar form: radii multiply, angles add.

        With z = r (cos φ + i sin φ) and w = s (cos ψ + i sin ψ) the product is
        zw = rs (cos(φ + ψ) + i sin(φ + ψ)), by the addition theorems of sine and cosine.

        Args:
            other: the number w.

        Returns:
            The product, a new number; exactly 0 if one of the two numbers is 0.
        """
        # TODO 1.5: multiply the radii, add the angles (about 3 lines).
        raise NotImplementedError("TODO 1.5: multiply the radii, add the angles")


def main() -> None:
    """Print a sum and a product."""
    z, w = Complex(0.0, 2.0), Complex(3.0, 3.0)
    for name, number in (("z", z), ("w", w), ("z + w", z.add(w)), ("z · w", z.multiply(w))):
        print(f"{name:5} = {number}, radius {number.radius():.2f}, angle {number.degrees():.0f}°")


if __name__ == "__main__":
    run(main)
