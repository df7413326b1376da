"""Opens the judge of a folder, by the kind of model in it."""

from typing import Any

import torch

from espalier_torch.protocol.fields import RequestError
from espalier_torch.verifiers.questions import read_questions
from espalier_torch.verifiers.reward import QUESTION, RewardJudge, is_reward_model, load_reward_judge
from espalier_torch.verifiers.vision_language import SAME, YesNoJudge, load_yes_no_judge


def chosen_dtype(name: str, device: torch.device) -> torch.dtype:
    """The numbers asked for; "auto" is bfloat16 on a graphics card."""
    half = name == "bfloat16" or (name == "auto" and device.type == "cuda")
    return torch.bfloat16 if half else torch.float32


def opened_judge(request: Any, device: torch.device, dtype: torch.dtype) -> tuple[YesNoJudge | RewardJudge, list[str]]:
    """The judge that a request names, and what it answers. Raises RequestError, ValueError."""
    folder = str(request.judge)
    if is_reward_model(folder):
        if request.judge_dtype != SAME:
            raise RequestError(f"judge_dtype is {request.judge_dtype!r}, but {folder} is a reward model; leave it out")
        return load_reward_judge(folder, device, dtype, request.judge_batch), [QUESTION]
    questions = read_questions(request.questions)
    judge = load_yes_no_judge(folder, questions, device, dtype, request.judge_batch, request.judge_dtype)
    return judge, list(questions.turns)
