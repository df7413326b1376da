"""How much of the loss gradient is noise of the masks: independent, shared, stratified and antithetic draws.

Same pairs, same number of draws, same cost; only the mask seed changes between the gradients of one kind.
"""

from dataclasses import replace

import torch
from torch import Tensor

from espalier_torch.batches import BatchPlan
from espalier_torch.dpo import combined_loss
from espalier_torch.estimator import estimate
from espalier_torch.log_probabilities import LogProbabilities, LossSettings
from espalier_torch.masks import MaskSettings
from espalier_torch.models.generator import Generator
from espalier_torch.pairs import Pairs

KINDS = {
    "independent": {"shared": False, "stratified": False},
    "shared": {"shared": True, "stratified": False},
    "stratified": {"shared": True, "stratified": True},
    "antithetic": {"shared": True, "stratified": True, "antithetic": True},
}


def gradient_variances(
    model: Generator, reference: Generator, pairs: Pairs, *, draws: int, seeds: int, policy: str = "random"
) -> dict[str, float]:
    """Trace of the covariance of the DPO loss gradient over mask seeds, for each of KINDS.

    Args:
        model: the policy.
        reference: what it is measured against.
        pairs: P pairs, all of them one batch.
        draws: masks a pair; even, for the antithetic ones.
        seeds: gradients of each kind.
        policy: key of `masks.MASK_POLICIES`.
    """
    plan = BatchPlan(pairs, len(pairs), 0, MaskSettings(policy=policy, draws=draws), 1, 0.0, torch.device("cpu"))
    found = {}
    for name, kind in KINDS.items():
        mean, squares = torch.zeros(1), 0.0
        for seed in range(seeds):
            gradient = loss_gradient(model, reference, replace(plan, masks=replace(plan.masks, seed=seed, **kind)))
            mean = mean + gradient / seeds
            squares += gradient.square().sum().item() / seeds
        found[name] = (squares - mean.square().sum().item()) * seeds / (seeds - 1)
    return found


def loss_gradient(model: Generator, reference: Generator, plan: BatchPlan) -> Tensor:
    """Gradient of the DPO loss of all the plan's pairs by all weights, flat."""
    batch = plan.batch(torch.arange(len(plan.pairs)), 0)
    mask_id = model.config.codebook_size
    with torch.no_grad():
        frozen = estimate(reference, batch, mask_id, "sum")
    measured = estimate(model, batch, mask_id, "sum")
    found = LogProbabilities(
        measured.chosen,
        measured.rejected,
        frozen.chosen,
        frozen.rejected,
        measured.chosen_lengths,
        measured.rejected_lengths,
    )
    loss = combined_loss(found, {"sigmoid": 1.0}, LossSettings()).mean()
    return torch.cat([one.flatten() for one in torch.autograd.grad(loss, list(model.parameters()))])
