"""Preference losses as pure functions of log-probabilities: tensors in, tensors out.

Names and meanings are those of TRL 1.16's `loss_type`; every loss is checked against numbers TRL itself produced.
Where a field users rely on changed its meaning, the older one stands under a name of its own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True)
class LogProbabilities:
    """What a batch of B pairs is judged by: sums of log-probabilities over the scored tokens, all of shape (B,).

    Lengths count the scored tokens of one image; only the length-normalised losses read them.
    """

    policy_chosen: Tensor
    policy_rejected: Tensor
    reference_chosen: Tensor
    reference_rejected: Tensor
    chosen_lengths: Tensor
    rejected_lengths: Tensor

    @property
    def chosen_ratios(self) -> Tensor:
        """log pi(chosen) - log pi_reference(chosen), shape (B,)."""
        return self.policy_chosen - self.reference_chosen

    @property
    def rejected_ratios(self) -> Tensor:
        """log pi(rejected) - log pi_reference(rejected), shape (B,)."""
        return self.policy_rejected - self.reference_rejected

    @property
    def margins(self) -> Tensor:
        """Difference of the two log-ratios, shape (B,): the bracket of equation 7 of Rafailov et al. 2023."""
        return self.chosen_ratios - self.rejected_ratios


@dataclass(frozen=True)
class LossSettings:
    """`beta` is the strength of the pull to the reference, `label_smoothing` the share of flipped labels, below 0.5."""

    beta: float = 0.1
    label_smoothing: float = 0.0


Loss = Callable[[LogProbabilities, LossSettings], Tensor]


def sigmoid(found: LogProbabilities, settings: LossSettings) -> Tensor:
    """DPO: -log sigmoid(beta * margin), (B,). Rafailov et al. 2023 (arXiv 2305.18290), equation 7. No smoothing."""
    return -F.logsigmoid(settings.beta * found.margins)


def sigmoid_smoothed(found: LogProbabilities, settings: LossSettings) -> Tensor:
    """Conservative DPO, (B,): the cross-entropy against labels flipped with probability `label_smoothing`.

    Mitchell 2023, "A note on DPO with noisy preferences", equation 3. TRL before 1.0 called this `sigmoid`.
    """
    scaled, smoothing = settings.beta * found.margins, settings.label_smoothing
    return -F.logsigmoid(scaled) * (1 - smoothing) - F.logsigmoid(-scaled) * smoothing


def robust(found: LogProbabilities, settings: LossSettings) -> Tensor:
    """Unbiased under flipped labels, (B,). Chowdhury et al. 2024 (arXiv 2403.00409), equation 12."""
    scaled, smoothing = settings.beta * found.margins, settings.label_smoothing
    clean = -F.logsigmoid(scaled) * (1 - smoothing)
    flipped = -F.logsigmoid(-scaled) * smoothing
    return (clean - flipped) / (1 - 2 * smoothing)


def hinge(found: LogProbabilities, settings: LossSettings) -> Tensor:
    """max(0, 1 - beta * margin), (B,). SLiC: Zhao et al. 2023 (arXiv 2305.10425), equation 1, on DPO's margin."""
    return torch.relu(1 - settings.beta * found.margins)


def ipo(found: LogProbabilities, settings: LossSettings) -> Tensor:
    """(h - 1 / (2 beta))^2 with h the margin of log-ratios per scored token, (B,).

    Azar et al. 2023 (arXiv 2310.12036), equation 17; the division by the length is TRL's since 1.0.
    """
    chosen = found.chosen_ratios / found.chosen_lengths.clamp(min=1)
    rejected = found.rejected_ratios / found.rejected_lengths.clamp(min=1)
    return (chosen - rejected - 1 / (2 * settings.beta)) ** 2


def sft(found: LogProbabilities, settings: LossSettings) -> Tensor:
    """-log pi per scored token of the batch's chosen images: one scalar, repeated to (B,)."""
    mean = -found.policy_chosen.sum() / found.chosen_lengths.sum().clamp(min=1)
    return mean.expand_as(found.policy_chosen)


LOSSES: dict[str, Loss] = {
    "sigmoid": sigmoid,
    "sigmoid_smoothed": sigmoid_smoothed,
    "robust": robust,
    "hinge": hinge,
    "ipo": ipo,
    "sft": sft,
}


def combined_loss(found: LogProbabilities, weights: Mapping[str, float], settings: LossSettings) -> Tensor:
    """Weighted sum of the named losses, shape (B,). DPO + SFT is {"sigmoid": 1, "sft": 0.5}.

    Raises:
        KeyError: a name that is not in LOSSES; `protocol.py` refuses it earlier, with the nearest name.
    """
    return torch.stack([weight * LOSSES[name](found, settings) for name, weight in weights.items()]).sum(0)


def implicit_rewards(found: LogProbabilities, beta: float) -> tuple[Tensor, Tensor]:
    """beta * log-ratio of chosen and rejected, (B,) each, without gradient. Rafailov et al. 2023, section 4."""
    return beta * found.chosen_ratios.detach(), beta * found.rejected_ratios.detach()
