"""Requests of a worker. Written by `npm run protocol`: change the schemas, not this file."""

# ruff: noqa: E501

from dataclasses import dataclass, field

from espalier_torch.protocol.drawn_requests import (
    JudgePicturesRequest,
    OpenDrawerRequest,
    OpenJudgeRequest,
    PathsAdvanceRequest,
    PathsDropRequest,
    PathsForkRequest,
    PathsOpenRequest,
    PathsShowRequest,
)
from espalier_torch.protocol.fields import about, setting


@dataclass(frozen=True, kw_only=True)
class OpenRequest:
    """Loads the models; the first request of a worker. A later one replaces what it names anew and keeps the rest."""

    family: str = setting(
        "The family of generator and image tokenizer.", "show-o", choices=["show-o", "llamagen", "janus-pro"]
    )
    generator: str | None = setting(
        "Folder of the generator: a released one, or a checkpoint of ours; a worker without one only decodes and judges.",
        None,
    )
    text_tokenizer: str | None = setting(
        "Folder of what reads the generator's texts: a tokenizer (microsoft/phi-1_5's for Show-o, Janus-Pro's own), or LlamaGen's T5.",
        None,
    )
    image_tokenizer: str = setting(
        "Folder or safetensors file of the image tokenizer: MAGVIT-v2, LlamaGen's VQ-16, or a Janus-Pro."
    )
    judge: str | None = setting("Folder of a vision-language model or of a CLIP; none when absent.", None)
    questions: str | None = setting("JSON file of the judge's wording; ours when absent.", None)
    guidance_scale: float = setting(
        "Of Show-o g in (1 + g) * conditional - g * unconditional; of the others s in unconditional + s * (conditional - unconditional).",
        1.75,
        at_least=0,
        at_most=1000000,
    )
    temperature: float = setting(
        "Of next-token generators: what logits are divided by; 0 draws the likeliest code.",
        1.0,
        at_least=0,
        at_most=1000000,
    )
    top_k: int | None = setting(
        "Of next-token generators: likeliest codes that one is drawn among; null among all.",
        None,
        at_least=1,
        at_most=65536,
    )
    top_p: float = setting(
        "Of next-token generators: share of the probability that one is drawn among.", 1.0, above=0, at_most=1
    )
    slots: int = setting("Paths in one forward pass.", 16, at_least=1, at_most=65536)
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
    compile: str = setting(
        "torch.compile's mode of a decoding step.",
        "none",
        choices=["none", "default", "reduce-overhead", "max-autotune"],
    )


@dataclass(frozen=True, kw_only=True)
class OpenDetectorRequest:
    """Loads a detector, in place of or beside the models of `open`."""

    objects: str = setting("Folder of a Mask2Former trained for COCO instances.")
    colors: str = setting("Folder of a CLIP, which names colours.")
    color_names: list[str] = field(metadata=about("The colours that can be named.", at_least=1))
    color_wordings: list[str] = field(
        metadata=about("Texts with {color} and {name} that pictures are compared with.", at_least=1)
    )
    batch: int = setting("Pictures looked at together.", 8, at_least=1, at_most=65536)
    threads: int | None = setting("CPU threads; null leaves it to torch.", None, at_least=1, at_most=1024)
    device: str = setting(
        "Where the models run; auto takes a graphics card where there is one.", "auto", choices=["cpu", "cuda", "auto"]
    )


@dataclass(frozen=True, kw_only=True)
class IdentifyRequest:
    """Who a model is, without loading it: the identity that `open` would tell, and what a judge answers."""

    kind: str = setting("What it is.", choices=["generator", "tokenizer", "judge"])
    place: str = setting("Folder of the model; of an image tokenizer also a file.")
    questions: str | None = setting("JSON file of a judge's wording; ours when absent.", None)
    judge_dtype: str = setting(
        "Numbers of a LLaVA-OneVision or Janus-Pro judge's layers: as `dtype`, or 8 bits (cards of compute capability 8.9 on). It is then another judge.",
        "same",
        choices=["same", "fp8"],
    )


@dataclass(frozen=True, kw_only=True)
class EncodeTextRequest:
    """The text part of B prompts' rows, as training reads them: the event has B lists of text_length ids."""

    texts: list[str] = field(metadata=about("B prompts.", at_least=1))


@dataclass(frozen=True, kw_only=True)
class EncodeRequest:
    """Tokens of pictures: `input` holds pixels (B, H, W, 3) uint8, `output` gets tokens (B, N) int32."""

    input: str = setting("Safetensors file with pixels.")
    output: str = setting("Safetensors file to write.")


@dataclass(frozen=True, kw_only=True)
class DrawRequest:
    """One step of B <= slots paths.

    `input` holds tokens (B, N) int32, codebook_size where masked; seeds (B,) int64; steps (B,) int64, from 0.
    `output` gets drawn (B, N) int32, known tokens kept, and log_probability (B, N) float32.
    """

    texts: list[str] = field(metadata=about("B prompts.", at_least=1))
    input: str = setting("Safetensors file with tokens, seeds and steps.")
    output: str = setting("Safetensors file to write.")


@dataclass(frozen=True, kw_only=True)
class CompleteRequest:
    """The likeliest whole images that B <= slots paths begin, which are drawn row by row: `output` gets tokens (B, N) int32."""

    texts: list[str] = field(metadata=about("B prompts.", at_least=1))
    input: str = setting("Safetensors file with tokens.")
    output: str = setting("Safetensors file to write.")


@dataclass(frozen=True, kw_only=True)
class DecodeRequest:
    """Pixels of images: `input` holds tokens (B, N) int32, `output` gets pixels (B, H, W, 3) uint8, grey where rows are not drawn."""

    input: str = setting("Safetensors file with tokens.")
    output: str = setting("Safetensors file to write.")


@dataclass(frozen=True, kw_only=True)
class AskRequest:
    """P(yes) of each question about each image; images are decoded and judged where they are."""

    questions: list[str] = field(metadata=about("Questions.", at_least=1))
    prompts: list[str] = field(metadata=about("B prompts.", at_least=1))
    input: str = setting("Safetensors file with tokens (B, N) int32 of whole images.")


@dataclass(frozen=True, kw_only=True)
class DetectRequest:
    """The objects in B pictures: `input` holds pixels (B, H, W, 3) uint8.

    The event has one list a picture of {class, box: [x1, y1, x2, y2] in pixels, score, color}, the most certain first.
    """

    input: str = setting("Safetensors file with pixels.")
    above: float = setting("Objects with a score up to this are left out.", at_least=0, at_most=1)


SERVE_REQUESTS: dict[str, type] = {
    "open": OpenRequest,
    "open-detector": OpenDetectorRequest,
    "identify": IdentifyRequest,
    "encode-text": EncodeTextRequest,
    "encode": EncodeRequest,
    "draw": DrawRequest,
    "complete": CompleteRequest,
    "decode": DecodeRequest,
    "ask": AskRequest,
    "detect": DetectRequest,
    "open-drawer": OpenDrawerRequest,
    "paths-open": PathsOpenRequest,
    "paths-advance": PathsAdvanceRequest,
    "paths-fork": PathsForkRequest,
    "paths-show": PathsShowRequest,
    "paths-drop": PathsDropRequest,
    "open-judge": OpenJudgeRequest,
    "judge-pictures": JudgePicturesRequest,
}
