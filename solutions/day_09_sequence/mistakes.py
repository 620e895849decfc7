"""Plausible mistakes of day 9, and the sentence that each must lead to."""

from introdl.authoring.mistakes import Mistake

TEXT, CELLS, MODEL = "text.py", "cells.py", "language_model.py"

MISTAKES = [
    # 9.1 build_vocabulary, encode, decode, minibatches
    Mistake(
        "9.1",
        TEXT,
        'return "".join(sorted(set(text)))',
        'return "".join(sorted(text))',
        "belongs into the vocabulary once",
    ),
    Mistake(
        "9.1",
        TEXT,
        'return "".join(sorted(set(text)))',
        'return "".join(dict.fromkeys(text))',
        "in the order in which they come",
    ),
    Mistake(
        "9.1", TEXT, "enumerate(vocabulary)}", "enumerate(vocabulary, 1)}", "Numbers begin with 0"
    ),
    Mistake(
        "9.1",
        TEXT,
        "numbers[character] for character in text",
        "ord(character) for character in text",
        "Python's own numbers",
    ),
    Mistake(
        "9.1",
        TEXT,
        'return "".join(vocabulary[i] for i in indices)',
        "return [vocabulary[i] for i in indices]",
        "Return one string",
    ),
    Mistake(
        "9.1",
        TEXT,
        "vocabulary[i] for i",
        "vocabulary[i - 1] for i",
        "number 0 is the first character",
    ),
    Mistake(
        "9.1", TEXT, "indices[1 : used + 1]", "indices[:used]", "The targets are the inputs again"
    ),
    Mistake(
        "9.1",
        TEXT,
        "inputs = indices[:used].reshape(batch_size, steps, length).swapaxes(0, 1)\n"
        "    targets = indices[1 : used + 1].reshape(batch_size, steps, length).swapaxes(0, 1)",
        "inputs = indices[:used].reshape(steps, batch_size, length)\n"
        "    targets = indices[1 : used + 1].reshape(steps, batch_size, length)",
        "Row b must go on in row b of the next minibatch",
    ),
    Mistake(
        "9.1",
        TEXT,
        "return inputs, targets",
        "return inputs.swapaxes(0, 1), targets.swapaxes(0, 1)",
        "The axes are not swapped",
    ),
    # 9.2 lstm_cell
    Mistake(
        "9.2",
        CELLS,
        "i, f, g, o = jnp.split(",
        "i, f, o, g = jnp.split(",
        "The gates are in another order",
    ),
    Mistake(
        "9.2",
        CELLS,
        "jax.nn.sigmoid(i) * jnp.tanh(g)",
        "jax.nn.sigmoid(i) * jax.nn.sigmoid(g)",
        "The new content g goes through tanh",
    ),
    Mistake(
        "9.2",
        CELLS,
        "jax.nn.sigmoid(o) * jnp.tanh(memory)",
        "jax.nn.sigmoid(o) * memory",
        "The memory goes through tanh",
    ),
    Mistake(
        "9.2",
        CELLS,
        "memory = jax.nn.sigmoid(f) * memory + ",
        "memory = memory + ",
        "The old memory is kept whole",
    ),
    Mistake(
        "9.2",
        CELLS,
        "return (hidden, memory), hidden",
        "return (memory, hidden), hidden",
        "the hidden state first",
    ),
    # 9.3 gru_cell
    Mistake(
        "9.3",
        CELLS,
        "hidden = (1 - z) * n + z * carry",
        "hidden = z * n + (1 - z) * carry",
        "z and 1 − z are exchanged",
    ),
    Mistake(
        "9.3",
        CELLS,
        "n = jnp.tanh(x_n + r * u_n)",
        "third = slice(2 * carry.shape[-1], None)\n"
        '    u_n = (r * carry) @ params["recurrent"][:, third] + params["recurrent_bias"][third]\n'
        "    n = jnp.tanh(x_n + u_n)",
        "The reset gate acts behind the matrix product",
    ),
    Mistake(
        "9.3",
        CELLS,
        "jnp.tanh(x_n + r * u_n)",
        "jnp.tanh(x_n + u_n)",
        "The reset gate r is not used",
    ),
    Mistake("9.3", CELLS, ' + params["recurrent_bias"], 3', ", 3", "The bias d is missing"),
    Mistake("9.3", CELLS, "return hidden, hidden", "return hidden", "Return the new state twice"),
    # 9.4 forward
    Mistake(
        "9.4",
        MODEL,
        "return logits.swapaxes(0, 1), carry",
        "return logits, carry",
        "Time is the first axis",
    ),
    Mistake(
        "9.4",
        MODEL,
        'params["input"][inputs.T] + params["bias"]  #',
        'params["input"][inputs.T]  #',
        "The bias b is missing",
    ),
    Mistake(
        "9.4",
        MODEL,
        "jax.lax.scan(partial(cell, params), carry, x)",
        "jax.lax.scan(partial(cell, params), jax.tree.map(jnp.zeros_like, carry), x)",
        "You begin without memory",
    ),
    Mistake(
        "9.4",
        MODEL,
        "carry, hidden = jax.lax.scan(partial(cell, params), carry, x)",
        "states = []\n"
        "    for now in x:\n"
        "        carry, state = cell(params, carry, now)\n"
        "        states.append(state)\n"
        "    hidden = jnp.stack(states)",
        "let jax.lax.scan run the cell",
    ),
    # 9.4 loss, bits_per_character, clip_by_global_norm
    Mistake(
        "9.4",
        MODEL,
        "return -chosen.mean()",
        "return -chosen.sum()",
        "You take the sum over all places",
    ),
    Mistake("9.4", MODEL, "return -chosen.mean()", "return chosen.mean()", "The sign is wrong"),
    Mistake(
        "9.4",
        MODEL,
        "jax.nn.log_softmax(logits)",
        "jnp.log(jnp.exp(logits) / jnp.exp(logits).sum(-1, keepdims=True))",
        "exp overflows for large logits",
    ),
    Mistake(
        "9.4",
        MODEL,
        "return nats / math.log(2)",
        "return nats * math.log(2)",
        "Divide by ln 2 instead of multiplying",
    ),
    Mistake(
        "9.4",
        MODEL,
        "return nats / math.log(2)",
        "return jnp.log2(nats)",
        "log₂ of the loss is something else",
    ),
    Mistake(
        "9.4",
        MODEL,
        "max_norm / jnp.maximum(norm, max_norm)",
        "max_norm / norm",
        "Gradients that are short enough must stay",
    ),
    Mistake(
        "9.4",
        MODEL,
        "return jax.tree.map(lambda gradient: gradient * factor, gradients)",
        "return jax.tree.map(\n"
        "        lambda g: g * max_norm / jnp.maximum(jnp.sqrt(jnp.sum(g**2)), max_norm),\n"
        "        gradients,\n"
        "    )",
        "Each array has a factor of its own",
    ),
    Mistake(
        "9.4",
        MODEL,
        "lambda gradient: gradient * factor",
        "lambda gradient: gradient / norm * jnp.minimum(norm, max_norm)",
        "0 / 0 is NaN",
    ),
    # 9.5 learning_rates, train_step, train
    Mistake(
        "9.5",
        MODEL,
        "return peak * np.where(t < warm_up, ramp, wave)",
        "return peak * wave",
        "The ramp is missing",
    ),
    Mistake(
        "9.5", MODEL, "ramp = (t + 1) / warm_up", "ramp = t / warm_up", "The ramp begins with 0"
    ),
    Mistake(
        "9.5",
        MODEL,
        "np.pi * (t - warm_up) / (steps - warm_up)",
        "np.pi * t / steps",
        "The cosine begins at t = warm_up",
    ),
    Mistake(
        "9.5",
        MODEL,
        "params, moments = update(params, moments, gradients, learning_rate)\n"
        "    return params, moments, value",
        "params, _ = update(params, moments, gradients, learning_rate)\n"
        "    return params, moments, value",
        "The moments are unchanged",
    ),
    Mistake(
        "9.5",
        MODEL,
        "return params, moments, value",
        "return params, moments, objective(params, inputs, targets)",
        "The loss is that before the step",
    ),
    Mistake(
        "9.5",
        MODEL,
        "params, moments, value = train_step(objective, update, params, moments, x, y, rate)",
        "params, _, value = train_step(objective, update, params, moments, x, y, rate)",
        "The moments are lost between the steps",
    ),
    Mistake(
        "9.5",
        MODEL,
        "train_step(objective, update, params, moments, x, y, rate)",
        "train_step(objective, update, params, moments, x, y, rates[0])",
        "Each step has its own learning rate",
    ),
    Mistake(
        "9.5",
        MODEL,
        "return params, moments, jnp.stack(losses)",
        "return params, moments, losses[-1]",
        "Only the last loss is returned",
    ),
    # 9.6 sample
    Mistake(
        "9.6",
        MODEL,
        "return drawn[len(prompt) - 1 :]",
        "return drawn[len(prompt) :]",
        "The first character drawn is missing",
    ),
    Mistake(
        "9.6",
        MODEL,
        "return drawn[len(prompt) - 1 :]",
        "return jnp.concatenate([prompt, drawn[len(prompt) - 1 :]])",
        "The prompt belongs not to the result",
    ),
    Mistake(
        "9.6",
        MODEL,
        "places = jnp.concatenate([prompt, jnp.full(length - 1, blank, prompt.dtype)])",
        "prompt = prompt[-1:]\n"
        "    places = jnp.concatenate([prompt, jnp.full(length - 1, blank, prompt.dtype)])",
        "Only the prompt's last character is read",
    ),
    Mistake(
        "9.6", MODEL, "now, logits / temperature)", "now, logits * temperature)", "don't multiply"
    ),
    Mistake(
        "9.6",
        MODEL,
        "jax.random.categorical(now, logits / temperature)",
        "jnp.argmax(logits / temperature)",
        "Always the same character is drawn",
    ),
    Mistake(
        "9.6",
        MODEL,
        "key, now = jax.random.split(key)",
        "now = key",
        "split the key in each step",
    ),
    Mistake(
        "9.6",
        MODEL,
        "jax.random.categorical(now, logits / temperature)",
        "jax.random.categorical(now, jax.nn.softmax(logits / temperature))",
        "takes the logits, not the probabilities",
    ),
    # 9.7 carried_step, train_carried
    Mistake(
        "9.7",
        MODEL,
        "(value, carry), gradients = with_gradient(params, inputs, targets, carry)",
        "(value, _), gradients = with_gradient(params, inputs, targets, carry)",
        "The carry is unchanged",
    ),
    Mistake(
        "9.7",
        MODEL,
        "return params, moments, carry, value",
        "return params, moments, value, carry",
        "The order is wrong",
    ),
    Mistake(
        "9.7",
        MODEL,
        "params, moments, carry, value = carried_step(",
        "params, moments, _, value = carried_step(",
        "Each minibatch begins with the first carry",
    ),
    Mistake(
        "9.7",
        MODEL,
        "params, moments, carry, value = carried_step(",
        "params, _, carry, value = carried_step(",
        "The moments are lost between the steps",
    ),
]
