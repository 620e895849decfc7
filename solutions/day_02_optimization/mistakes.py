"""Plausible mistakes of day 2, and the sentence that each must lead to."""

from introdl.authoring.mistakes import wrong

MISTAKES = [
    # 2.1 derivative_parabola
    *wrong(
        "2.1",
        "parabola.py",
        {
            "return 2.0 * x": {
                "return x * x": "the parabola itself",
                "return x": "the derivative of x² is 2x",
            },
        },
    ),
    # 2.2 gradient_descent
    *wrong(
        "2.2",
        "descent.py",
        {
            "position = position - step_size * np.asarray(gradient(position))": {
                "position -= step_size * np.asarray(gradient(position))": (
                    "All positions are one array that you change in place"
                ),
                "position = position - step_size * np.asarray(gradient(start))": (
                    "always use the gradient at the start"
                ),
            },
            "position = position - step_size": {
                "position = position + step_size": "You walk along the gradient, so uphill"
            },
            (
                "positions = [position]\n"
                "    for _ in range(steps):\n"
                "        position = position - step"
            ): {
                (
                    "positions = []\n    for _ in range(steps):\n        position = position - step"
                ): "The start position is missing"
            },
        },
    ),
    # 2.3 gradient_paraboloid, choose_settings
    *wrong(
        "2.3",
        "paraboloid.py",
        {
            "return 2.0 * position": {
                "return 2.0 * position.sum()": (
                    "one number; a gradient has one entry for each variable"
                ),
                "return position": "the derivative of x₀² is 2x₀",
            },
            "return 0.1, 50": {
                "return 1.0, 50": "The step size is too large",
                "return 0.001, 50": "does not get there",
            },
        },
    ),
    # 2.4 gradient_bumpy
    *wrong(
        "2.4",
        "bumpy.py",
        {
            "2 * x - 2 * np.pi * np.sin": {
                "2 * x + 2 * np.pi * np.sin": "The derivative of cos is −sin"
            },
            "2 * y + 2 * np.pi * np.cos": {
                "2 * y + np.cos": "The inner derivative 2π is missing in the second entry"
            },
        },
    ),
    # 2.5 momentum_descent
    *wrong(
        "2.5",
        "descent.py",
        {
            "velocity = momentum * velocity - step_size": {
                "velocity = velocity - step_size": (
                    "The old velocity is not multiplied by the momentum"
                ),
                "velocity = -step_size": "The velocity forgets its past",
                "velocity = momentum * velocity - (1 - momentum) * step_size": (
                    "The gradient has the factor ε alone"
                ),
            },
            "position = position + velocity": {
                "position = position - velocity": "The velocity already points downhill"
            },
            (
                "velocity = momentum * velocity - step_size * np.asarray(gradient(position))\n"
                "        position = position + velocity\n"
            ): {
                (
                    "slope = np.asarray(gradient(position))\n"
                    "        position = position + velocity\n"
                    "        velocity = momentum * velocity - step_size * slope\n"
                ): "Compute the new velocity first"
            },
        },
    ),
    # 2.6 function, gradient
    *wrong(
        "2.6",
        "autodiff.py",
        {
            "0.5 * jax.nn.relu(x)": {"0.5 * (x > 0)": "is a step, not relu"},
            "10.0 * jnp.tanh(": {"jnp.tanh(": "The factor 10 in front of tanh"},
            "jnp.tanh(safe_norm(position))": {
                "jnp.tanh(jnp.linalg.norm(position))": "The norm has no derivative at 0"
            },
            "return jax.grad(function)": {
                "return -jax.grad(function)": "The sign is wrong: the gradient points uphill",
                "return jax.value_and_grad(function)": "value_and_grad returns a pair",
            },
        },
    ),
    # 2.7 finite_difference
    *wrong(
        "2.7",
        "autodiff.py",
        {
            "function(position + h * e) - function(position - h * e)": {
                "function(h * e) - function(-h * e)": (
                    "You step from the origin, not from the position"
                ),
                "function(position + h) - function(position - h)": (
                    "You change all variables at once"
                ),
            },
            "return np.array(differences) / (2 * h)": {
                "return np.array(differences) / h": "The two points are 2h apart"
            },
            (
                "function(position + h * e) - function(position - h * e) for e in directions]\n"
                "    return np.array(differences) / (2 * h)"
            ): {
                (
                    "function(position + h * e) - function(position) for e in directions]\n"
                    "    return np.array(differences) / h"
                ): "You step to one side only"
            },
        },
    ),
    # 2.8 newton
    *wrong(
        "2.8",
        "autodiff.py",
        {
            "position - jnp.linalg.solve(curvature(position), slope(position))": {
                "position + jnp.linalg.solve(curvature(position), slope(position))": (
                    "The sign of the step is wrong"
                ),
                "position - curvature(position) @ slope(position)": "You multiply by the Hessian",
            },
        },
    ),
]
