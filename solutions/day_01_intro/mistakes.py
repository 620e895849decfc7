"""Plausible mistakes of day 1, and the sentence that each must lead to."""

from introdl.authoring.mistakes import wrong

ANGLE = "return math.atan2(self.imag, self.real)"

MISTAKES = [
    # 1.1 is_ready
    *wrong(
        "1.1",
        "hello.py",
        {
            "return True": {
                'return "True"': "Write True without quotation marks",
                "return False": "False means not ready",
                "print(True)": "perhaps a `return` is missing",
            },
        },
    ),
    # 1.2 __init__
    *wrong(
        "1.2",
        "complex_number.py",
        {
            "self.real = real\n        self.imag = imag": {
                "self.real = imag\n        self.imag = real": "You mixed up the two parts",
                "real = real\n        imag = imag": "a name without self. is forgotten",
            },
            "self.imag = imag\n": {"\n": "Keep the imaginary part as well"},
        },
        also=("1.3", "1.4", "1.5"),
    ),
    *wrong(
        "1.2",
        "complex_number.py",
        {
            "self.real = real\n        self.imag = imag": {
                "Complex.real = real\n        Complex.imag = imag": (
                    "Both numbers share their parts"
                )
            },
        },
        also=("1.4", "1.5"),
    ),
    *wrong(
        "1.3",
        "complex_number.py",
        {
            # radius
            "return math.hypot(self.real, self.imag)": {
                "return self.real**2 + self.imag**2": "The square root is missing",
                "return self.real + self.imag": "The sum of the parts is no distance",
                "return math.sqrt(abs(self.real**2 - self.imag**2))": (
                    "Pythagoras adds the squares"
                ),
            },
            # angle
            ANGLE: {
                "return math.atan2(self.real, self.imag)": (
                    "math.atan2 takes the imaginary part first"
                ),
                "return math.atan(self.imag / self.real) if self.real else 0.0": (
                    "can't tell opposite quadrants apart"
                ),
                "return math.degrees(math.atan2(self.imag, self.real))": "This is in degrees",
            },
        },
        also=("1.5",),
    ),
    *wrong(
        "1.3",
        "complex_number.py",
        {
            ANGLE: {
                "return math.atan2(self.imag, self.real) % (2 * math.pi)": (
                    "must lie between −π and π"
                )
            },
        },
    ),
    # 1.4 add
    *wrong(
        "1.4",
        "complex_number.py",
        {
            "return Complex(self.real + other.real, self.imag + other.imag)": {
                "return Complex(self.real + other.real, self.imag)": (
                    "the imaginary parts add as well"
                ),
                "self.real += other.real\n        self.imag += other.imag\n        return self": (
                    "add must not change its operands"
                ),
                "return (self.real + other.real, self.imag + other.imag)  # type: ignore": (
                    "Return a number, not a pair of its parts"
                ),
                "return complex(self.real + other.real, self.imag + other.imag)": (
                    "Return an object of your own class"
                ),
            },
        },
    ),
    # 1.5 multiply
    *wrong(
        "1.5",
        "complex_number.py",
        {
            "return Complex(radius * math.cos(angle), radius * math.sin(angle))": {
                "return Complex(self.real * other.real, self.imag * other.imag)": (
                    "Parts don't multiply one by one"
                ),
                "return Complex(radius * math.sin(angle), radius * math.cos(angle))": (
                    "cos belongs to the real part"
                ),
                "return Complex(radius, angle)": "Go back from polar form",
                (
                    "self.real, self.imag = radius * math.cos(angle), radius * math.sin(angle)\n"
                    "        return self"
                ): "multiply must not change its operands",
            },
            "angle = self.angle() + other.angle()": {
                "angle = self.angle() * other.angle()": "The angles must be added, not multiplied"
            },
            "radius = self.radius() * other.radius()": {
                "radius = self.radius() + other.radius()": (
                    "The radii must be multiplied, not added"
                )
            },
        },
    ),
    # 1.6 escape_time
    *wrong(
        "1.6",
        "julia.py",
        {
            "            return step\n": {"            return step + 1\n": "nor does the start"},
            "z.radius() > RADIUS": {
                "z.radius() >= RADIUS": "is still inside",
                "z.radius() > RADIUS**2": "The radius is compared with 2",
            },
            "z = z.multiply(z).add(c)": {
                "z = z.add(c)\n        z = z.multiply(z)": "Square first, then add c"
            },
            "return step\n    return max_steps": {
                "return step\n    return step": "A point that never leaves gets max_steps"
            },
        },
    ),
    # 1.7 julia_array
    *wrong(
        "1.7",
        "julia.py",
        {
            "        counts = counts + inside\n": {
                "        counts = inside\n": "This says only which pixels are inside"
            },
            "    z = grid(size)\n": {
                "    z = grid(size).T\n": "Rows and columns are mixed up",
                "    return julia_loop(c, size, max_steps)\n    z = grid(size)\n": (
                    "A Python loop runs over the pixels"
                ),
            },
            "(np.abs(z) <= RADIUS)": {
                "(np.abs(z) < RADIUS)": "A point on the circle is still within radius 2"
            },
            "        counts = counts + inside\n    return counts": {
                "        counts = counts + ~inside\n    return counts": (
                    "You count the steps outside"
                )
            },
            "counts = np.zeros(z.shape, dtype=int)": {
                "counts = np.zeros(z.shape)": "expected whole numbers"
            },
        },
    ),
    # 1.8 julia_jax
    *wrong(
        "1.8",
        "julia.py",
        {
            "    end: State = jax.lax.fori_loop(0, max_steps, step, start)\n": {
                (
                    "    end: State = start\n"
                    "    for number in range(max_steps):\n"
                    "        end = step(number, end)\n"
                ): "shapes and loop counts must not depend on array values"
            },
            "(jnp.abs(z) <= RADIUS)": {
                "np.less_equal(np.abs(z), RADIUS)": (
                    "A NumPy function got an array that JAX is tracing"
                )
            },
            "fori_loop(0, max_steps, step, start)": {
                "fori_loop(1, max_steps, step, start)": "you do one step less"
            },
            "return z, inside, counts + inside": {
                "return z, inside, counts + (state[1] & (max_steps > 0))": (
                    "The step that leaves the circle does not count"
                )
            },
        },
    ),
]
