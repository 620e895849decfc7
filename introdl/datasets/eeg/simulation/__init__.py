"""Simulate recordings of movements: sources in a sphere, potentials on the head, files in EDF.

What is simulated and why, with references, stands in ``data/DATA.md``.
"""

from introdl.datasets.eeg.simulation.recordings import folder, provide

__all__ = ["folder", "provide"]
