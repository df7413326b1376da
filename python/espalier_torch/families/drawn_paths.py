"""What a serving worker needs of a generator that keeps its paths itself: one of diffusers, or a person's own class.

A state is whatever the generator makes of a path; it is never changed, so that two paths may share one.
"""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np


class PathGenerator(Protocol):
    """A generator whose pictures take shape step by step.

    identity: of its weights and code. steps: of a whole path. evaluations_a_step: forward passes of a path's step.
    """

    identity: str
    steps: int
    evaluations_a_step: int

    def open(self, prompts: Sequence[str], seeds: Sequence[int]) -> list[Any]:
        """The states that B paths begin in; all that is random in one comes from its seed."""

    def advance(self, states: Sequence[Any]) -> list[Any]:
        """The states of B paths, of any prompts and steps, after one more step each."""

    def preview(self, states: Sequence[Any]) -> Sequence[np.ndarray]:
        """The pictures that B paths predict after at least one step: (H, W, 3) uint8 each."""

    def finish(self, states: Sequence[Any]) -> Sequence[np.ndarray]:
        """The pictures of B paths that have run all their steps: (H, W, 3) uint8 each."""

    def fork(self, state: Any, step: int, earlier: int, seed: int, share: float) -> Any:
        """The state of a path that leaves another after `step` steps and goes on from an `earlier` one by its own seed.

        Before the first step its noise lies `share` (0..1) away from the other's; later it goes back over that share of
        its steps and is noised again. Raises ValueError where paths cannot be forked.
        """
