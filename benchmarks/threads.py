"""The same two threads for JAX and PyTorch; to be imported before either of them."""

import os

THREADS = 2

# Threads that wait leave the cores alone.
os.environ.setdefault("OMP_NUM_THREADS", str(THREADS))
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:THREADS])
