"""Plausible mistakes of day 2, and the sentence that each must lead to."""

from introdl.authoring.mistakes import Mistake

MISTAKES = [
    # 2.1 derivative_parabola
    Mistake("2.1", "parabola.py", "return 2.0 * x", "return x * x", "the parabola itself"),
    Mistake("2.1", "parabola.py", "return 2.0 * x", "return x", "The factor 2 is missing"),
    # 2.2 gradient_descent
    Mistake(
        "2.2",
        "descent.py",
        "position = position - step_size * np.asarray(gradient(position))",
        "position -= step_size * np.asarray(gradient(position))",
        "All positions are one array that you change in place",
    ),
    Mistake(
        "2.2",
        "descent.py",
        "position = position - step_size",
        "position = position + step_size",
        "You walk along the gradient, so uphill",
    ),
    Mistake(
        "2.2",
        "descent.py",
        "positions = [position]\n    for _ in range(steps):\n        position = position - step",
        "positions = []\n    for _ in range(steps):\n        position = position - step",
        "The start position is missing",
    ),
    Mistake(
        "2.2",
        "descent.py",
        "position = position - step_size * np.asarray(gradient(position))",
        "position = position - step_size * np.asarray(gradient(start))",
        "always use the gradient at the start",
    ),
    # 2.3 gradient_paraboloid, choose_settings
    Mistake(
        "2.3",
        "paraboloid.py",
        "return 2.0 * position",
        "return 2.0 * position.sum()",
        "one number; a gradient has one entry for each variable",
    ),
    Mistake("2.3", "paraboloid.py", "return 2.0 * position", "return position", "The factor 2"),
    Mistake(
        "2.3", "paraboloid.py", "return 0.1, 50", "return 1.0, 50", "The step size is too large"
    ),
    Mistake("2.3", "paraboloid.py", "return 0.1, 50", "return 0.001, 50", "does not get there"),
    # 2.4 gradient_bumpy
    Mistake(
        "2.4",
        "bumpy.py",
        "2 * x - 2 * np.pi * np.sin",
        "2 * x + 2 * np.pi * np.sin",
        "The derivative of cos is −sin",
    ),
    Mistake(
        "2.4",
        "bumpy.py",
        "2 * y + 2 * np.pi * np.cos",
        "2 * y + np.cos",
        "The inner derivative 2π is missing",
    ),
    # 2.5 momentum_descent
    Mistake(
        "2.5",
        "descent.py",
        "velocity = momentum * velocity - step_size",
        "velocity = velocity - step_size",
        "The old velocity is not multiplied by the momentum",
    ),
    Mistake(
        "2.5",
        "descent.py",
        "velocity = momentum * velocity - step_size",
        "velocity = -step_size",
        "The velocity forgets its past",
    ),
    Mistake(
        "2.5",
        "descent.py",
        "position = position + velocity",
        "position = position - velocity",
        "The velocity already points downhill",
    ),
    Mistake(
        "2.5",
        "descent.py",
        """velocity = momentum * velocity - step_size * np.asarray(gradient(position))
        position = position + velocity
""",
        """slope = np.asarray(gradient(position))
        position = position + velocity
        velocity = momentum * velocity - step_size * slope
""",
        "Compute the new velocity first",
    ),
    Mistake(
        "2.5",
        "descent.py",
        "velocity = momentum * velocity - step_size",
        "velocity = momentum * velocity - (1 - momentum) * step_size",
        "The gradient has the factor ε alone",
    ),
    # 2.6 function, gradient
    Mistake(
        "2.6",
        "autodiff.py",
        "0.5 * jax.nn.relu(x)",
        "0.5 * (x > 0)",
        "is a step, not relu",
    ),
    Mistake(
        "2.6", "autodiff.py", "10.0 * jnp.tanh(", "jnp.tanh(", "The factor 10 in front of tanh"
    ),
    Mistake(
        "2.6",
        "autodiff.py",
        "jnp.tanh(safe_norm(position))",
        "jnp.tanh(jnp.linalg.norm(position))",
        "The norm has no derivative at 0",
    ),
    Mistake(
        "2.6",
        "autodiff.py",
        "return jax.grad(function)",
        "return -jax.grad(function)",
        "The sign is wrong: the gradient points uphill",
    ),
    Mistake(
        "2.6",
        "autodiff.py",
        "return jax.grad(function)",
        "return jax.value_and_grad(function)",
        "value_and_grad returns a pair",
    ),
    # 2.7 finite_difference
    Mistake(
        "2.7",
        "autodiff.py",
        "function(position + h * e) - function(position - h * e)",
        "function(h * e) - function(-h * e)",
        "You step from the origin, not from the position",
    ),
    Mistake(
        "2.7",
        "autodiff.py",
        "return np.array(differences) / (2 * h)",
        "return np.array(differences) / h",
        "The two points are 2h apart",
    ),
    Mistake(
        "2.7",
        "autodiff.py",
        "function(position + h * e) - function(position - h * e)",
        "function(position + h) - function(position - h)",
        "You change all variables at once",
    ),
    Mistake(
        "2.7",
        "autodiff.py",
        """function(position + h * e) - function(position - h * e) for e in directions]
    return np.array(differences) / (2 * h)""",
        """function(position + h * e) - function(position) for e in directions]
    return np.array(differences) / h""",
        "You step to one side only",
    ),
    # 2.8 newton
    Mistake(
        "2.8",
        "autodiff.py",
        "position - jnp.linalg.solve(curvature(position), slope(position))",
        "position + jnp.linalg.solve(curvature(position), slope(position))",
        "The sign of the step is wrong",
    ),
    Mistake(
        "2.8",
        "autodiff.py",
        "position - jnp.linalg.solve(curvature(position), slope(position))",
        "position - curvature(position) @ slope(position)",
        "You multiply by the Hessian",
    ),
]
