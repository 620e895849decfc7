"""Plausible mistakes of day 3, and the sentence that each must lead to."""

from introdl.authoring.mistakes import wrong

MISTAKES = [
    # 3.1 matmul
    *wrong(
        "3.1",
        "matrices.py",
        {
            "a[i, :] * b[:, j]": {"a[i, :] * b[j, :]": "transpose of b"},
            "c[i, j] = np.sum(a[i, :] * b[:, j])": {
                "for k in range(a.shape[1]):\n                c[i, j] = a[i, k] * b[k, j]": (
                    "add up, don't overwrite"
                )
            },
            "np.sum(a[i, :] * b[:, j])": {
                "np.sum(a[i, :-1] * b[:-1, j])": "The last term of the sum is missing"
            },
            "if a.shape[1] != b.shape[0]:": {"if a.ndim != b.ndim:": "Raise a ValueError"},
            "b[:, j])\n    return c": {"b[:, j])\n        return c": "return behind the loops"},
            "np.zeros((a.shape[0], b.shape[1]))": {
                "np.zeros((a.shape[0], b.shape[1]), dtype=int)": "The decimals are lost"
            },
        },
    ),
    # 3.2 pseudo_inverse
    *wrong(
        "3.2",
        "matrices.py",
        {
            "inverse[large] = 1.0 / sigma[large]": {
                "inverse[large] = sigma[large]": "as they are; invert them"
            },
            "large = sigma > tolerance * sigma.max()": {
                "large = sigma > -1.0\n    sigma = np.maximum(sigma, 1e-30)": (
                    "A singular value that is zero was inverted"
                )
            },
            "sigma > tolerance * sigma.max()": {
                "sigma > tolerance": "The tolerance is relative",
                "sigma >= tolerance * sigma.max()": "A singular value that is zero was inverted",
            },
            "(vt.T * inverse) @ u.T": {
                "(u * inverse) @ vt": "A⁺ = V Σ⁺ Uᵀ",
                "(vt * inverse) @ u.T": "V is its transpose, vt.T",
                "(vt.T * inverse) @ u": "The last factor is Uᵀ, not U",
                "(vt.T * inverse[:, np.newaxis]) @ u.T": "you multiplied the rows",
            },
        },
    ),
    # 3.3 point_matrix
    *wrong(
        "3.3",
        "polynomial.py",
        {
            "x[:, np.newaxis] ** np.arange(columns)": {
                "np.vander(x, columns)": "The powers must grow",
                "np.arange(columns) ** x[:, np.newaxis]": "Base and exponent are exchanged",
                "x[:, np.newaxis] * np.arange(columns)": (
                    "multiplying with the power is something else"
                ),
                "x ** np.arange(columns)": "makes a column of the points",
            },
            "np.arange(columns)": {
                "np.arange(1, columns + 1)": "The column of ones, x⁰, is missing",
                "np.arange(columns + 1)": "a column too many",
            },
        },
    ),
    *wrong(
        "3.4",
        "polynomial.py",
        {
            # fit_line
            "np.array([intercept, slope])": {"np.array([slope, intercept])": "intercept first"},
            "slope = np.sum(dx * dy) / np.sum(dx**2)": {
                "slope = np.sum(x * y) / np.sum(x**2)": "Subtract the means first",
                "slope = np.cov(x, y)[0, 1] / np.var(x)": "You mixed n and n − 1",
                "slope = np.sum(dx * dy) / np.sum(dy**2)": "not over (y − ȳ)²",
                "slope = np.sum(dx * dy) / np.sum(dx) ** 2": "square each x − x̄ first",
            },
            "intercept = y.mean() - slope * x.mean()": {
                "intercept = y.mean()": "The intercept is ȳ − c₁ x̄",
                "intercept = y.mean() + slope * x.mean()": "The sign in the intercept is wrong",
                "intercept = x.mean() - slope * y.mean()": "exchanged in the intercept",
            },
            # fit_polynomial
            "np.vander(x, degree + 1, increasing=True)": {
                "np.vander(x, degree, increasing=True)": "has d + 1 coefficients",
                "np.vander(x, degree + 1)": "in the wrong order",
            },
            "np.linalg.pinv(a) @ y": {
                "np.linalg.pinv(a) * y": "The star multiplies entry by entry",
                "a.T @ y": "This is Aᵀ y",
            },
            # evaluate
            "return np.vander(x, len(coefficients), increasing=True) @ coefficients": {
                "return np.polyval(coefficients, x)": "your coefficients run the other way",
                "return sum(c * x ** (j + 1) for j, c in enumerate(coefficients))": (
                    "The powers begin with x⁰"
                ),
            },
            "np.vander(x, len(coefficients), increasing=True) @ coefficients": {
                "np.vander(x, len(coefficients), increasing=True) * coefficients": (
                    "Add up the terms"
                ),
                "coefficients[0] + coefficients[1] * x": "This is a line",
            },
            # mean_squared_error
            "np.mean((prediction - target) ** 2)": {
                "np.sum((prediction - target) ** 2)": "This is the sum",
                "np.mean(abs(prediction - target))": "differences; square them",
                "np.sqrt(np.mean((prediction - target) ** 2))": "This is the root",
                "np.sum((prediction - target) ** 2) / (len(target) - 1)": "not by m − 1",
            },
            "float(np.mean((prediction - target) ** 2))": {
                "(prediction - target) ** 2": "These are the squares"
            },
        },
    ),
    *wrong(
        "3.5",
        "regularization.py",
        {
            # filter_factors
            "return singular_values**2 / (singular_values**2 + epsilon)": {
                "return singular_values / (singular_values + epsilon)": (
                    "Square the singular values"
                ),
                "return singular_values**2 / (singular_values**2 + epsilon**2)": "Add ε itself",
                "return singular_values / (singular_values**2 + epsilon)": "square σ above, too",
                "return np.where(singular_values > epsilon, 1.0, 0.0)": "The filter is smooth",
                "return singular_values**2 / singular_values**2 + epsilon": (
                    "it is one denominator"
                ),
            },
            # fit_regularized
            "filtered = sigma / (sigma**2 + epsilon)": {
                "filtered = sigma**2 / (sigma**2 + epsilon)": "do not divide by σ",
                "filtered = sigma**2 / (sigma**2 + epsilon) / sigma": (
                    "You divide by a singular value that is 0"
                ),
                "filtered = 1 / np.maximum(sigma, 1e-9)": "There is no filter",
                "filtered = sigma / (sigma + epsilon)": "there is a square below",
                "filtered = sigma / (sigma**2 + epsilon**2)": "Add ε itself, not its square",
            },
            "vt.T @ (filtered * (u.T @ b))": {
                "vt @ (filtered * (u.T @ b))": "V is its transpose, vt.T",
                "vt.T @ (filtered * (u @ b))": "Multiply b by Uᵀ, not by U",
            },
            "return vt.T @ (filtered * (u.T @ b))": {
                "return np.linalg.solve(a.T @ a + epsilon, a.T @ b)": "Add ε to the diagonal"
            },
        },
    ),
    *wrong(
        "3.6",
        "model_choice.py",
        {
            # errors_per_degree
            "return on_training, on_held_out": {
                "return on_held_out, on_training": "The two are exchanged",
                "return np.array(errors)": "Return two arrays",
            },
            "[np.mean((evaluate(coefficients, x) - y) ** 2) for x, y in (training, held_out)]": {
                (
                    "[np.mean((evaluate(fit(x, y, degree), x) - y) ** 2) for x, y in "
                    "(training, held_out)]"
                ): "You fitted the held-out points, too"
            },
            "[np.mean((evaluate": {"[np.sum((evaluate": "the errors are means"},
            "coefficients = fit(*training, degree)": {
                "coefficients = fit_polynomial(*training, degree)": (
                    "that you are given as arguments"
                ),
                "coefficients = fit(*held_out, degree)": "You fitted on the held-out points",
                (
                    "both = [np.concatenate(pair) for pair in zip(training, held_out)]\n"
                    "        coefficients = fit(*both, degree)"
                ): "You fitted on all points",
            },
            "for degree in degrees:": {
                "for degree, _ in enumerate(degrees):": "not with its position"
            },
            # best_degree
            "return degrees[int(np.argmin(held_out_errors))]": {
                "return int(np.argmin(held_out_errors))": "the position in the list",
                "return int(np.argmin(held_out_errors)) + 1": "need not begin with 1",
                "return min(degrees)": "This is the lowest degree",
                "return max(degrees, key=lambda d: (-held_out_errors[degrees.index(d)], d))": (
                    "Of equal errors the first counts"
                ),
            },
            "np.argmin": {"np.argmax": "has the largest error"},
        },
    ),
    *wrong(
        "3.7",
        "river.py",
        {
            # zero_crossing
            "-intercept / slope": {
                "intercept / slope": "The sign is wrong",
                "-slope / intercept": "the slope by the intercept",
                "-intercept * slope": "You multiplied; divide",
                "-intercept // slope": "need not be a whole number",
            },
            # scale_axis
            "2.0 * (times - first) / (last - first) - 1.0": {
                "(times - first) / (last - first)": "This runs from 0 to 1",
                "2.0 * (times - first) / (last - first)": "This runs from 0 to 2",
                "2.0 * (times - times.mean()) / (last - first)": "the mean may lie elsewhere",
                "np.linspace(-1.0, 1.0, len(times))": "they need not be equal",
                "2.0 * (times - first) / last - first - 1.0": "Mind the brackets",
            },
            "return 2.0 * (times - first) / (last - first) - 1.0": {
                "return times / last": "shift the axis, too"
            },
            # predict_scaled
            "x = scale_axis(times)": {"x = times": "You fitted on the unscaled years"},
            "evaluate(fit(x, levels, degree), x)": {
                "evaluate(fit(x, levels, degree), times)": "Evaluate on the scaled axis",
                "evaluate(fit_polynomial(x, levels, degree), x)": (
                    "that you are given as arguments"
                ),
                "evaluate(fit(levels, x, degree), x)": "x and levels are exchanged",
                "evaluate(x, fit(x, levels, degree))": "The arguments are exchanged",
            },
        },
    ),
]
