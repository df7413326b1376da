"""The objective on pairs: named losses, their weighted sum, and the implicit rewards. Tensors in, tensors out."""

from collections.abc import Callable, Iterable, Mapping

import torch
from torch import Tensor

from espalier_torch.objective import losses, older_losses
from espalier_torch.objective.log_probabilities import LogProbabilities, LossSettings

Loss = Callable[[LogProbabilities, LossSettings], Tensor]

LOSSES: dict[str, Loss] = {
    "sigmoid": losses.sigmoid,
    "sigmoid_smoothed": older_losses.sigmoid_smoothed,
    "robust": losses.robust,
    "hinge": losses.hinge,
    "ipo": losses.ipo,
    "ipo_unnormalised": older_losses.ipo_unnormalised,
    "sigmoid_norm": losses.sigmoid_norm,
    "exo_pair": losses.exo_pair,
    "nca_pair": losses.nca_pair,
    "bco_pair": losses.bco_pair,
    "bco_pair_centred": older_losses.bco_pair_centred,
    "sppo_hard": losses.sppo_hard,
    "aot": losses.aot,
    "aot_unpaired": losses.aot_unpaired,
    "apo_zero": losses.apo_zero,
    "apo_down": losses.apo_down,
    "discopop": losses.discopop,
    "dpop": losses.dpop,
    "sft": losses.sft,
}

SMOOTHED = {"sigmoid_smoothed", "robust", "exo_pair", "aot", "aot_unpaired"}
"""Losses that read `label_smoothing`."""

DIVERGENT = {
    "sigmoid", "sigmoid_smoothed", "robust", "hinge", "ipo", "ipo_unnormalised", "sigmoid_norm", "exo_pair", "discopop"
}  # fmt: skip
"""Losses that read `divergence`."""

WHOLE_BATCH = {"aot", "aot_unpaired", "bco_pair_centred", "sft"}
"""Losses of a pair that depend on the other pairs of the batch."""


def refused_losses(names: Iterable[str], smoothing: float, divergence: str) -> list[str]:
    """What does not go together, a sentence each: a setting that a loss would ignore, or cannot do without."""
    asked = set(names)
    faults = []
    if "exo_pair" in asked and smoothing == 0:
        faults.append("the loss exo_pair needs label_smoothing above 0 (1e-3 is usual), got 0")
    if smoothing > 0 and not asked & SMOOTHED:
        listed = ", ".join(sorted(SMOOTHED))
        faults.append(f"label_smoothing is {smoothing}, but no loss asked for reads it; those that do: {listed}")
    unread = sorted(asked - DIVERGENT - {"sft", "dpop"})
    if divergence != "reverse_kl" and unread:
        faults.append(
            f"divergence is {divergence!r}, but the loss {', '.join(unread)} is defined for reverse_kl only; "
            f"those that read it: {', '.join(sorted(DIVERGENT))}"
        )
    return faults


def combined_loss(found: LogProbabilities, weights: Mapping[str, float], settings: LossSettings) -> Tensor:
    """Weighted sum of the named losses, shape (B,). DPO + SFT is {"sigmoid": 1, "sft": 0.5}.

    Raises:
        KeyError: a name that is not in LOSSES; a request is refused with it earlier, with the nearest name.
    """
    return torch.stack([weight * LOSSES[name](found, settings) for name, weight in weights.items()]).sum(0)


def implicit_rewards(found: LogProbabilities, beta: float) -> tuple[Tensor, Tensor]:
    """beta * log-ratio of chosen and rejected, (B,) each, without gradient. Rafailov et al. 2023, section 4."""
    return beta * found.chosen_ratios.detach(), beta * found.rejected_ratios.detach()
