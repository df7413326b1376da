"""Requests of a worker. Written by `npm run protocol`: change the schemas, not this file."""

# ruff: noqa: E501

from dataclasses import dataclass, field

from espalier_torch.protocol.fields import about, setting


@dataclass(frozen=True, kw_only=True)
class OpenDrawerRequest:
    """Loads a generator that keeps its paths itself and draws pictures; what is loaded already stays, with its paths."""

    family: str = setting("The family of the generator.", choices=["diffusers", "python"])
    generator: str = setting("Folder of the generator: a pipeline, or a checkpoint of ours.")
    checkpoint: str | None = setting("Folder that a trainer has left for a generator of a person's own.", None)
    preview_decoder: str | None = setting("Folder of a tiny autoencoder that shows paths midway.", None)
    steps: int = setting("Steps of a whole path.", at_least=1, at_most=4096)
    guidance_scale: float = setting(
        "s in unconditional + s * (conditional - unconditional), or what the model is told.",
        at_least=0,
        at_most=1000000,
    )
    scheduler: str = setting(
        "What takes a path from step to step.",
        "pipeline",
        choices=["pipeline", "ddim", "euler", "euler-ancestral", "dpm-solver++", "flow-euler"],
    )
    width: int | None = setting("In pixels; the model's own when absent.", None, at_least=8, at_most=4096)
    height: int | None = setting("In pixels; the model's own when absent.", None, at_least=8, at_most=4096)
    threads: int | None = setting("CPU threads; null leaves it to torch.", None, at_least=1, at_most=1024)
    device: str = setting(
        "Where the models run; auto takes a graphics card where there is one.", "auto", choices=["cpu", "cuda", "auto"]
    )
    dtype: str = setting(
        "Numbers of the models; auto is bfloat16 on a GPU.", "auto", choices=["auto", "float32", "bfloat16"]
    )


@dataclass(frozen=True, kw_only=True)
class PathsOpenRequest:
    """Begins B paths."""

    paths: list[int] = field(metadata=about("B numbers, new ones.", at_least=1))
    prompts: list[str] = field(metadata=about("B prompts.", at_least=1))
    seeds: list[int] = field(metadata=about("B seeds.", at_least=1))


@dataclass(frozen=True, kw_only=True)
class PathsAdvanceRequest:
    """Runs one step of each of B paths."""

    paths: list[int] = field(metadata=about("B numbers.", at_least=1))


@dataclass(frozen=True, kw_only=True)
class PathsForkRequest:
    """Begins a path from the state of another, which has run `step` steps, at an `earlier` one."""

    path: int = setting(
        "A number: a new one, or the source's own, which it then replaces.", at_least=0, at_most=9007199254740991
    )
    source: int = setting("Number of the path that it leaves.", at_least=0, at_most=9007199254740991)
    step: int = setting("Steps that the source has run.", at_least=0, at_most=9007199254740991)
    earlier: int = setting("Steps that the new path has run.", at_least=0, at_most=9007199254740991)
    seed: int = setting("What is random in it from here on.", at_least=0, at_most=9007199254740991)
    share: float = setting("How much is drawn anew: of the first noise, or of the steps.", at_least=0, at_most=1)


@dataclass(frozen=True, kw_only=True)
class PathsShowRequest:
    """The pictures of B paths of one size as they stand: `output` gets pixels (B, H, W, 3) uint8."""

    paths: list[int] = field(metadata=about("B numbers.", at_least=1))
    output: str = setting("Safetensors file to write.")


@dataclass(frozen=True, kw_only=True)
class PathsDropRequest:
    """Forgets paths; those that are not there any more are passed over."""

    paths: list[int] = field(metadata=about("Numbers.", at_least=1))


@dataclass(frozen=True, kw_only=True)
class OpenJudgeRequest:
    """Loads a judge of pictures, beside whatever else is loaded."""

    judge: str = setting("Folder of a vision-language model or of a reward model.")
    questions: str | None = setting("JSON file of the judge's wording; ours when absent.", None)
    judge_batch: int = setting("Images judged together.", 16, at_least=1, at_most=65536)
    judge_dtype: str = setting(
        "Numbers of a LLaVA-OneVision or Janus-Pro judge's layers: as `dtype`, or 8 bits (cards of compute capability 8.9 on). It is then another judge.",
        "same",
        choices=["same", "fp8"],
    )
    threads: int | None = setting("CPU threads; null leaves it to torch.", None, at_least=1, at_most=1024)
    device: str = setting(
        "Where the models run; auto takes a graphics card where there is one.", "auto", choices=["cpu", "cuda", "auto"]
    )
    dtype: str = setting(
        "Numbers of the models; auto is bfloat16 on a GPU.", "auto", choices=["auto", "float32", "bfloat16"]
    )


@dataclass(frozen=True, kw_only=True)
class JudgePicturesRequest:
    """P(yes) of each question about each of B pictures: `input` holds pixels (B, H, W, 3) uint8."""

    questions: list[str] = field(metadata=about("Questions.", at_least=1))
    prompts: list[str] = field(metadata=about("B prompts.", at_least=1))
    input: str = setting("Safetensors file with pixels.")
