"""The request for a training run: every setting with its meaning, limits and default."""

from dataclasses import dataclass, field

from espalier_torch.objective.divergences import DIVERGENCES
from espalier_torch.objective.dpo import LOSSES, refused_losses
from espalier_torch.objective.masks import MASK_POLICIES, SCORED, refused_masks
from espalier_torch.request_fields import about, setting

GUIDANCE = ("straight-through", "score-function")
BALANCES = ("none", "task")
KEPT = ("last", "best")
SHARDING = ("none", "full")


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
    balance: str = setting(
        "how a step's pairs are drawn: over all pairs alike, or as many of each task", "none", choices=BALANCES
    )
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
    micro_pairs: int | None = setting(
        "pairs of one forward pass, whose gradients add up; what keeps the device busy when absent", None, at_least=1
    )
    precision: str = setting("arithmetic of the forward passes", "fp32", choices=["fp32", "bf16"])
    recompute_activations: bool = setting("less memory for about a third more time", False)
    processes: int = setting("processes that share each batch", 1, at_least=1)
    sharding: str = setting(
        "every process holds all weights, or its share of them (torch's fully_shard)", "none", choices=SHARDING
    )
    adapter: str = setting("what is trained: all weights, or a LoRA adapter", "none", choices=["none", "lora"])
    adapter_rank: int = setting("rank of the adapter", 8, at_least=1)
    adapter_alpha: int = setting("its scale is alpha / rank", 16, at_least=1)
    adapter_targets: list[str] | None = field(
        default=None, metadata=about("names of the linear layers that get one; those of all blocks when absent")
    )
    adapter_start: str = setting(
        "a fresh adapter on the merged weights, or the starting checkpoint's own carried on",
        "fresh",
        choices=["fresh", "carried"],
    )
    adapter_base: str | None = setting("folder of the checkpoint the carried adapter sits on", None)
    reference_sync_steps: int | None = setting("steps between syncs of the reference (TR-DPO)", None, at_least=1)
    reference_mixup: float = setting(
        "share of the policy in a synced reference; 1 replaces it", 0.6, at_least=1e-9, at_most=1
    )
    guidance_judge: str | None = setting("folder of the judge whose P(yes) is raised; none when absent", None)
    guidance_kind: str = setting(
        "where its gradient comes from", "straight-through", choices=["straight-through", "score-function"]
    )
    guidance_coefficient: float = setting("weight of the guidance term", 0.1, at_least=0)
    guidance_question: str = setting("the judge's question", "outcome")
    guidance_prompts: int = setting("captions an optimizer step, of those of the pairs", 8, at_least=1)
    guidance_images: int = setting("images of a caption; score-function compares them", 4, at_least=1)
    guidance_draws: int = setting("steps of an image's path that score-function scores", 2, at_least=1)
    sampler_steps: int = setting("decoding steps of images drawn while training", 8, at_least=1)
    sampler_guidance_scale: float = setting("their classifier-free guidance", 0.0, at_least=0)
    sampler_temperature: float = setting("their Gumbel temperature", 1.0, at_least=0)
    held_out_share: float = setting("share of the captions whose pairs only validate", 0.0, at_least=0, at_most=0.9)
    validate_every: int = setting("optimizer steps between validations", 50, at_least=1)
    patience: int | None = setting("validations without a gain after which to stop", None, at_least=1)
    keep: str = setting("what is kept: the last weights, or the best on held-out pairs", "last", choices=KEPT)
    divergence_factor: float = setting("stops when the loss is so many times its start", 10.0, at_least=1)
    metrics_every: int = setting("optimizer steps between entropy, token accuracy and logits", 10, at_least=1)
    sample_every: int | None = setting("optimizer steps between sample images; none when absent", None, at_least=1)
    sample_prompts: int = setting("captions of the sample images", 6, at_least=1)
    trackers: list[str] | None = field(
        default=None, metadata=about("accelerate's trackers that get the metrics: tensorboard, wandb, trackio, ...")
    )
    checkpoint_every: int = setting("optimizer steps between resumable checkpoints", 50, at_least=1)
    keep_checkpoints: int = setting("resumable checkpoints kept while training", 2, at_least=1)

    def faults(self) -> list[str]:
        """What does not go together in this request, a sentence each."""
        return [
            *refused_losses(self.losses, self.label_smoothing, self.f_divergence),
            *refused_masks(self.mask_draws, self.mask_antithetic),
            *refused_together(self),
        ]


class EstimateRequest(TrainRequest):
    """What the training run of the same fields would need, without running it."""


def refused_together(request: TrainRequest) -> list[str]:
    """Settings that cannot do without, or not with, another one; a sentence each."""
    adapter, carried = request.adapter != "none", request.adapter_start == "carried"
    rules = {
        "adapter_base and adapter_start 'carried' belong together": carried != (request.adapter_base is not None),
        "adapter_start is 'carried', but adapter is 'none'": carried and not adapter,
        "reference_sync_steps with an adapter would need a second whole model: train all weights, or do without it": (
            adapter and request.reference_sync_steps is not None
        ),
        "sharding 'full' goes without guidance_judge, whose images each process draws on its own": (
            request.sharding == "full" and request.guidance_judge is not None
        ),
        "balance 'task' draws every task alike already: leave tag_balance at 0": (
            request.balance == "task" and request.tag_balance > 0
        ),
        "patience needs held_out_share above 0": request.patience is not None and not request.held_out_share,
        "keep 'best' needs held_out_share above 0": request.keep == "best" and not request.held_out_share,
        "guidance_kind 'score-function' compares images: guidance_images must be at least 2": (
            request.guidance_judge is not None
            and request.guidance_kind == "score-function"
            and request.guidance_images < 2
        ),
    }
    return [fault for fault, broken in rules.items() if broken]
