"""What a vision-language judge is asked, and how a question becomes the text of a chat.

A question is a conversation: user, assistant, user, ... ending with the user. `{prompt}` stands for the prompt and
`{image}` for the image, which the first turn must show. The potential question is the second turn of the clarity
conversation, as in arXiv 2501.13926, section 4.1. The wording is ours; a checkpoint tuned on other words answers
best to those: put them in a JSON file, {"outcome": ["..."], "potential": ["...", "yes", "..."], ...}.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from espalier_torch.runtime.files import hash_of

CLARITY = (
    "{image}\nThis image was taken while a picture was still being generated. Can its objects already be told apart, "
    "so that one could judge what the finished picture will show? Answer yes or no."
)
OUTCOME = '{image}\nDoes this picture show exactly what is asked for: "{prompt}"? Answer yes or no.'
DEFAULT_QUESTIONS: Mapping[str, tuple[str, ...]] = {
    "outcome": (OUTCOME,),
    "process": (
        '{image}\nThis image was taken while a picture of "{prompt}" was still being generated. '
        "Can it still become a picture that shows exactly that? Answer yes or no.",
    ),
    "clarity": (CLARITY,),
    "potential": (
        CLARITY,
        "yes",
        'Will the finished picture show exactly what is asked for: "{prompt}"? Answer yes or no.',
    ),
    "reflection": (OUTCOME,),
}

IMAGE = "{image}"
SYSTEM = "You are a helpful assistant."


@dataclass(frozen=True)
class Questions:
    """The conversations of each question, and their hash, which is part of a judge's identity."""

    turns: Mapping[str, tuple[str, ...]]

    @property
    def sha256(self) -> str:
        """Hex digest of the wording."""
        return hash_of(dict(self.turns))

    def conversation(self, question: str, prompt: str) -> list[str]:
        """The turns of a question about a prompt, `{image}` left in place. Raises ValueError for another question."""
        if question not in self.turns:
            raise ValueError(f"No wording for the question {question!r}; known are {', '.join(self.turns)}")
        # The prompt is data: braces in it stand for themselves.
        return [turn.replace("{prompt}", prompt) for turn in self.turns[question]]


def read_questions(file: str | Path | None) -> Questions:
    """The questions of a file, ours for those it leaves out. Raises ValueError, naming all faults."""
    if file is None:
        return Questions(DEFAULT_QUESTIONS)
    try:
        raw = json.loads(Path(file).read_text())
    except (OSError, json.JSONDecodeError) as cause:
        raise ValueError(f"The questions file {file} cannot be read: {cause}") from cause
    if not isinstance(raw, dict):
        raise ValueError(f"{file} must map questions to their turns, got {type(raw).__name__}")
    faults = [fault for name, turns in raw.items() for fault in faults_of(name, turns)]
    if faults:
        raise ValueError(f"{file} cannot be used: " + "; ".join(faults))
    return Questions({**DEFAULT_QUESTIONS, **{name: tuple(turns) for name, turns in raw.items()}})


def faults_of(name: str, turns: object) -> list[str]:
    """What is wrong with one question of a file."""
    if name not in DEFAULT_QUESTIONS:
        return [f"unknown question {name!r} (known are {', '.join(DEFAULT_QUESTIONS)})"]
    if not isinstance(turns, list) or not turns or not all(isinstance(turn, str) for turn in turns):
        return [f"{name} must be a list of texts"]
    faults = []
    if len(turns) % 2 == 0:
        faults.append(f"{name} must end with the user's turn, got {len(turns)} turns")
    if [turn.count(IMAGE) for turn in turns] != [1] + [0] * (len(turns) - 1):
        faults.append(f"{name} must show {IMAGE} once, in its first turn")
    return faults


def chat_text(turns: Sequence[str], image: str = "<image>") -> str:
    """A conversation in the ChatML form that Qwen-based LLaVA models were tuned on, open for the assistant's answer.

    Args:
        turns: as Questions.conversation gives them.
        image: what stands for the image.
    """
    roles = ("user", "assistant")
    said = [("system", SYSTEM), *((roles[index % 2], turn.replace(IMAGE, image)) for index, turn in enumerate(turns))]
    return "".join(f"<|im_start|>{role}\n{text}<|im_end|>\n" for role, text in said) + "<|im_start|>assistant\n"


def agrees(questions: Questions, names: Mapping[str, str], known: Sequence[Mapping[str, object]]) -> bool:
    """Whether a wording renders byte for byte as hashes of rendered chats say.

    Args:
        questions: the wording to check.
        names: our question to the name in `known`, such as {"outcome": "orm"}.
        known: per prompt, {"prompt": text, name: {"sha256": hex}, ...}.
    """
    for one in known:
        for question, name in names.items():
            text = chat_text(questions.conversation(question, str(one["prompt"])))
            if hashlib.sha256(text.encode()).hexdigest() != one[name]["sha256"]:  # type: ignore[index]
                return False
    return True
