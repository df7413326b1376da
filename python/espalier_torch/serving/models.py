"""The models of a serving worker on their device: draws, pixels and verdicts for batches."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor
from transformers import AutoTokenizer

from espalier_torch import randomness
from espalier_torch.models.magvit import load_magvit
from espalier_torch.models.showo import load_showo
from espalier_torch.models.tokenizer import to_bytes
from espalier_torch.protocol import finite
from espalier_torch.released_weights import read_config
from espalier_torch.request_fields import RequestError
from espalier_torch.serving.protocol import OpenRequest
from espalier_torch.showo.step import StepModel
from espalier_torch.verifiers.questions import read_questions
from espalier_torch.verifiers.reward import QUESTION, ClipJudge, load_clip_judge
from espalier_torch.verifiers.vision_language import YesNoJudge, load_yes_no_judge


class Models:
    """Generator, image tokenizer and judge, loaded once.

    Raises:
        ValueError, OSError: a folder does not hold what it should.
    """

    def __init__(self, request: OpenRequest):
        self.device = chosen_device(request.device)
        half = request.dtype == "bfloat16" or (request.dtype == "auto" and self.device.type == "cuda")
        self.dtype = torch.bfloat16 if half else torch.float32
        model, record = load_showo(request.generator)
        self.generator_identity, self.layout = record["identity"], model.layout
        self.encode = text_encoder(request.text_tokenizer)
        self.steps = StepModel(
            model.to(self.device, self.dtype), request.slots, request.guidance_scale, request.compile_mode
        )
        magvit, self.image_tokenizer_identity = load_magvit(request.image_tokenizer)
        # Pixels stay in float32: a rounded decoder shows in every stored image, and costs little.
        self.magvit = magvit.to(self.device)
        self.judge = None if request.judge is None else self.opened_judge(request)

    def opened_judge(self, request: OpenRequest) -> YesNoJudge | ClipJudge:
        """The judge of a folder, by the kind of model in it."""
        folder = str(request.judge)
        if read_config(folder).get("model_type") == "clip":
            return load_clip_judge(folder, self.device, self.dtype, request.judge_batch)
        questions = read_questions(request.questions)
        return load_yes_no_judge(folder, questions, self.device, self.dtype, request.judge_batch)

    def described(self) -> dict[str, Any]:
        """The fields of open-end."""
        judge = self.judge
        answered = [] if judge is None else [QUESTION] if isinstance(judge, ClipJudge) else list(judge.questions.turns)
        side = round(self.layout.image_tokens**0.5) * self.magvit.config.pixels_a_token
        return {
            "generator": self.generator_identity,
            "image_tokenizer": self.image_tokenizer_identity,
            "judge": judge.identity if judge else None,
            "questions": answered,
            "image_tokens": self.layout.image_tokens,
            "codebook_size": self.layout.codebook_size,
            "image_side": side,
            "evaluations_a_step": self.steps.rows // self.steps.slots,
            "slots": self.steps.slots,
            "device": self.device.type,
            "dtype": str(self.dtype).removeprefix("torch."),
        }

    def draw(self, texts: Sequence[str], tokens: Tensor, seeds: Tensor, steps: Tensor) -> dict[str, Tensor]:
        """One step of each path: drawn (B, N) int32 and log_probability (B, N) float32. Raises RequestError."""
        self.check(tokens, self.layout.codebook_size)
        if not len(texts) == len(tokens) == len(seeds) == len(steps) <= self.steps.slots:
            counts = f"{len(texts)} texts, {len(tokens)} token grids, {len(seeds)} seeds, {len(steps)} steps"
            raise RequestError(f"Expected as many of each, at most {self.steps.slots}, got {counts}")
        places = np.arange(self.layout.image_tokens)[None]
        coordinates = (seeds.numpy()[:, None], steps.numpy()[:, None], places)
        uniform = torch.from_numpy(randomness.uniform(*coordinates, randomness.TOKEN_DRAW)).float()
        drawn, confidence = self.steps.draw([self.encode(text) for text in texts], tokens.long(), uniform)
        return {"drawn": drawn.int(), "log_probability": confidence}

    @torch.inference_mode()
    def pixels(self, tokens: Tensor) -> Tensor:
        """(B, N) tokens of whole images -> (B, H, W, 3) uint8 on the device. Raises RequestError."""
        self.check(tokens, self.layout.codebook_size - 1)
        return to_bytes(self.magvit.decode(tokens.long().to(self.device)))

    def ask(self, questions: Sequence[str], prompts: Sequence[str], tokens: Tensor) -> list[list[float | None]]:
        """P(yes), one list a question; None where it is not a number. Raises RequestError."""
        if self.judge is None:
            raise RequestError("This worker was opened without a judge; name one in the open request")
        if len(prompts) != len(tokens):
            raise RequestError(f"{len(prompts)} prompts were given for {len(tokens)} images")
        batch = self.judge.batch
        answers = []
        for first in range(0, len(prompts), batch):
            rows = slice(first, first + batch)
            answers.append(self.judge.ask(questions, prompts[rows], self.pixels(tokens[rows])))
        return [[finite(score) for score in row] for row in torch.cat(answers, 1).tolist()]

    def check(self, tokens: Tensor, highest: int) -> None:
        """Raises RequestError unless tokens are grids of this generator."""
        size = self.layout.image_tokens
        if tokens.ndim != 2 or tokens.shape[1] != size:
            raise RequestError(f"Expected token grids of shape (B, {size}), got {tuple(tokens.shape)}")
        if len(tokens) and (int(tokens.min()) < 0 or int(tokens.max()) > highest):
            found = f"{int(tokens.min())} to {int(tokens.max())}"
            raise RequestError(f"Expected tokens from 0 to {highest}, got {found}")


def chosen_device(name: str) -> torch.device:
    """The device of a request. Raises RequestError for a GPU that is not there."""
    if name == "cpu" or torch.cuda.is_available():
        return torch.device("cpu" if name == "cpu" else "cuda")
    if name == "cuda":
        raise RequestError("device is 'cuda', but torch finds no CUDA device here; use 'cpu' or 'auto'")
    return torch.device("cpu")


def text_encoder(folder: str) -> Callable[[str], list[int]]:
    """Text to ids without special tokens. Raises ValueError when there is no tokenizer."""
    if not Path(folder).is_dir():
        raise ValueError(f"No tokenizer folder at {folder}: expected the files of the language model's tokenizer")
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
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
