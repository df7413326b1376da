"""The models of a serving worker on their device: draws, pixels and verdicts for batches."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor
from transformers import AutoTokenizer

from espalier_torch.checkpoints.model_weights import pretrained
from espalier_torch.distributed.devices import chosen_device
from espalier_torch.families.pixels import to_bytes, to_unit
from espalier_torch.families.showo.layout import Layout
from espalier_torch.families.showo.magvit import load_magvit
from espalier_torch.families.showo.model import load_showo
from espalier_torch.families.showo.step import StepModel
from espalier_torch.protocol.fields import RequestError
from espalier_torch.protocol.lines import finite
from espalier_torch.protocol.serve_requests import OpenRequest
from espalier_torch.runtime import device_randomness, randomness
from espalier_torch.runtime.cut_texts import CUTS, PROMPT, Cut
from espalier_torch.runtime.sending import sent
from espalier_torch.verifiers.questions import read_questions
from espalier_torch.verifiers.reward import QUESTION, RewardJudge, is_reward_model, load_reward_judge
from espalier_torch.verifiers.vision_language import SAME, YesNoJudge, load_yes_no_judge

Encode = Callable[[str], list[int]]

PLACE = ("device", "dtype", "threads")
IMAGES = ("image_tokenizer",)
JUDGE = ("judge", "questions", "judge_batch", "judge_dtype")
GENERATOR = ("generator", "text_tokenizer", "guidance_scale", "slots", "compile")
"""The fields of a request that decide each part of the models."""


class Models:
    """Generator, image tokenizer and judge, loaded once.

    `before` is what the worker held until now: a part whose fields are the same is taken over from it.

    Raises:
        ValueError, OSError: a folder does not hold what it should.
    """

    def __init__(self, request: OpenRequest, before: "Models | None" = None):
        self.request, self.device = request, chosen_device(request.device)
        half = request.dtype == "bfloat16" or (request.dtype == "auto" and self.device.type == "cuda")
        self.dtype = torch.bfloat16 if half else torch.float32
        if before is not None and before.keeps(request, PLACE):
            self.take_over(before, request)
        else:
            before = None
        if before is None or not before.keeps(request, IMAGES):
            magvit, self.image_tokenizer_identity = load_magvit(request.image_tokenizer)
            # Pixels stay in float32: a rounded decoder shows in every stored image, and costs little.
            self.magvit = magvit.to(self.device)
        if before is None or not before.keeps(request, JUDGE):
            self.judge = None if request.judge is None else self.opened_judge(request)
        if before is None or not before.keeps(request, GENERATOR):
            self.steps, self.generator_identity = self.opened_generator(request)
            self.encode = None if request.text_tokenizer is None else text_encoder(request.text_tokenizer)

    def keeps(self, request: OpenRequest, part: Sequence[str]) -> bool:
        """Whether a request asks for a part as it is here."""
        return all(getattr(self.request, name) == getattr(request, name) for name in part)

    def take_over(self, before: "Models", request: OpenRequest) -> None:
        """The parts of `before` that stay. The others are let go before new ones are loaded: two may not fit."""
        if before.keeps(request, IMAGES):
            self.magvit, self.image_tokenizer_identity = before.magvit, before.image_tokenizer_identity
        if before.keeps(request, JUDGE):
            self.judge = before.judge
        if before.keeps(request, GENERATOR):
            self.steps, self.generator_identity, self.encode = before.steps, before.generator_identity, before.encode
        before.steps = before.judge = None

    def opened_generator(self, request: OpenRequest) -> tuple[StepModel | None, str | None]:
        """The generator in its slots, and its identity; neither where none is named."""
        if request.generator is None:
            return None, None
        if request.text_tokenizer is None:
            raise RequestError("A generator reads text: name its text_tokenizer as well")
        model, record = load_showo(request.generator)
        model = model.to(self.device, self.dtype)
        return StepModel(model, request.slots, request.guidance_scale, request.compile), record["identity"]

    @property
    def layout(self) -> Layout | None:
        """The generator's layout."""
        return None if self.steps is None else self.steps.layout

    def opened_judge(self, request: OpenRequest) -> YesNoJudge | RewardJudge:
        """The judge of a folder, by the kind of model in it."""
        folder = str(request.judge)
        if is_reward_model(folder):
            if request.judge_dtype != SAME:
                raise RequestError(
                    f"judge_dtype is {request.judge_dtype!r}, but {folder} is a reward model; leave it out"
                )
            return load_reward_judge(folder, self.device, self.dtype, request.judge_batch)
        questions = read_questions(request.questions)
        return load_yes_no_judge(folder, questions, self.device, self.dtype, request.judge_batch, request.judge_dtype)

    def described(self) -> dict[str, Any]:
        """The fields of open-end."""
        judge, steps, layout = self.judge, self.steps, self.layout
        answered = (
            [] if judge is None else [QUESTION] if isinstance(judge, RewardJudge) else list(judge.questions.turns)
        )
        config = self.magvit.config
        return {
            "generator": self.generator_identity,
            "image_tokenizer": self.image_tokenizer_identity,
            "judge": judge.identity if judge else None,
            "questions": answered,
            "image_tokens": layout and layout.image_tokens,
            "codebook_size": layout.codebook_size if layout else 2**config.bits,
            "image_side": layout and round(layout.image_tokens**0.5) * config.pixels_a_token,
            "evaluations_a_step": steps and steps.rows // steps.slots,
            "slots": self.request.slots,
            "device": self.device.type,
            "dtype": str(self.dtype).removeprefix("torch."),
        }

    def rows(self, texts: Sequence[str]) -> list[list[int]]:
        """The text part of each prompt's row. Raises RequestError without a generator."""
        _, layout, _ = self.generator()
        return [layout.text_row(ids).tolist() for ids in self.encoded(texts)]

    def encoded(self, texts: Sequence[str]) -> list[list[int]]:
        """Ids of prompts without special tokens; those that will lose their ends are noted. Raises as `generator`."""
        _, layout, encode = self.generator()
        rows = [encode(text) for text in texts]
        for text, ids in zip(texts, rows, strict=True):
            if len(layout.whole_text(ids)) > layout.text_length:
                CUTS.note(Cut(PROMPT, "the generator", layout.text_length, text))
        return rows

    def generator(self) -> tuple[StepModel, Layout, Encode]:
        """What draws. Raises RequestError when this worker was opened without a generator."""
        if self.steps is None or self.encode is None:
            raise RequestError("This worker was opened without a generator; name one in the open request")
        return self.steps, self.steps.layout, self.encode

    def draw(self, texts: Sequence[str], tokens: Tensor, seeds: Tensor, steps: Tensor) -> dict[str, Tensor]:
        """One step of each path: drawn (B, N) int32 and log_probability (B, N) float32. Raises RequestError."""
        model, layout, _ = self.generator()
        self.check(tokens, layout.codebook_size)
        if not len(texts) == len(tokens) == len(seeds) == len(steps) <= model.slots:
            counts = f"{len(texts)} texts, {len(tokens)} token grids, {len(seeds)} seeds, {len(steps)} steps"
            raise RequestError(f"Expected as many of each, at most {model.slots}, got {counts}")
        counters = [sent(one.long(), self.device) for one in (seeds, steps)]
        uniform = device_randomness.uniform(*counters, layout.image_tokens, randomness.TOKEN_DRAW).float()
        drawn, confidence = model.draw(self.encoded(texts), tokens.long(), uniform)
        return {"drawn": drawn.int(), "log_probability": confidence}

    @torch.inference_mode()
    def pixels(self, tokens: Tensor) -> Tensor:
        """(B, N) tokens of whole images -> (B, H, W, 3) uint8 on the device. Raises RequestError."""
        self.check(tokens, self.described()["codebook_size"] - 1)
        return to_bytes(self.magvit.decode(tokens.long().to(self.device)))

    @torch.inference_mode()
    def tokens(self, pixels: Tensor) -> Tensor:
        """(B, H, W, 3) uint8 -> (B, N) int32 tokens on the CPU. Raises RequestError."""
        unit = self.magvit.config.pixels_a_token
        if pixels.ndim != 4 or pixels.shape[-1] != 3 or any(side % unit for side in pixels.shape[1:3]):
            raise RequestError(
                f"Expected pixels (B, H, W, 3) with sides that are multiples of {unit}, got {tuple(pixels.shape)}"
            )
        return self.magvit.encode(to_unit(pixels.to(self.device))).int().cpu()

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
        size = side * side if self.layout is None else self.layout.image_tokens
        if tokens.ndim != 2 or tokens.shape[1] != size:
            raise RequestError(f"Expected token grids of shape (B, {size}), got {tuple(tokens.shape)}")
        if len(tokens) and (int(tokens.min()) < 0 or int(tokens.max()) > highest):
            found = f"{int(tokens.min())} to {int(tokens.max())}"
            raise RequestError(f"Expected tokens from 0 to {highest}, got {found}")


def text_encoder(folder: str) -> Encode:
    """Text to ids without special tokens. Raises ValueError when there is no tokenizer."""
    if not Path(folder).is_dir():
        raise ValueError(f"No tokenizer folder at {folder}: expected the files of the language model's tokenizer")
    tokenizer = pretrained(AutoTokenizer, folder)
    return lambda text: tokenizer.encode(text, add_special_tokens=False)


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
