"""How long the kubelets take for what they do: the times that a person would see, or short ones.

A practice production is `LIFELIKE`; a bare cluster, which tests wait for, is `QUICK`.
"""

import math
from dataclasses import dataclass
from typing import TypeAlias

_ALMOST = 1e-5
Range: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """The times of a cluster in simulated seconds; a pair is drawn from evenly."""

    beat: float
    """Between two moments at which containers move, all together, so that hundreds of pods
    keep the controllers no busier than a few."""
    begin: float
    """From the binding of a pod to the first work for its containers."""
    present: float
    """To start from an image that the node has."""
    pull: Range
    """To fetch an image."""
    ready: Range
    """From the start of a well container to its readiness."""
    probe: float
    """From the start of a container that never gets ready to the first word about it."""
    flaky_run: float
    """From the start of a flaky container to its crash."""
    replace: float
    """To start over after a changed image."""
    first_pause: float
    """Before the first restart and the first doubt about a pull; doubles after each crash."""
    longest_pause: float
    pull_retry: float
    """Between two attempts to fetch an image."""
    config_retry: float
    """Between two looks for a ConfigMap or a Secret that is missing."""
    goodbye: float
    """The longest that a deleted pod takes to end."""

    def beat_after(self, moment: float) -> float:
        """Return the first beat that is not before `moment` (Unix seconds)."""
        return math.ceil(moment / self.beat - _ALMOST) * self.beat


LIFELIKE = Pace(
    beat=0.05,
    begin=0.1,
    present=0.05,
    pull=(0.3, 0.9),
    ready=(0.5, 1.2),
    probe=5.0,
    flaky_run=1.0,
    replace=0.5,
    first_pause=2.0,
    longest_pause=60.0,
    pull_retry=15.0,
    config_retry=10.0,
    goodbye=1.0,
)
QUICK = Pace(
    beat=0.02,
    begin=0.0,
    present=0.02,
    pull=(0.02, 0.04),
    ready=(0.04, 0.06),
    probe=0.5,
    flaky_run=0.2,
    replace=0.05,
    first_pause=0.5,
    longest_pause=60.0,
    pull_retry=5.0,
    config_retry=1.0,
    goodbye=0.3,
)
