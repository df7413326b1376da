"""The request for a training run: every setting with its meaning, limits and default."""

from dataclasses import dataclass, field

from espalier_torch.divergences import DIVERGENCES
from espalier_torch.dpo import LOSSES, refused_losses
from espalier_torch.masks import MASK_POLICIES, SCORED, refused_masks
from espalier_torch.request_fields import about, setting


def plain_dpo() -> dict[str, float]:
    """The default losses."""
    return {"sigmoid": 1.0}


@dataclass(frozen=True, kw_only=True)
class TrainRequest:
    """One DPO run: from a generator and a pair set to a new generator."""

    pairs: list[str] = field(
        metadata=about("files of the pair set, Arrow streams, in order; one may do without a list")
    )
    generator: str = setting("folder of the checkpoint training starts from")
    out: str = setting("folder of the checkpoint to write; must not exist, or hold this very run's result")
    reference: str | None = setting("folder of the reference checkpoint; the starting checkpoint when absent", None)
    reference_policy: str = setting("how the reference was chosen (base, previous, fixed:ID, ema); recorded", "base")
    round: int | None = setting("round of the run this is, from 1; recorded", None, at_least=1)
    work: str | None = setting("folder for resumable state, of this run alone; OUT.work when absent", None)
    cache: str | None = setting("folder of reference log-probabilities, for many runs; WORK when absent", None)
    seed: int = setting("seed of the data order", 0, at_least=0, at_most=2**32 - 1)
    threads: int | None = setting("CPU threads; torch decides when absent", None, at_least=1)
    device: str = setting("where to train", "cpu", choices=["cpu", "cuda", "auto"])
    epochs: int = setting("passes over the pairs, where steps do not say otherwise", 1, at_least=1)
    steps: int | None = setting("optimizer steps, over as many epochs as they take", None, at_least=0)
    batch_pairs: int = setting("pairs an optimizer step", 32, at_least=1)
    learning_rate: float = setting("peak of the cosine schedule", 5e-5, at_least=0)
    warmup_share: float = setting("share of the steps over which the rate rises", 0.1, at_least=0, at_most=1)
    weight_decay: float = setting("AdamW's, on matrices only", 0.0, at_least=0)
    adam_beta1: float = setting("AdamW's decay of the first moment", 0.9, at_least=0, at_most=0.9999)
    adam_beta2: float = setting("AdamW's decay of the second moment", 0.99, at_least=0, at_most=0.99999)
    max_gradient_norm: float = setting("gradients are scaled down to this norm", 1.0, at_least=1e-9)
    beta: float = setting("strength of the pull to the reference", 0.1, at_least=1e-9)
    losses: dict[str, float] = field(default_factory=plain_dpo, metadata=about("weight of each loss", choices=LOSSES))
    label_smoothing: float = setting("share of labels assumed flipped", 0.0, at_least=0, at_most=0.4999)
    f_divergence: str = setting("what holds the policy to the reference", "reverse_kl", choices=DIVERGENCES)
    f_alpha: float = setting("order of the alpha divergences", 0.5, at_least=1e-3)
    discopop_tau: float = setting("temperature of discopop's mixture", 0.05, at_least=1e-9)
    reduction: str = setting("sum over scored tokens, or mean a token", "sum", choices=["sum", "mean"])
    mask_policy: str = setting("how masks are drawn", "random", choices=MASK_POLICIES)
    mask_draws: int = setting("masks a pair and step", 2, at_least=1)
    mask_stratified: bool = setting("a pair's masks are spread over the mask ratio", True)
    mask_antithetic: bool = setting("masks come in couples of opposite ratio and positions", False)
    mask_seed: int = setting("seed of the masks", 0, at_least=0, at_most=2**32 - 1)
    mask_lowest_ratio: float = setting("lowest mask ratio of high-ratio", 0.75, at_least=0, at_most=1)
    mask_scored: str = setting("what own-path scores", "committed", choices=SCORED)
    mask_path_share: float = setting("first share of the path own-path draws from", 1.0, at_least=1e-9, at_most=1)
    mask_shared: bool = setting("chosen and rejected share masks", True)
    mask_tables: int = setting("sets of masks drawn in all; epochs take them in turn", 4, at_least=1)
    caption_dropout: float = setting("share of pairs trained without their caption", 0.0, at_least=0, at_most=1)
    tag_balance: float = setting("0 weighs pairs alike, 1 gives every task the same weight", 0.0, at_least=0, at_most=1)
    ema_decay: float = setting(
        "moving average of the weights, which is what is kept; 0 for none", 0.0, at_least=0, at_most=0.99999
    )
    checkpoint_every: int = setting("optimizer steps between resumable checkpoints", 50, at_least=1)
    keep_checkpoints: int = setting("resumable checkpoints kept while training", 2, at_least=1)

    def faults(self) -> list[str]:
        """What does not go together in this request, a sentence each."""
        return [
            *refused_losses(self.losses, self.label_smoothing, self.f_divergence),
            *refused_masks(self.mask_draws, self.mask_antithetic),
        ]
