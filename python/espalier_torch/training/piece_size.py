"""How many pairs go through the model at once where a request does not say."""

import math

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
    most = max(1, TOKENS[device.type] // tokens_a_pair)
    return math.ceil(request.batch_pairs / math.ceil(request.batch_pairs / most))
