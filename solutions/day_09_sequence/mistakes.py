"""Plausible mistakes of day 9, and the sentence that each must lead to."""

from introdl.authoring.mistakes import wrong

MISTAKES = [
    # 9.1 build_vocabulary, encode, decode, minibatches
    *wrong(
        "9.1",
        "text.py",
        {
            'return "".join(sorted(set(text)))': {
                'return "".join(sorted(text))': "belongs into the vocabulary once",
                'return "".join(dict.fromkeys(text))': "in the order in which they come",
            },
            "enumerate(vocabulary)}": {
                "enumerate(vocabulary, 1)}": "Numbers begin with 0: the first character"
            },
            "numbers[character] for character in text": {
                "ord(character) for character in text": "Python's own numbers"
            },
            'return "".join(vocabulary[i] for i in indices)': {
                "return [vocabulary[i] for i in indices]": "Return one string"
            },
            "vocabulary[i] for i": {"vocabulary[i - 1] for i": "number 0 is the first character"},
            "indices[1 : used + 1]": {"indices[:used]": "The targets are the inputs again"},
            (
                "inputs = indices[:used].reshape(batch_size, steps, length).swapaxes(0, 1)\n"
                "    targets = indices[1 : used + 1].reshape(batch_size, steps, "
                "length).swapaxes(0, 1)"
            ): {
                (
                    "inputs = indices[:used].reshape(steps, batch_size, length)\n"
                    "    targets = indices[1 : used + 1].reshape(steps, batch_size, length)"
                ): "Row b must go on in row b of the next minibatch"
            },
            "return inputs, targets": {
                "return inputs.swapaxes(0, 1), targets.swapaxes(0, 1)": "The axes are not swapped"
            },
        },
    ),
    # 9.2 lstm_cell
    *wrong(
        "9.2",
        "cells.py",
        {
            "i, f, g, o = jnp.split(": {
                "i, f, o, g = jnp.split(": "The gates are in another order; it is i, f, g, o"
            },
            "jax.nn.sigmoid(i) * jnp.tanh(g)": {
                "jax.nn.sigmoid(i) * jax.nn.sigmoid(g)": "The new content g goes through tanh"
            },
            "jax.nn.sigmoid(o) * jnp.tanh(memory)": {
                "jax.nn.sigmoid(o) * memory": "The memory goes through tanh"
            },
            "memory = jax.nn.sigmoid(f) * memory + ": {
                "memory = memory + ": "The old memory is kept whole"
            },
            "return (hidden, memory), hidden": {
                "return (memory, hidden), hidden": "the hidden state first"
            },
        },
    ),
    # 9.3 gru_cell
    *wrong(
        "9.3",
        "cells.py",
        {
            "hidden = (1 - z) * n + z * carry": {
                "hidden = z * n + (1 - z) * carry": "z and 1 − z are exchanged"
            },
            "n = jnp.tanh(x_n + r * u_n)": {
                (
                    "third = slice(2 * carry.shape[-1], None)\n"
                    '    u_n = (r * carry) @ params["recurrent"][:, third] + '
                    'params["recurrent_bias"][third]\n'
                    "    n = jnp.tanh(x_n + u_n)"
                ): "The reset gate acts behind the matrix product"
            },
            "jnp.tanh(x_n + r * u_n)": {"jnp.tanh(x_n + u_n)": "The reset gate r is not used"},
            ' + params["recurrent_bias"], 3': {", 3": "The bias d is missing"},
            "return hidden, hidden": {"return hidden": "Return the new state twice"},
        },
    ),
    *wrong(
        "9.4",
        "language_model.py",
        {
            # forward
            "return logits.swapaxes(0, 1), carry": {
                "return logits, carry": "Time is the first axis"
            },
            'params["input"][inputs.T] + params["bias"]  #': {
                'params["input"][inputs.T]  #': "The bias b is missing"
            },
            "jax.lax.scan(partial(cell, params), carry, x)": {
                "jax.lax.scan(partial(cell, params), jax.tree.map(jnp.zeros_like, carry), x)": (
                    "You begin without memory"
                )
            },
            "carry, hidden = jax.lax.scan(partial(cell, params), carry, x)": {
                (
                    "states = []\n"
                    "    for now in x:\n"
                    "        carry, state = cell(params, carry, now)\n"
                    "        states.append(state)\n"
                    "    hidden = jnp.stack(states)"
                ): "let jax.lax.scan run the cell"
            },
            # loss, bits_per_character, clip_by_global_norm
            "return -chosen.mean()": {
                "return -chosen.sum()": "You take the sum over all places",
                "return chosen.mean()": "The sign is wrong",
            },
            "jax.nn.log_softmax(logits)": {
                "jnp.log(jnp.exp(logits) / jnp.exp(logits).sum(-1, keepdims=True))": (
                    "exp overflows for large logits"
                )
            },
            "return nats / math.log(2)": {
                "return nats * math.log(2)": "Divide by ln 2 instead of multiplying",
                "return jnp.log2(nats)": "log₂ of the loss is something else",
            },
            "max_norm / jnp.maximum(norm, max_norm)": {
                "max_norm / norm": "Gradients that are short enough must stay"
            },
            "return jax.tree.map(lambda gradient: gradient * factor, gradients)": {
                (
                    "return jax.tree.map(\n"
                    "        lambda g: g * max_norm / "
                    "jnp.maximum(jnp.sqrt(jnp.sum(g**2)), max_norm),\n"
                    "        gradients,\n"
                    "    )"
                ): "Each array has a factor of its own"
            },
            "lambda gradient: gradient * factor": {
                "lambda gradient: gradient / norm * jnp.minimum(norm, max_norm)": "0 / 0 is NaN"
            },
        },
    ),
    # 9.5 learning_rates, train_step, train
    *wrong(
        "9.5",
        "language_model.py",
        {
            "return peak * np.where(t < warm_up, ramp, wave)": {
                "return peak * wave": "The ramp is missing"
            },
            "ramp = (t + 1) / warm_up": {"ramp = t / warm_up": "The ramp begins with 0"},
            "np.pi * (t - warm_up) / (steps - warm_up)": {
                "np.pi * t / steps": "The cosine begins at t = warm_up"
            },
            (
                "params, moments = update(params, moments, gradients, learning_rate)\n"
                "    return params, moments, value"
            ): {
                (
                    "params, _ = update(params, moments, gradients, learning_rate)\n"
                    "    return params, moments, value"
                ): "The moments are unchanged"
            },
            "return params, moments, value": {
                "return params, moments, objective(params, inputs, targets)": (
                    "The loss is that before the step"
                )
            },
            "params, moments, value = train_step(objective, update, params, moments, x, y, rate)": {
                "params, _, value = train_step(objective, update, params, moments, x, y, rate)": (
                    "The moments are lost between the steps"
                )
            },
            "train_step(objective, update, params, moments, x, y, rate)": {
                "train_step(objective, update, params, moments, x, y, rates[0])": (
                    "Each step has its own learning rate"
                )
            },
            "return params, moments, jnp.stack(losses)": {
                "return params, moments, losses[-1]": "Only the last loss is returned"
            },
        },
    ),
    # 9.6 sample
    *wrong(
        "9.6",
        "language_model.py",
        {
            "return drawn[len(prompt) - 1 :]": {
                "return drawn[len(prompt) :]": "The first character drawn is missing",
                "return jnp.concatenate([prompt, drawn[len(prompt) - 1 :]])": (
                    "The prompt belongs not to the result"
                ),
            },
            "places = jnp.concatenate([prompt, jnp.full(length - 1, blank, prompt.dtype)])": {
                (
                    "prompt = prompt[-1:]\n"
                    "    places = jnp.concatenate([prompt, "
                    "jnp.full(length - 1, blank, prompt.dtype)])"
                ): "Only the prompt's last character is read"
            },
            "now, logits / temperature)": {"now, logits * temperature)": "don't multiply"},
            "jax.random.categorical(now, logits / temperature)": {
                "jnp.argmax(logits / temperature)": "Always the same character is drawn",
                "jax.random.categorical(now, jax.nn.softmax(logits / temperature))": (
                    "takes the logits, not the probabilities"
                ),
            },
            "key, now = jax.random.split(key)": {
                "now = key": "not argmax, and split the key in each step"
            },
        },
    ),
    # 9.7 carried_step, train_carried
    *wrong(
        "9.7",
        "language_model.py",
        {
            "(value, carry), gradients = with_gradient(params, inputs, targets, carry)": {
                "(value, _), gradients = with_gradient(params, inputs, targets, carry)": (
                    "The carry is unchanged"
                )
            },
            "return params, moments, carry, value": {
                "return params, moments, value, carry": (
                    "The order is wrong: parameters, moments, carry, loss"
                )
            },
            "params, moments, carry, value = carried_step(": {
                "params, moments, _, value = carried_step(": (
                    "Each minibatch begins with the first carry"
                ),
                "params, _, carry, value = carried_step(": (
                    "The moments are lost between the steps"
                ),
            },
        },
    ),
]
