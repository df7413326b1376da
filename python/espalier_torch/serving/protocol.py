"""What is said to a serving worker, and what it says: JSON lines, one answer a request, in order.

Arrays travel in safetensors files that the requests name; JSON carries words and scores.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from espalier_torch.families.showo.step import COMPILE_MODES
from espalier_torch.request_fields import RequestError, about, build, setting, suggestion


@dataclass(frozen=True, kw_only=True)
class OpenRequest:
    """Loads the models; the first request of a worker. A later one replaces what it names anew and keeps the rest."""

    generator: str | None = setting(
        "folder of Show-o: a released one, or a checkpoint of ours; a worker without one only decodes and judges", None
    )
    text_tokenizer: str | None = setting(
        "folder of the generator's text tokenizer, microsoft/phi-1_5's for the released one", None
    )
    image_tokenizer: str = setting("folder or safetensors file of MAGVIT-v2")
    judge: str | None = setting("folder of a vision-language model or of a CLIP; none when absent", None)
    questions: str | None = setting("JSON file of the judge's wording; ours when absent", None)
    guidance_scale: float = setting("g in (1 + g) * conditional - g * unconditional", 1.75, at_least=0)
    slots: int = setting("paths in one forward pass", 16, at_least=1)
    judge_batch: int = setting("images judged together", 16, at_least=1)
    threads: int | None = setting("CPU threads; torch decides when absent", None, at_least=1)
    device: str = setting("where to run", "auto", choices=["cpu", "cuda", "auto"])
    dtype: str = setting(
        "numbers of all models; auto is bfloat16 on a GPU", "auto", choices=["auto", "float32", "bfloat16"]
    )
    compile_mode: str = setting("torch.compile's mode of a step", "none", choices=COMPILE_MODES)


@dataclass(frozen=True, kw_only=True)
class OpenDetectorRequest:
    """Loads a detector, in place of or beside the models of `open`."""

    objects: str = setting("folder of a Mask2Former trained for COCO instances")
    colors: str = setting("folder of a CLIP, which names colours")
    color_names: list[str] = field(metadata=about("the colours that can be named"))
    color_wordings: list[str] = field(metadata=about("texts with {color} and {name} that pictures are compared with"))
    batch: int = setting("pictures looked at together", 8, at_least=1)
    threads: int | None = setting("CPU threads; torch decides when absent", None, at_least=1)
    device: str = setting("where to run", "auto", choices=["cpu", "cuda", "auto"])


@dataclass(frozen=True, kw_only=True)
class DetectRequest:
    """The objects in B pictures: `input` holds pixels (B, H, W, 3) uint8.

    The event has one list a picture of {class, box: [x1, y1, x2, y2] in pixels, score, color}, the most certain first.
    """

    input: str = setting("safetensors file with pixels")
    above: float = setting("objects with a score up to this are left out", at_least=0, at_most=1)


@dataclass(frozen=True, kw_only=True)
class IdentifyRequest:
    """Who a model is, without loading it: the identity that `open` would tell, and what a judge answers."""

    kind: str = setting("what it is", choices=["generator", "tokenizer", "judge"])
    place: str = setting("folder of the model; of an image tokenizer also a file")
    questions: str | None = setting("JSON file of a judge's wording; ours when absent", None)


@dataclass(frozen=True, kw_only=True)
class EncodeTextRequest:
    """The text part of B prompts' rows, as training reads them: the event has B lists of text_length ids."""

    texts: list[str] = field(metadata=about("B prompts"))


@dataclass(frozen=True, kw_only=True)
class EncodeRequest:
    """Tokens of pictures: `input` holds pixels (B, H, W, 3) uint8, `output` gets tokens (B, N) int32."""

    input: str = setting("safetensors file with pixels")
    output: str = setting("safetensors file to write")


@dataclass(frozen=True, kw_only=True)
class DrawRequest:
    """One step of B <= slots paths.

    `input` holds tokens (B, N) int32, codebook_size where masked; seeds (B,) int64; steps (B,) int64, from 0.
    `output` gets drawn (B, N) int32, known tokens kept, and log_probability (B, N) float32.
    """

    texts: list[str] = field(metadata=about("B prompts"))
    input: str = setting("safetensors file with tokens, seeds and steps")
    output: str = setting("safetensors file to write")


@dataclass(frozen=True, kw_only=True)
class DecodeRequest:
    """Pixels of whole images: `input` holds tokens (B, N) int32, `output` gets pixels (B, H, W, 3) uint8."""

    input: str = setting("safetensors file with tokens")
    output: str = setting("safetensors file to write")


@dataclass(frozen=True, kw_only=True)
class AskRequest:
    """P(yes) of each question about each image; images are decoded and judged where they are."""

    questions: list[str] = field(metadata=about("questions"))
    prompts: list[str] = field(metadata=about("B prompts"))
    input: str = setting("safetensors file with tokens (B, N) int32 of whole images")


REQUESTS: dict[str, type] = {
    "open": OpenRequest,
    "open-detector": OpenDetectorRequest,
    "detect": DetectRequest,
    "identify": IdentifyRequest,
    "encode-text": EncodeTextRequest,
    "encode": EncodeRequest,
    "draw": DrawRequest,
    "decode": DecodeRequest,
    "ask": AskRequest,
}

EVENTS: dict[str, set[str]] = {
    "open-end": {
        "generator", "image_tokenizer", "judge", "questions", "image_tokens", "codebook_size", "image_side",
        "evaluations_a_step", "slots", "device", "dtype",
    },
    "open-detector-end": {"detector", "classes", "device"},
    "identify-end": {"identity", "questions", "seconds"},
    "encode-text-end": {"rows", "seconds"},
    "encode-end": {"output", "seconds"},
    "draw-end": {"output", "seconds"},
    "decode-end": {"output", "seconds"},
    "ask-end": {"scores", "seconds"},
    "detect-end": {"detections", "seconds"},
    "error": {"type", "message", "log"},
}  # fmt: skip
"""Every event and the fields it carries beside `event`. Any of them may carry `cut`, what `cuts.CUTS` has to tell."""


def parse(line: str) -> Any:
    """One line of JSON to a request of REQUESTS. Raises RequestError."""
    try:
        raw = json.loads(line)
    except json.JSONDecodeError as cause:
        raise RequestError(f"A request must be one line of JSON, got {line[:80]!r}: {cause}") from cause
    kind = raw.pop("request", None) if isinstance(raw, dict) else None
    if kind not in REQUESTS:
        raise RequestError(f"Unknown request {kind!r}; {suggestion(str(kind), REQUESTS)}")
    return build(REQUESTS[kind], raw)


def check(event: Mapping[str, Any]) -> None:
    """Raises ValueError when an event is unknown or its fields are not those of EVENTS."""
    name = str(event.get("event"))
    if EVENTS.get(name) != event.keys() - {"event", "cut"}:
        raise ValueError(f"Event {name!r} has the fields {sorted(event)}, expected {sorted(EVENTS.get(name, []))}")
