"""Preference losses as pure functions of log-probabilities: each takes B pairs and gives (B,).

Names and meanings are those of TRL 1.16's `loss_type`. Where a name users rely on meant something else before TRL
1.0, that meaning is in `older_losses`. All are checked against numbers TRL itself produced.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from espalier_torch.objective.divergences import DIVERGENCES
from espalier_torch.objective.log_probabilities import LogProbabilities, LossSettings


def scores(found: LogProbabilities, settings: LossSettings) -> tuple[Tensor, Tensor]:
    """f'(pi / pi_reference) of chosen and rejected, (B,) each; the log-ratios themselves under reverse KL."""
    divergence = DIVERGENCES[settings.f_divergence]
    return divergence(found.chosen_ratios, settings.f_alpha), divergence(found.rejected_ratios, settings.f_alpha)


def scaled_margin(found: LogProbabilities, settings: LossSettings) -> Tensor:
    """beta * (score of chosen - score of rejected), (B,)."""
    chosen, rejected = scores(found, settings)
    return settings.beta * (chosen - rejected)


def per_token(found: LogProbabilities, settings: LossSettings) -> Tensor:
    """Difference of the scores, each divided by the scored tokens of its image, (B,)."""
    chosen, rejected = scores(found, settings)
    return chosen / found.chosen_lengths.clamp(min=1) - rejected / found.rejected_lengths.clamp(min=1)


def smoothed(scaled: Tensor, smoothing: float) -> Tensor:
    """Cross-entropy of sigmoid(scaled) against labels flipped with probability `smoothing`, shape unchanged."""
    return -F.logsigmoid(scaled) * (1 - smoothing) - F.logsigmoid(-scaled) * smoothing


def sigmoid(found: LogProbabilities, settings: LossSettings) -> Tensor:
    """DPO: -log sigmoid(beta * margin). Rafailov et al. 2023 (arXiv 2305.18290), equation 7. No smoothing."""
    return -F.logsigmoid(scaled_margin(found, settings))


def hinge(found: LogProbabilities, settings: LossSettings) -> Tensor:
    """max(0, 1 - beta * margin). SLiC: Zhao et al. 2023 (arXiv 2305.10425), equation 1, on DPO's margin."""
    return torch.relu(1 - scaled_margin(found, settings))


def ipo(found: LogProbabilities, settings: LossSettings) -> Tensor:
    """(h - 1 / (2 beta))^2 with h the margin per scored token.

    Azar et al. 2023 (arXiv 2310.12036), equation 17; the division by the length is TRL's since 1.0.
    """
    return (per_token(found, settings) - 1 / (2 * settings.beta)) ** 2


def sigmoid_norm(found: LogProbabilities, settings: LossSettings) -> Tensor:
    """-log sigmoid(beta * margin per scored token): DPO with the length normalisation of SimPO (arXiv 2405.14734)."""
    return -F.logsigmoid(settings.beta * per_token(found, settings))


def exo_pair(found: LogProbabilities, settings: LossSettings) -> Tensor:
    """KL of the policy's preference from the smoothed label. Ji et al. 2024 (arXiv 2402.00856), equation 16.

    `label_smoothing` must be above 0: the label's logarithm would be infinite.
    """
    scaled, smoothing = scaled_margin(found, settings), settings.label_smoothing
    win = torch.sigmoid(scaled) * (F.logsigmoid(scaled) - math.log1p(-smoothing))
    lose = torch.sigmoid(-scaled) * (F.logsigmoid(-scaled) - math.log(smoothing))
    return win + lose


def nca_pair(found: LogProbabilities, settings: LossSettings) -> Tensor:
    """Noise-contrastive alignment on pairs. Chen et al. 2024 (arXiv 2402.05369), section 3.3."""
    chosen, rejected = settings.beta * found.chosen_ratios, settings.beta * found.rejected_ratios
    return -F.logsigmoid(chosen) - 0.5 * F.logsigmoid(-chosen) - 0.5 * F.logsigmoid(-rejected)


def robust(found: LogProbabilities, settings: LossSettings) -> Tensor:
    """Unbiased under flipped labels. Chowdhury et al. 2024 (arXiv 2403.00409), equation 12."""
    scaled, smoothing = scaled_margin(found, settings), settings.label_smoothing
    clean = -F.logsigmoid(scaled) * (1 - smoothing)
    flipped = -F.logsigmoid(-scaled) * smoothing
    return (clean - flipped) / (1 - 2 * smoothing)


def bco_pair(found: LogProbabilities, settings: LossSettings) -> Tensor:
    """Chosen is a yes and rejected a no, each on its own. Jung et al. 2024 (arXiv 2404.04656); no shift of rewards."""
    return -F.logsigmoid(settings.beta * found.chosen_ratios) - F.logsigmoid(-settings.beta * found.rejected_ratios)


def sppo_hard(found: LogProbabilities, settings: LossSettings) -> Tensor:
    """Log-ratios drawn to +-1 / (2 beta). Wu et al. 2024 (arXiv 2405.00675), equation 4.7 with hard labels."""
    target = 0.5 / settings.beta
    return (found.chosen_ratios - target) ** 2 + (found.rejected_ratios + target) ** 2


def aot(found: LogProbabilities, settings: LossSettings) -> Tensor:
    """Alignment by optimal transport, paired: the policy's margins against the reference's, both sorted.

    Melnyk et al. 2024 (arXiv 2406.05882). Entry i belongs to rank i of the batch, not to pair i.
    """
    policy = (found.policy_chosen - found.policy_rejected).sort().values
    reference = (found.reference_chosen - found.reference_rejected).sort().values
    return smoothed(settings.beta * (policy - reference), settings.label_smoothing)


def aot_unpaired(found: LogProbabilities, settings: LossSettings) -> Tensor:
    """As `aot`, between the chosen and the rejected log-ratios, both sorted."""
    chosen, rejected = found.chosen_ratios.sort().values, found.rejected_ratios.sort().values
    return smoothed(settings.beta * (chosen - rejected), settings.label_smoothing)


def apo_zero(found: LogProbabilities, settings: LossSettings) -> Tensor:
    """Raises the chosen, lowers the rejected. D'Oosterlinck et al. 2024 (arXiv 2408.06266), equation 7."""
    return 1 - torch.sigmoid(settings.beta * found.chosen_ratios) + torch.sigmoid(settings.beta * found.rejected_ratios)


def apo_down(found: LogProbabilities, settings: LossSettings) -> Tensor:
    """Lowers both, the rejected more. D'Oosterlinck et al. 2024 (arXiv 2408.06266), equation 8."""
    return torch.sigmoid(settings.beta * found.chosen_ratios) + 1 - torch.sigmoid(settings.beta * found.margins)


def discopop(found: LogProbabilities, settings: LossSettings) -> Tensor:
    """A mixture of logistic and exponential loss found by search. Lu et al. 2024 (arXiv 2406.08414), equation 5."""
    scaled = scaled_margin(found, settings)
    share = torch.sigmoid(scaled / settings.discopop_tau)
    return -F.logsigmoid(scaled) * (1 - share) + torch.exp(-scaled) * share


def dpop(found: LogProbabilities, settings: LossSettings) -> Tensor:
    """What the chosen has lost against the reference, per scored token; 0 where it has gained.

    The penalty of DPO-Positive, beside the loss instead of inside its sigmoid: Pal et al. 2024 (arXiv 2402.13228),
    equation 3.
    """
    return torch.relu(-found.chosen_ratios) / found.chosen_lengths.clamp(min=1)


def sft(found: LogProbabilities, settings: LossSettings) -> Tensor:
    """-log pi per scored token of the batch's chosen images: one scalar, repeated to (B,)."""
    mean = -found.policy_chosen.sum() / found.chosen_lengths.sum().clamp(min=1)
    return mean.expand_as(found.policy_chosen)
