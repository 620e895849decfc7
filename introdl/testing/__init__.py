"""What the days' tests are written with."""

from introdl.testing.check import call, check, check_raises, check_value, require
from introdl.testing.student import given, grad, jit, vmap
from introdl.testing.task import task
from introdl.testing.values import attributes

__all__ = [
    "attributes",
    "call",
    "check",
    "check_raises",
    "check_value",
    "given",
    "grad",
    "jit",
    "require",
    "task",
    "vmap",
]
