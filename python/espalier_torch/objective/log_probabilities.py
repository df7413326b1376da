"""What a batch of pairs is judged by, and how strictly: the arguments of every preference loss."""

from dataclasses import dataclass, field

from torch import Tensor


@dataclass(frozen=True)
class LogProbabilities:
    """Sums of log-probabilities over the scored tokens of B pairs, all of shape (B,).

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


class RunningMean:
    """Mean of all numbers seen so far, which `bco_pair_centred` takes rewards from. Part of a run's resumable state."""

    def __init__(self, mean: float = 0.0, count: int = 0):
        self.mean, self.count = mean, count

    def update(self, values: Tensor) -> float:
        """Takes in the values of a batch, any shape; returns the mean of everything so far."""
        batch_mean = values.detach().float().mean().item()
        self.count += values.numel()
        self.mean += (batch_mean - self.mean) * values.numel() / self.count
        return self.mean


@dataclass(frozen=True)
class LossSettings:
    """What the losses are set to.

    beta: strength of the pull to the reference.
    label_smoothing: share of labels taken to be flipped, below 0.5.
    f_divergence: key of `divergences.DIVERGENCES`.
    f_alpha: order of the alpha divergences.
    discopop_tau: temperature of `discopop`'s mixture.
    rewards: mean of the rewards so far, which `bco_pair_centred` keeps up.
    """

    beta: float = 0.1
    label_smoothing: float = 0.0
    f_divergence: str = "reverse_kl"
    f_alpha: float = 0.5
    discopop_tau: float = 0.05
    rewards: RunningMean = field(default_factory=RunningMean, compare=False)
