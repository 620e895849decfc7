"""Plausible mistakes of day 8, and the sentence that each must lead to."""

from introdl.authoring.mistakes import Mistake

LINEAR, SALIENCY = "linear.py", "saliency.py"
OPTIMIZE, INTEGRATE = "input_optimization.py", "integrated_gradients.py"

MISTAKES = [
    # 8.1 linear_logits, decayed_loss, train_epoch, class_templates
    Mistake(
        "8.1",
        LINEAR,
        'return rows @ params["W"] + params["b"]',
        'return rows @ params["W"]',
        "The bias b is missing",
    ),
    Mistake(
        "8.1",
        LINEAR,
        'return rows @ params["W"] + params["b"]',
        'return jax.nn.softmax(rows @ params["W"] + params["b"])',
        "These are probabilities",
    ),
    Mistake(
        "8.1",
        LINEAR,
        "return cost + 0.5 * decay",
        "return cost + decay",
        "The factor ½ is missing",
    ),
    Mistake(
        "8.1",
        LINEAR,
        'jnp.sum(params["W"] ** 2)',
        "sum(jnp.sum(p**2) for p in params.values())",
        "The bias is not punished",
    ),
    Mistake(
        "8.1",
        LINEAR,
        "return sgd_step(params, gradients, learning_rate), None",
        "return sgd_step(params, gradients, -learning_rate), None",
        "You walk uphill",
    ),
    Mistake(
        "8.1",
        LINEAR,
        "return jax.lax.scan(step, params, batches)[0]",
        "return step(params, batches[0])[0]",
        "Only the first minibatch is used",
    ),
    Mistake(
        "8.1",
        LINEAR,
        'params["W"].T.reshape(DIGITS, SIDE, SIDE)',
        'params["W"].reshape(DIGITS, SIDE, SIDE)',
        "transpose before you reshape",
    ),
    Mistake(
        "8.1",
        LINEAR,
        'params["W"].T.reshape(DIGITS, SIDE, SIDE)',
        'params["W"].reshape(SIDE, SIDE, DIGITS)',
        "The digits are the first axis",
    ),
    # 8.2 saliency_map, saliency_maps
    Mistake(
        "8.2",
        SALIENCY,
        "return jnp.abs(jax.grad(logit)(image))",
        "return jax.grad(logit)(image)",
        "The absolute value is missing",
    ),
    Mistake(
        "8.2",
        SALIENCY,
        "return forward(params, image[None])[0, label]\n\n    return jnp.abs(jax.grad",
        "return forward(params, image[None]).sum()\n\n    return jnp.abs(jax.grad",
        "the sum of all logits",
    ),
    Mistake(
        "8.2",
        SALIENCY,
        "return forward(params, image[None])[0, label]\n\n    return jnp.abs(jax.grad",
        "return jax.nn.softmax(forward(params, image[None])[0])[label]\n\n"
        "    return jnp.abs(jax.grad",
        "You differentiate the probability",
    ),
    Mistake(
        "8.2",
        SALIENCY,
        "return jax.vmap(one)(images, labels)",
        "return jax.vmap(lambda image: one(image, labels[0]))(images)",
        "All maps are for the first label",
    ),
    Mistake(
        "8.2",
        SALIENCY,
        "return jax.vmap(one)(images, labels)",
        "return jax.vmap(one)(images, labels).mean(0)",
        "This is the mean of the maps",
    ),
    # 8.3 smooth_grad
    Mistake(
        "8.3",
        SALIENCY,
        "image + noise * jax.random.normal(key, (samples, *image.shape))",
        "image + jax.random.normal(key, (samples, *image.shape))",
        "The noise has the wrong size",
    ),
    Mistake(
        "8.3",
        SALIENCY,
        "return jnp.abs(gradients.mean(0))",
        "return gradients.mean(0)",
        "The absolute value is missing",
    ),
    Mistake(
        "8.3",
        SALIENCY,
        "jax.random.normal(key, (samples",
        "jax.random.uniform(key, (samples",
        "The noise must be normal",
    ),
    # 8.4 roughness, objective, optimize_input
    Mistake(
        "8.4",
        OPTIMIZE,
        "return jnp.sum(down**2) + jnp.sum(right**2)",
        "return jnp.sum(down**2)",
        "do it beside each other, too",
    ),
    Mistake(
        "8.4",
        OPTIMIZE,
        "return jnp.sum(down**2) + jnp.sum(right**2)",
        "return jnp.sum(jnp.abs(down)) + jnp.sum(jnp.abs(right))",
        "Take the squares of the differences",
    ),
    Mistake(
        "8.4",
        OPTIMIZE,
        "return logit - smoothness * roughness(image) - ink",
        "return logit + smoothness * roughness(image) + ink",
        "Roughness and ink cost something",
    ),
    Mistake(
        "8.4",
        OPTIMIZE,
        " - ink * jnp.sum(image**2)",
        "",
        "The ink is missing",
    ),
    Mistake(
        "8.4",
        OPTIMIZE,
        "image + step_size * gradient / norm",
        "image - step_size * gradient / norm",
        "You walk downhill",
    ),
    Mistake(
        "8.4",
        OPTIMIZE,
        "image + step_size * gradient / norm",
        "image + step_size * gradient",
        "The gradient is not divided by its length",
    ),
    Mistake(
        "8.4",
        OPTIMIZE,
        "jnp.clip(image + step_size * gradient / norm, 0.0, 1.0)",
        "image + step_size * gradient / norm",
        "Pixels must stay between 0 and 1",
    ),
    Mistake(
        "8.4",
        OPTIMIZE,
        "jnp.maximum(jnp.sqrt(jnp.sum(gradient**2)), 1e-12)",
        "jnp.sqrt(jnp.sum(gradient**2))",
        "0 / 0 is NaN",
    ),
    # 8.5 integrated_gradients
    Mistake(
        "8.5",
        INTEGRATE,
        "return (image - baseline) * total / steps",
        "return (image - baseline) * total",
        "The factor 1/m is missing",
    ),
    Mistake(
        "8.5",
        INTEGRATE,
        "alphas = (jnp.arange(steps) + 0.5) / steps",
        "alphas = jnp.arange(steps) / steps",
        "The points are at the left ends",
    ),
    Mistake(
        "8.5",
        INTEGRATE,
        "return (image - baseline) * total / steps",
        "return total / steps",
        "The factor x − x′ is missing",
    ),
    Mistake(
        "8.5",
        INTEGRATE,
        "baseline + alpha * (image - baseline)",
        "alpha * image",
        "The line begins at 0",
    ),
    # 8.6 attributions, average_per_digit
    Mistake(
        "8.6",
        INTEGRATE,
        "parts = chunks(len(images), chunk)",
        "parts = list(chunks(len(images), chunk))[:-1]",
        "The last chunk is missing",
    ),
    Mistake(
        "8.6",
        INTEGRATE,
        "many = jax.jit(jax.vmap(attribute))",
        "def many(x, y):\n        return jax.jit(jax.vmap(lambda a, b: attribute(a, b)))(x, y)",
        "Each chunk is traced anew",
    ),
    Mistake(
        "8.6",
        INTEGRATE,
        "attributions[labels == digit].mean(axis=0)",
        "attributions[labels == digit].sum(axis=0)",
        "This is the sum for each digit",
    ),
    Mistake(
        "8.6",
        INTEGRATE,
        "attributions[labels == digit].mean(axis=0)",
        "np.abs(attributions[labels == digit]).mean(axis=0)",
        "without an absolute value",
    ),
]
