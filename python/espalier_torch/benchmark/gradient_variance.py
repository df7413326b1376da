"""How much of the loss gradient is noise of the masks, for each way of drawing them.

Same pairs, same number of draws, same cost; only the mask seed changes between the gradients of one kind. A kind that
scores more tokens has a longer gradient, so its noise is given beside the square of the mean gradient's length too.
"""

from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from espalier_torch.data.pair_subsets import chosen_pairs
from espalier_torch.data.pairs import Pairs, read_pairs
from espalier_torch.families.bundled.generator import Generator, load_generator
from espalier_torch.objective.dpo import combined_loss
from espalier_torch.objective.log_probabilities import LogProbabilities, LossSettings
from espalier_torch.objective.masked_tokens import MaskedTokens
from espalier_torch.objective.masks import MaskSettings
from espalier_torch.objective.sampling import SamplerSettings

RELEASED, STRATIFIED, DEFAULT = "independent", "stratified", "high ratio, stratified"
KINDS = {
    RELEASED: {"shared": False, "stratified": False},
    "shared": {"shared": True, "stratified": False},
    STRATIFIED: {"shared": True, "stratified": True},
    "antithetic": {"shared": True, "stratified": True, "antithetic": True},
    "high ratio, independent": {"policy": "high-ratio", "shared": False, "stratified": False},
    DEFAULT: {"policy": "high-ratio", "shared": True, "stratified": True},
    "own path": {"policy": "own-path", "shared": True, "stratified": True},
}
"""The released trainer's way first; `DEFAULT` is what training takes where it is not told otherwise.

The first four have the same mean gradient, so their variances can be compared as they are.
"""

MOVED = 0.01
PAIRS = 16


def noise_of(generator: str, pairs: Path, seeds: int) -> dict[str, dict[str, float]]:
    """`gradient_noise` of a bundled generator moved a little from its reference, as training does, on a few pairs."""
    model, reference = (load_generator(generator)[0] for _ in range(2))
    torch.manual_seed(0)
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(torch.randn_like(weight) * MOVED * weight.std(correction=0))
    whole = read_pairs([pairs])
    few = chosen_pairs(whole, torch.arange(min(PAIRS, len(whole))), "measured")
    return gradient_noise(model, reference, few, draws=MaskSettings.draws, seeds=seeds)


def gradient_noise(
    model: Generator, reference: Generator, pairs: Pairs, *, draws: int, seeds: int
) -> dict[str, dict[str, float]]:
    """Noise of the DPO loss gradient over mask seeds, for each of KINDS.

    `variance` is the trace of its covariance; `relative` the same by the squared length of the mean gradient, whose own
    noise is taken off.

    Args:
        model: the policy.
        reference: what it is measured against.
        pairs: P pairs, all of them one batch.
        draws: masks a pair; even, for the antithetic ones.
        seeds: gradients of each kind.
    """
    masks, cpu = MaskSettings("random", draws), torch.device("cpu")
    objective = MaskedTokens(model.config, masks, 0.0, "sum", SamplerSettings(), cpu)
    found = {}
    for name, kind in KINDS.items():
        mean, squares = torch.zeros(1), 0.0
        for seed in range(seeds):
            drawn = replace(objective, masks=replace(masks, seed=seed, **kind))
            gradient = loss_gradient(model, reference, pairs, drawn)
            mean = mean + gradient / seeds
            squares += gradient.square().sum().item() / seeds
        variance = (squares - mean.square().sum().item()) * seeds / (seeds - 1)
        found[name] = {"variance": variance, "relative": variance / (mean.square().sum().item() - variance / seeds)}
    return found


def loss_gradient(model: Generator, reference: Generator, pairs: Pairs, objective: MaskedTokens) -> Tensor:
    """Gradient of the DPO loss of all the pairs by all weights, flat."""
    rows = objective.rows(pairs, torch.arange(len(pairs)), 0)
    with torch.no_grad():
        frozen = objective.log_likelihoods(reference, rows)
    measured = objective.log_likelihoods(model, rows)
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
