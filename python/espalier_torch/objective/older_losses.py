"""Losses as TRL had them before 1.0, where the same name means something else today. Each gives (B,)."""

import torch
import torch.nn.functional as F
from torch import Tensor

from espalier_torch.objective.log_probabilities import LogProbabilities, LossSettings
from espalier_torch.objective.losses import scaled_margin, scores, smoothed


def sigmoid_smoothed(found: LogProbabilities, settings: LossSettings) -> Tensor:
    """Conservative DPO: the cross-entropy against labels flipped with probability `label_smoothing`.

    Mitchell 2023, "A note on DPO with noisy preferences", equation 3. TRL before 1.0 called this `sigmoid`.
    """
    return smoothed(scaled_margin(found, settings), settings.label_smoothing)


def ipo_unnormalised(found: LogProbabilities, settings: LossSettings) -> Tensor:
    """(margin - 1 / (2 beta))^2 without a division by the length. TRL before 1.0 called this `ipo`."""
    chosen, rejected = scores(found, settings)
    return (chosen - rejected - 1 / (2 * settings.beta)) ** 2


def bco_pair_centred(found: LogProbabilities, settings: LossSettings) -> Tensor:
    """As `bco_pair`, less the mean of all rewards so far. TRL before 1.0 called this `bco_pair`."""
    chosen, rejected = settings.beta * found.chosen_ratios, settings.beta * found.rejected_ratios
    centre = settings.rewards.update(torch.cat([chosen, rejected]))
    return -F.logsigmoid(chosen - centre) - F.logsigmoid(centre - rejected)
