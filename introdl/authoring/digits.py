"""Training ``data/digit_network.npz``, the network that day 8 looks into.

    python -m introdl.authoring.digits

Each time the images are moved by up to one pixel, get some noise, and are then changed along the
network's own gradient to what it reads worse (Goodfellow, Shlens, Szegedy, "Explaining and
harnessing adversarial examples", 2015, arXiv 1412.6572; here with steps of a given length). So the
network can't rely on single pixels, and its gradients follow the strokes of the pen (Tsipras et
al., "Robustness may be at odds with accuracy", 2019, arXiv 1805.12152). The steps grow as the
learning rate falls: at first there is nothing to defend.
"""

import hashlib
import io
import zipfile
from functools import partial
from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from introdl.datasets import load_mnist
from introdl.datasets.embedded import DATA
from introdl.networks import FILE, Params, digit_network
from introdl.script import TrainingParser, run
from introdl.training import accuracy, cross_entropy, minibatches, sgd_step

CHANNELS, FEATURES = (1, 16, 32, 64), 3 * 3 * 64
EPOCHS, LEARNING_RATE, BATCH_SIZE = 8, 0.1, 50
SHIFT, NOISE, ATTACK = 1, 0.1, 1.5  # pixels; standard deviation; length of the step


def initialize(key: jax.Array) -> Params:
    """Normal weights of variance 2/n (He et al. 2015), biases 0."""
    *keys, last = jax.random.split(key, 4)
    params: Params = {}
    for i, (inputs, outputs) in enumerate(pairwise(CHANNELS)):
        size = jnp.sqrt(2 / (9 * inputs))
        params[f"kernel{i + 1}"] = size * jax.random.normal(keys[i], (3, 3, inputs, outputs))
        params[f"bias{i + 1}"] = jnp.zeros(outputs)
    params["weight"] = jnp.sqrt(2 / FEATURES) * jax.random.normal(last, (FEATURES, 10))
    return {**params, "bias": jnp.zeros(10)}


def varied(key: jax.Array, images: jax.Array) -> jax.Array:
    """The images, each moved by up to `SHIFT` pixels, and with noise."""
    for_shift, for_noise = jax.random.split(key)
    padded = jnp.pad(images, ((0, 0), (SHIFT, SHIFT), (SHIFT, SHIFT)))
    corners = jax.random.randint(for_shift, (len(images), 2), 0, 2 * SHIFT + 1)

    def move(image: jax.Array, corner: jax.Array) -> jax.Array:
        return jax.lax.dynamic_slice(image, corner, (28, 28))

    return jax.vmap(move)(padded, corners) + NOISE * jax.random.normal(for_noise, images.shape)


def loss(params: Params, images: jax.Array, labels: jax.Array) -> jax.Array:
    """The mean cross-entropy, of shape ``()``."""
    return cross_entropy(digit_network(params, images), labels)


def attacked(params: Params, images: jax.Array, labels: jax.Array, length: Any) -> jax.Array:
    """The images, each moved by this length along the gradient of its loss."""
    gradients = jax.grad(loss, 1)(params, images, labels)
    norms = jnp.sqrt(jnp.sum(gradients**2, (1, 2), keepdims=True))
    return images + length * gradients / jnp.maximum(norms, 1e-12)


@jax.jit
def step(
    params: Params, key: jax.Array, images: jax.Array, labels: jax.Array, rate: Any, length: Any
) -> tuple[Params, jax.Array]:
    """One step of gradient descent on varied and attacked images; returns parameters and loss."""
    seen = attacked(params, varied(key, images), labels, length)
    value, gradients = jax.value_and_grad(loss)(params, seen, labels)
    return sgd_step(params, gradients, rate), value


def fit(
    epochs: int = EPOCHS,
    learning_rate: float = LEARNING_RATE,
    batch_size: int = BATCH_SIZE,
    seed: int = 0,
    subset: int | None = None,
) -> tuple[Params, float]:
    """Train on all training images.

    Returns:
        The parameters, and the share of the 10,000 test images that they read correctly.
    """
    from tqdm import tqdm  # type: ignore[import-untyped]

    digits = load_mnist()
    images = jnp.asarray(digits.train_images[:subset], jnp.float32) / 255
    labels = jnp.asarray(digits.train_labels[:subset])
    key, init = jax.random.split(jax.random.key(seed))
    params, steps = initialize(init), len(images) // batch_size
    bar = tqdm(range(epochs), unit="epoch")
    for epoch in bar:
        batches = minibatches(jax.random.fold_in(key, epoch), len(images), batch_size)
        values = []
        for i, batch in enumerate(batches):
            t = epoch * steps + i
            fall = 0.5 * (1 + np.cos(np.pi * t / (epochs * steps)))  # from 1 to 0
            rate, length = learning_rate * fall, ATTACK * (1 - fall)
            noise = jax.random.fold_in(key, epochs + t)
            params, value = step(params, noise, images[batch], labels[batch], rate, length)
            values.append(value)
        bar.set_postfix_str(f"loss {np.mean(values):.4f}")
    return params, share_read(params)


def share_read(params: Params) -> float:
    """The share of the 10,000 test images that are read correctly."""
    digits = load_mnist()
    blocks = jnp.asarray(digits.test_images, jnp.float32).reshape(20, 500, 28, 28) / 255
    logits = jax.lax.map(partial(digit_network, params), blocks)
    return float(accuracy(logits, jnp.asarray(digits.test_labels).reshape(20, 500)))


def pack(params: Params) -> bytes:
    """The weights as an ``.npz`` file without dates: the same weights give the same bytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, value in params.items():
            entry = io.BytesIO()
            np.save(entry, np.asarray(value, np.float32), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), entry.getvalue())
    return file.getvalue()


def main() -> None:
    """Train, and write the file and its line for ``data/DATA.md``."""
    options = TrainingParser(__doc__, EPOCHS, LEARNING_RATE, BATCH_SIZE).parse_args()
    params, right = fit(**vars(options))
    content = pack(params)
    (DATA / FILE).write_bytes(content)
    print(f"test accuracy {right:.2%}, {len(content):,} bytes")
    print(hashlib.sha256(content).hexdigest())


if __name__ == "__main__":
    run(main)
