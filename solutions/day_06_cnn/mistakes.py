"""Plausible mistakes of day 6, and the sentence that each must lead to."""

from introdl.authoring.mistakes import wrong

DIRECT = "result[i, j] = np.sum(kernel * image[i : i + rows, j : j + columns])"
SCALE = "kernel = jnp.sqrt(2 / (3 * 3 * inputs)) * kernel"
DENSE = 'return x.reshape(len(x), -1) @ params[-1]["weight"] + params[-1]["bias"]'
COSINE = "return 0.5 * learning_rate * (1 + jnp.cos(jnp.pi * jnp.arange(steps) / steps))"
SHIFT = (
    "return jax.vmap(lambda image, offset: jnp.roll(image, offset, axis=(0, 1)))(images, offsets)"
)

MISTAKES = [
    # 6.1 correlate_direct
    *wrong(
        "6.1",
        "convolution.py",
        {
            DIRECT: {
                DIRECT.replace("kernel *", "kernel[::-1, ::-1] *"): (
                    "The kernel is flipped; that is a convolution"
                ),
                DIRECT.replace("sum", "mean"): "this is their mean",
                DIRECT.replace("kernel * ", ""): "Multiply with the kernel before you sum up",
            },
            (
                "height, width = image.shape[0] - rows + 1, image.shape[1] - columns + 1\n"
                "    result"
            ): {
                "height, width = image.shape[0] - rows, image.shape[1] - columns\n    result": (
                    "The last place is missing"
                )
            },
            "return result": {"return result.T": "Rows and columns are mixed up"},
        },
    ),
    # 6.2 im2col_indices, correlate_im2col
    *wrong(
        "6.2",
        "convolution.py",
        {
            "return i + a, j + b": {
                "return j + b, i + a": "first the rows, then the columns",
                "return (i + a).T, (j + b).T": "Each place is a row of the result",
                "return i + b, j + a": "Count the kernel's entries row by row",
            },
            "i, j = np.indices((height, width)).reshape(2, -1, 1)": {
                "i, j = np.indices(image_shape).reshape(2, -1, 1)": (
                    "There is a place for each pixel of the image"
                )
            },
            "return (pixels @ kernel.reshape(-1)).reshape(shape)": {
                "return (pixels @ kernel.reshape(-1)[::-1]).reshape(shape)": (
                    "The kernel is flipped; that is a convolution"
                ),
                "return (pixels @ kernel.reshape(-1)).reshape(shape[::-1])": (
                    "Rows and columns are mixed up"
                ),
            },
            "pixels = image[im2col_indices(image.shape, kernel.shape)]": {
                "pixels = np.asarray(image)[im2col_indices(image.shape, kernel.shape)]": (
                    "A NumPy function got an array that JAX is tracing"
                )
            },
        },
    ),
    # 6.3 max_pool
    *wrong(
        "6.3",
        "convolution.py",
        {
            ".max(axis=(2, 4))": {".mean(axis=(2, 4))": "This is the mean of each block"},
            "return whole.reshape(batch, rows, size, columns, size, channels).max(axis=(2, 4))": {
                (
                    "return whole.reshape(batch, rows, columns, size, size, "
                    "channels).max(axis=(3, 4))"
                ): "The pixels of one block aren't neighbours here",
                "return whole[:, ::size, ::size]": "This takes the first pixel of each block",
                (
                    "return lax.reduce_window(images, -jnp.inf, lax.max, (1, size, size, 1), "
                    "(1, 1, 1, 1), 'VALID')"
                ): "The blocks overlap",
            },
        },
    ),
    # 6.4 normalized_correlation, find_template
    *wrong(
        "6.4",
        "find_it.py",
        {
            "return correlate_lax(image, shape) / jnp.sqrt(energy * jnp.sum(shape**2))": {
                "return correlate_lax(image, template)": "This is plain correlation",
                "return correlate_lax(image, shape)": "This is not normalised",
                "return correlate_lax(image, template) / jnp.sqrt(energy * jnp.sum(shape**2))": (
                    "Subtract the template's mean before you correlate"
                ),
            },
            "energy = jnp.maximum(squares - total**2 / template.size, FLAT)": {
                "energy = jnp.maximum(squares, FLAT)": (
                    "The patch's mean is missing in the denominator"
                ),
                "energy = jnp.maximum(squares - total**2, FLAT)": "Divide (Σ P)² by n",
                "energy = squares - total**2 / template.size": (
                    "A flat patch has the sum of squares 0"
                ),
            },
            "scores = normalized_correlation(image, template)": {
                "scores = correlate_lax(image, template)": (
                    "Plain correlation leads to bright areas"
                )
            },
            "    row, column = jnp.unravel_index(scores.argmax(), scores.shape)": {
                "    column, row = jnp.unravel_index(scores.argmax(), scores.shape)": (
                    "first the row, then the column"
                ),
                "    row, column = jnp.unravel_index(scores.argmax(), image.shape)": (
                    "unravel with the shape of γ"
                ),
            },
        },
    ),
    # 6.5 initialize_cnn, convolve, forward
    *wrong(
        "6.5",
        "mnist_cnn.py",
        {
            SCALE: {
                SCALE.replace("2 /", "1 /"): "The factor 2 is missing",
                SCALE.replace("3 * 3 * inputs", "3 * 3"): "n counts the input channels, too",
                SCALE.replace("3 * 3 * inputs", "inputs"): "n counts all inputs of one output",
            },
            "kernel = jax.random.normal(layer_key, (3, 3, inputs, outputs))": {
                "kernel = jax.random.normal(key, (3, 3, inputs, outputs))": (
                    "give each a key of its own"
                ),
                "kernel = jax.random.normal(layer_key, (3, 3, outputs, inputs))": (
                    "Kernels have the shape (3, 3, inputs, outputs)"
                ),
            },
            'kernels, (1, 1), "VALID"': {'kernels, (1, 1), "SAME"': "the padding must be 'VALID'"},
            "return lax.conv_general_dilated(images, kernels, (1, 1)": {
                "return lax.conv_general_dilated(images, kernels[::-1, ::-1], (1, 1)": (
                    "The kernels are flipped"
                )
            },
            'axes = ("NHWC", "HWIO", "NHWC")': {
                'axes = ("NHWC", "HWIO", "NCHW")': "The channels are the last axis"
            },
            'return jax.nn.relu(convolve(x, p["kernel"]) + p["bias"])': {
                'return convolve(x, p["kernel"]) + p["bias"]': (
                    "There is no relu behind the convolutions"
                ),
                'return jax.nn.relu(convolve(x, p["kernel"]))': (
                    "The biases of the convolutional layers are missing"
                ),
            },
            DENSE: {
                DENSE.replace("x.reshape", "jax.nn.relu(x.reshape") + ")": (
                    "The last layer has no relu"
                ),
                DENSE.replace("x.reshape", "jax.nn.softmax(x.reshape") + ")": "Return the logits",
            },
            "x = layer(pool(x), p)": {"x = layer(max_pool(x), p)": "Call the argument `pool`"},
        },
    ),
    # 6.6 convolve_patches, cosine_rates, train_epoch
    *wrong(
        "6.6",
        "mnist_cnn.py",
        {
            (
                "images[:, a : a + height, b : b + width] for a in range(rows) for b in "
                "range(columns)"
            ): {
                (
                    "images[:, a : a + height, b : b + width] for b in range(columns) for a in "
                    "range(rows)"
                ): "first rows, then columns"
            },
            "return patches @ kernels.reshape(rows * columns * inputs, outputs)": {
                "return convolve(images, kernels)": "this calls JAX's convolution"
            },
            COSINE: {
                COSINE.replace("0.5 * ", ""): "The factor ½ is missing",
                COSINE.replace("1 + jnp", "1 - jnp"): "The rates rise",
                COSINE.replace("/ steps)", "/ (steps - 1))"): (
                    "step number `steps` would have the rate 0"
                ),
            },
            SHIFT: {
                "return jnp.roll(images, offsets[0], axis=(1, 2))": (
                    "Each image has an offset of its own"
                ),
                SHIFT.replace("axis=(0, 1)", "axis=(1, 0)"): (
                    "says how many rows, the second how many columns"
                ),
                SHIFT.replace("image, offset, axis", "image, -offset, axis"): (
                    "The direction is wrong"
                ),
            },
            "return sgd_step(params, gradients, rate), value": {
                "return sgd_step(params, gradients, rates[0]), value": (
                    "Each step has its own rate"
                ),
                "return sgd_step(params, gradients, -rate), value": "You walk uphill",
            },
            "(params, images[batch], labels[batch])": {
                "(params, images, labels)": "Each step must use its minibatch only"
            },
        },
    ),
    # 6.7 filter_pictures, feature_maps
    *wrong(
        "6.7",
        "look_inside.py",
        {
            ".max(axis=(1, 2), keepdims=True)": {
                ".max()": "Divide each kernel by its own largest absolute value"
            },
            "pictures / jnp.abs(pictures)": {"pictures / (pictures)": "weights may be negative"},
            "pictures = jnp.moveaxis(kernels[:, :, 0], -1, 0)": {
                "pictures = kernels.reshape(-1, *kernels.shape[:2])": (
                    "reshape mixes the kernels up"
                )
            },
            'maps = jax.nn.relu(convolve(images, layer["kernel"]) + layer["bias"])': {
                'maps = convolve(images, layer["kernel"]) + layer["bias"]': "The relu is missing"
            },
            "return jnp.moveaxis(maps[0], -1, 0)": {
                "return maps[0].reshape(-1, *maps.shape[1:3])": "reshape mixes the maps up"
            },
        },
    ),
]
