"""How many pairs go through the model at once where a request does not say."""

import math
from collections.abc import Callable

import torch

from espalier_torch.objective.dpo import WHOLE_BATCH
from espalier_torch.protocol.train_requests import TrainRequest

TOKENS = {"cpu": 2304, "cuda": 16384}
"""Tokens of one forward pass that keep a device busy; more only take memory (docs/results/training.md)."""


def pairs_a_pass(request: TrainRequest, tokens_a_pair: int, device: torch.device) -> int | None:
    """`micro_pairs`, or a number that keeps the device busy and cuts the batch evenly; None for the batch at once.

    A function of the request, what a pair takes and the kind of device alone, so that a resumed run cuts alike.
    A loss that looks at the whole batch would cost a second pass, so its batch is only cut where that is asked for.
    """
    if request.micro_pairs is not None or request.losses.keys() & WHOLE_BATCH:
        return request.micro_pairs
    return even_pieces(request.batch_pairs, max(1, TOKENS[device.type] // tokens_a_pair))


def even_pieces(pairs: int, most: int) -> int:
    """Pairs of a piece where a batch is cut into as few as it can be, of as nearly one size as it can be."""
    return math.ceil(pairs / math.ceil(pairs / most))


def pairs_that_fit(pairs: int, budget: int, peak_of: Callable[[int], int]) -> int:
    """Pairs of a piece whose peak stays in a budget of bytes, from what pieces of one pair and of two take."""
    one = peak_of(1)
    if pairs == 1:
        return 1
    each = max(1, peak_of(2) - one)
    return even_pieces(pairs, max(1, 1 + (budget - one) // each))
