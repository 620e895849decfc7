"""Plausible mistakes of day 5, and the sentence that each must lead to."""

from introdl.authoring.mistakes import wrong

SIGMOID = "1.0 / (1.0 + jnp.exp(-x))"
ERROR = "0.5 * jnp.sum((output - target) ** 2)"
HIDDEN_ERROR = '(params["W2"].T @ output_error) * hidden * (1.0 - hidden)'
STEP = "params = {name: params[name] - learning_rate * slope[name] for name in params}"
HE = "jnp.sqrt(2 / inputs) * jax.random.normal(layer_key, (inputs, outputs))"

MISTAKES = [
    # 5.1 sigmoid, initialize, network, squared_error
    *wrong(
        "5.1",
        "denoise.py",
        {
            # The backward pass calls the sigmoid, so a wrong one costs both tasks.
            SIGMOID: {
                "1.0 / (1.0 + jnp.exp(x))": "The sign is wrong: σ(x)",
                "jnp.tanh(x)": "This is tanh",
            },
        },
        also=("5.2",),
    ),
    *wrong(
        "5.1",
        "denoise.py",
        {
            SIGMOID: {"jnp.exp(x) / (1.0 + jnp.exp(x))": "and ∞/∞ is NaN"},
            "(hidden, inputs)) / np.sqrt(inputs)": {
                "(hidden, inputs))": "The weights are not scaled; divide by √n"
            },
            "(inputs, hidden)) / np.sqrt(hidden)": {
                "(inputs, hidden)) / np.sqrt(inputs)": "inputs, not of its outputs"
            },
            "jax.random.normal(second, (inputs": {
                "jax.random.normal(first, (inputs": "Both matrices are drawn with the same key"
            },
            "first, second = jax.random.split(key)": {
                "first, second = jax.random.split(jax.random.key(0))": "do not depend on the key"
            },
            (
                'hidden = sigmoid(params["W1"] @ x + params["b"])\n    return params["W2"] @ hidden'
            ): {
                'hidden = sigmoid(params["W1"] @ x)\n    return params["W2"] @ hidden': (
                    "The bias b is missing"
                )
            },
            'return params["W2"] @ hidden': {
                'return sigmoid(params["W2"] @ hidden)': "No sigmoid around the output"
            },
            ERROR: {
                ERROR.replace("0.5 * ", ""): "The factor ½ is missing",
                ERROR.replace("sum", "mean"): "the cost is a sum",
            },
        },
    ),
    # 5.2 backward
    *wrong(
        "5.2",
        "denoise.py",
        {
            HIDDEN_ERROR: {
                HIDDEN_ERROR.replace(" * hidden * (1.0 - hidden)", ""): (
                    "The derivative of the sigmoid is missing"
                ),
                HIDDEN_ERROR.replace("1.0 - hidden", "1.0 + hidden"): "not h (1 + h)",
            },
            "output_error = output - y": {
                "output_error = y - output": "The sign is wrong: δ₂ = o − y",
                "output_error = 2 * (output - y)": "δ₂ = o − y without a 2",
            },
            "jnp.outer(hidden_error, x)": {
                "jnp.outer(x, hidden_error)": "W1 is the wrong way round: rows belong"
            },
        },
    ),
    # 5.3 train
    *wrong(
        "5.3",
        "denoise.py",
        {
            STEP: {
                STEP.replace("] - l", "] + l"): "You walk uphill; use θ − ε ∇C",
                STEP.replace("learning_rate * ", ""): "The step size ε is missing",
            },
            f"{STEP}\n    return params": {
                f"{STEP}\n        return params": "after the first signal"
            },
            (
                f"    for x, y in zip(noisy, clean, strict=True):\n"
                f"        slope = gradient(params, x, y)\n"
                f"        {STEP}"
            ): {
                (
                    f"    first = params\n"
                    f"    for x, y in zip(noisy, clean, strict=True):\n"
                    f"        slope = gradient(first, x, y)\n"
                    f"        {STEP}"
                ): "compute each gradient with the first parameters"
            },
        },
    ),
    # 5.4 normalize, initialize_network, forward
    *wrong(
        "5.4",
        "mnist.py",
        {
            (
                "tuple((images.astype(np.float32) - mean) / deviation for images in "
                "(train, *others))"
            ): {
                (
                    "tuple(((images - images.mean()) / images.std()).astype(np.float32)\n"
                    "                 for images in (train, *others))"
                ): "Each set is scaled by its own mean",
                "tuple(images.astype(np.float32) / 255 for images in (train, *others))": (
                    "This divides by 255"
                ),
                "tuple((images - train.mean()) / train.std() for images in (train, *others))": (
                    "64 bits take twice the memory"
                ),
            },
            "np.float32(train.mean()), np.float32(train.std())": {
                "train.astype(np.float32).mean(0), train.astype(np.float32).std(0) + 1e-8": (
                    "Use one mean for all pixels together"
                )
            },
            HE: {
                HE.replace("jnp.sqrt(2 / inputs)", "1.0"): "multiply by √(2/n)",
                HE.replace("2 / inputs", "1 / inputs"): "The factor 2 is missing",
            },
            "jax.random.normal(layer_key, (inputs": {
                "jax.random.normal(key, (inputs": "Two layers have the same weights"
            },
            'return x @ params[-1]["weight"] + params[-1]["bias"]': {
                'return jax.nn.relu(x @ params[-1]["weight"] + params[-1]["bias"])': (
                    "The last layer has no relu"
                ),
                'return jax.nn.softmax(x @ params[-1]["weight"] + params[-1]["bias"])': (
                    "the softmax is a part of the cross-entropy"
                ),
            },
            'x = jax.nn.relu(x @ layer["weight"] + layer["bias"])': {
                'x = x @ layer["weight"] + layer["bias"]': "There is no relu between the layers"
            },
        },
    ),
    # 5.5 cross_entropy
    *wrong(
        "5.5",
        "mnist.py",
        {
            "shifted = logits - logits.max(axis=1, keepdims=True)": {
                "shifted = logits": "subtract each row's maximum first"
            },
            "return jnp.mean(log_sum - of_true_class)": {
                "return -jnp.mean(jnp.log(jnp.exp(of_true_class - log_sum) + 1e-8))": (
                    "A logarithm that is cut off hides large losses"
                ),
                "return jnp.sum(log_sum - of_true_class)": "This is the sum over the batch",
                "return jnp.mean(of_true_class - log_sum)": "a loss is positive",
            },
        },
    ),
    # 5.6 accuracy, sgd_step
    *wrong(
        "5.6",
        "mnist.py",
        {
            "jnp.mean(logits.argmax(axis=1) == labels)": {
                "jnp.mean(logits.argmax(axis=1) != labels)": "This is the error rate",
                "jnp.sum(logits.argmax(axis=1) == labels)": "divide by the batch",
            },
            "lambda p, g: p - learning_rate * g, params, gradients": {
                "lambda p, g: p + learning_rate * g, params, gradients": (
                    "You walk uphill; use p − ε g"
                ),
                "lambda p, g: np.subtract(p, learning_rate * g, out=p), params, gradients": (
                    "changed its argument"
                ),
                "lambda p, g: p - g, params, gradients": "The learning rate is missing",
            },
        },
    ),
    # 5.7 minibatches, train_epoch
    *wrong(
        "5.7",
        "mnist.py",
        {
            "order = jax.random.permutation(key, count)": {
                "order = jnp.arange(count)": "The order is not random",
                "order = jax.random.randint(key, (count,), 0, count)": "Some image comes twice",
            },
            "return order[: steps * batch_size].reshape(steps, batch_size)": {
                (
                    "return jax.random.permutation(key, "
                    "jnp.arange(steps * batch_size).reshape(steps, -1))"
                ): "Only the minibatches' order is random"
            },
            "(params, images[batch], labels[batch])": {
                "(params, images, labels)": "Each step must use its minibatch only"
            },
            "return update(params, gradients, learning_rate), value": {
                "return params, value": "each step must pass its new ones on to the next"
            },
            '@partial(jax.jit, static_argnames=("loss", "update"))\ndef train_epoch(': {
                "def train_epoch(": "Each epoch is compiled anew"
            },
            "return jax.lax.scan(step, params, batches)": {
                (
                    "values = []\n"
                    "    for batch in batches:\n"
                    "        params, value = step(params, batch)\n"
                    "        values.append(value)\n"
                    "    return params, jnp.stack(values)"
                ): "let jax.lax.scan loop over them"
            },
        },
    ),
]
