"""Requests of a worker. Written by `npm run protocol`: change the schemas, not this file."""

# ruff: noqa: E501

from dataclasses import dataclass, field

from espalier_torch.protocol.fields import about, setting


@dataclass(frozen=True, kw_only=True)
class Masks:
    """Which tokens are hidden when an image's likelihood is estimated. Chosen and rejected share their draws."""

    policy: str = setting(
        "Ratios as in pre-training, ratios from `lowestRatio` to 1, or the steps at which each image's own tokens were committed.",
        "high-ratio",
        choices=["random", "high-ratio", "own-path"],
    )
    lowest_ratio: float = setting("Lowest ratio that high-ratio draws.", 0.75, at_least=0, at_most=1)
    scored: str = setting(
        "What own-path scores: the tokens committed at the step drawn, or all that were still masked.",
        "committed",
        choices=["committed", "masked"],
    )
    path_share: float = setting("First share of the path that own-path draws steps from.", 1.0, above=0, at_most=1)
    draws: int = setting("Masks of a pair in an optimizer step.", 2, at_least=1, at_most=1024)
    stratified: bool = setting(
        "A pair's masks are spread over the mask ratio instead of being drawn apart from each other.", True
    )
    antithetic: bool = setting("Masks come in couples of opposite ratio and positions.", False)
    shared: bool = setting(
        "Chosen and rejected share their masks; false draws twice, as the released trainer does.", True
    )
    tables: int = setting("Sets of masks in all; epochs take them in turn.", 4, at_least=1, at_most=1024)


@dataclass(frozen=True, kw_only=True)
class Guidance:
    """A term of the loss that raises a judge's P(yes) on images drawn while training (arXiv 2501.13926, section 3.3)."""

    judge: str = setting("Folder of the judge whose P(yes) is raised.", decides=False)
    coefficient: float = setting("Weight of the term.", 0.1, at_least=0, at_most=1000000)
    kind: str = setting(
        "Where its gradient comes from: through the drawn tokens, or from the rewards of several images of a prompt.",
        "straight-through",
        choices=["straight-through", "score-function"],
    )
    question: str = setting("What the judge is asked.", "outcome")
    prompts: int = setting("Captions an optimizer step, of those of the pairs.", 8, at_least=1, at_most=65536)
    images: int = setting("Images of a caption that the score function compares.", 4, at_least=2, at_most=65536)
    draws: int = setting("Steps of an image's path that the score function scores.", 2, at_least=1, at_most=1024)


@dataclass(frozen=True, kw_only=True)
class Sampler:
    """Images drawn while training, for guidance and to look at."""

    steps: int = setting("Decoding steps.", 8, at_least=1, at_most=4096)
    guidance_scale: float = setting(
        "0 draws from the model itself, as reward guidance expects.", 0.0, at_least=0, at_most=1000000
    )
    temperature: float = setting(
        "Gumbel temperature of confidence re-masking at step 0.", 1.0, at_least=0, at_most=1000000
    )


@dataclass(frozen=True, kw_only=True)
class Adapter:
    """What is trained: all weights, or a LoRA adapter beside them."""

    rank: int = setting("Rank of the adapter.", 8, at_least=1, at_most=4096)
    alpha: int = setting("Its scale is alpha / rank.", 16, at_least=1, at_most=1000000)
    targets: list[str] | None = field(
        default=None, metadata=about("Names of linear layers; null takes those of all blocks.", at_least=1)
    )


@dataclass(frozen=True, kw_only=True)
class ReferenceSync:
    """Moves the reference towards the policy while training (TR-DPO, arXiv 2404.09656)."""

    every: int = setting("Optimizer steps between two moves.", 512, at_least=1, at_most=10000000)
    mixup: float = setting("Share of the policy it moves by; 1 replaces it.", 0.6, above=0, at_most=1)


@dataclass(frozen=True, kw_only=True)
class HeldOut:
    """Pairs of a share of the captions, which only validate."""

    share: float = setting("Share of the captions; 0 holds none out.", 0.0, at_least=0, at_most=0.9)
    every: int = setting("Optimizer steps between validations.", 50, at_least=1, at_most=10000000)
    patience: int | None = setting(
        "Validations without a gain after which training stops; null goes on.", None, at_least=1, at_most=10000000
    )
    keep: str = setting(
        "The checkpoint kept: the last weights, or the best on held-out pairs.", "last", choices=["last", "best"]
    )
