"""Plausible mistakes of day 4, and the sentence that each must lead to."""

from introdl.authoring.mistakes import wrong

MISTAKES = [
    *wrong(
        "4.1",
        "sample.py",
        {
            "return float(np.sum(x) / len(x))": {
                "return float(np.sum(x) / (len(x) - 1))": "that is for the standard deviation",
                "return float(np.median(x))": "This is the median",
            },
            "np.sum((x - np.mean(x)) ** 2) / (len(x) - 1)": {
                "np.sum((x - np.mean(x)) ** 2) / len(x)": "of a sample divides by n − 1"
            },
            "float(np.sqrt(np.sum((x - np.mean(x)) ** 2) / (len(x) - 1)))": {
                "float(np.sum((x - np.mean(x)) ** 2) / (len(x) - 1))": (
                    "This is the variance; take its root"
                ),
                "float(np.sqrt(np.sum((x - np.mean(x)) ** 2)) / (len(x) - 1))": (
                    "before you take the root"
                ),
                "float(np.sum(abs(x - np.mean(x))) / (len(x) - 1))": "you took absolute values",
                "float(np.sqrt(np.sum((x - np.mean(x)) ** 2) / len(x) - 1))": (
                    "Put n − 1 in brackets"
                ),
            },
            "np.sum((x - np.mean(x)) ** 2) / (len": {
                "np.sum(x**2) / (len": "Subtract the mean before you square"
            },
            "x.std(axis=0, ddof=1)": {"x.std(axis=0)": "You used n; use ddof=1"},
            "(x - x.mean(axis=0)) / x.std(axis=0, ddof=1)": {
                "(x - x.mean()) / x.std(ddof=1)": "Each column has a mean",
                "x - x.mean(axis=0)": "You only subtracted the mean",
                "x - x.mean(axis=0) / x.std(axis=0, ddof=1)": "Put x − mean in brackets",
                "(x - x.mean(axis=1, keepdims=True)) / x.std(axis=1, keepdims=True, ddof=1)": (
                    "You standardised the rows"
                ),
                "(x - x.min(axis=0)) / (x.max(axis=0) - x.min(axis=0))": (
                    "This maps each column to 0 … 1"
                ),
            },
        },
    ),
    *wrong(
        "4.2",
        "sample.py",
        {
            "(y - y.mean())) / (len(x) - 1))": {
                "(y - y.mean())) / len(x))": "You divided by n; divide by n − 1"
            },
            "return float(np.sum((x - x.mean()) * (y - y.mean())) / (len(x) - 1))": {
                "return float(np.corrcoef(x, y)[0, 1])": "This is the correlation",
                "return np.cov(x, y)": "This is the whole covariance matrix",
            },
            "np.sum((x - x.mean()) * (y - y.mean()))": {
                "np.sum(x * y)": "Subtract both means first"
            },
            "np.sum(dx * dy) / np.sqrt(np.sum(dx**2) * np.sum(dy**2))": {
                "np.mean(dx * dy) / (x.std(ddof=1) * y.std(ddof=1))": "You mixed n and n − 1"
            },
            "np.sqrt(np.sum(dx**2) * np.sum(dy**2))": {
                "(len(x) - 1)": "This is the covariance",
                "(np.sum(dx**2) * np.sum(dy**2))": "The root of the sums of squares is missing",
            },
            "float(np.sum(dx * dy) / np.sqrt(np.sum(dx**2) * np.sum(dy**2)))": {
                "float(np.sum(dx * dy) / np.sqrt(np.sum(dx**2) * np.sum(dy**2))) ** 2": (
                    "This is the square of the correlation"
                ),
                "abs(float(np.sum(dx * dy) / np.sqrt(np.sum(dx**2) * np.sum(dy**2))))": (
                    "The correlation has a sign"
                ),
            },
        },
    ),
    *wrong(
        "4.3",
        "sunspots.py",
        {
            "for k in range(n)])\n    return np.concatenate([right[:0:-1], right])": {
                "for k in range(n)])\n    return right": "This is one half only",
                "for k in range(n)])\n    return np.concatenate([right[1:], right])": (
                    "must be the mirror image"
                ),
                "for k in range(n)])\n    return np.concatenate([right[::-1], right])": (
                    "c₀ is there twice"
                ),
                (
                    "for k in range(n)])\n"
                    "    return np.concatenate([right[:0:-1], right]) / right[0]"
                ): "don't divide by it",
                "for k in range(n)])\n    return np.concatenate([-right[:0:-1], right])": (
                    "equal to the positive ones"
                ),
                "for k in range(n - 1)])\n    return np.concatenate([right[:0:-1], right])": (
                    "The last lag is missing"
                ),
            },
            "np.array([np.sum(x[: n - k] * x[k:]) for k in range(n)])\n    return": {
                "np.array([np.sum(x * np.roll(x, k)) for k in range(n)])\n    return": (
                    "The series is not periodic"
                ),
                "np.array([np.mean(x[: n - k] * x[k:]) for k in range(n)])\n    return": (
                    "not divided by their number"
                ),
            },
            "return lag * step": {
                "return lag": "This is a number of values",
                "return 1 / (lag * step)": "This is the frequency",
            },
            "centred = x - x.mean()": {"centred = x": "subtract the mean, and search"},
            "lag = first_negative + int(np.argmax(right[first_negative:]))": {
                "lag = int(np.argmax(right))": "This is lag 0",
                "lag = int(np.argmin(right))": "This is half the period",
                "lag = int(np.argmax(right[first_negative:]))": "add that lag",
                "lag = first_negative": "This is where the values become negative",
                "lag = 1 + int(np.argmax(right[1:]))": "This is next to lag 0",
            },
            "n = len(x)\n    right": {
                "n = len(x)\n    x = x - x.mean()\n    right": "The mean is not subtracted here"
            },
            '"full")[len(x) - 1 :]\n    first': {
                '"full")\n    first': "the right half, from c₀ on"
            },
        },
    ),
    *wrong(
        "4.4",
        "gaussian.py",
        {
            "return jnp.exp(-(distance**2) / 2) / (jnp.sqrt(2 * jnp.pi) * std)": {
                "return jnp.exp(-(distance**2) / 2)": "The factor in front is missing",
                "return jnp.exp(distance**2 / 2) / (jnp.sqrt(2 * jnp.pi) * std)": (
                    "The minus sign in the exponent"
                ),
                "return jnp.exp(-(distance**2) / 2) / jnp.sqrt(2 * jnp.pi * std)": (
                    "σ stands outside"
                ),
                "return jnp.exp(-(distance**2) / 2) / jnp.sqrt(2 * jnp.pi) * std": (
                    "both stand below"
                ),
                "return jnp.exp(-distance / 2) / (jnp.sqrt(2 * jnp.pi) * std)": "Square x − μ",
            },
            "/ (jnp.sqrt(2 * jnp.pi) * std)": {
                "/ jnp.sqrt(2 * jnp.pi)": "Divide by σ in front, too"
            },
            "distance = (x - mean) / std": {
                "distance = (x - mean) / jnp.sqrt(std)": "by 2σ², not by 2σ"
            },
            "jnp.trapezoid(gaussian_pdf(points, mean, std), points, axis=0)": {
                "gaussian_pdf(x, mean, std)": "This is the density; integrate it",
                "jnp.sum(gaussian_pdf(points, mean, std), axis=0)": "This is a sum of densities",
                (
                    "jnp.sum(\n"
                    "        gaussian_pdf(points[:-1], mean, std) * jnp.diff(points, axis=0), "
                    "axis=0\n"
                    "    )"
                ): "These are rectangles",
                "jnp.trapezoid(gaussian_pdf(points, mean, std), points)": "integrate with axis=0",
                "jnp.trapezoid(points, gaussian_pdf(points, mean, std), axis=0)": (
                    "The order is jnp.trapezoid(values, points)"
                ),
            },
            "jnp.linspace(mean - 10 * std, x, 1001)": {
                "jnp.linspace(mean, x, 1001)": "You began at the mean",
                "jnp.linspace(x, mean + 10 * std, 1001)": "the area on the other side",
                "jnp.linspace(mean - 3 * std, x, 1001)": "below your start something is left",
                "jnp.linspace(-10.0, x, 1001)": "must move with the mean.",
            },
        },
    ),
    *wrong(
        "4.5",
        "gaussian.py",
        {
            "jnp.sqrt(jnp.linalg.det(covariance))": {
                "jnp.sqrt(jnp.linalg.norm(covariance))": "the determinant of Σ, not a norm",
                "jnp.linalg.det(covariance)": "The determinant stands under a root",
            },
            "distance @ jnp.linalg.inv(covariance) * distance": {
                "distance**2 / jnp.diag(covariance)": "the entries beside the diagonal count, too"
            },
            "exponent = -0.5 * jnp": {"exponent = -jnp": "The factor ½ in the exponent"},
            (
                "exponent = -0.5 * jnp.sum(distance @ jnp.linalg.inv(covariance) * distance, "
                "axis=-1)"
            ): {
                "exponent = -0.5 * (distance @ jnp.linalg.inv(covariance) @ distance.T)": (
                    "Each point by itself"
                )
            },
            "* distance, axis=-1)": {
                "* distance)": "You added up all points",
                "* distance, axis=1)": "it is axis 1 for a list",
            },
            "exponent = -0.5": {"exponent = 0.5": "The minus sign in the exponent"},
            "2 * jnp.pi * jnp.sqrt(jnp.linalg.det(covariance))": {
                "jnp.sqrt(2 * jnp.pi * jnp.linalg.det(covariance))": (
                    "2π stands in front without a root"
                )
            },
            "jnp.linalg.inv(covariance) *": {"(1 / covariance) *": "1 / Σ inverts each entry"},
        },
    ),
    *wrong(
        "4.6",
        "mixture.py",
        {
            "return jax.nn.softmax(log_joint(x, params), axis=1)": {
                (
                    "joint = jnp.exp(log_joint(x, params))\n"
                    "    return joint / jnp.sum(joint, axis=1, keepdims=True)"
                ): "0/0 is NaN; normalise logarithms (softmax)",
                "return jnp.exp(log_joint(x, params))": "the row of a point sums to 1",
                (
                    "return jax.nn.one_hot(jnp.argmax(log_joint(x, params), axis=1), "
                    'len(params["weights"]))'
                ): "Responsibilities are shared",
                "return jax.nn.softmax(jnp.exp(log_joint(x, params)), axis=1)": (
                    "the logarithms themselves, without exp"
                ),
                (
                    "logs = log_joint(x, params)\n    return logs / logs.sum(axis=1, keepdims=True)"
                ): "shares of logarithms",
                (
                    "joint = jnp.exp(log_joint(x, params))\n"
                    "    return joint / (joint.sum(axis=1, keepdims=True) + 1e-12)"
                ): "A row sums to 1 far away, too",
            },
            "softmax(log_joint(x, params), axis=1)": {
                "softmax(log_joint(x, params), axis=0)": "Normalise over the components",
                'softmax(log_joint(x, params) - jnp.log(params["weights"]), axis=1)': (
                    "The weights ρ are missing"
                ),
            },
        },
    ),
    *wrong(
        "4.7",
        "mixture.py",
        {
            (
                'jnp.einsum("nk,kni,knj->kij", z, distances, distances)\n'
                "    covariances = products / counts[:, jnp.newaxis, jnp.newaxis]"
            ): {
                (
                    'jnp.einsum("kni,knj->kij", distances, distances)\n'
                    "    covariances = products / len(x)"
                ): "The covariances lack the weights z"
            },
            "covariances = products / counts[:, jnp.newaxis, jnp.newaxis]": {
                "covariances = products": "Divide each covariance by n_j.",
                "covariances = products / len(x)": "Divide each covariance by n_j, not by n.",
                "covariances = products / (counts[:, jnp.newaxis, jnp.newaxis] - 1)": (
                    "EM needs the plain mean"
                ),
            },
            '"weights": counts / len(x)': {
                '"weights": counts': "divide n_j by n",
                '"weights": jnp.full(z.shape[1], 1 / z.shape[1])': "change in each step",
                '"weights": counts / z.shape[1]': "not of components",
            },
            "if jnp.any(counts < EMPTY):": {
                "if jnp.any(counts < 0):": "Raise a ValueError before you divide",
                "if jnp.any(counts == 0):": "n_j is almost 0",
            },
            "jnp.sum(logsumexp(log_joint(x, params), axis=1))": {
                "jnp.sum(log_joint(x, params))": "stands inside the logarithm",
                "jnp.mean(logsumexp(log_joint(x, params), axis=1))": (
                    "This is the mean; sum over the points"
                ),
                "jnp.sum(jnp.log(jnp.sum(jnp.exp(log_joint(x, params)), axis=1)))": (
                    "A density underflowed"
                ),
                "jnp.sum(jnp.max(log_joint(x, params), axis=1))": "you took the largest one only",
                "logsumexp(log_joint(x, params))": "take the logarithm, then add up",
                "logsumexp(log_joint(x, params), axis=1)": "L is one number",
                "jnp.sum(logsumexp(log_joint(x, params), axis=0))": "over points outside",
            },
            "    scores = [score(x, params)]\n": {
                "    scores = []\n": "The score of the start is missing"
            },
            (
                "        params = step(x, params)\n"
                "        scores.append(score(x, params))\n"
                "    return params, jnp"
            ): {
                (
                    "        new = step(x, params)\n"
                    "        scores.append(score(x, new))\n"
                    "    return new, jnp"
                ): "You always step from the start",
                (
                    "        scores.append(score(x, params))\n"
                    "        params = step(x, params)\n"
                    "    return params, jnp"
                ): "Note the score behind the step",
                (
                    "        step(x, params)\n"
                    "        scores.append(score(x, params))\n"
                    "    return params, jnp"
                ): "The parameters stay as they are",
            },
            'jnp.einsum("nk,kni,knj->kij", z, distances, distances)': {
                'jnp.einsum("nk,kni,knj->kij", z**2, distances, distances)': "once, not squared",
                'jnp.einsum("nk,kni,knj->kij", z, distances, distances) * jnp.eye(x.shape[1])': (
                    "the entries beside the diagonal, too"
                ),
            },
            "- means[:, jnp.newaxis, :]": {
                "- 0 * means[:, jnp.newaxis, :] - x.mean(axis=0)": "not the mean of all points"
            },
            "for _ in range(steps):": {"for _ in range(steps + 1):": "This is one step too many"},
        },
    ),
    *wrong(
        "4.8",
        "diabetes.py",
        {
            "return best[clusters]": {
                "return np.argsort(best)[clusters]": "The renaming goes the wrong way",
                "return clusters": "try all renamings",
                "return best": "This is the renaming itself",
                "return best[diagnosis]": "Rename the clusters, not the diagnosis",
            },
            "(diagnosis, clusters), 1)": {
                "(clusters, diagnosis), 1)": "Rows and columns are exchanged"
            },
            "np.add.at(counts, (diagnosis, clusters), 1)": {
                "counts[diagnosis, clusters] += 1": "yours are counted once only"
            },
        },
    ),
]
