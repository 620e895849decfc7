"""Plausible mistakes of day 5, and the sentence that each must lead to."""

from introdl.authoring.mistakes import Mistake

# The backward pass calls the sigmoid, so a wrong one costs both tasks.
SIGMOID = "1.0 / (1.0 + jnp.exp(-x))"
ERROR = "0.5 * jnp.sum((output - target) ** 2)"
HIDDEN_ERROR = '(params["W2"].T @ output_error) * hidden * (1.0 - hidden)'
STEP = "params = {name: params[name] - learning_rate * slope[name] for name in params}"
SCALED = "tuple((images.astype(np.float32) - mean) / deviation for images in (train, *others))"
HE = "jnp.sqrt(2 / inputs) * jax.random.normal(layer_key, (inputs, outputs))"
ORDER = "order = jax.random.permutation(key, count)"
SCAN = "return jax.lax.scan(step, params, batches)"

MISTAKES = [
    # 5.1 sigmoid, initialize, network, squared_error
    Mistake(
        "5.1", "denoise.py", SIGMOID, "1.0 / (1.0 + jnp.exp(x))", "The sign is wrong", ("5.2",)
    ),
    Mistake("5.1", "denoise.py", SIGMOID, "jnp.tanh(x)", "This is tanh", ("5.2",)),
    Mistake("5.1", "denoise.py", SIGMOID, "jnp.exp(x) / (1.0 + jnp.exp(x))", "and ∞/∞ is NaN"),
    Mistake(
        "5.1",
        "denoise.py",
        "(hidden, inputs)) / np.sqrt(inputs)",
        "(hidden, inputs))",
        "The weights are not scaled",
    ),
    Mistake(
        "5.1",
        "denoise.py",
        "(inputs, hidden)) / np.sqrt(hidden)",
        "(inputs, hidden)) / np.sqrt(inputs)",
        "inputs, not of its outputs",
    ),
    Mistake(
        "5.1",
        "denoise.py",
        "jax.random.normal(second, (inputs",
        "jax.random.normal(first, (inputs",
        "Both matrices are drawn with the same key",
    ),
    Mistake(
        "5.1",
        "denoise.py",
        "first, second = jax.random.split(key)",
        "first, second = jax.random.split(jax.random.key(0))",
        "do not depend on the key",
    ),
    Mistake(
        "5.1",
        "denoise.py",
        'hidden = sigmoid(params["W1"] @ x + params["b"])\n    return params["W2"] @ hidden',
        'hidden = sigmoid(params["W1"] @ x)\n    return params["W2"] @ hidden',
        "The bias b is missing",
    ),
    Mistake(
        "5.1",
        "denoise.py",
        'return params["W2"] @ hidden',
        'return sigmoid(params["W2"] @ hidden)',
        "No sigmoid around the output",
    ),
    Mistake("5.1", "denoise.py", ERROR, ERROR.replace("0.5 * ", ""), "The factor ½ is missing"),
    Mistake("5.1", "denoise.py", ERROR, ERROR.replace("sum", "mean"), "the cost is a sum"),
    # 5.2 backward
    Mistake(
        "5.2",
        "denoise.py",
        HIDDEN_ERROR,
        HIDDEN_ERROR.replace(" * hidden * (1.0 - hidden)", ""),
        "The derivative of the sigmoid is missing",
    ),
    Mistake(
        "5.2",
        "denoise.py",
        "output_error = output - y",
        "output_error = y - output",
        "The sign is wrong: δ₂ = o − y",
    ),
    Mistake(
        "5.2",
        "denoise.py",
        "output_error = output - y",
        "output_error = 2 * (output - y)",
        "δ₂ = o − y without a 2",
    ),
    Mistake(
        "5.2",
        "denoise.py",
        HIDDEN_ERROR,
        HIDDEN_ERROR.replace("1.0 - hidden", "1.0 + hidden"),
        "not h (1 + h)",
    ),
    Mistake(
        "5.2",
        "denoise.py",
        "jnp.outer(hidden_error, x)",
        "jnp.outer(x, hidden_error)",
        "W1 is the wrong way round",
    ),
    # 5.3 train
    Mistake("5.3", "denoise.py", STEP, STEP.replace("] - l", "] + l"), "You walk uphill"),
    Mistake(
        "5.3",
        "denoise.py",
        STEP,
        STEP.replace("learning_rate * ", ""),
        "The step size ε is missing",
    ),
    Mistake(
        "5.3",
        "denoise.py",
        f"{STEP}\n    return params",
        f"{STEP}\n        return params",
        "after the first signal",
    ),
    Mistake(
        "5.3",
        "denoise.py",
        f"    for x, y in zip(noisy, clean, strict=True):\n        slope = gradient(params, x, y)\n"
        f"        {STEP}",
        f"    first = params\n    for x, y in zip(noisy, clean, strict=True):\n"
        f"        slope = gradient(first, x, y)\n        {STEP}",
        "compute each gradient with the first parameters",
    ),
    # 5.4 normalize, initialize_network, forward
    Mistake(
        "5.4",
        "mnist.py",
        SCALED,
        "tuple(((images - images.mean()) / images.std()).astype(np.float32)\n"
        "                 for images in (train, *others))",
        "Each set is scaled by its own mean",
    ),
    Mistake(
        "5.4",
        "mnist.py",
        SCALED,
        "tuple(images.astype(np.float32) / 255 for images in (train, *others))",
        "This divides by 255",
    ),
    Mistake(
        "5.4",
        "mnist.py",
        SCALED,
        "tuple((images - train.mean()) / train.std() for images in (train, *others))",
        "64 bits take twice the memory",
    ),
    Mistake(
        "5.4",
        "mnist.py",
        "np.float32(train.mean()), np.float32(train.std())",
        "train.astype(np.float32).mean(0), train.astype(np.float32).std(0) + 1e-8",
        "Use one mean for all pixels together",
    ),
    Mistake(
        "5.4",
        "mnist.py",
        HE,
        HE.replace("jnp.sqrt(2 / inputs)", "1.0"),
        "multiply by √(2/n)",
    ),
    Mistake(
        "5.4", "mnist.py", HE, HE.replace("2 / inputs", "1 / inputs"), "The factor 2 is missing"
    ),
    Mistake(
        "5.4",
        "mnist.py",
        "jax.random.normal(layer_key, (inputs",
        "jax.random.normal(key, (inputs",
        "Two layers have the same weights",
    ),
    Mistake(
        "5.4",
        "mnist.py",
        'return x @ params[-1]["weight"] + params[-1]["bias"]',
        'return jax.nn.relu(x @ params[-1]["weight"] + params[-1]["bias"])',
        "The last layer has no relu",
    ),
    Mistake(
        "5.4",
        "mnist.py",
        'x = jax.nn.relu(x @ layer["weight"] + layer["bias"])',
        'x = x @ layer["weight"] + layer["bias"]',
        "There is no relu between the layers",
    ),
    Mistake(
        "5.4",
        "mnist.py",
        'return x @ params[-1]["weight"] + params[-1]["bias"]',
        'return jax.nn.softmax(x @ params[-1]["weight"] + params[-1]["bias"])',
        "the softmax is a part of the cross-entropy",
    ),
    # 5.5 cross_entropy
    Mistake(
        "5.5",
        "mnist.py",
        "shifted = logits - logits.max(axis=1, keepdims=True)",
        "shifted = logits",
        "subtract each row's maximum first",
    ),
    Mistake(
        "5.5",
        "mnist.py",
        "return jnp.mean(log_sum - of_true_class)",
        "return -jnp.mean(jnp.log(jnp.exp(of_true_class - log_sum) + 1e-8))",
        "A logarithm that is cut off hides large losses",
    ),
    Mistake(
        "5.5",
        "mnist.py",
        "return jnp.mean(log_sum - of_true_class)",
        "return jnp.sum(log_sum - of_true_class)",
        "This is the sum over the batch",
    ),
    Mistake(
        "5.5",
        "mnist.py",
        "return jnp.mean(log_sum - of_true_class)",
        "return jnp.mean(of_true_class - log_sum)",
        "a loss is positive",
    ),
    # 5.6 accuracy, sgd_step
    Mistake(
        "5.6",
        "mnist.py",
        "jnp.mean(logits.argmax(axis=1) == labels)",
        "jnp.mean(logits.argmax(axis=1) != labels)",
        "This is the error rate",
    ),
    Mistake(
        "5.6",
        "mnist.py",
        "jnp.mean(logits.argmax(axis=1) == labels)",
        "jnp.sum(logits.argmax(axis=1) == labels)",
        "divide by the batch",
    ),
    Mistake(
        "5.6",
        "mnist.py",
        "lambda p, g: p - learning_rate * g, params, gradients",
        "lambda p, g: p + learning_rate * g, params, gradients",
        "You walk uphill",
    ),
    Mistake(
        "5.6",
        "mnist.py",
        "lambda p, g: p - learning_rate * g, params, gradients",
        "lambda p, g: np.subtract(p, learning_rate * g, out=p), params, gradients",
        "changed its argument 1 in place",
    ),
    Mistake(
        "5.6",
        "mnist.py",
        "lambda p, g: p - learning_rate * g, params, gradients",
        "lambda p, g: p - g, params, gradients",
        "The learning rate is missing",
    ),
    # 5.7 minibatches, train_epoch
    Mistake(
        "5.7",
        "mnist.py",
        ORDER,
        "order = jnp.arange(count)",
        "The order is not random",
    ),
    Mistake(
        "5.7",
        "mnist.py",
        ORDER,
        "order = jax.random.randint(key, (count,), 0, count)",
        "Some image comes twice",
    ),
    Mistake(
        "5.7",
        "mnist.py",
        "return order[: steps * batch_size].reshape(steps, batch_size)",
        "return jax.random.permutation(key, jnp.arange(steps * batch_size).reshape(steps, -1))",
        "Only the minibatches' order is random",
    ),
    Mistake(
        "5.7",
        "mnist.py",
        "(params, images[batch], labels[batch])",
        "(params, images, labels)",
        "Each step must use its minibatch only",
    ),
    Mistake(
        "5.7",
        "mnist.py",
        "return update(params, gradients, learning_rate), value",
        "return params, value",
        "each step must pass its new ones on to the next",
    ),
    Mistake(
        "5.7",
        "mnist.py",
        '@partial(jax.jit, static_argnames=("loss", "update"))\ndef train_epoch(',
        "def train_epoch(",
        "Each epoch is compiled anew",
    ),
    Mistake(
        "5.7",
        "mnist.py",
        SCAN,
        "values = []\n    for batch in batches:\n        params, value = step(params, batch)\n"
        "        values.append(value)\n    return params, jnp.stack(values)",
        "let jax.lax.scan loop over them",
    ),
]
