"""The numbers of `randomness` for many counters at once, made where they are used.

On a GPU the same bits come from the same integers; a Gumbel number's two logarithms may differ there in the last of
its 53 bits.
"""

import torch
from torch import Tensor

from espalier_torch.runtime import randomness

WORD = 0xFFFFFFFF


def bits(seeds: Tensor, steps: Tensor, positions: Tensor, stream: int) -> Tensor:
    """As `randomness.bits` for int64 counters that broadcast: int64 of 32 bits."""
    state = mix(((seeds & WORD) + int(randomness.SEED_OFFSET)) & WORD)
    for word in (torch.full_like(seeds, stream), steps & WORD, positions & WORD):
        state = mix(state ^ word)
    return state


def mix(value: Tensor) -> Tensor:
    """As `randomness.mix`, on int64 that hold 32 bits; products wrap at 64, which leaves the low 32 as they are."""
    value = value ^ (value >> 16)
    value = (value * int(randomness.MIX_A)) & WORD
    value = value ^ (value >> 15)
    value = (value * int(randomness.MIX_B)) & WORD
    return value ^ (value >> 16)


def uniform(seeds: Tensor, steps: Tensor, count: int, stream: int) -> Tensor:
    """(B, count) float64 in [0, 1) of B seeds and steps (int64, on one device), at positions 0 to count - 1."""
    if seeds.device.type == "cpu":
        columns = (seeds.numpy()[:, None], steps.numpy()[:, None])
        places = torch.arange(count).numpy()[None]
        return torch.from_numpy(randomness.uniform(*columns, places, stream))
    places = torch.arange(count, device=seeds.device).unsqueeze(0)
    return (bits(seeds.unsqueeze(1), steps.unsqueeze(1), places, stream) >> 8).double() / 2**24


def gumbel(seeds: Tensor, steps: Tensor, count: int) -> Tensor:
    """(B, count) float64 standard Gumbel numbers, as `randomness.gumbel`."""
    if seeds.device.type == "cpu":
        columns = (seeds.numpy()[:, None], steps.numpy()[:, None])
        return torch.from_numpy(randomness.gumbel(*columns, torch.arange(count).numpy()[None]))
    middle = uniform(seeds, steps, count, randomness.GUMBEL) + 2.0**-25
    return -(-middle.log()).log()
