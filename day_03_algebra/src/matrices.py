"""Matrix multiplication from its definition, and the pseudo-inverse from the SVD."""

import numpy as np
from numpy.typing import NDArray

from introdl.script import run

Matrix = NDArray[np.float64]


def matmul(a: Matrix, b: Matrix) -> Matrix:
    """The product of two matrices: c_ij = Σ_k a_ik b_kj.

    Args:
        a: a matrix of shape ``(m, p)``.
        b: a matrix of shape ``(p, n)``.

    Returns:
        The product, of shape ``(m, n)``.

    Raises:
        ValueError: if ``a`` has another number of columns than ``b`` has rows.
    """
    # TODO 3.1: check the shapes, then sum for each row i and column j (about 7 lines).
    raise NotImplementedError("TODO 3.1: check the shapes, then sum for each row i and …")


def pseudo_inverse(a: Matrix, tolerance: float = 1e-10) -> Matrix:
    """The pseudo-inverse A⁺ = V Σ⁺ Uᵀ from the singular value decomposition A = U Σ Vᵀ.

    Σ⁺ holds 1/σ for each singular value σ above ``tolerance`` times the largest one, and 0 for the
    others: those are zeros that rounding has made a little larger.
    Source of the formula: Golub, Van Loan, "Matrix Computations" (2013), section 5.5.2.

    Args:
        a: a matrix of shape ``(m, n)``: tall, wide or square, also without full rank.
        tolerance: which part of the largest singular value counts as zero.

    Returns:
        The pseudo-inverse, of shape ``(n, m)``.
    """
    # TODO 3.2: invert the large singular values, put the factors together (about 5 lines).
    raise NotImplementedError("TODO 3.2: invert the large singular values, put the …")


def main() -> None:
    """Multiply two matrices, and solve a system that has no exact solution."""
    a = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    b = np.array([[1.0, 0.0, 2.0], [0.0, 1.0, -1.0]])
    print(f"A B =\n{matmul(a, b)}")
    print(f"A⁺ =\n{pseudo_inverse(a).round(3)}")
    twice = np.array([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]])  # the second column is twice the first
    for name, matrix in (("A", a), ("a matrix of rank 1", twice), ("its transpose", twice.T)):
        error = np.abs(pseudo_inverse(matrix) - np.linalg.pinv(matrix)).max()
        print(f"largest difference to np.linalg.pinv for {name}: {error:.0e}")


if __name__ == "__main__":
    run(main)
