"""Plausible mistakes of day 7, and the sentence that each must lead to."""

from introdl.authoring.mistakes import wrong

VELOCITY = "lambda v, g: momentum * v - learning_rate * g, velocity, gradients"
MOVE = "return jax.tree.map(lambda p, v: p + v, params, velocity), velocity"
MEAN = "lambda m, g: FIRST * m + (1 - FIRST) * g, moments"
SQUARE = "lambda v, g: SECOND * v + (1 - SECOND) * g**2, moments"
HATS = "m_hat, v_hat = m / (1 - FIRST**steps), v / (1 - SECOND**steps)"
STAYS = "stays = jax.random.bernoulli(key, 1 - rate, jnp.shape(x))"
BETTER = "self.best_loss, self.best_params = loss, params"
POWER = "power = mean_pool(y**2, POOL, STRIDE)"
LOGITS = 'return features.reshape(len(x), -1) @ params["weight"] + params["weight_bias"]'

MISTAKES = [
    # 7.1 momentum_update
    *wrong(
        "7.1",
        "optimizers.py",
        {
            VELOCITY: {
                VELOCITY.replace("v -", "v +"): "You walk uphill: v ← α v − ε g",
                VELOCITY.replace("momentum * v", "v"): "The old velocity counts in full",
                VELOCITY.replace("learning_rate * g", "(1 - momentum) * learning_rate * g"): (
                    "not ε (1 − α)"
                ),
            },
            f"velocity = jax.tree.map({VELOCITY})\n    {MOVE}": {
                (
                    "velocity = jax.tree.map(lambda v, g: momentum * v + g, velocity, gradients)\n"
                    "    return jax.tree.map(lambda p, v: p - learning_rate * v, params, "
                    "velocity), velocity"
                ): "The step size belongs into the velocity"
            },
            MOVE: {
                "return velocity, jax.tree.map(lambda p, v: p + v, params, velocity)": (
                    "first the parameters, then the velocity"
                )
            },
        },
    ),
    # 7.2 adam_update
    *wrong(
        "7.2",
        "optimizers.py",
        {
            HATS: {
                "m_hat, v_hat = m, v": "The bias correction is missing",
                "m_hat, v_hat = m / (1 - FIRST), v / (1 - SECOND)": (
                    "The bias correction has the power t"
                ),
            },
            SQUARE: {SQUARE.replace("g**2", "g"): "v is the running mean of the squares"},
            MEAN: {MEAN.replace("(1 - FIRST) * g", "g"): "the factor 1 − β₁"},
            "return p - learning_rate * m_hat / (jnp.sqrt(v_hat) + SMALL)": {
                "return p - learning_rate * m_hat / jnp.sqrt(v_hat + SMALL)": (
                    "The small number stands behind the root"
                ),
                "return p - learning_rate * m_hat / (v_hat + SMALL)": (
                    "The square root of v̂ is missing"
                ),
            },
        },
    ),
    *wrong(
        "7.2",
        "optimizers.py",
        {
            HATS: {
                HATS.replace("FIRST**steps", 'FIRST**moments["steps"]').replace(
                    "SECOND**steps", 'SECOND**moments["steps"]'
                ): "count this step first"
            },
            'return params, {"steps": steps, "mean": mean, "square": square}': {
                'return params, {"steps": moments["steps"], "mean": mean, "square": square}': (
                    "Count the steps"
                )
            },
        },
        also=("7.3",),
    ),
    # 7.3 adamw_update
    *wrong(
        "7.3",
        "optimizers.py",
        {
            (
                "stepped, moments = adam_update(params, moments, gradients, learning_rate)\n"
                "    decay = learning_rate * weight_decay\n"
                "    return jax.tree.map(lambda new, old: new - decay * old, stepped, params), "
                "moments"
            ): {
                (
                    "gradients = jax.tree.map("
                    "lambda g, p: g + weight_decay * p, gradients, params)\n"
                    "    return adam_update(params, moments, gradients, learning_rate)"
                ): "The decay went through the gradients"
            },
            "decay = learning_rate * weight_decay": {
                "decay = weight_decay": "The decay, too, is multiplied by the learning rate"
            },
            "lambda new, old: new - decay * old, stepped, params": {
                "lambda new: new - decay * new, stepped": "the old parameters, not the new ones"
            },
            "new - decay * old": {"new + decay * old": "The sign is wrong"},
        },
    ),
    # 7.4 dropout
    *wrong(
        "7.4",
        "optimizers.py",
        {
            "return jnp.where(stays, x / (1 - rate), 0.0)": {
                "return jnp.where(stays, x, 0.0)": "The values that stay are not scaled",
                "return jnp.where(stays, x / rate, 0.0)": "You divide by the rate",
            },
            STAYS: {
                STAYS.replace("1 - rate", "rate"): "`rate` is the probability of a zero",
                STAYS.replace("jnp.shape(x)", "jnp.shape(x)[-1:]"): (
                    "you draw once for a whole row or column"
                ),
                STAYS.replace("(key,", "(jax.random.key(0),"): (
                    "The zeros do not depend on the key"
                ),
            },
        },
    ),
    # 7.5 EarlyStopping.update
    *wrong(
        "7.5",
        "optimizers.py",
        {
            f"{BETTER}\n            self.waited = 0": {
                BETTER: "Begin to wait anew after each progress"
            },
            "self.waited >= self.patience": {
                "self.waited > self.patience": "You stop one epoch too late"
            },
            "if loss < self.best_loss:": {
                "if loss <= self.best_loss:": "only equal to the best one is no progress"
            },
            f"if loss < self.best_loss:\n            {BETTER}": {
                (
                    "self.best_params = params\n"
                    "        if loss < self.best_loss:\n"
                    "            self.best_loss = loss"
                ): "These are the last parameters; keep"
            },
        },
    ),
    # 7.6 adjust_dimensions, initialize, compose, mean_pool, forward
    *wrong(
        "7.6",
        "brain_decoder.py",
        {
            "return jnp.asarray(trials, jnp.float32).swapaxes(1, 2)": {
                (
                    "return jnp.asarray(trials, jnp.float32).reshape(\n"
                    "        len(trials), trials.shape[2], trials.shape[1])"
                ): "reshape mixes the samples of different sensors",
                "return np.asarray(trials, float).swapaxes(1, 2)": "Make it float32",
            },
            "/ np.sqrt(sensors * FILTERS)": {
                "/ np.sqrt(sensors)": "from all sensors and all filters",
                "/ (sensors * FILTERS)": "You divide by n",
            },
            "jax.random.normal(third, (features": {
                "jax.random.normal(first, (features": "Two arrays are drawn with the same key"
            },
            '"tf,sfo->tso"': {
                '"tf,sfo->sto"': "(taps, sensors, outputs)",
                '"tf,sfo->tsfo"': "Sum over the temporal filters",
            },
            "((starts <= time) & (time < starts + size)) / size": {
                "1.0 * ((starts <= time) & (time < starts + size))": (
                    "This is the sum of each window"
                )
            },
            "starts = stride * jnp.arange((samples - size) // stride + 1)": {
                "starts = stride * jnp.arange((samples - size) // stride)": "A window is missing",
                "starts = size * jnp.arange(samples // size)": (
                    "Each window begins `stride` samples behind"
                ),
            },
            POWER: {
                POWER.replace("y**2", "y"): "The square is missing",
                "power = mean_pool(y, POOL, STRIDE) ** 2": "Square first, then take the mean",
            },
            "features = drop(jnp.log(jnp.maximum(power, SMALLEST)))": {
                "features = drop(power)": "The logarithm is missing",
                "features = drop(jnp.log(power))": "log 0 is −∞: take the logarithm of",
                "features = jnp.log(jnp.maximum(power, SMALLEST))": "`drop` is not used",
            },
            'y = convolve(x, kernel) + params["bias"]': {
                "y = convolve(x, kernel)": "The bias behind the convolutions is missing"
            },
            LOGITS: {
                LOGITS.replace("return ", "return jax.nn.softmax(") + ")": (
                    "the softmax is a part of the cross-entropy"
                )
            },
        },
    ),
    # 7.7 train_epoch, train, confusion_matrix
    *wrong(
        "7.7",
        "brain_decoder.py",
        {
            "return update(params, moments, gradients), value": {
                "return (update(params, moments, gradients)[0], moments), value": (
                    "The moments are lost between the steps"
                )
            },
            "(params, trials[batch], labels[batch], key)": {
                "(params, trials, labels, key)": "Each step must use its minibatch only",
                "(params, trials[batch], labels[batch], keys[0])": (
                    "Each minibatch has a key of its own"
                ),
            },
            (
                "(params, moments), losses = lax.scan(step, (params, moments), (batches, keys))\n"
                "    return params, moments, losses"
            ): {
                (
                    "state, values = (params, moments), []\n"
                    "    for pair in zip(batches, keys, strict=True):\n"
                    "        state, value = step(state, pair)\n"
                    "        values.append(value)\n"
                    "    return *state, jnp.stack(values)"
                ): "let jax.lax.scan loop over them"
            },
            "return stopping.best_params, train_losses": {
                "return params, train_losses": "These are the last parameters; return"
            },
            "if stopping.update(validation_losses[-1], params):\n            break": {
                "stopping.update(validation_losses[-1], params)": (
                    "Training goes on although stopping.update returned True"
                )
            },
            "if stopping.update(validation_losses[-1], params)": {
                "if stopping.update(train_losses[-1], params)": "Tell it the validation loss"
            },
            "np.add.at(counts, (np.asarray(labels), np.asarray(predictions)), 1)": {
                "np.add.at(counts, (np.asarray(predictions), np.asarray(labels)), 1)": (
                    "Rows and columns are swapped"
                ),
                "counts[np.asarray(labels), np.asarray(predictions)] += 1": (
                    "Equal pairs are counted once only"
                ),
            },
        },
    ),
    # 7.8 filter_maps, pattern_maps, class_effects; the patterns end in the filters' norm
    *wrong(
        "7.8",
        "scalp.py",
        {
            "return jnp.sqrt(jnp.sum(kernel**2, axis=0)).T": {
                "return kernel.sum(axis=0).T": "Positive and negative weights cancel",
                "return jnp.sum(kernel**2, axis=0).T": "The square root is missing",
            },
            "return filter_maps(jax.grad(half_power)(kernel))": {
                "return filter_maps(kernel)": "This is the map of the filters"
            },
            "return 0.5 * jnp.mean(convolve(x, kernel) ** 2, axis=(0, 1)).sum()": {
                "return jnp.mean(convolve(x, kernel) ** 2, axis=(0, 1)).sum()": (
                    "The factor ½ of C is missing"
                ),
                "return 0.5 * jnp.mean(convolve(x, kernel) ** 2)": "sum over the outputs",
            },
            "return rise - rise.mean(axis=1, keepdims=True)": {
                "return rise": "what all logits share says nothing",
                "return rise - rise.mean(axis=0, keepdims=True)": (
                    "over the classes, not over the outputs"
                ),
            },
        },
    ),
]
