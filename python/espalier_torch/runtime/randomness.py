"""Random numbers as a function of where they are used, not of when they were drawn.

A counter-based hash of four 32-bit integers gives one number in [0, 1). Node draws the same numbers for the same
counters, so a path sampled there can be replayed here, and no generator state has to be saved to resume.
"""

import numpy as np
import torch
from torch import Tensor

TOKEN_DRAW = 0
GUMBEL = 1
REMASK = 2
MASK = 3
CAPTION = 4
ORDER = 5
GUIDANCE = 6
NOISE = 7
"""Streams: each use has numbers of its own. The first three are Node's."""

GUIDANCE_STEP = 1000
"""Steps of the Gumbel stream from here on belong to reward guidance; no path is as long."""

SEED_OFFSET = np.uint32(0x9E3779B9)
MIX_A = np.uint32(0x7FEB352D)
MIX_B = np.uint32(0x846CA68B)


def mix(value: np.ndarray) -> np.ndarray:
    """Bijective 32-bit finaliser with low bias (constants of Wellons' "lowbias32"). uint32 in and out."""
    value = value ^ (value >> np.uint32(16))
    value = value * MIX_A
    value = value ^ (value >> np.uint32(15))
    value = value * MIX_B
    return value ^ (value >> np.uint32(16))


def bits(seed: object, step: object, position: object, stream: object) -> np.ndarray:
    """32 random bits for each counter; the arguments are integers or integer arrays that broadcast. uint32."""
    words = [np.asarray(counter).astype(np.int64).astype(np.uint32) for counter in (seed, stream, step, position)]
    with np.errstate(over="ignore"):
        state = mix(words[0] + SEED_OFFSET)
        for word in words[1:]:
            state = mix(state ^ word)
    return state


def uniform(seed: object, step: object, position: object, stream: object) -> np.ndarray:
    """float64 in [0, 1) with 24 random bits, exact in float32. Shape of the broadcast counters."""
    return (bits(seed, step, position, stream) >> np.uint32(8)).astype(np.float64) / 2**24


def gumbel(seed: object, step: object, position: object) -> np.ndarray:
    """Standard Gumbel numbers as a function of their coordinates, float64; those of Node's `gumbel`."""
    # The middle of a cell of 2 ** -24, so that no logarithm meets 0.
    middle = uniform(seed, step, position, GUMBEL) + 2.0**-25
    return -np.log(-np.log(middle))


def permutation(length: int, seed: int, epoch: int) -> Tensor:
    """An order of `length` things that depends on (seed, epoch) only: int64, shape (length,)."""
    keys = bits(seed, epoch, np.arange(length), ORDER)
    return torch.from_numpy(np.argsort(keys, kind="stable"))
