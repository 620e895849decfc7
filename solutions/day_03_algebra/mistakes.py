"""Plausible mistakes of day 3, and the sentence that each must lead to."""

from introdl.authoring.mistakes import Mistake

MISTAKES = [
    # 3.1 matmul
    Mistake("3.1", "matrices.py", "a[i, :] * b[:, j]", "a[i, :] * b[j, :]", "transpose of b"),
    Mistake(
        "3.1",
        "matrices.py",
        "c[i, j] = np.sum(a[i, :] * b[:, j])",
        "for k in range(a.shape[1]):\n                c[i, j] = a[i, k] * b[k, j]",
        "add up, don't overwrite",
    ),
    Mistake(
        "3.1",
        "matrices.py",
        "np.sum(a[i, :] * b[:, j])",
        "np.sum(a[i, :-1] * b[:-1, j])",
        "The last term of the sum is missing",
    ),
    Mistake(
        "3.1",
        "matrices.py",
        "if a.shape[1] != b.shape[0]:",
        "if a.ndim != b.ndim:",
        "Raise a ValueError",
    ),
    # 3.2 pseudo_inverse
    Mistake(
        "3.2",
        "matrices.py",
        "inverse[large] = 1.0 / sigma[large]",
        "inverse[large] = sigma[large]",
        "as they are; invert them",
    ),
    Mistake(
        "3.2",
        "matrices.py",
        "large = sigma > tolerance * sigma.max()",
        "large = sigma > -1.0\n    sigma = np.maximum(sigma, 1e-30)",
        "A singular value that is zero was inverted",
    ),
    Mistake(
        "3.2",
        "matrices.py",
        "sigma > tolerance * sigma.max()",
        "sigma > tolerance",
        "The tolerance is relative",
    ),
    Mistake("3.2", "matrices.py", "(vt.T * inverse) @ u.T", "(u * inverse) @ vt", "A⁺ = V Σ⁺ Uᵀ"),
    # 3.3 point_matrix
    Mistake(
        "3.3",
        "polynomial.py",
        "x[:, np.newaxis] ** np.arange(columns)",
        "np.vander(x, columns)",
        "The powers must grow",
    ),
    Mistake(
        "3.3",
        "polynomial.py",
        "np.arange(columns)",
        "np.arange(1, columns + 1)",
        "The column of ones, x⁰, is missing",
    ),
    Mistake(
        "3.3", "polynomial.py", "np.arange(columns)", "np.arange(columns + 1)", "a column too many"
    ),
    # 3.4 fit_line
    Mistake(
        "3.4",
        "polynomial.py",
        "np.array([intercept, slope])",
        "np.array([slope, intercept])",
        "intercept first",
    ),
    Mistake(
        "3.4",
        "polynomial.py",
        "slope = np.sum(dx * dy) / np.sum(dx**2)",
        "slope = np.sum(x * y) / np.sum(x**2)",
        "Subtract the means first",
    ),
    Mistake(
        "3.4",
        "polynomial.py",
        "intercept = y.mean() - slope * x.mean()",
        "intercept = y.mean()",
        "The intercept is ȳ − c₁ x̄",
    ),
    # 3.4 fit_polynomial
    Mistake(
        "3.4",
        "polynomial.py",
        "np.vander(x, degree + 1, increasing=True)",
        "np.vander(x, degree, increasing=True)",
        "has d + 1 coefficients",
    ),
    Mistake(
        "3.4",
        "polynomial.py",
        "np.vander(x, degree + 1, increasing=True)",
        "np.vander(x, degree + 1)",
        "in the wrong order",
    ),
    # 3.4 evaluate
    Mistake(
        "3.4",
        "polynomial.py",
        "return np.vander(x, len(coefficients), increasing=True) @ coefficients",
        "return np.polyval(coefficients, x)",
        "your coefficients run the other way",
    ),
    Mistake(
        "3.4",
        "polynomial.py",
        "return np.vander(x, len(coefficients), increasing=True) @ coefficients",
        "return sum(c * x ** (j + 1) for j, c in enumerate(coefficients))",
        "The powers begin with x⁰",
    ),
    # 3.4 mean_squared_error
    Mistake(
        "3.4",
        "polynomial.py",
        "np.mean((prediction - target) ** 2)",
        "np.sum((prediction - target) ** 2)",
        "This is the sum",
    ),
    Mistake(
        "3.4",
        "polynomial.py",
        "np.mean((prediction - target) ** 2)",
        "np.mean(abs(prediction - target))",
        "differences; square them",
    ),
    Mistake(
        "3.4",
        "polynomial.py",
        "np.mean((prediction - target) ** 2)",
        "np.sqrt(np.mean((prediction - target) ** 2))",
        "This is the root",
    ),
    # 3.5 filter_factors
    Mistake(
        "3.5",
        "regularization.py",
        "return singular_values**2 / (singular_values**2 + epsilon)",
        "return singular_values / (singular_values + epsilon)",
        "Square the singular values",
    ),
    Mistake(
        "3.5",
        "regularization.py",
        "return singular_values**2 / (singular_values**2 + epsilon)",
        "return singular_values**2 / (singular_values**2 + epsilon**2)",
        "Add ε itself",
    ),
    # 3.5 fit_regularized
    Mistake(
        "3.5",
        "regularization.py",
        "filtered = sigma / (sigma**2 + epsilon)",
        "filtered = sigma**2 / (sigma**2 + epsilon)",
        "do not divide by σ",
    ),
    Mistake(
        "3.5",
        "regularization.py",
        "filtered = sigma / (sigma**2 + epsilon)",
        "filtered = sigma**2 / (sigma**2 + epsilon) / sigma",
        "You divide by a singular value that is 0",
    ),
    Mistake(
        "3.5",
        "regularization.py",
        "filtered = sigma / (sigma**2 + epsilon)",
        "filtered = 1 / np.maximum(sigma, 1e-9)",
        "There is no filter",
    ),
    # 3.6 errors_per_degree
    Mistake(
        "3.6",
        "model_choice.py",
        "return on_training, on_held_out",
        "return on_held_out, on_training",
        "The two are exchanged",
    ),
    Mistake(
        "3.6",
        "model_choice.py",
        "[np.mean((evaluate(coefficients, x) - y) ** 2) for x, y in (training, held_out)]",
        "[np.mean((evaluate(fit(x, y, degree), x) - y) ** 2) for x, y in (training, held_out)]",
        "You fitted the held-out points, too",
    ),
    Mistake(
        "3.6",
        "model_choice.py",
        "[np.mean((evaluate",
        "[np.sum((evaluate",
        "the errors are means",
    ),
    # 3.6 best_degree
    Mistake(
        "3.6",
        "model_choice.py",
        "return degrees[int(np.argmin(held_out_errors))]",
        "return int(np.argmin(held_out_errors))",
        "the position in the list",
    ),
    Mistake("3.6", "model_choice.py", "np.argmin", "np.argmax", "has the largest error"),
    # 3.7 zero_crossing
    Mistake("3.7", "river.py", "-intercept / slope", "intercept / slope", "The sign is wrong"),
    Mistake(
        "3.7",
        "river.py",
        "-intercept / slope",
        "-slope / intercept",
        "the slope by the intercept",
    ),
    # 3.7 scale_axis
    Mistake(
        "3.7",
        "river.py",
        "2.0 * (times - first) / (last - first) - 1.0",
        "(times - first) / (last - first)",
        "This runs from 0 to 1",
    ),
    Mistake(
        "3.7",
        "river.py",
        "return 2.0 * (times - first) / (last - first) - 1.0",
        "return times / last",
        "shift the axis, too",
    ),
    # 3.7 predict_scaled
    Mistake(
        "3.7", "river.py", "x = scale_axis(times)", "x = times", "You fitted on the unscaled years"
    ),
    Mistake(
        "3.7",
        "river.py",
        "evaluate(fit(x, levels, degree), x)",
        "evaluate(fit(x, levels, degree), times)",
        "Evaluate on the scaled axis",
    ),
]
