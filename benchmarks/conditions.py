"""The same conditions for JAX and PyTorch: two threads, and the solved days.

To be imported before either of them.
"""

import os
from types import ModuleType

from introdl.course import ROOT
from introdl.errors import UsageError

THREADS = 2

# Threads that wait leave the cores alone.
os.environ.setdefault("OMP_NUM_THREADS", str(THREADS))
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:THREADS])


def require_solved(module: ModuleType) -> None:
    """Refuse to measure a stub.

    Args:
        module: a module that is solved in ``solutions``.
    """
    if not str(module.__file__).startswith(str(ROOT / "solutions")):
        raise UsageError("Run the benchmark with the solved days: set PYTHONPATH=solutions.")
