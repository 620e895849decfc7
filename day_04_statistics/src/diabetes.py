"""Clusters without labels: do they agree with the doctors' diagnosis?"""

from itertools import permutations
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from day_04_statistics.src.mixture import em_step, fit, log_likelihood, responsibilities, start
from day_04_statistics.src.sample import standardize
from introdl.datasets import DIAGNOSES, load_diabetes
from introdl.figures import save_or_show
from introdl.script import run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Labels = NDArray[np.integer[Any]]

COLUMNS = (2, 3)  # glucose area, insulin area
CENTRES = ((-0.6, -0.2), (-0.4, 1.5), (2.0, -1.2))  # standardised, read off the scatter plot
STEPS = 100


def match_clusters(clusters: Labels, diagnosis: Labels) -> Labels:
    """Rename the clusters so that they agree with the diagnosis as often as possible.

    A cluster's number means nothing: EM may call the healthy ones 2. So try every renaming.

    Args:
        clusters: for each patient a cluster from 0 to k − 1, of shape ``(n,)``.
        diagnosis: for each patient a class from 0 to k − 1, of shape ``(n,)``.

    Returns:
        The renamed clusters, of shape ``(n,)``.
    """
    # TODO 4.8: try all renamings with itertools.permutations, keep the best (about 4 lines).
    raise NotImplementedError("TODO 4.8: try all renamings with itertools.permutations, …")


def confusion(clusters: Labels, diagnosis: Labels) -> Labels:
    """How often each diagnosis fell into each cluster.

    Args:
        clusters: for each patient a renamed cluster, of shape ``(n,)``.
        diagnosis: for each patient a class, of shape ``(n,)``.

    Returns:
        The counts, of shape ``(3, 3)``; a row for each diagnosis, a column for each cluster.
    """
    # TODO 4.8: count the pairs (about 3 lines).
    raise NotImplementedError("TODO 4.8: count the pairs")


def cluster() -> Labels:
    """The most responsible component of each patient, of shape ``(145,)``."""
    x = jnp.asarray(standardize(load_diabetes().measurements[:, COLUMNS]))
    params, _ = fit(em_step, log_likelihood, x, start(x, jnp.array(CENTRES)), STEPS)
    return np.argmax(np.asarray(responsibilities(x, params)), axis=1)


def draw(clusters: Labels) -> "Figure":
    """Draw the patients by diagnosis and by cluster.

    Args:
        clusters: for each patient a renamed cluster, of shape ``(145,)``.

    Returns:
        The figure.
    """
    import matplotlib.pyplot as plt

    patients = load_diabetes()
    x, y = patients.measurements[:, COLUMNS].T
    figure, panels = plt.subplots(1, 2, figsize=(10, 4.2), sharey=True, layout="constrained")
    for panel, title, labels in zip(
        panels, ("diagnosis", "clusters found by EM"), (patients.diagnosis, clusters), strict=True
    ):
        for number, (name, marker) in enumerate(zip(DIAGNOSES, "o^s", strict=True)):
            chosen = labels == number
            panel.scatter(x[chosen], y[chosen], s=22, marker=marker, label=name)
        panel.set(xlabel=patients.names[COLUMNS[0]], title=title)
    panels[0].set_ylabel(patients.names[COLUMNS[1]])
    panels[0].legend()
    return figure


def main() -> None:
    """Cluster the patients and compare with the diagnosis."""
    diagnosis = load_diabetes().diagnosis
    clusters = match_clusters(cluster(), diagnosis)
    print(f"{np.mean(clusters == diagnosis):.0%} of the patients are in the cluster of their kind")
    for name, row in zip(DIAGNOSES, confusion(clusters, diagnosis), strict=True):
        print(f"  {name:18} {row}")
    save_or_show(draw(clusters), "day_04_statistics", "diabetes")


if __name__ == "__main__":
    run(main)
