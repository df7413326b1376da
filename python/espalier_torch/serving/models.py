"""The models of a serving worker on their device: draws, pixels and verdicts for batches."""

from collections.abc import Sequence
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor

from espalier_torch.distributed.devices import chosen_device
from espalier_torch.families.pixels import to_unit
from espalier_torch.families.raster_drawer import pixels_of
from espalier_torch.families.registry import served_named
from espalier_torch.families.served import Drawer
from espalier_torch.protocol.fields import RequestError, refusing
from espalier_torch.protocol.lines import finite
from espalier_torch.protocol.serve_requests import OpenRequest
from espalier_torch.serving.identity import tokenizer_identity
from espalier_torch.serving.judges import chosen_dtype, opened_judge

PLACE = ("device", "dtype", "threads", "family")
IMAGES = ("image_tokenizer",)
JUDGE = ("judge", "questions", "judge_batch", "judge_dtype")
GENERATOR = (
    "generator", "text_tokenizer", "guidance_scale", "temperature", "top_k", "top_p", "slots", "compile"
)  # fmt: skip
"""The fields of a request that decide each part of the models."""


class Models:
    """Generator, image tokenizer and judge, loaded once.

    `before` is what the worker held until now: a part whose fields are the same is taken over from it.

    Raises:
        ValueError, OSError: a folder does not hold what it should.
    """

    def __init__(self, request: OpenRequest, before: "Models | None" = None):
        self.request, self.device = request, chosen_device(request.device)
        self.dtype = chosen_dtype(request.dtype, self.device)
        if before is not None and before.keeps(request, PLACE):
            self.take_over(before, request)
        else:
            before = None
        if before is None or not before.keeps(request, IMAGES):
            # Pixels stay in float32: a rounded decoder shows in every stored image, and costs little.
            self.images = served_named(request.family).images(request.image_tokenizer).to(self.device)
            self.image_tokenizer_identity = tokenizer_identity(request.image_tokenizer)
        if before is None or not before.keeps(request, JUDGE):
            self.judge, self.questions = None, []
            if request.judge is not None:
                self.judge, self.questions = opened_judge(request, self.device, self.dtype)
        if before is None or not before.keeps(request, GENERATOR):
            self.drawer = self.opened_generator(request)

    def keeps(self, request: OpenRequest, part: Sequence[str]) -> bool:
        """Whether a request asks for a part as it is here."""
        return all(getattr(self.request, name) == getattr(request, name) for name in part)

    def take_over(self, before: "Models", request: OpenRequest) -> None:
        """The parts of `before` that stay. The others are let go before new ones are loaded: two may not fit."""
        if before.keeps(request, IMAGES):
            self.images, self.image_tokenizer_identity = before.images, before.image_tokenizer_identity
        if before.keeps(request, JUDGE):
            self.judge, self.questions = before.judge, before.questions
        if before.keeps(request, GENERATOR):
            self.drawer = before.drawer
        before.drawer = before.judge = None

    def opened_generator(self, request: OpenRequest) -> Drawer | None:
        """The generator in its slots; none where none is named."""
        if request.generator is None:
            return None
        if request.text_tokenizer is None:
            raise RequestError("A generator reads text: name its text_tokenizer as well")
        return served_named(request.family).drawer(request, self.device, self.dtype)

    def described(self) -> dict[str, Any]:
        """The fields of open-end."""
        judge, drawer, images = self.judge, self.drawer, self.images
        return {
            "generator": drawer and drawer.identity,
            "image_tokenizer": self.image_tokenizer_identity,
            "judge": judge.identity if judge else None,
            "questions": self.questions,
            "image_tokens": drawer and drawer.image_tokens,
            "codebook_size": drawer.codebook_size if drawer else images.codebook_size,
            "image_side": drawer and round(drawer.image_tokens**0.5) * images.pixels_a_token,
            "evaluations_a_step": drawer and drawer.evaluations_a_step,
            "slots": self.request.slots,
            "device": self.device.type,
            "dtype": str(self.dtype).removeprefix("torch."),
        }

    def rows(self, texts: Sequence[str]) -> list[list[int]]:
        """The text part of each prompt's row. Raises RequestError without a generator."""
        return self.generator().rows(texts)

    def generator(self) -> Drawer:
        """What draws. Raises RequestError when this worker was opened without a generator."""
        if self.drawer is None:
            raise RequestError("This worker was opened without a generator; name one in the open request")
        return self.drawer

    def draw(self, texts: Sequence[str], tokens: Tensor, seeds: Tensor, steps: Tensor) -> dict[str, Tensor]:
        """One step of each path: drawn (B, N) int32 and log_probability (B, N) float32. Raises RequestError."""
        drawer = self.generator()
        self.check(tokens, drawer.codebook_size)
        if not len(texts) == len(tokens) == len(seeds) == len(steps) <= drawer.slots:
            counts = f"{len(texts)} texts, {len(tokens)} token grids, {len(seeds)} seeds, {len(steps)} steps"
            raise RequestError(f"Expected as many of each, at most {drawer.slots}, got {counts}")
        drawn, confidence = refusing(ValueError)(drawer.draw)(texts, tokens.long(), seeds, steps)
        return {"drawn": drawn.int(), "log_probability": confidence}

    def complete(self, texts: Sequence[str], tokens: Tensor) -> Tensor:
        """The likeliest whole images that paths begin, (B, N) int32. Raises RequestError."""
        drawer = self.generator()
        self.check(tokens, drawer.codebook_size)
        if not len(texts) == len(tokens) <= drawer.slots:
            counts = f"{len(texts)} texts, {len(tokens)} token grids"
            raise RequestError(f"Expected as many of each, at most {drawer.slots}, got {counts}")
        return refusing(ValueError)(drawer.complete)(texts, tokens.long()).int()

    @torch.inference_mode()
    def pixels(self, tokens: Tensor) -> Tensor:
        """(B, N) tokens -> (B, H, W, 3) uint8 on the device, grey where nothing is drawn yet. Raises RequestError."""
        codes, by_rows = self.described()["codebook_size"], served_named(self.request.family).BY_ROWS
        self.check(tokens, codes if by_rows else codes - 1)
        return pixels_of(self.images, tokens.long().to(self.device))

    @torch.inference_mode()
    def tokens(self, pixels: Tensor) -> Tensor:
        """(B, H, W, 3) uint8 -> (B, N) int32 tokens on the CPU. Raises RequestError."""
        unit = self.images.pixels_a_token
        if pixels.ndim != 4 or pixels.shape[-1] != 3 or any(side % unit for side in pixels.shape[1:3]):
            raise RequestError(
                f"Expected pixels (B, H, W, 3) with sides that are multiples of {unit}, got {tuple(pixels.shape)}"
            )
        return self.images.encode(to_unit(pixels.to(self.device))).int().cpu()

    def ask(self, questions: Sequence[str], prompts: Sequence[str], tokens: Tensor) -> list[list[float | None]]:
        """P(yes), one list a question; None where it is not a number. Raises RequestError."""
        if self.judge is None:
            raise RequestError("This worker was opened without a judge; name one in the open request")
        if len(prompts) != len(tokens):
            raise RequestError(f"{len(prompts)} prompts were given for {len(tokens)} images")
        tokenizer = self.image_tokenizer_identity.encode()
        keys = [tokenizer + row.tobytes() for row in tokens.int().numpy()]
        answers = self.judge.ask_about(questions, prompts, keys, lambda places: self.pixels(tokens[places]))
        return [[finite(score) for score in row] for row in answers.tolist()]

    def check(self, tokens: Tensor, highest: int) -> None:
        """Raises RequestError unless tokens are grids of this generator, or square ones where there is none."""
        side = round(tokens.shape[-1] ** 0.5)
        size = side * side if self.drawer is None else self.drawer.image_tokens
        if tokens.ndim != 2 or tokens.shape[1] != size:
            raise RequestError(f"Expected token grids of shape (B, {size}), got {tuple(tokens.shape)}")
        if len(tokens) and (int(tokens.min()) < 0 or int(tokens.max()) > highest):
            found = f"{int(tokens.min())} to {int(tokens.max())}"
            raise RequestError(f"Expected tokens from 0 to {highest}, got {found}")


def arrays(file: str, *names: str) -> list[Tensor]:
    """Tensors of a request's input file. Raises RequestError when it lacks one."""
    try:
        found = load_file(file)
    except Exception as cause:
        raise RequestError(f"{file} cannot be read as safetensors: {cause}") from cause
    missing = [name for name in names if name not in found]
    if missing:
        raise RequestError(f"{file} lacks {', '.join(missing)}; it has {', '.join(found)}")
    return [found[name] for name in names]
