"""Requests of a worker. Written by `npm run protocol`: change the schemas, not this file."""

from dataclasses import dataclass, field

from espalier_torch.protocol.fields import about, setting


@dataclass(frozen=True, kw_only=True)
class JudgeTrainRequest:
    """One training of a judge on labelled images."""

    samples: list[str] = field(
        metadata=about("Files of the sample set, Arrow streams, in order.", at_least=1, decides=False)
    )
    generator: str = setting("Folder of the generator whose trunk the judge has.", decides=False)
    out: str = setting(
        "Folder of the checkpoint to write; must not exist, or hold this very run's result.", decides=False
    )
    start: str | None = setting("Folder of a judge to go on from.", None, decides=False)
    work: str | None = setting(
        "Folder of resumable state, of this run alone; OUT.work when absent.", None, decides=False
    )
    seed: int = setting(
        "Seed of the data order and of the read-out's first weights.", 0, at_least=0, at_most=4294967295
    )
    steps: int = setting("Optimizer steps.", 1000, at_least=1, at_most=10000000)
    batch: int = setting("Samples an optimizer step, eight of a prompt.", 96, at_least=1, at_most=65536)
    learning_rate: float = setting("Peak of the cosine schedule.", 0.001, above=0, at_most=1000000)
    warmup_share: float = setting("Share of the steps over which the rate rises from 0.", 0.05, at_least=0, at_most=1)
    ranking_weight: float = setting(
        "Weight of ranking the answers within a prompt, beside answering each.", 0.5, at_least=0, at_most=1000000
    )
    reason_weight: float = setting("Weight of the reasons of a reflection.", 0.2, at_least=0, at_most=1000000)
    settled: bool = setting("Whether the judge is told which tokens of a preview are settled.", True)
    average_decay: float = setting(
        "Decay of the moving average of the weights, which is then what is kept; 0 for none.",
        0.99,
        at_least=0,
        at_most=0.99999,
    )
    threads: int | None = setting(
        "CPU threads; null leaves it to torch.", None, at_least=1, at_most=1024, decides=False
    )
    device: str = setting(
        "Where to train; auto takes a graphics card where there is one.", "cpu", choices=["cpu", "cuda", "auto"]
    )
    checkpoint_every: int = setting(
        "Optimizer steps between resumable states.", 200, at_least=1, at_most=10000000, decides=False
    )
    weight_decay: float = setting("AdamW's, on matrices only.", 0.02, at_least=0, at_most=1000000)
    adam_beta1: float = setting("AdamW's decay of the first moment.", 0.9, at_least=0, at_most=0.9999)
    adam_beta2: float = setting("AdamW's decay of the second moment.", 0.98, at_least=0, at_most=0.99999)
    maximum_gradient_norm: float = setting(
        "Longer gradients are scaled down to this norm.", 1.0, above=0, at_most=1000000
    )
    image_tokenizer: str | None = setting(
        "Folder of MAGVIT-v2: tunes the vision-language judge in `start` by LoRA, which looks at pixels.",
        None,
        decides=False,
    )
    questions: str | None = setting(
        "JSON file of a vision-language judge's wording; ours when absent.", None, decides=False
    )
    adapter_rank: int = setting("Rank of its LoRA adapter.", 16, at_least=1, at_most=4096)
    adapter_alpha: int = setting("The adapter's scale is alpha / rank.", 32, at_least=1, at_most=1000000)
    keep_checkpoints: int = setting("Resumable states kept while training.", 2, at_least=1, at_most=100, decides=False)
