"""The first task: is everything set up?"""

from introdl.script import run


def is_ready() -> bool:
    """Say whether you are ready for the course.

    Returns:
        True.
    """
    # TODO 1.1: answer with the value True (about 1 line).
    raise NotImplementedError("TODO 1.1: answer with the value True")


def main() -> None:
    """Print whether you are ready."""
    print("Ready. Welcome to the course!" if is_ready() else "Not ready yet.")


if __name__ == "__main__":
    run(main)
