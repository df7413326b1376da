"""What a judge's training may be asked."""

from dataclasses import dataclass, field

from espalier_torch.request_fields import about, setting


@dataclass(frozen=True, kw_only=True)
class JudgeTrainRequest:
    """One training of a judge on labelled images."""

    samples: list[str] = field(metadata=about("files of the sample set, Arrow streams, in order"))
    generator: str = setting("folder of the generator whose trunk the judge has")
    out: str = setting("folder of the checkpoint to write; must not exist, or hold this very run's result")
    start: str | None = setting("folder of a judge to go on from", None)
    work: str | None = setting("folder for resumable state, of this run alone; OUT.work when absent", None)
    seed: int = setting("seed of the data order and of the read-out's first weights", 0, at_least=0, at_most=2**32 - 1)
    threads: int | None = setting("CPU threads; torch decides when absent", None, at_least=1)
    device: str = setting("where to train", "cpu", choices=["cpu", "cuda", "auto"])
    steps: int = setting("optimizer steps", 1000, at_least=0)
    batch: int = setting("samples an optimizer step", 96, at_least=1)
    learning_rate: float = setting("peak of the cosine schedule", 1e-3, at_least=0)
    warmup_share: float = setting("share of the steps over which the rate rises", 0.05, at_least=0, at_most=1)
    weight_decay: float = setting("AdamW's, on matrices only", 0.02, at_least=0)
    adam_beta1: float = setting("AdamW's decay of the first moment", 0.9, at_least=0, at_most=0.9999)
    adam_beta2: float = setting("AdamW's decay of the second moment", 0.98, at_least=0, at_most=0.99999)
    max_gradient_norm: float = setting("gradients are scaled down to this norm", 1.0, at_least=1e-9)
    ranking_weight: float = setting("weight of ranking within a prompt", 0.5, at_least=0)
    reason_weight: float = setting("weight of the reasons", 0.2, at_least=0)
    settled: bool = setting("the judge is told which tokens are settled", True)
    ema_decay: float = setting(
        "moving average of the weights, which is what is kept; 0 for none", 0.99, at_least=0, at_most=0.99999
    )
    image_tokenizer: str | None = setting(
        "folder of MAGVIT-v2: tunes the vision-language judge in `start` by LoRA, which looks at pixels", None
    )
    questions: str | None = setting("JSON file of a vision-language judge's wording; ours when absent", None)
    adapter_rank: int = setting("rank of its LoRA adapter", 16, at_least=1)
    adapter_alpha: int = setting("the adapter's scale is alpha / rank", 32, at_least=1)
    checkpoint_every: int = setting("optimizer steps between resumable checkpoints", 200, at_least=1)
    keep_checkpoints: int = setting("resumable checkpoints kept while training", 2, at_least=1)

    def faults(self) -> list[str]:
        """What does not go together in this request, a sentence each."""
        if self.image_tokenizer is None:
            return []
        rules = {
            "image_tokenizer tunes a vision-language judge: name it in start": self.start is None,
            "a vision-language judge is tuned without a moving average: set ema_decay to 0": self.ema_decay > 0,
        }
        return [fault for fault, broken in rules.items() if broken]
