"""Tools of the course "Introduction to Deep Learning with JAX"."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036  older Pythons get this far, and no further
    raise SystemExit(
        f"The course needs Python 3.11 or later, and this is {sys.version_info[0]}."
        f"{sys.version_info[1]}; install a newer one, and install nox with it."
    )
