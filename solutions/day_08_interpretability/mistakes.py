"""Plausible mistakes of day 8, and the sentence that each must lead to."""

from introdl.authoring.mistakes import wrong

MISTAKES = [
    # 8.1 linear_logits, decayed_loss, train_epoch, class_templates
    *wrong(
        "8.1",
        "linear.py",
        {
            'return rows @ params["W"] + params["b"]': {
                'return rows @ params["W"]': "The bias b is missing",
                'return jax.nn.softmax(rows @ params["W"] + params["b"])': (
                    "These are probabilities"
                ),
            },
            "return cost + 0.5 * decay": {"return cost + decay": "The factor ½ is missing"},
            'jnp.sum(params["W"] ** 2)': {
                "sum(jnp.sum(p**2) for p in params.values())": "The bias is not punished"
            },
            "return sgd_step(params, gradients, learning_rate), None": {
                "return sgd_step(params, gradients, -learning_rate), None": "You walk uphill"
            },
            "return jax.lax.scan(step, params, batches)[0]": {
                "return step(params, batches[0])[0]": "Only the first minibatch is used"
            },
            'params["W"].T.reshape(DIGITS, SIDE, SIDE)': {
                'params["W"].reshape(DIGITS, SIDE, SIDE)': "transpose before you reshape",
                'params["W"].reshape(SIDE, SIDE, DIGITS)': "The digits are the first axis",
            },
        },
    ),
    # 8.2 saliency_map, saliency_maps
    *wrong(
        "8.2",
        "saliency.py",
        {
            "return jnp.abs(jax.grad(logit)(image))": {
                "return jax.grad(logit)(image)": "The absolute value is missing."
            },
            "return forward(params, image[None])[0, label]\n\n    return jnp.abs(jax.grad": {
                "return forward(params, image[None]).sum()\n\n    return jnp.abs(jax.grad": (
                    "the sum of all logits"
                ),
                (
                    "return jax.nn.softmax(forward(params, image[None])[0])[label]\n"
                    "\n"
                    "    return jnp.abs(jax.grad"
                ): "You differentiate the probability",
            },
            "return jax.vmap(one)(images, labels)": {
                "return jax.vmap(lambda image: one(image, labels[0]))(images)": (
                    "All maps are for the first label"
                ),
                "return jax.vmap(one)(images, labels).mean(0)": "This is the mean of the maps",
            },
        },
    ),
    # 8.3 smooth_grad
    *wrong(
        "8.3",
        "saliency.py",
        {
            "image + noise * jax.random.normal(key, (samples, *image.shape))": {
                "image + jax.random.normal(key, (samples, *image.shape))": (
                    "The noise has the wrong size"
                )
            },
            "return jnp.abs(gradients.mean(0))": {
                "return gradients.mean(0)": "The absolute value is missing: of the mean"
            },
            "jax.random.normal(key, (samples": {
                "jax.random.uniform(key, (samples": "The noise must be normal"
            },
        },
    ),
    # 8.4 roughness, objective, optimize_input
    *wrong(
        "8.4",
        "input_optimization.py",
        {
            "return jnp.sum(down**2) + jnp.sum(right**2)": {
                "return jnp.sum(down**2)": "do it beside each other, too",
                "return jnp.sum(jnp.abs(down)) + jnp.sum(jnp.abs(right))": (
                    "Take the squares of the differences"
                ),
            },
            "return logit - smoothness * roughness(image) - ink": {
                "return logit + smoothness * roughness(image) + ink": (
                    "Roughness and ink cost something"
                )
            },
            " - ink * jnp.sum(image**2)": {"": "The ink is missing"},
            "image + step_size * gradient / norm": {
                "image - step_size * gradient / norm": "You walk downhill",
                "image + step_size * gradient": "The gradient is not divided by its length",
            },
            "jnp.clip(image + step_size * gradient / norm, 0.0, 1.0)": {
                "image + step_size * gradient / norm": "Pixels must stay between 0 and 1"
            },
            "jnp.maximum(jnp.sqrt(jnp.sum(gradient**2)), 1e-12)": {
                "jnp.sqrt(jnp.sum(gradient**2))": "0 / 0 is NaN"
            },
        },
    ),
    # 8.5 integrated_gradients
    *wrong(
        "8.5",
        "integrated_gradients.py",
        {
            "return (image - baseline) * total / steps": {
                "return (image - baseline) * total": "The factor 1/m is missing",
                "return total / steps": "The factor x − x′ is missing",
            },
            "alphas = (jnp.arange(steps) + 0.5) / steps": {
                "alphas = jnp.arange(steps) / steps": "The points are at the left ends"
            },
            "baseline + alpha * (image - baseline)": {"alpha * image": "The line begins at 0"},
        },
    ),
    # 8.6 attributions, average_per_digit
    *wrong(
        "8.6",
        "integrated_gradients.py",
        {
            "parts = chunks(len(images), chunk)": {
                "parts = list(chunks(len(images), chunk))[:-1]": "The last chunk is missing"
            },
            "many = jax.jit(jax.vmap(attribute))": {
                (
                    "def many(x, y):\n"
                    "        return jax.jit(jax.vmap(lambda a, b: attribute(a, b)))(x, y)"
                ): "Each chunk is traced anew"
            },
            "attributions[labels == digit].mean(axis=0)": {
                "attributions[labels == digit].sum(axis=0)": "This is the sum for each digit",
                "np.abs(attributions[labels == digit]).mean(axis=0)": "without an absolute value",
            },
        },
    ),
]
