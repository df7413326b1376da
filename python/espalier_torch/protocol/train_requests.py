"""Requests of a worker. Written by `npm run protocol`: change the schemas, not this file."""

# ruff: noqa: E501

from dataclasses import dataclass, field

from espalier_torch.protocol.fields import about, setting
from espalier_torch.protocol.sections import Adapter, Guidance, HeldOut, Masks, ReferenceSync, Sampler


@dataclass(frozen=True, kw_only=True)
class TrainRequest:
    """One DPO run: from a generator and a pair set to a new generator."""

    pairs: list[str] = field(
        metadata=about("Files of the pair set, Arrow streams, in order.", at_least=1, decides=False)
    )
    generator: str = setting("Folder of the checkpoint training starts from.", decides=False)
    out: str = setting(
        "Folder of the checkpoint to write; must not exist, or hold this very run's result.", decides=False
    )
    reference: str | None = setting(
        "Folder of the reference checkpoint; the starting checkpoint when absent.", None, decides=False
    )
    reference_policy: str = setting("How the reference was chosen (base, previous, fixed:ID, ema); recorded.", "base")
    round: int | None = setting("Round of the run this is, from 1; recorded.", None, at_least=1, at_most=1000)
    work: str | None = setting(
        "Folder of resumable state, of this run alone; OUT.work when absent.", None, decides=False
    )
    cache: str | None = setting(
        "Folder of reference log-probabilities, for many runs; WORK when absent.", None, decides=False
    )
    seed: int = setting("Seed of the data order.", 0, at_least=0, at_most=4294967295)
    mask_seed: int = setting("Seed of the masks.", 0, at_least=0, at_most=4294967295)
    steps: int | None = setting(
        "Optimizer steps; null trains `epochs` passes over the pairs, 0 leaves the weights alone.",
        None,
        at_least=0,
        at_most=10000000,
    )
    epochs: int = setting("Passes over the pairs, where steps do not say otherwise.", 1, at_least=1, at_most=10000)
    batch_pairs: int = setting("Pairs an optimizer step.", 32, at_least=1, at_most=65536)
    balance: str = setting(
        "How a step's pairs are drawn: from all pairs alike, or as many of each task (give or take one), those of tasks with few pairs more often. Every pair must have a task then.",
        "none",
        choices=["none", "task"],
    )
    learning_rate: float = setting("Peak of the cosine schedule.", 0.00005, above=0, at_most=1000000)
    warmup_share: float = setting("Share of the steps over which the rate rises from 0.", 0.1, at_least=0, at_most=1)
    weight_decay: float = setting("AdamW's, on matrices only.", 0.0, at_least=0, at_most=1000000)
    maximum_gradient_norm: float = setting(
        "Longer gradients are scaled down to this norm.", 1.0, above=0, at_most=1000000
    )
    beta: float = setting("Strength of the pull to the reference.", 0.1, above=0, at_most=1000000)
    losses: dict[str, float] = field(
        default_factory=lambda: {"sigmoid": 1.0},
        metadata=about(
            "Named losses and their weights; DPO with a share of SFT is { sigmoid: 1, sft: 0.5 }.",
            choices=[
                "sigmoid",
                "sigmoid_smoothed",
                "robust",
                "hinge",
                "ipo",
                "ipo_unnormalised",
                "sigmoid_norm",
                "exo_pair",
                "nca_pair",
                "bco_pair",
                "bco_pair_centred",
                "sppo_hard",
                "aot",
                "aot_unpaired",
                "apo_zero",
                "apo_down",
                "discopop",
                "dpop",
                "sft",
            ],
        ),
    )
    label_smoothing: float = setting("Share of the labels assumed flipped.", 0.0, at_least=0, at_most=0.4999)
    divergence: str = setting(
        "What holds the policy to its reference: an f-divergence by TRL's name.",
        "reverse_kl",
        choices=["reverse_kl", "forward_kl", "js_divergence", "alpha_divergence", "alpha_divergence_older"],
    )
    divergence_alpha: float = setting("Order of the alpha divergences.", 0.5, above=0, at_most=1000000)
    discopop_tau: float = setting("Temperature of the mixture in the loss discopop.", 0.05, above=0, at_most=1000000)
    reduction: str = setting(
        "An image's log-probability: the sum over scored tokens, or their mean.", "sum", choices=["sum", "mean"]
    )
    masks: Masks = field(
        default_factory=Masks,
        metadata=about(
            "Which tokens are hidden when an image's likelihood is estimated. Chosen and rejected share their draws."
        ),
    )
    caption_dropout: float = setting(
        "Share of the pairs trained without their caption, as guidance needs.", 0.0, at_least=0, at_most=1
    )
    task_balance: float = setting(
        "0 weighs pairs alike, 1 gives every task the same weight.", 0.0, at_least=0, at_most=1
    )
    average_decay: float = setting(
        "Decay of the moving average of the weights, which is then what is kept; 0 for none.",
        0.0,
        at_least=0,
        at_most=0.99999,
    )
    guidance: Guidance | None = field(
        default=None,
        metadata=about(
            "A term of the loss that raises a judge's P(yes) on images drawn while training (arXiv 2501.13926, section 3.3)."
        ),
    )
    sampler: Sampler = field(
        default_factory=Sampler, metadata=about("Images drawn while training, for guidance and to look at.")
    )
    adapter: Adapter | None = field(
        default=None, metadata=about("What is trained: all weights, or a LoRA adapter beside them.")
    )
    reference_sync: ReferenceSync | None = field(
        default=None,
        metadata=about("Moves the reference towards the policy while training (TR-DPO, arXiv 2404.09656)."),
    )
    held_out: HeldOut = field(
        default_factory=HeldOut, metadata=about("Pairs of a share of the captions, which only validate.")
    )
    divergence_factor: float = setting(
        "Training stops when the loss is so many times its start.", 10.0, at_least=1, at_most=1000000000
    )
    sample_every: int | None = setting(
        "Optimizer steps between sample images of the same captions and seeds; null draws none.",
        None,
        at_least=1,
        at_most=10000000,
    )
    sample_prompts: int = setting(
        "Captions of the sample images: enough for two verifiers to be told apart by them. A report shows six.",
        48,
        at_least=1,
        at_most=10000,
    )
    micro_pairs: int | None = setting(
        "Pairs of one forward pass, whose gradients add up; lower ones need less memory. Null takes what keeps the device busy.",
        None,
        at_least=1,
        at_most=65536,
    )
    precision: str = setting("Arithmetic of the forward passes.", "fp32", choices=["fp32", "bf16"])
    compile: str = setting(
        "Whether a generator's layers are compiled; auto does so on a GPU for trainings of 200 passes or more.",
        "auto",
        choices=["auto", "never", "always"],
        decides=False,
    )
    recompute_activations: bool = setting("Less memory for about a third more time.", False)
    processes: int = setting(
        "Processes of this machine that share each batch.", 1, at_least=1, at_most=1024, decides=False
    )
    sharding: str = setting(
        "What each process holds: all weights, or its share of weights and optimizer state (FSDP).",
        "none",
        choices=["none", "full"],
    )
    trackers: list[str] = field(
        default_factory=list,
        metadata=about(
            'Trackers of accelerate that get the metrics too, such as "tensorboard"; none by default.',
            at_least=0,
            decides=False,
        ),
    )
    threads: int | None = setting(
        "CPU threads; null leaves it to torch.", None, at_least=1, at_most=1024, decides=False
    )
    device: str = setting(
        "Where to train; auto takes a graphics card where there is one.", "cpu", choices=["cpu", "cuda", "auto"]
    )
    checkpoint_every: int = setting(
        "Optimizer steps between resumable states.", 50, at_least=1, at_most=10000000, decides=False
    )
    keep_checkpoints: int = setting("Resumable states kept while training.", 2, at_least=1, at_most=100, decides=False)
    adam_beta1: float = setting("AdamW's decay of the first moment.", 0.9, at_least=0, at_most=0.9999)
    adam_beta2: float = setting("AdamW's decay of the second moment.", 0.99, at_least=0, at_most=0.99999)
    metrics_every: int = setting(
        "Optimizer steps between entropy, token accuracy and logits.", 10, at_least=1, at_most=10000000, decides=False
    )
    adapter_base: str | None = setting(
        "Folder of the checkpoint below the starting one's own adapter, which is carried on then.", None, decides=False
    )
    text_encoder: str | None = setting(
        "Folder of the frozen text encoder that a generator reads captions with, where it has one apart.",
        None,
        decides=False,
    )


@dataclass(frozen=True, kw_only=True)
class EstimateRequest(TrainRequest):
    """What the training run of the same fields would need, without running it."""
